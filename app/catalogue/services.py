"""What is on offer: courses, sessions as they are planned, priorities, trainers, briefings, contributions. Each act is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Agency, Person
from app.catalogue import rules
from app.catalogue.models import (
    Briefing,
    BriefingViews,
    Contribution,
    Course,
    CourseSession,
    Priority,
    SessionPart,
    Trainer,
    course_prerequisite,
)
from app.catalogue.rules import Format, SessionStatus
from app.core import clock
from app.core.db import Base, transaction
from app.core.errors import Refused

Record = TypeVar("Record", bound=Base)

AROUND_AUDIENCES: dict[str, Callable[[int, datetime], AbstractContextManager[None]]] = {}
"""What rooms above do around a change of for whom a course (by its id) is: begun before it is written, ended before it is kept, in the same
transaction. `app/wiring.py` names them."""


@dataclass(frozen=True)
class Planned:
    """When, where, by whom and for how many a session is."""

    parts: Sequence[tuple[datetime, datetime]]
    format: Format
    venue_or_link: str | None
    trainer_id: int | None


def save_course(
    *, course_id: int | None, facts: Mapping[str, Any], priority_ids: Sequence[int], now: datetime, agency_ids: Sequence[int] | None = None,
    required_ids: Sequence[int] | None = None, check: Callable[[Course], None] | None = None,
) -> Course:
    """Add a course, or change it. `agency_ids` and `required_ids` say for whose people it is and what they come to first; none leaves both.

    `check` is asked of a course that is there once nobody else can change it, and may refuse.

    Raises:
        Refused: another course has its code, or it would have to be done before itself.
    """
    with transaction() as session, ExitStack() as around:
        if course_id is not None and _is_for_others(session.get_one(Course, course_id), facts, agency_ids, required_ids):
            for begin in AROUND_AUDIENCES.values():
                around.enter_context(begin(course_id, now))
        course = _saved(session, Course, course_id, facts, "Another course has this code. Choose a different one.", check=check)
        course.priorities = list(session.scalars(sa.select(Priority).where(Priority.id.in_(priority_ids))))
        if agency_ids is not None:
            course.for_agencies = list(session.scalars(sa.select(Agency).where(Agency.id.in_(agency_ids))))
        if required_ids is not None:
            _check_no_circle(session, course, required_ids)
            course.prerequisites = list(session.scalars(sa.select(Course).where(Course.id.in_(required_ids))))
    return course


def _is_for_others(
    course: Course, facts: Mapping[str, Any], agency_ids: Sequence[int] | None, required_ids: Sequence[int] | None
) -> bool:
    """Whether other people could book the course then, or somebody else had to agree."""
    return (
        any(facts[name] != getattr(course, name) for name in ("least_level", "for_sectors", "for_jobs", "approval") if name in facts)
        or (agency_ids is not None and set(agency_ids) != {one.id for one in course.for_agencies})
        or (required_ids is not None and set(required_ids) != {one.id for one in course.prerequisites})
    )


def _check_no_circle(session: Session, course: Course, required_ids: Sequence[int]) -> None:
    """Nobody could ever book a course that leads back to itself."""
    needs: dict[int, list[int]] = {}
    for row in session.execute(sa.select(course_prerequisite)):
        needs.setdefault(row.course_id, []).append(row.required_id)
    ahead, seen = list(required_ids), set()
    while ahead:
        number = ahead.pop()
        if number == course.id:
            raise Refused("The course would have to be done before itself, directly or through another one. Take that course out.")
        if number not in seen:
            seen.add(number)
            ahead += needs.get(number, ())


def plan_session(*, course_id: int, planned: Planned, capacity: int) -> CourseSession:
    """A new session, as a draft that only coordinators see.

    Raises:
        Refused: its parts cannot be.
    """
    with transaction() as session:
        course = session.get_one(Course, course_id)
        course_session = CourseSession(course_id=course_id, capacity=capacity, status=SessionStatus.DRAFT)
        _plan(course_session, planned)
        course_session.ref = _free_ref(session, course.code, course_session.starts_at)
        session.add(course_session)
    return course_session


def change_session(*, session_id: int, planned: Planned, now: datetime) -> None:
    """Change when, where and by whom a session is; how many places it has is for booking to change.

    Raises:
        Refused: the session is over or cancelled, its new times lie in the past, or its parts cannot be.
    """
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id)
        check_change(course_session, planned, now)
        _plan(course_session, planned)


def check_change(course_session: CourseSession, planned: Planned, now: datetime) -> None:
    """Whether the session can become as planned.

    Raises:
        Refused: as `change_session` says.
    """
    if course_session.status not in (SessionStatus.DRAFT, SessionStatus.SCHEDULED):
        raise Refused("This session is delivered or cancelled, so it can no longer be changed.")
    parts = rules.check_parts(list(planned.parts))
    if course_session.status is SessionStatus.SCHEDULED and course_session.starts_at > now >= parts[0][0]:
        raise Refused("This start lies in the past. Enter a day to come.")


def end_before(*, session_id: int, starts_at: datetime) -> None:
    """A session ends with the last of its parts that starts before then: those after it do not take place."""
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id)
        kept = [part for part in course_session.parts if part.starts_at < starts_at]
        course_session.parts = kept
        course_session.ends_at = kept[-1].ends_at
        course_session.last_day = clock.london_date(course_session.ends_at)


def publish(*, session_id: int, now: datetime) -> None:
    """Put a draft on the programme, so that people can book.

    Raises:
        Refused: it is no draft, it lies in the past, or its course is not on the programme.
    """
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id)
        if course_session.status is not SessionStatus.DRAFT:
            raise Refused("This session is on the programme already, or was.")
        if course_session.starts_at <= now:
            raise Refused("This session starts in the past. Change its date first.")
        if not course_session.course.published:
            raise Refused("Its course is not on the programme. Tick “On the programme” on the course first.")
        course_session.status = SessionStatus.SCHEDULED


def save_priority(*, priority_id: int | None, facts: Mapping[str, Any], check: Callable[[Priority], None] | None = None) -> Priority:
    """Add a priority of a partnership, or change it. `check` is asked of it as in `save_course`.

    Raises:
        Refused: another has its code, or it ends before it starts.
    """
    if facts.get("ends_on") and facts["ends_on"] < facts["starts_on"]:
        raise Refused("It ends before it starts. Correct one of the two days.")
    with transaction() as session:
        return _saved(session, Priority, priority_id, facts, "Another priority has this code. Choose a different one.", check=check)


def add_trainer(*, email: str) -> Person:
    """Let the person with this address give sessions.

    Raises:
        Refused: nobody has this address.
    """
    with transaction() as session:
        person = session.scalar(sa.select(Person).where(Person.email == email.strip().lower()))
        if person is None:
            raise Refused("Nobody with this address is known here. Add the person first, under People.")
        if session.get(Trainer, person.id) is None:
            session.add(Trainer(person_id=person.id))
    return person


def save_briefing(
    *, briefing_id: int | None, facts: Mapping[str, Any], priority_ids: Sequence[int], check: Callable[[Briefing], None] | None = None
) -> Briefing:
    """Add a briefing, or change it. `check` is asked of it as in `save_course`.

    Raises:
        Refused: another has its code.
    """
    with transaction() as session:
        briefing = _saved(session, Briefing, briefing_id, facts, "Another briefing has this code. Choose a different one.", check=check)
        briefing.priorities = list(session.scalars(sa.select(Priority).where(Priority.id.in_(priority_ids))))
    return briefing


def note_views(*, briefing_id: int, month: date, views: int) -> None:
    """Keep how often a briefing was opened in a month, in the place of what was kept for it."""
    with transaction() as session:
        kept = session.get(BriefingViews, (briefing_id, month.replace(day=1)))
        if kept is None:
            session.add(BriefingViews(briefing_id=briefing_id, month=month.replace(day=1), views=views))
        else:
            kept.views = views


def save_contribution(
    *, contribution_id: int | None, facts: Mapping[str, Any], check: Callable[[Contribution], None] | None = None
) -> Contribution:
    """Add a contribution to partners' training, or change it. `check` is asked of it as in `save_course`.

    Raises:
        Refused: another has its reference.
    """
    with transaction() as session:
        taken = "Another contribution has this reference. Choose a different one."
        return _saved(session, Contribution, contribution_id, facts, taken, key="ref", check=check)


def _saved(
    session: Session, model: type[Record], number: int | None, facts: Mapping[str, Any], taken: str, *, key: str = "code",
    check: Callable[[Record], None] | None = None,
) -> Record:
    """Write the record; one that is there is locked, and `check` asked, before anything of it is changed."""
    if number and check is not None:
        check(session.get_one(model, number, with_for_update={"key_share": True}, populate_existing=True))
    column = getattr(model, key)
    other = session.scalar(sa.select(model).where(column == facts[key], model.id != (number or 0)))  # type: ignore[attr-defined]
    if other is not None:
        raise Refused(taken)
    record = session.get_one(model, number) if number else model()
    for name, value in facts.items():
        setattr(record, name, value)
    session.add(record)
    session.flush()
    return record


def _plan(course_session: CourseSession, planned: Planned) -> None:
    parts = rules.check_parts(list(planned.parts))
    course_session.starts_at, course_session.ends_at = parts[0][0], parts[-1][1]
    course_session.last_day = clock.london_date(course_session.ends_at)
    course_session.format, course_session.venue_or_link = planned.format, (planned.venue_or_link or "").strip() or None
    course_session.trainer_id = planned.trainer_id
    if [(part.starts_at, part.ends_at) for part in course_session.parts] != parts:
        course_session.parts = [SessionPart(starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in parts]


def _free_ref(session: Session, code: str, starts_at: datetime) -> str:
    wanted = f"{code}-{clock.london_date(starts_at):%Y%m%d}"
    taken = set(session.scalars(sa.select(CourseSession.ref).where(CourseSession.ref.startswith(wanted, autoescape=True))))
    number = 2
    ref = wanted
    while ref in taken:
        ref, number = f"{wanted}-{number}", number + 1
    return ref
