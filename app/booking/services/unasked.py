"""Whom another moved to a date to which they never said yes: leaving the first date was not late, however the second ends or goes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking
from app.booking.rules.charges import left_unasked
from app.booking.rules.policy import Notice
from app.booking.rules.turnout import Turnout
from app.booking.services import charging
from app.catalogue.rules import SessionStatus


def ended(session: Session, booking: Booking, *, now: datetime) -> None:
    """A place has ended: if its person never said yes to it, they did not leave late what they were moved away from.

    The row of each is locked, as a register that is being finished reads it under the lock of another session.
    """
    before = _moved_from(session, booking)
    while before is not None:
        if before.notice is Notice.LATE:
            session.execute(sa.select(Booking.id).where(Booking.id == before.id).with_for_update(key_share=True))
            before.notice = Notice.IN_TIME
            session.flush()
            charging.not_late_after_all(session, before, now=now)
        before = _moved_from(session, before)


def note_turnout(session: Session, booking: Booking, turnout: Turnout, *, now: datetime) -> None:
    """Keep what the register says. The date has been: whoever never said yes to it left nothing late for it, whether they came or not."""
    charging.note_turnout(session, booking, turnout, now=now)
    ended(session, booking, now=now)


def said_yes(session: Session, first: Booking | None, *, now: datetime) -> None:
    """They want the date to which they were moved, so leaving the `first` one was late if it was: it costs that now if its register is finished."""
    if first is not None and first.course_session.status is SessionStatus.DELIVERED:
        session.flush()
        charging.charge_session(session, first.course_session_id, now=now, only=first.id)


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
