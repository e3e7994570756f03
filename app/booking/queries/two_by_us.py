"""Two dates of a course that somebody has by us: one of them was called off and took place after all, when both were theirs already."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import HAS_PLACE, Act
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.core.db import db


def _has_two() -> sa.ColumnElement[bool]:
    other, there, undone = aliased(Booking), aliased(CourseSession), aliased(BookingEvent)
    return sa.exists().where(
        other.course_session_id == there.id, other.person_id == Booking.person_id, other.status.in_(HAS_PLACE),
        sa.or_(other.turnout.is_(None), other.turnout != Turnout.MISSED), there.course_id == CourseSession.course_id, there.id != CourseSession.id,
        undone.act == Act.REINSTATE, undone.after.in_(HAS_PLACE), sa.or_(undone.booking_id == Booking.id, undone.booking_id == other.id),
        there.starts_at > undone.at, _theirs_by(Booking.id, undone.at), _theirs_by(other.id, undone.at),
    ).correlate(Booking, CourseSession)


def _theirs_by(number: sa.ColumnElement[int], at: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    had = aliased(BookingEvent)
    return sa.exists().where(had.booking_id == number, had.after.in_(HAS_PLACE), had.at <= at).correlate_except(had)


TWO_BY_US = _has_two()
"""Condition on a booking beside its session: its person has another date by us too, and has not missed that one. Of the two, one may be missed or
given back late freely. A date that somebody booked, or took from a list, after the undo is their own doing."""


def which(numbers: Collection[int]) -> set[int]:
    """Of which of these bookings that is so."""
    return set(db.session.scalars(sa.select(Booking.id).join(Booking.course_session).where(Booking.id.in_(numbers), TWO_BY_US)))
