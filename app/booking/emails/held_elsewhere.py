"""The letter about a cancellation that waits to leave says what has become of the place held on another date meanwhile."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.called_off import Told, sessions_cancelled
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import queue_all, void

KIND = "session-cancelled"


def write_cancellation_anew(session: Session, elsewhere: Booking, now: datetime) -> None:
    """Withdraw the letter about the session from which this booking comes, if it waits, and write it with how things stand, due as before."""
    about = f"booking:{elsewhere.previous_id}"
    due_at = session.scalar(sa.select(Letter.due_at).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
        LetterConcern.subject == about, Letter.kind == KIND, Letter.status.in_(NOT_YET_SENT)))
    if due_at is None:
        return
    cancelled = session.get_one(Booking, elsewhere.previous_id)
    stood = session.scalars(_cancelling(cancelled.id)).one().before
    if stood is None:
        return
    void(concerns=about, kinds=(KIND,), reason="What is held on the other date has changed since.", now=now)
    drafts = sessions_cancelled([Told(cancelled, stood, elsewhere)], cancelled.reason or "", now)
    queue_all([replace(draft, due_at=due_at) for draft in drafts], now=now)


def _cancelling(booking_id: int) -> sa.Select[tuple[BookingEvent]]:
    return sa.select(BookingEvent).where(
        BookingEvent.booking_id == booking_id, BookingEvent.act == Act.CANCEL).order_by(BookingEvent.id.desc()).limit(1)
