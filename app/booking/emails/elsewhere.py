"""What another place or fewer parts bring beside the news itself: further parts are told to people's calendars, and a part that is no more leaves
them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.drafting import Parts, draft_to, further_parts, when_at, withdrawal
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import Draft

PLACE = "place-"
"""How the keys of calendar entries begin that another place brought."""


def further_parts_elsewhere(session: Session, course_session: CourseSession, bookings: Sequence[Booking], now: datetime) -> list[Draft]:
    """The entries of a session's further parts with its other place, to each who was not just written one anew."""
    if len(course_session.parts) < 2:
        return []
    waiting = set(session.scalars(sa.select(LetterConcern.subject).join(Letter, Letter.id == LetterConcern.letter_id).where(
        Letter.kind == "calendar-entry", Letter.status.in_(NOT_YET_SENT), LetterConcern.subject.in_([f"booking:{one.id}" for one in bookings]))))
    return [draft for one in bookings if f"booking:{one.id}" not in waiting
            for draft in further_parts(one, f"{PLACE}{course_session.place_version}", now)]


def parts_gone(bookings: Sequence[Booking], before: Parts, now: datetime) -> list[Draft]:
    """A letter to each of these for each part of their session that is no more, which takes its entry out of the calendar."""
    found = []
    for booking in bookings:
        for number, gone in enumerate(before, start=1):
            if number > len(booking.course_session.parts):
                found.append(draft_to("taken-out", booking, f"v{booking.course_session.times_version}:{number}", fields={"when": when_at([gone])},
                                      calendar=withdrawal(booking, now, number, before)))
    return found
