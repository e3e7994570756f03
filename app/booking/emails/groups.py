"""The letter to whoever booked a group that waits to come together and, as the session became smaller, never can."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails import words
from app.booking.models import Booking
from app.booking.queries.groups import Together, together
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.letters.emails import place, when
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.languages import Both, both
from app.mail.services import Act, Draft
from app.ui.filters import count

WITHOUT_ROOM = "group-without-room"


def group_without_room(session: CourseSession, one: Together, now: datetime) -> Draft:
    """To the person who booked the group, each time that it loses its room; taken back when there is room again or somebody of it leaves."""
    booker = one.by
    names = [member.person.name or member.person.email for member in one.members]
    return Draft(
        about=f"group:{one.group.id}:without-room:{now.isoformat()}", kind=WITHOUT_ROOM, to=booker.email, person_id=booker.id,
        concerns=(f"session:{session.id}", f"group:{one.group.id}", *(f"booking:{member.id}" for member in one.members)),
        valid_until=session.starts_at, act=Act(words.SEE_GROUP, office().page(f"booked-for-others/{one.group.id}")), fields={
            "name": booker.first_name or booker.name, "course": session.course.title, "when": when(session.parts),
            "where": place(place_shown(session.venue_or_link, session.format, booked=False)),
            "number": Both(count(len(names), "person", "people"), f"{len(names)} o bobl"),
            "people": ", ".join(names), "room": both(*words.AT_MOST, str(one.room)) if one.room else words.NONE_OF_THEM,
            "course_page": office().page(f"courses/{session.course.code}"),
        },
    )


def written_anew(session: Session, letter: Letter, now: datetime) -> list[Draft]:
    """The letter once more about those who wait together still, as long as they never can come."""
    group_id = group_of(letter)
    course_session = session.scalars(sa.select(CourseSession).join(Booking, Booking.course_session_id == CourseSession.id).where(
        Booking.group_id == group_id).limit(1)).one()
    return [group_without_room(course_session, one, now) for one in together(course_session, now) if one.never and one.group.id == group_id]


def group_of(letter: Letter) -> int:
    """Of which group the letter speaks."""
    return int(letter.about.split(":")[1])
