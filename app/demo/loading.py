"""Fills an empty demonstration database, through the same acts as people's own; run again, it only adds what has run out."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.models import Affiliation, Person
from app.accounts.rules import Role
from app.attendance import services as registers
from app.attendance.rules import Outcome
from app.booking import services as booking
from app.booking.models import Booking
from app.booking.queries import programme
from app.booking.rules.states import BookingStatus
from app.catalogue import services as catalogue
from app.catalogue.models import Course, CourseSession, Trainer
from app.catalogue.rules import Approval, Format
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.demo import answers, evidence
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme

YEAR = Path(__file__).parent / "programme-2024"
NAMES = {
    Role.DELEGATE: ("Amina", "Yusuf"), Role.TRAINER: ("Rowan", "Ellis"), Role.COORDINATOR: ("Marian", "Cole"),
    Role.LINE_MANAGER: ("Priya", "Nair"), Role.AGENCY_LEAD: ("Tom", "Hughes"),
    Role.REPORT_AUTHOR: ("Sam", "Okafor"), Role.SCRUTINEER: ("Ines", "Marsh"),
    Role.ADMINISTRATOR: ("Dev", "Chandra"),
}


@dataclass(frozen=True)
class Planning:
    """One session of the demonstration: in how many days, at what hour, on how many days running, with how many people."""

    course: str
    days: int
    hour: int
    places: int
    people: int
    form: Format = Format.VIRTUAL
    parts: int = 1
    trainer: bool = True


COMING = (
    Planning("sbt", 9, 9, 25, 20), Planning("curiosity", 16, 13, 14, 13), Planning("info-sharing", 17, 9, 30, 14),
    Planning("neg-aware", 23, 10, 12, 17), Planning("gcp2", 40, 13, 20, 12, Format.IN_PERSON, 2), Planning("csa-family", 44, 9, 25, 6),
    Planning("da-children", 51, 9, 20, 9, Format.IN_PERSON, trainer=False), Planning("roth", 58, 10, 24, 2), Planning("neg-aware", 66, 9, 25, 0),
    Planning("sbt", 80, 13, 25, 11), Planning("curiosity", 95, 9, 25, 0),
)


def address(role: Role) -> str:
    """The address of the account that shows a role."""
    return f"{role.value}@demo.example"


def load(*, password: str, now: datetime, say: Callable[[str], None]) -> None:
    """Bring the demonstration in, or what of it is missing."""
    if people.account_with_address(address(Role.ADMINISTRATOR)) is None:
        say("Taking in the year 2024 …")
        import_programme(YEAR, now=now)
        _accounts(password, now)
        say("Adding what was held last month …")
        _held(now)
        say("Adding what people said this year …")
        _told(now)
    for role in NAMES:
        if people.account_with_address(address(role)) is None:
            _account(role, password, now)
    if not evidence.is_there():
        say("Adding evidence of practice …")
        evidence.load(writer_id=_person(Role.COORDINATOR).id, second_id=_person(Role.REPORT_AUTHOR).id, now=now)
    if not programme.open_count(now)[0]:
        say("Adding sessions in the coming months …")
        _coming(now)


def _accounts(password: str, now: datetime) -> None:
    for role in NAMES:
        _account(role, password, now)
    catalogue.add_trainer(email=address(Role.TRAINER))
    _team(people.agency_choices()[0][0], now)


def _account(role: Role, password: str, now: datetime) -> None:
    first, last = NAMES[role]
    person = accounts.save_person(person_id=None, email=address(role), first_name=first, last_name=last, now=now)
    accounts.add_account(email=person.email, roles=[role], password=password, now=now)
    accounts.say_where_somebody_works(
        person_id=person.id, agency_id=people.agency_choices()[0][0], job_title="Social worker", now=now,
        partnership_id=people.partnership_choices()[0][0], manager_email=address(Role.LINE_MANAGER) if role is Role.DELEGATE else None,
    )


def _team(agency_id: int, now: datetime) -> None:
    """A few people of the agency beside the delegate, who name the same manager."""
    for at in db.session.scalars(
        sa.select(Affiliation).join(Person, Person.id == Affiliation.person_id)
        .where(Affiliation.agency_id == agency_id, Affiliation.ends_on.is_(None), ~Person.email.endswith("@demo.example"))
        .order_by(Affiliation.id).limit(6)
    ).all():
        accounts.say_where_somebody_works(
            person_id=at.person_id, agency_id=agency_id, job_title=at.job_title, now=now, partnership_id=at.partnership_id,
            manager_email=address(Role.LINE_MANAGER),
        )


def _coming(now: datetime) -> None:
    chance = random.Random(7)
    for planning in COMING:
        session = _planned(planning, now, now)
        if session is None:
            continue
        asked = now - timedelta(days=6)
        for person in _some_people(planning.people, chance):
            asked += timedelta(hours=1)
            booking.book_place(session_id=session.id, person_id=person.id, by=person.name, now=min(asked, now))
    delegate = _person(Role.DELEGATE)
    for found in programme.soonest(now, 1):
        booking.book_place(session_id=found.session.id, person_id=delegate.id, by=delegate.name, now=now)
    full = db.session.scalar(sa.select(CourseSession).join(CourseSession.course).where(Course.code == "neg-aware", CourseSession.starts_at > now)
                             .order_by(CourseSession.starts_at).limit(1))
    if full is not None:
        booking.book_place(session_id=full.id, person_id=delegate.id, by=delegate.name, now=now)
    _asked_and_held(delegate, now)
    course = _course("threshold")
    if course is not None:
        catalogue.plan_session(course_id=course.id, planned=_times(Planning("threshold", 70, 9, 20, 0), now, None), capacity=20)


def _asked_and_held(delegate: Person, now: datetime) -> None:
    """A course for which managers are asked, with a request that waits; and places without names for the lead's agency."""
    licensed, free, lead = _next_of("gcp2", now), _next_of("roth", now), _person(Role.AGENCY_LEAD)
    if licensed is not None:
        catalogue.save_course(course_id=licensed.course_id, facts={"code": licensed.course.code, "approval": Approval.MANAGER},
                              priority_ids=[one.id for one in licensed.course.priorities], now=now)
        booking.book_place(session_id=licensed.id, person_id=delegate.id, by=delegate.name, now=now)
    if free is not None and lead.affiliation is not None and lead.affiliation.agency_id is not None:
        booking.hold_places(session_id=free.id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=3,
                            releases_at=free.starts_at - timedelta(days=7), now=now)


