"""Which missed sessions count against somebody: those to which they had said yes, without an excuse and not waived."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.booking.models import Booking, BookingEvent, StrikeWaiver
from app.booking.rules.states import HAS_PLACE, Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.core.db import db


def _has_two_by_us() -> sa.ColumnElement[bool]:
    """Condition on a booking beside its session: its person had another date of the course too, as one of the two was called off and took place
    after all, and did not miss that one."""
    other, there = aliased(Booking), aliased(CourseSession)
    reinstated = sa.exists().where(BookingEvent.act == Act.REINSTATE, sa.or_(
        BookingEvent.booking_id == Booking.id, BookingEvent.booking_id == other.id)).correlate(Booking, other)
    return sa.exists().where(
        other.course_session_id == there.id, other.person_id == Booking.person_id, other.status.in_(HAS_PLACE),
        sa.or_(other.turnout.is_(None), other.turnout != Turnout.MISSED), there.course_id == CourseSession.course_id, there.id != CourseSession.id,
        there.starts_at > sa.func.coalesce(Booking.agreed_at, Booking.booked_at), reinstated).correlate(Booking, CourseSession)


SAID_YES = sa.and_(
    sa.or_(Booking.booked_by_id.is_(None), Booking.booked_by_id == Booking.person_id, Booking.agreed_at.is_not(None)),
    sa.or_(CourseSession.times_changed_at.is_(None), sa.func.coalesce(Booking.agreed_at, Booking.booked_at) >= CourseSession.times_changed_at),
    ~_has_two_by_us(),
)
"""Condition on a booking beside its session: its person said yes to it, at the time that it had, and to no other by us. Who did not has broken no
promise, and pays nothing."""


def missed_at(people: Iterable[int]) -> dict[int, list[datetime]]:
    """When the sessions ended that each of these people missed, as far as they count: without an excuse, not waived, and they had said yes."""
    found: dict[int, list[datetime]] = {}
    for person_id, ended_at in db.session.execute(
        sa.select(Booking.person_id, CourseSession.ends_at).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .outerjoin(StrikeWaiver, StrikeWaiver.booking_id == Booking.id)
        .where(Booking.person_id.in_(people), Booking.turnout == Turnout.MISSED, Booking.status != BookingStatus.WALK_IN,
               StrikeWaiver.booking_id.is_(None), SAID_YES)
    ):
        found.setdefault(person_id, []).append(ended_at)
    return found


def strikes_of(person_id: int, since: datetime) -> int:
    """How many sessions somebody missed since, as far as they count."""
    return sum(at >= since for at in missed_at([person_id]).get(person_id, ()))
