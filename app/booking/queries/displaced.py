"""Who has what they have because their own date was cancelled, and not because a coordinator put them first."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.rules.displaced import DISPLACED, GOES_AHEAD
from app.booking.rules.states import Act
from app.booking.rules.waiting import FIRST
from app.core.db import db

_MOVED_UP = sa.select(BookingEvent.reason).where(
    BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.REORDER, BookingEvent.reason.in_((DISPLACED, GOES_AHEAD)),
).order_by(BookingEvent.id.desc()).limit(1).scalar_subquery() == DISPLACED
INSTEAD = sa.and_(Booking.priority == FIRST, sa.or_(Booking.previous_id.is_not(None), _MOVED_UP))
"""Condition on a booking: a place is held here, or they stand first here, as another session was called off."""


def have_instead(bookings: Iterable[Booking]) -> set[int]:
    """Of which of these bookings that is so. Nothing is read where nobody stands first."""
    first = [one.id for one in bookings if one.priority == FIRST]
    return set(db.session.scalars(sa.select(Booking.id).where(Booking.id.in_(first), INSTEAD))) if first else set()
