"""Whether a place that comes back now comes in time, with all that decides it: for the page that says so before, and for the act."""

from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules import policy
from app.booking.rules.policy import Notice
from app.booking.rules.states import Act
from app.core.db import db


def notice_of(booking: Booking, now: datetime, *, reason: str = "") -> Notice:
    """In time, late, or excused by the reason: by what was promised to this person."""
    promised, session = facts.policy_of(booking), booking.course_session
    return policy.notice_given(
        promised, session.starts_at, now, reason=reason, times_changed_at=session.times_changed_at,
        asked_for_by_other=booking.booked_by_id is not None and booking.agreed_at is None, promised_at=booking.agreed_at or booking.booked_at,
        has_two_by_us=now >= policy.deadline(promised, session.starts_at) and _has_two_by_us(booking, now),
    )


def _has_two_by_us(booking: Booking, now: datetime) -> bool:
    """Whether the person has another date of the course too, as one of the two was called off and then took place after all."""
    other = facts.placed_elsewhere(booking.course_session, [booking.person_id], now).get(booking.person_id)
    return other is not None and db.session.scalar(sa.select(BookingEvent.id).where(
        BookingEvent.booking_id.in_((booking.id, other.id)), BookingEvent.act == Act.REINSTATE).limit(1)) is not None
