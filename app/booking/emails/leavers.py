"""The letters to the coordinators when somebody left: their bookings ended, and what they were to give has nobody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.booking.emails import words
from app.booking.models import Booking, BookingEvent
from app.booking.queries import leaving
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.core.london import london_date
from app.letters.emails import counted, when
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.languages import Both, both, listed
from app.mail.services import Draft

ON_LIST = Both(" (waiting list)", " (rhestr aros)")
ACCOUNT_ENDED = Both("their account has ended", "mae eu cyfrif wedi dod i ben")


def _why(first: BookingEvent) -> Both:
    if first.reason == words.LEFT.english:
        return both(*words.SAYS, first.by, words.LEFT)
    return words.LEFT_MEANWHILE if first.reason else ACCOUNT_ENDED


TRAINER_LEFT = "trainer-left"


def trainer_left(trainer: Person, given: Sequence[CourseSession], coordinator: Person, now: datetime) -> Draft:
    """To one coordinator: the sessions to come that somebody was to give who has left."""
    return Draft(
        about=f"{TRAINER_LEFT}:{trainer.id}:{london_date(now)}:{coordinator.id}", kind=TRAINER_LEFT, to=coordinator.email, person_id=coordinator.id,
        concerns=tuple(f"session:{one.id}" for one in given), fields={
            "name": coordinator.first_name or coordinator.name, "person": trainer.name or trainer.email,
            "number": counted(len(given), "session", "sesiwn"),
            "sessions": listed([both("{}, {}", "{}, {}", one.course.title, when(one.parts)) for one in given]),
            "page": office().page(f"desk/trainers/{trainer.id}/sessions"),
        },
    )


def trainer_left_anew(session: Session, letter: Letter, now: datetime) -> list[Draft]:
    """The letter to the same coordinator once more, about the sessions that need another trainer still; none where none does."""
    _kind, trainer_id, _day, coordinator_id = letter.about.split(":")[:4]
    given = leaving.given_by(int(trainer_id), now)
    return [trainer_left(session.get_one(Person, int(trainer_id)), given, session.get_one(Person, int(coordinator_id)), now)] if given else []


def somebody_left(freed: Sequence[tuple[BookingEvent, Booking]], coordinator: Person) -> Draft:
    """To one coordinator about one person: which of their bookings ended, and by whose word."""
    first, booking = freed[0]
    person = booking.person.name or booking.person.email
    lines = [both("{}, {}{}", "{}, {}{}", one.course_session.course.title, when(one.course_session.parts),
                  ON_LIST if event.after is BookingStatus.LEFT_LIST else "") for event, one in freed]
    return Draft(
        about=f"leaver:{booking.person_id}:{first.id}:{coordinator.id}", kind="leaver", to=coordinator.email, person_id=coordinator.id,
        concerns=tuple(f"booking:{one.id}" for _event, one in freed), fields={
            "name": coordinator.first_name or coordinator.name, "person": person, "number": counted(len(freed), "booking", "archeb"),
            "why": _why(first), "bookings": listed(lines),
            "page": office().page("desk/leavers"),
        },
    )