def _next_of(code: str, now: datetime) -> CourseSession | None:
    return db.session.scalar(sa.select(CourseSession).join(CourseSession.course).where(Course.code == code, CourseSession.starts_at > now)
                             .order_by(CourseSession.starts_at).limit(1))


def _held(now: datetime) -> None:
    """A session with its register and answers in, and one whose register is missing."""
    chance = random.Random(11)
    trainer = people.account_with_address(address(Role.TRAINER))
    delegate = _person(Role.DELEGATE)
    early = now - timedelta(days=60)
    done = _planned(Planning("roth", -12, 9, 24, 0), early, now)
    missing = _planned(Planning("curiosity", -4, 13, 16, 0), early, now)
    if done is None or missing is None or trainer is None:
        return
    for session, count in ((done, 17), (missing, 9)):
        for person in [delegate, *_some_people(count, chance)]:
            booking.book_place(session_id=session.id, person_id=person.id, by=person.name, now=early + timedelta(days=20))
    asked = ensure_questionnaires(now=now)
    bookings = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == done.id, Booking.status == BookingStatus.BOOKED)).all()
    marks = []
    for index, one in enumerate(bookings):
        outcome = Outcome.ATTENDED if index % 6 else Outcome.NO_SHOW
        marks.append(registers.Mark(one.ref, Outcome.ATTENDED if one.person_id == delegate.id else outcome, None, None))
        if one.person_id != delegate.id and outcome is Outcome.ATTENDED:
            submit(booking_id=one.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id,
                   given={"knowledge": str(chance.choice([1, 2, 2, 3, 3, 4]))}, quoting=Quoting.NO, now=done.starts_at - timedelta(days=1))
    registers.save_marks(session_id=done.id, marks=marks, account_id=trainer.id, coordinator=True, now=done.ends_at)
    registers.finish(session_id=done.id, account_id=trainer.id, coordinator=True, now=done.ends_at)
    for one in [one for index, one in enumerate(bookings) if one.person_id != delegate.id and index % 6]:
        given = {code: str(chance.choice([5, 5, 4, 4, 3])) for code in ("engaging", "improved_knowledge", "useful_in_role")}
        words = chance.choice(["", "", "More time for the discussion would help.", "I will use this in supervision."])
        submit(booking_id=one.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id,
               given={**given, "knowledge": str(chance.choice([3, 3, 4, 4, 5])), "comment": words}, quoting=Quoting.ANONYMOUS, now=done.ends_at)


