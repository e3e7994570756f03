"""The letter to those who wait for a course: it runs again."""

from app.accounts.models import Person
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.mail.office import office
from app.mail.services import Draft
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
