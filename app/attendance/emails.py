"""What we write about registers: to somebody who missed a session, and to the trainer before a session and after it."""

from collections.abc import Sequence
from datetime import datetime

from app.booking.emails.drafting import asks_why, where
from app.booking.models import Booking
from app.booking.rules.reminding import days_ahead
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.core.london import london_date
from app.core.working_days import end_of_day
from app.letters.emails import ahead, place, short_date, when
from app.mail.office import office
from app.mail.rules.languages import Both, both, listed
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

COMMON = {"name": "the person's first name", "course": "title of the course", "when": "days and times", "where": "place, or the address to join"}
FACTS = "> {when}\n> {where}"
HAD = Both("you had a place on this session", "i chi gael lle ar y sesiwn hon")
GIVES = Both("you give this session", "mai chi sy’n cyflwyno’r sesiwn hon")
NOBODY = Both("Nobody is booked yet.", "Nid oes neb wedi archebu lle eto.")
NO_AGENCY = Both("agency not known", "asiantaeth heb ei nodi")
REGISTER = Both("Open the register", "Agor y gofrestr")

WORDINGS = (
    Wording("missed", "Somebody did not come", "We missed you on {day}. What happened?",
            "Hello {name},\n\nYou had a place on {course} and the register says that you did not come.\n\n" + FACTS + "\n\n"
            "Please tell us what happened: often it is urgent work, and then it does not count. If the register is wrong, tell us that.\n\n{act}",
            {**COMMON, "day": "the day of the session"}, frozenset({"course", "when"}), HAD, True),
    Wording("trainer-list", "A trainer's list the day before", "{ahead}: {course}, {count}",
            "Hello {name},\n\n{ahead} you give {course}.\n\n" + FACTS + "\n\nBooked: {count}.\n\n{people}\n\n{act}",
            {**COMMON, "ahead": "Today or Tomorrow", "count": "how many are booked", "people": "names and agencies, one a line"},
            frozenset({"course", "when", "where", "people"}),
            GIVES, True),
    Wording("register-missing", "A register is missing", "The register is missing: {course}",
            "Hello {name},\n\n{course} is over and its register is not finished. Nobody is taken to be absent: please mark who came.\n\n" + FACTS
            + "\n\n{act}", COMMON, frozenset({"course", "when"}), GIVES, True),
)


def missed(booking: Booking, *, copy_to: str | None) -> Draft:
    """To somebody who was marked absent; a copy goes to the manager where the partnership wants that."""
    session = booking.course_session
    return Draft(
        about=f"booking:{booking.id}:missed", kind="missed", to=booking.person.email, person_id=booking.person_id,
        concerns=(f"booking:{booking.id}", f"session:{session.id}", asks_why(booking.id)), copy_to=copy_to,
        fields={"name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
                "where": place(where(booking)), "day": short_date(session.starts_at)},
        act=Button(Both("Tell us what happened", "Dweud wrthym beth ddigwyddodd"), f"{office().public_url}/bookings/{booking.ref}"),
    )


def trainer_list(session: CourseSession, lines: Sequence[tuple[str, str | None]], now: datetime) -> Draft:
    """To the trainer the day before, or on the day: who comes, from where. It is of no use after the day that it is written on."""
    people = listed([both("{}, {}", "{}, {}", name, agency or NO_AGENCY) for name, agency in lines]) if lines else NOBODY
    left = days_ahead(session.starts_at, now)
    return _to_trainer(session, "trainer-list", f"v{session.times_version}.{session.place_version}:{left}", {
        "count": Both("1 person", "1 person") if len(lines) == 1 else Both(f"{len(lines)} people", f"{len(lines)} o bobl"),
        "people": people, "ahead": ahead(session.starts_at, left),
    }, valid_until=min(end_of_day(london_date(now)), session.starts_at))


def register_missing(session: CourseSession) -> Draft:
    """To the trainer on the morning after."""
    return _to_trainer(session, "register-missing", f"v{session.times_version}", {})


def _to_trainer(session: CourseSession, kind: str, key: str, more: dict[str, str | Both], **rest: object) -> Draft:
    trainer = session.trainer
    if trainer is None:
        raise LookupError("a session without a trainer has nobody to write to")
    shown = place_shown(session.venue_or_link, session.format, booked=True)
    return Draft(  # type: ignore[arg-type]
        about=f"session:{session.id}:{kind}:{trainer.person_id}:{key}", kind=kind, to=trainer.person.email,
        person_id=trainer.person_id, concerns=f"session:{session.id}", act=Button(REGISTER, f"{office().public_url}/registers/{session.ref}"), **rest,
        fields={"name": trainer.person.first_name or trainer.person.name, "course": session.course.title, "when": when(session.parts),
                "where": place(shown), **more},
    )
