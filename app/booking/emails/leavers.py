"""The letters when somebody left: to the coordinators that their bookings ended, and that what they were to give has nobody; to them and to the
other leads of the agency which places they held for it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.booking.emails import words
from app.booking.models import Booking, BookingEvent, HeldPlaces
from app.booking.queries import leaving
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.core.london import london_date
from app.letters.emails import counted, moment, when
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


def lead_left(holder: Person, held: Sequence[HeldPlaces], to: Person, now: datetime, *, nobody: Collection[int], leads: bool) -> Draft:
    """To a coordinator, or (`leads`) to another lead of the agency: the places without names that somebody held who has left. They belong to the
    agency; `nobody` are the agencies in which nobody is left who can give them names."""
    lines = [both(*words.HELD_LINE, counted(one.places, "place", "lle"), one.agency.name, one.course_session.course.title,
                  when(one.course_session.parts), moment(one.releases_at), words.NO_LEAD_LEFT if one.agency_id in nobody else "") for one in held]
    what = words.CAN_NAME_THEM if leads else words.NAME_A_LEAD if nobody else words.LEADS_NAME_THEM
    return Draft(
        about=f"lead-left:{holder.id}:{london_date(now)}:{to.id}", kind="lead-left", to=to.email, person_id=to.id,
        concerns=tuple(f"session:{one.course_session_id}" for one in held), fields={
            "name": to.first_name or to.name, "person": holder.name or holder.email,
            "number": counted(sum(one.places for one in held), "place", "lle"), "places": listed(lines), "what": what,
            "page": office().page("my-agency" if leads else f"desk/sessions/{held[0].course_session.ref}"),
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
