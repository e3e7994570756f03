"""Which missed sessions count against somebody: those to which they had said yes, without an excuse and not waived."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, StrikeWaiver
from app.booking.queries.two_by_us import TWO_BY_US
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.core.db import db

SAID_YES = sa.and_(
    sa.or_(Booking.booked_by_id.is_(None), Booking.booked_by_id == Booking.person_id, Booking.agreed_at.is_not(None)),
    sa.or_(CourseSession.times_changed_at.is_(None), sa.func.coalesce(Booking.agreed_at, Booking.booked_at) >= CourseSession.times_changed_at),
    ~TWO_BY_US,
)
"""Condition on a booking beside its session: its person said yes to it, at the time that it had, and to no other by us. Who did not has broken no
promise, and pays nothing."""


def said_yes(booking: Booking) -> bool:
    """Whether that is so of one booking."""
    return db.session.scalar(sa.select(SAID_YES).select_from(Booking).join(Booking.course_session).where(Booking.id == booking.id)) is True


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
