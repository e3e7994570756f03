"""What we write about registers: to somebody who missed a session, and to the trainer before a session and after it."""

from collections.abc import Sequence

from app.booking.emails.letters import where
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.core.london import london_date
from app.mail.office import office
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft
from app.ui.filters import short_date, when

COMMON = {"name": "the person's first name", "course": "title of the course", "when": "days and times", "where": "place, or the address to join"}
FACTS = "> {when}\n> {where}"

WORDINGS = (
    Wording("missed", "Somebody did not come", "We missed you on {day}. What happened?",
            "Hello {name},\n\nYou had a place on {course} and the register says that you did not come.\n\n" + FACTS + "\n\n"
            "Please tell us what happened: often it is urgent work, and then it does not count. If the register is wrong, tell us that.\n\n{act}",
            {**COMMON, "day": "the day of the session"}, frozenset({"course"}), "you had a place on this session", True),
    Wording("trainer-list", "A trainer's list the day before", "Tomorrow: {course}, {count}",
            "Hello {name},\n\nTomorrow you give {course}.\n\n" + FACTS + "\n\nBooked: {count}.\n\n{people}\n\n{act}",
            {**COMMON, "count": "how many are booked", "people": "names and agencies, one a line"}, frozenset({"course"}),
            "you give this session", True),
    Wording("register-missing", "A register is missing", "The register is missing: {course}",
            "Hello {name},\n\n{course} is over and its register is not finished. Nobody is taken to be absent: please mark who came.\n\n" + FACTS
            + "\n\n{act}", COMMON, frozenset({"course"}), "you give this session", True),
)


def missed(booking: Booking, *, copy_to: str | None) -> Draft:
    """To somebody who was marked absent; a copy goes to the manager where the partnership wants that."""
    session = booking.course_session
    return Draft(
        about=f"booking:{booking.id}:missed", kind="missed", to=booking.person.email, person_id=booking.person_id,
        concerns=(f"booking:{booking.id}", f"session:{session.id}"), copy_to=copy_to,
        fields={"name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
                "where": where(booking), "day": short_date(session.starts_at)},
        act=Button("Tell us what happened", f"{office().public_url}/bookings/{booking.ref}"),
    )


def trainer_list(session: CourseSession, lines: Sequence[tuple[str, str]]) -> Draft:
    """To the trainer the day before: who comes, from where."""
    people = "\n".join(f"- {name}, {agency}" for name, agency in lines) or "Nobody is booked yet."
    count = f"{len(lines)} {'person' if len(lines) == 1 else 'people'}"
    return _to_trainer(session, "trainer-list", f"v{session.times_version}", Button("Open the register", _register(session)),
                       {"count": count, "people": people}, valid_until=session.starts_at)


def register_missing(session: CourseSession) -> Draft:
    """To the trainer on the morning after."""
    return _to_trainer(session, "register-missing", "trainer", Button("Open the register", _register(session)), {})


def _register(session: CourseSession) -> str:
    return f"{office().public_url}/registers/{session.ref}"


def _to_trainer(session: CourseSession, kind: str, key: str, act: Button, more: dict[str, str], **rest: object) -> Draft:
    trainer = session.trainer
    if trainer is None:
        raise LookupError("a session without a trainer has nobody to write to")
    shown = place_shown(session.venue_or_link, session.format, booked=True)
    return Draft(  # type: ignore[arg-type]
        about=f"session:{session.id}:{kind}:{key}:{london_date(session.starts_at)}", kind=kind, to=trainer.person.email,
        person_id=trainer.person_id, concerns=f"session:{session.id}", act=act, **rest,
        fields={"name": trainer.person.first_name or trainer.person.name, "course": session.course.title, "when": when(session.parts),
                "where": shown, **more},
    )
