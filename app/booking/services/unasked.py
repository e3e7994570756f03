"""Whom another moved to a date to which they never said yes: leaving the first date was not late, however the second ends."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.booking.models import Booking
from app.booking.rules.charges import left_unasked
from app.booking.rules.policy import Notice
from app.booking.services.charging import not_late_after_all


def ended(session: Session, booking: Booking, *, now: datetime) -> None:
    """A place has ended: if its person never said yes to it, they did not leave late what they were moved away from.

    The row of each is locked, as a register that is being finished reads it under the lock of another session.
    """
    before = _moved_from(session, booking)
    while before is not None:
        if before.notice is Notice.LATE:
            session.refresh(before, with_for_update={"key_share": True})
            before.notice = Notice.IN_TIME
            session.flush()
            not_late_after_all(session, before, now=now)
        before = _moved_from(session, before)


def first_place(session: Session, booking: Booking) -> Booking | None:
    """The place that somebody had before they were moved without having said yes, once or several times; none when they were not."""
    first, before = None, _moved_from(session, booking)
    while before is not None:
        first, before = before, _moved_from(session, before)
    return first


def _moved_from(session: Session, booking: Booking) -> Booking | None:
    before = session.get(Booking, booking.previous_id) if booking.previous_id else None
    if before is None or before.person_id != booking.person_id:
        return None
    return before if left_unasked(before.status, said_yes=not booking.booked_unasked) else None
