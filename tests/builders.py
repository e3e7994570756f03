"""Small makers of what tests need; each commits once and gives the row. What is not named is made up, and differs each time."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TypeVar

from app.accounts.models import Account, AccountRole, Affiliation, Agency, Partnership, Person, SignIn
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import TURNOUT
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import ENDED, Act, BookingStatus
from app.catalogue.models import Course, CourseSession, SessionPart, Trainer
from app.catalogue.rules import Format, SessionStatus
from app.core import clock, tokens
from app.core.db import db, transaction
from app.core.passwords import hash_password

Row = TypeVar("Row")
PASSWORD = "a password of the tests"
_numbers = count(1)
_kept: dict[str, str] = {}


def a_partnership(*, code: str | None = None, name: str | None = None) -> Partnership:
    """A partnership without dates."""
    number = next(_numbers)
    return _saved(Partnership(code=code or f"P{number}", name=name or f"Area {number} Safeguarding Children Partnership"))


def an_agency(*, name: str | None = None, sector: str | None = "council", code: str | None = None) -> Agency:
    """An agency in no partnership."""
    number = next(_numbers)
    return _saved(Agency(code=code or f"agency-{number}", name=name or f"Agency {number}", sector=sector))


@transaction()
def a_person(
    *, email: str | None = None, first_name: str = "Ann", last_name: str | None = None,
    agency: Agency | None = None, partnership: Partnership | None = None, job_title: str = "Social worker",
) -> Person:
    """A person who works at the agency (a new one unless named)."""
    number = next(_numbers)
    agency = agency or an_agency()
    person = _saved(Person(email=email or f"person{number}@example.org", first_name=first_name, last_name=last_name or f"Example{number}"))
    _saved(Affiliation(person_id=person.id, agency_id=agency.id, job_title=job_title, starts_on=date(2020, 1, 1),
                       partnership_id=partnership.id if partnership else None))
    return person


@transaction()
def an_account(*roles: Role, person: Person | None = None, email: str | None = None) -> Account:
    """An account with these roles (delegate unless named); its password is `PASSWORD`."""
    person = person or a_person(email=email)
    kept = _kept.setdefault("password", "") or hash_password(PASSWORD)
    _kept["password"] = kept
    account = Account(person_id=person.id, created_at=clock.now(), password_hash=kept)
    account.held_roles = [AccountRole(role=role) for role in roles or (Role.DELEGATE,)]
    return _saved(account)


def a_sign_in(account: Account) -> str:
    """The secret of a browser that has just signed in."""
    secret = tokens.secret()
    now = clock.now()
    _saved(SignIn(account_id=account.id, secret_digest=tokens.digest(secret), started_at=now, last_seen_at=now))
    return secret


@transaction()
def a_trainer(*, person: Person | None = None) -> Trainer:
    """A person who gives sessions."""
    person = person or a_person(first_name="Tim")
    return _saved(Trainer(person_id=person.id))


def a_course(*, code: str | None = None, title: str | None = None, published: bool = True, **more: object) -> Course:
    """A course of three hours on the programme."""
    number = next(_numbers)
    facts: dict[str, object] = {
        "summary": "What to do when a child may be at risk.", "level": 2, "format": Format.VIRTUAL, "duration_minutes": 180,
        "learning_outcomes": ["Recognise the signs"], "materials": [],
    }
    return _saved(Course(code=code or f"C{number:03}", title=title or f"Course {number}", published=published, **{**facts, **more}))


@transaction()
def a_session(
    *, places: int = 2, starts_in: timedelta = timedelta(days=10), lasts: timedelta = timedelta(hours=3), course: Course | None = None,
    trainer: Person | Trainer | None = None, status: SessionStatus = SessionStatus.SCHEDULED, **more: object,
) -> CourseSession:
    """A session of one part that starts so long from now."""
    course = course or a_course()
    starts_at = (datetime.now(UTC) + starts_in).replace(second=0, microsecond=0)
    trainer_id = getattr(trainer, "person_id", None) or getattr(trainer, "id", None)
    if isinstance(trainer, Person) and db.session.get(Trainer, trainer.id) is None:
        a_trainer(person=trainer)
    facts: dict[str, object] = {"format": course.format, "venue_or_link": "Town Hall, Room 3", "ref": f"{course.code}-{next(_numbers)}"}
    session = CourseSession(
        course_id=course.id, starts_at=starts_at, ends_at=starts_at + lasts, last_day=clock.london_date(starts_at + lasts),
        capacity=places, trainer_id=trainer_id, status=status, **{**facts, **more},
    )
    session.parts = [SessionPart(starts_at=session.starts_at, ends_at=session.ends_at)]
    return _saved(session)


@transaction()
def a_booking(
    session: CourseSession, person: Person | None = None, *, status: BookingStatus = BookingStatus.BOOKED, **more: object
) -> Booking:
    """A booking as if made now, with where the person works now, how it came to be, and the mark that its turnout is."""
    person = person or a_person()
    at = person.affiliation
    facts: dict[str, object] = {
        "booked_at": None if status is BookingStatus.WALK_IN else clock.now(),
        "agency_id": at.agency_id if at else None, "job_title": at.job_title if at else None,
        "partnership_id": at.partnership_id if at else None,
    }
    booking = _saved(Booking(course_session_id=session.id, person_id=person.id, status=status, **{**facts, **more}))
    for act, before, after in _came_to_be(status):
        _saved(BookingEvent(booking_id=booking.id, at=booking.booked_at or session.starts_at, by="a test", act=act, before=before, after=after))
    if booking.turnout is not None:
        outcome = next(outcome for outcome, turnout in TURNOUT.items() if turnout is booking.turnout)
        _saved(Attendance(booking_id=booking.id, outcome=outcome, marked_at=session.ends_at))
    return booking


def a_finished_register(session: CourseSession) -> Register:
    """The register of a session that has every mark."""
    return _saved(Register(course_session_id=session.id, finished_at=session.ends_at))


_FIRST = {
    BookingStatus.WAITING: Act.JOIN, BookingStatus.WALK_IN: Act.WALK_IN, BookingStatus.AWAITING_MANAGER: Act.ASK,
    BookingStatus.AWAITING_COORDINATOR: Act.ASK,
}


def _came_to_be(status: BookingStatus) -> list[tuple[Act, BookingStatus | None, BookingStatus]]:
    """What happened to a booking that stands here: act, from what, to what."""
    if status is BookingStatus.OFFERED:
        return [(Act.JOIN, None, BookingStatus.WAITING), (Act.OFFER, BookingStatus.WAITING, status)]
    if status in ENDED:
        return [(Act.BOOK, None, BookingStatus.BOOKED), (Act.CORRECT, BookingStatus.BOOKED, status)]
    return [(_FIRST.get(status, Act.BOOK), None, status)]


def _saved(row: Row) -> Row:
    with transaction() as session:
        session.add(row)
        session.flush()  # it has its id inside somebody's transaction too
    return row
