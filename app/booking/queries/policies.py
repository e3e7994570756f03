"""Which policy holds for each of several bookings, read once for all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingPolicy
from app.booking.rules.policy import Policy
from app.core import clock
from app.core.db import db


class Policies:
    """The policies of some partnerships and the common ones, latest first."""

    def __init__(self, rows: Sequence[BookingPolicy]) -> None:
        self._rows = rows

    def on(self, partnership_id: int | None, day: date) -> Policy:
        """What holds for people of this area on this day: their partnership's own policy, else the common one, else what we ship."""
        for owner in dict.fromkeys((partnership_id, None)):
            for row in self._rows:
                if row.partnership_id == owner and row.starts_on <= day:
                    return Policy(**{one.name: getattr(row, one.name) for one in fields(Policy)})
        return Policy()

    def of(self, booking: Booking) -> Policy:
        """What was promised on the day of booking."""
        asked_at: datetime = booking.booked_at or booking.course_session.starts_at
        return self.on(booking.partnership_id, clock.london_date(asked_at))


def policies_of(bookings: Iterable[Booking]) -> Policies:
    """The policies that these bookings may need: one statement."""
    areas = {booking.partnership_id for booking in bookings} - {None}
    return Policies(db.session.scalars(
        sa.select(BookingPolicy).where(sa.or_(BookingPolicy.partnership_id.in_(areas), BookingPolicy.partnership_id.is_(None)))
        .order_by(BookingPolicy.starts_on.desc())
    ).all())
