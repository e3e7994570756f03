"""Letters about a date to people who are not booked on it: it runs again, or it is called off and the places that they hold with it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.booking.emails.called_off import CANCELLING_WAITS
from app.booking.models import HeldPlaces
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.mail.office import office
from app.mail.services import Draft, queue
from app.ui.filters import when


def runs_again(session: CourseSession, person: Person) -> Draft:
    """A new date of a course, for somebody who asked to be told; once for each date."""
    site = office().public_url
    fields = {
        "name": person.first_name or person.name, "course": session.course.title, "when": when(session.parts),
        "where": place_shown(session.venue_or_link, session.format, booked=False), "session": f"{site}/sessions/{session.ref}",
        "course_page": f"{site}/courses/{session.course.code}",
    }
    return Draft(about=f"session:{session.id}:runs-again:{person.id}", kind="runs-again", to=person.email, person_id=person.id,
                 concerns=(f"session:{session.id}",), valid_until=session.starts_at, fields=fields)


def tell_holders(session: Session, course_session: CourseSession, reason: str, now: datetime) -> None:
    """Whoever holds places without names on a session that is called off is told, when those who are booked are."""
    for held in session.scalars(sa.select(HeldPlaces).where(
        HeldPlaces.course_session_id == course_session.id, HeldPlaces.places > 0, HeldPlaces.releases_at > now,
    ).options(joinedload(HeldPlaces.by), joinedload(HeldPlaces.agency))):
        queue(_held_gone(held, course_session, reason, now), now=now)


def _held_gone(held: HeldPlaces, session: CourseSession, reason: str, now: datetime) -> Draft:
    places = "1 place" if held.places == 1 else f"{held.places} places"
    fields = {
        "name": held.by.first_name or held.by.name, "course": session.course.title, "when": when(session.parts), "places": places,
        "agency": held.agency.name, "reason": f"The reason: {reason}", "course_page": f"{office().public_url}/courses/{session.course.code}",
    }
    return Draft(about=f"held:{held.id}:cancelled:{session.cancelled_at}", kind="held-places-cancelled", to=held.by.email, person_id=held.by_id,
                 concerns=(f"session:{session.id}",), due_at=now + CANCELLING_WAITS, valid_until=session.starts_at, fields=fields)
