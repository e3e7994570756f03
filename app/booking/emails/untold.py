"""New times of which people have not read: a letter that was withdrawn may have carried the only news of them, so they are told after all."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.anew import OF_AN_EVENT
from app.booking.emails.telling import tell_of_changes
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act
from app.mail.models import Letter, LetterConcern
from app.mail.queries import MAY_BE_READ
from app.mail.rules.fates import LetterStatus

NEW_TIMES = ("times-changed", "list-times-changed", "offer", "request-made")
"""How people hear of another time, by how they stand on the session."""


def new_times_untold(session: Session, bookings: Collection[Booking], reason: str) -> dict[int, BookingEvent]:
    """By booking, the last change of the session's times, where the letter that told of it was withdrawn for this reason before it left."""
    concerns = [f"booking:{one.id}" for one in bookings if one.course_session.times_version]
    if not concerns:
        return {}
    abouts = session.scalars(sa.select(Letter.about).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
        LetterConcern.subject.in_(concerns), Letter.kind.in_(NEW_TIMES), Letter.status == LetterStatus.VOID, ~MAY_BE_READ, Letter.outdated == reason))
    events = {int(match.group(2)) for about in abouts if (match := OF_AN_EVENT.fullmatch(about.partition(":withdrawn:")[0]))}
    last = sa.select(sa.func.max(BookingEvent.id)).where(
        BookingEvent.booking_id.in_([one.id for one in bookings]), BookingEvent.act == Act.CHANGE_TIMES).group_by(BookingEvent.booking_id)
    untold = sa.select(BookingEvent).where(BookingEvent.id.in_(last), BookingEvent.id.in_(events))
    return {event.booking_id: event for event in session.scalars(untold)}


def tell_new_times(session: Session, bookings: Sequence[Booking], changes: dict[int, BookingEvent], now: datetime) -> None:
    """Tell people of these changes after all, as they stand now."""
    tell_of_changes(session, [(one, changes[one.id]) for one in bookings], now)