def _told(now: datetime) -> None:
    """Sessions of this year with their registers, and what people and managers said about them."""
    chance, trainer, delegate = random.Random(23), people.account_with_address(address(Role.TRAINER)), _person(Role.DELEGATE)
    if trainer is None:
        return
    for told in answers.TOLD:
        course = _course(told.course)
        early = now - timedelta(days=told.days + 60)
        session = _planned(Planning(told.course, -told.days, 9, max(told.people + 4, 8), 0), early, now) if course else None
        if course is None or session is None:
            continue
        if told.mode is Mode.ANONYMOUS:
            answers.ask_anonymously(course.id, early)
        own = [delegate] if told.delegate is not None else []
        for person in own + _some_people(told.people + 2 - len(own), chance):
            booking.book_place(session_id=session.id, person_id=person.id, by=person.name, now=early + timedelta(days=20))
        rows = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.status == BookingStatus.BOOKED)
                                  .order_by(Booking.id)).all()
        marks = [_mark(one, told, came=at < told.people, own=one.person_id == delegate.id) for at, one in enumerate(rows)]
        registers.save_marks(session_id=session.id, marks=marks, account_id=trainer.id, coordinator=True, now=session.ends_at)
        registers.finish(session_id=session.id, account_id=trainer.id, coordinator=True, now=session.ends_at)
        answers.tell(told, session, chance, now, delegate_id=delegate.id)
        if told is answers.TOLD[-1]:
            answers.raise_a_worry(session, address(Role.ADMINISTRATOR), now)


def _mark(one: Booking, told: answers.Told, *, came: bool, own: bool) -> registers.Mark:
    """The delegate left one session early, for which they have no certificate."""
    if own and Stage.FOLLOW_UP not in (told.delegate or ()):
        return registers.Mark(one.ref, Outcome.PARTLY_ATTENDED, 90, None)
    return registers.Mark(one.ref, Outcome.ATTENDED if came else Outcome.NO_SHOW, None, None)


def _planned(planning: Planning, published_at: datetime, now: datetime) -> CourseSession | None:
    """A session as planned, on the programme since `published_at`; none when its course is not there."""
    course = _course(planning.course)
    if course is None:
        return None
    trainer = db.session.scalar(sa.select(Trainer.person_id).join(Trainer.person).where(Person.email == address(Role.TRAINER)))
    session = catalogue.plan_session(
        course_id=course.id, planned=_times(planning, now, trainer if planning.trainer else None), capacity=planning.places
    )
    catalogue.publish(session_id=session.id, now=published_at)
    return session


def _times(planning: Planning, now: datetime, trainer_id: int | None) -> Planned:
    first = clock.london_date(now) + timedelta(days=planning.days)
    first += timedelta(days=({5: 2, 6: 1} if planning.days > 0 else {5: -1, 6: -2}).get(first.weekday(), 0))  # never on a weekend
    starts, ends = time(planning.hour, 30), time(planning.hour + 3, 30)
    days = [first + timedelta(days=part) for part in range(planning.parts)]
    parts = [(clock.from_london(day, starts), clock.from_london(day, ends)) for day in days]
    where = "https://meet.example/uplift-demo" if planning.form is Format.VIRTUAL else "Conference centre, Room 1, Huntingdon"
    return Planned(parts, planning.form, where, trainer_id)


def _course(code: str) -> Course | None:
    return db.session.scalar(sa.select(Course).where(Course.code == code))


def _person(role: Role) -> Person:
    return db.session.scalars(sa.select(Person).where(Person.email == address(role))).one()


def _some_people(count: int, chance: random.Random) -> list[Person]:
    """People of the year 2024, a different mix each time."""
    known = db.session.scalars(
        sa.select(Person.id).join(Affiliation, Affiliation.person_id == Person.id)
        .where(Affiliation.ends_on.is_(None), ~Person.email.endswith("@demo.example")).order_by(Person.id)
    ).all()
    return [db.session.get_one(Person, number) for number in chance.sample(known, count)]
