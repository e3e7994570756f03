"""What one act does to many bookings: as `holding` does it to each, in a fixed number of statements however many they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking
from app.booking.rules.states import ENDED, HAS_PLACE, Act, BookingStatus, check_allowed
from app.booking.services import interest, rows
from app.booking.services.holding import row_of, turn


@dataclass(frozen=True)
class New:
    """A booking that is to be added, with how it begins and the rule that says so."""

    booking: Booking
    act: Act
    rule: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Change:
    """Where a booking is to stand (none: where it stands), until when, and the rule that says so."""

    booking: Booking
    after: BookingStatus | None = None
    due_at: datetime | None = None
    rule: str | None = None


def add_all(session: Session, new: Sequence[New], *, by: str, now: datetime) -> list[Booking]:
    """Many new bookings of a session, in this order: as `add` does it.

    Raises:
        Refused: no booking begins like this.
    """
    if not new:
        return []
    for one in new:
        check_allowed(one.act, None, one.booking.status)
    rows.bookings(session, [one.booking for one in new])
    events = rows.events(session, [
        {"booking_id": one.booking.id, **row_of(one.booking, one.act, None, by, now, one.reason, one.rule)} for one in new])
    emails.tell_of_new(session, [(one.booking, event) for one, event in zip(new, events, strict=True)], now)
    return [one.booking for one in new]


def change_all(session: Session, act: Act, changes: Sequence[Change], *, by: str, now: datetime) -> None:
    """The same happens to many bookings: as `change` does it, for acts that give nothing up.

    Raises:
        Refused: as `change` does.
    """
    if not changes:
        return
    session.flush()
    rows.all_alike([one.booking for one in changes])
    before = [turn(one.booking, act, one.after, now, due_at=one.due_at) for one in changes]
    session.flush()
    again = [one.booking for one, stood in zip(changes, before, strict=True) if stood in ENDED and one.booking.status in HAS_PLACE]
    interest.have_places(session, again, by=by, now=now)
    events = rows.events(session, [
        {"booking_id": one.booking.id, **row_of(one.booking, act, stood, by, now, None, one.rule)}
        for one, stood in zip(changes, before, strict=True)])
    emails.tell_of_changes(session, [(one.booking, event) for one, event in zip(changes, events, strict=True)], now)
    session.flush()


def note_all(session: Session, bookings: Sequence[Booking], act: Act, *, by: str, now: datetime, reason: str) -> None:
    """What happened to many bookings that stay where they stand, and of which nobody is told."""
    if bookings:
        rows.events(session, [{"booking_id": one.id, **row_of(one, act, one.status, by, now, reason, None)} for one in bookings])
