"""What another place or fewer parts bring beside the news itself: what waits to be sent and says where is written anew, and a part that is no
more leaves people's calendars."""

import re
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.drafting import draft_to, further_parts, withdrawal
from app.booking.emails.letters import SAYS_WHERE, write
from app.booking.models import Booking, BookingEvent
from app.catalogue.models import CourseSession, SessionPart
from app.letters.emails import when
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import Draft, void

OF_AN_EVENT = re.compile(r"booking:(\d+):[a-z-]+:(\d+)(?::\d+)?")
"""What a letter is about that an event of a booking brought: its number is in the key."""
PLACE = "place-"
"""How the keys of calendar entries begin that another place brought."""


def write_anew(session: Session, course_session: CourseSession, *, reason: str, now: datetime) -> None:
    """Letters about a session that wait and say where are withdrawn and written again, with the place that it has now."""
    about = f"session:{course_session.id}"
    waiting = session.scalars(sa.select(Letter.about).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
        LetterConcern.subject == about, Letter.kind.in_(SAYS_WHERE), Letter.status.in_(NOT_YET_SENT))).all()
    found = {key: match for key in waiting if (match := OF_AN_EVENT.fullmatch(key)) is not None and "two-dates" not in key}
    if not waiting:
        return
    again = [key for key in waiting if ":again:" in key or f":calendar-entry:{PLACE}" in key]
    void(concerns=about, kinds=SAYS_WHERE, reason=reason, now=now, but=tuple(key for key in waiting if key not in found and key not in again))
    numbers = sorted({int(match.group(2)) for match in found.values()})
    for event, booking in session.execute(sa.select(BookingEvent, Booking).join(Booking, Booking.id == BookingEvent.booking_id).where(
            BookingEvent.id.in_(numbers)).order_by(BookingEvent.id)).all():
        write(booking, event, now)


def further_parts_elsewhere(session: Session, course_session: CourseSession, bookings: Sequence[Booking], now: datetime) -> list[Draft]:
    """The entries of a session's further parts with its other place, to each who was not just written one anew."""
    if len(course_session.parts) < 2:
        return []
    waiting = set(session.scalars(sa.select(LetterConcern.subject).join(Letter, Letter.id == LetterConcern.letter_id).where(
        Letter.kind == "calendar-entry", Letter.status.in_(NOT_YET_SENT), LetterConcern.subject.in_([f"booking:{one.id}" for one in bookings]))))
    return [draft for one in bookings if f"booking:{one.id}" not in waiting
            for draft in further_parts(one, f"{PLACE}{course_session.place_version}", now)]


def parts_gone(bookings: Sequence[Booking], before: Sequence[tuple[datetime, datetime]], now: datetime) -> list[Draft]:
    """A letter to each of these for each part of their session that is no more, which takes its entry out of the calendar."""
    found = []
    for booking in bookings:
        for number, (starts_at, ends_at) in enumerate(before, start=1):
            if number > len(booking.course_session.parts):
                gone = SessionPart(starts_at=starts_at, ends_at=ends_at)
                found.append(draft_to("taken-out", booking, f"v{booking.course_session.times_version}:{number}", fields={"when": when([gone])},
                                      calendar=withdrawal(booking, now, number, before)))
    return found
