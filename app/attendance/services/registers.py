"""Registers: marks, people who walked in, finishing. Each act is one transaction that holds the session's lock."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account, Affiliation, Person
from app.attendance import rules
from app.attendance.models import Attendance, Register
from app.attendance.rules import TURNOUT, Outcome, Said
from app.booking import services as booking_services
from app.booking.models import Booking
from app.booking.rules.states import LIVE, ON_REGISTER, Act, BookingStatus
from app.booking.services import interest
from app.booking.services.attempts import earlier_answer, keep_answer, sent_before
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused
from app.core.tokens import reference
from app.mail.services import true_again, void

CORRECTED, FINISHED = "The register was corrected.", "The register is finished."

FOLLOWS: dict[str, Callable[[int, datetime], object]] = {}
"""What rooms above do, in the same transaction, whenever a finished register of a session was written in. `app/wiring.py` names them."""


@dataclass(frozen=True)
class Mark:
    """What somebody says of one person, and what the page showed before they said it: the same is no mark."""

    booking_ref: str
    outcome: Outcome
    minutes: int | None
    seen: Said | None

    @property
    def said(self) -> Said:
        """The outcome with its minutes."""
        return Said(self.outcome, self.minutes)


@dataclass(frozen=True)
class Disagreement:
    """Somebody else marked a person otherwise, or with other minutes, since the page was opened: theirs is kept until one of the two decides."""

    booking_ref: str
    name: str
    kept: Said
    by: str
    at: datetime
    mine: Said


@dataclass(frozen=True)
class NewPerson:
    """Somebody who came without a booking. Names, agency and job are needed only of people who are not known yet."""

    email: str
    first_name: str = ""
    last_name: str = ""
    agency_id: int | None = None
    job_title: str = ""


@dataclass(frozen=True)
class Added:
    """What came of marks and a walk-in that were sent together: whom others marked otherwise meanwhile, the name, or why they are not on it."""

    differing: list[Disagreement]
    name: str = ""
    refused: Refused | None = None


def save_marks(*, session_id: int, marks: Sequence[Mark], account_id: int, coordinator: bool, now: datetime) -> list[Disagreement]:
    """Keep the marks; of a person whom somebody else marked otherwise meanwhile, nothing: that is given back to be decided.

    A line that says what its page showed was not touched, and changes nothing whatever stands there now.

    Raises:
        Refused: the register is not open yet, or closed to trainers, or a number of minutes or the mark of a walk-in cannot be.
    """
    with transaction() as session:
        course_session = _open_register(session, session_id, coordinator=coordinator, now=now)
        length = course_session.minutes
        on_it = _on_register(session, session_id)
        differing = []
        for mark in marks:
            booking = on_it.get(mark.booking_ref)
            if booking is None or mark.said == mark.seen:
                continue
            rules.check_minutes(mark.outcome, mark.minutes, length)
            if booking.status is BookingStatus.WALK_IN:
                rules.check_walk_in(mark.outcome, booking.person.name or booking.person.email)
            kept = session.get(Attendance, booking.id, options=[joinedload(Attendance.marked_by)])
            if kept is not None and Said(kept.outcome, kept.minutes) not in (mark.seen, mark.said):
                by = kept.marked_by.person.name if kept.marked_by else "the import"
                differing.append(
                    Disagreement(mark.booking_ref, booking.person.name, Said(kept.outcome, kept.minutes), by, kept.marked_at, mark.said)
                )
                continue
            _mark(session, booking, kept, mark.said, account_id, now)
        _tell_rooms_above(session, session_id, now)
    return differing


def add_walk_in(*, session_id: int, person: NewPerson, account_id: int, by: str, coordinator: bool, now: datetime) -> str:
    """Put somebody who came without a booking on the register, as here; there may be more people than places. Their name.

    Raises:
        Refused: the register is not open, they are on it already, or a name is missing.
    """
    with transaction() as session:
        _open_register(session, session_id, coordinator=coordinator, now=now)
        somebody = session.scalar(sa.select(Person).where(Person.email == person.email.strip().lower())) or _new_person(session, person)
        booking = session.scalar(sa.select(Booking).where(
            Booking.course_session_id == session_id, Booking.person_id == somebody.id,
            Booking.status.in_(LIVE),
        ))
        if booking is not None and booking.status in ON_REGISTER:
            raise Refused(f"{somebody.name} is on this register already. Mark them there.")
        if booking is not None:
            booking_services.change(session, booking, Act.WALK_IN, BookingStatus.WALK_IN, by=by, now=now)
        else:
            at = _affiliation(session, somebody.id)
            booking = Booking(
                ref=reference(), course_session_id=session_id, person_id=somebody.id, status=BookingStatus.WALK_IN,
                agency_id=at.agency_id if at else None, job_title=at.job_title if at else None,
                partnership_id=at.partnership_id if at else None,
            )
            booking_services.add(session, booking, Act.WALK_IN, by=by, now=now)
        _mark(session, booking, None, Said(Outcome.ATTENDED), account_id, now)
        _tell_rooms_above(session, session_id, now)
        return somebody.name


def save_marks_and_add(
    *, session_id: int, marks: Sequence[Mark], person: NewPerson, account_id: int, by: str, coordinator: bool, now: datetime, key: str = ""
) -> Added:
    """Keep the marks and add somebody who walked in, in one transaction; who cannot be added leaves the marks kept.

    The same form (`key`) sent again has the same answer.

    Raises:
        Refused: as `save_marks` says; nothing is kept.
    """
    asked = f"walk in {session_id}:{person}"
    with transaction() as session:
        booking_services.hold(session, session_id)
        differing = save_marks(session_id=session_id, marks=marks, account_id=account_id, coordinator=coordinator, now=now) if marks else []
        earlier_answer(session, key, asked)
        if sent_before(session, key):
            return Added(differing, _named(session, person.email))
        try:
            with session.begin_nested():
                session.connection()  # sets the savepoint: bookings go past the session, which would set it when first used
                add_walk_in(session_id=session_id, person=person, account_id=account_id, by=by, coordinator=coordinator, now=now)
        except Refused as no:
            return Added(differing, refused=no)
        keep_answer(session, key, asked, None, now)
        return Added(differing, _named(session, person.email))


def _named(session: Session, email: str) -> str:
    return session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one().name


def finish(*, session_id: int, account_id: int, coordinator: bool, now: datetime) -> None:
    """Every mark is in: the session counts as delivered.

    Raises:
        Refused: the session is not over, or somebody is not marked; nobody is taken to be absent.
    """
    with transaction() as session:
        course_session = _open_register(session, session_id, coordinator=coordinator, now=now)
        if now < course_session.ends_at:
            raise Refused("The session is not over yet. Finish the register when it is.")
        on_it = _on_register(session, session_id)
        numbers = [booking.id for booking in on_it.values()]
        marked = set(session.scalars(sa.select(Attendance.booking_id).where(Attendance.booking_id.in_(numbers))))
        missing = [booking.person.name for booking in on_it.values() if booking.id not in marked]
        if missing:
            shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise Refused(f"Not marked yet: {shown}. Mark everyone first; nobody is taken to be absent.")
        register = session.get_one(Register, session_id)
        register.finished_at = register.finished_at or now
        register.finished_by_id = account_id
        course_session.status = SessionStatus.DELIVERED
        session.flush()
        chased_no_more([session_id], now)
        _tell_rooms_above(session, session_id, now)


def chased_no_more(session_ids: Iterable[int], now: datetime) -> None:
    """The registers of these sessions are finished: a letter that waits and asks for one does not leave."""
    void(concerns=tuple(f"session:{number}" for number in session_ids), kinds=("register-missing",), reason=FINISHED, now=now)


def _tell_rooms_above(session: Session, session_id: int, now: datetime) -> None:
    """What stands on a finished register is charged, and put right elsewhere, in the transaction that changes it."""
    register = session.get_one(Register, session_id)
    if register.finished_at is None:
        return
    session.flush()
    booking_services.charge_session(session, session_id, now=now)
    for follow in FOLLOWS.values():
        follow(session_id, now)


def _open_register(session: Session, session_id: int, *, coordinator: bool, now: datetime) -> CourseSession:
    course_session = booking_services.hold(session, session_id)
    register = session.get(Register, session_id)
    rules.check_register_open(
        held=course_session.status in (SessionStatus.SCHEDULED, SessionStatus.DELIVERED), starts_at=course_session.starts_at,
        finished_at=register.finished_at if register else None, coordinator=coordinator, now=now,
    )
    if register is None:
        register = Register(course_session_id=session_id, version=0)
        session.add(register)
    register.version += 1
    session.flush()
    return course_session


def _on_register(session: Session, session_id: int) -> dict[str, Booking]:
    found = session.scalars(
        sa.select(Booking).where(
            Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER)
        ).options(joinedload(Booking.person))
    )
    return {booking.ref: booking for booking in found}


def _mark(session: Session, booking: Booking, kept: Attendance | None, said: Said, account_id: int, now: datetime) -> None:
    """Write the mark, and into the history which one it was before. Where the person works is kept as it is now, for reports."""
    before = Said(kept.outcome, kept.minutes) if kept else None
    if said == before:
        return
    what = rules.marked(said, before, by_import=kept is not None and kept.marked_by_id is None)
    by = session.get_one(Account, account_id).person.acting
    booking_services.note(session, booking, Act.MARK, booking.status, by=by, now=now, reason=what)
    if kept is None:
        at = _affiliation(session, booking.person_id)
        kept = Attendance(
            booking_id=booking.id, agency_id=at.agency_id if at else booking.agency_id,
            job_title=at.job_title if at else booking.job_title, partnership_id=at.partnership_id if at else booking.partnership_id,
        )
        session.add(kept)
    kept.outcome, kept.minutes, kept.marked_at, kept.marked_by_id = said.outcome, said.minutes, now, account_id
    booking_services.note_turnout(session, booking, TURNOUT[said.outcome], now=now)
    if booking.status is BookingStatus.WALK_IN:
        _follow_wait(session, booking, said.outcome, by, now)
    if said.outcome is Outcome.NO_SHOW:
        true_again(concerns=f"booking:{booking.id}", reason=CORRECTED)
    else:
        void(concerns=f"booking:{booking.id}", kinds=("missed",), reason=CORRECTED, now=now)


def _follow_wait(session: Session, booking: Booking, outcome: Outcome, by: str, now: datetime) -> None:
    """Whoever walked in has come to the course, and no longer waits for it; unless they were put on the register by mistake."""
    follow = interest.lost_place if outcome is Outcome.EXCUSED else interest.has_place
    follow(session, booking, by=by, now=now)


def _affiliation(session: Session, person_id: int) -> Affiliation | None:
    return session.scalar(sa.select(Affiliation).where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None)))


def _new_person(session: Session, person: NewPerson) -> Person:
    if not person.first_name.strip() or not person.last_name.strip():
        raise Refused("Nobody with this address is known yet, so write their first and last name too.")
    somebody = Person(email=person.email.strip().lower(), first_name=person.first_name.strip(), last_name=person.last_name.strip())
    session.add(somebody)
    session.flush()
    session.add(Affiliation(person_id=somebody.id, agency_id=person.agency_id, job_title=person.job_title.strip() or None))
    return somebody
