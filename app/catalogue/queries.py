"""What is on offer, as coordinators keep it, and the briefings that everybody reads."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Agency, AgencyAlias, Person
from app.accounts.queries import gives_sessions
from app.catalogue.models import Briefing, BriefingViews, Contribution, Course, CourseSession, Priority, Trainer
from app.catalogue.rules import Likely, SessionStatus
from app.core.db import db
from app.core.pages import Page

SIZE = 30
FORECASTS: dict[str, Callable[[Collection[int], datetime], Mapping[int, Likely]]] = {}
"""The room above that forecasts who comes puts its function here."""


def likely_to_come(session_ids: Collection[int], now: datetime) -> dict[int, Likely]:
    """What to expect of these sessions, for those of which something can be said."""
    return {number: likely for forecast in FORECASTS.values() for number, likely in forecast(session_ids, now).items()}


def courses(words: str, page: int | None) -> tuple[Page, Sequence[tuple[Course, int]]]:
    """A page of the courses with these words in code or title, each with how many sessions it ever had."""
    columns = (Course.title, Course.code)
    conditions = [sa.or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()[:8]]
    total = db.session.scalar(sa.select(sa.func.count(Course.id)).where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    held = sa.select(sa.func.count(CourseSession.id)).where(CourseSession.course_id == Course.id).correlate(Course).scalar_subquery()
    rows = db.session.execute(
        sa.select(Course, held).where(*conditions).order_by(sa.func.lower(Course.title), Course.id).offset(at.offset).limit(SIZE)
    )
    return at, [(course, count) for course, count in rows]


def course(code: str) -> Course | None:
    """Any course, on the programme or not."""
    return db.session.scalar(sa.select(Course).where(Course.code == code).options(
        selectinload(Course.priorities), selectinload(Course.for_agencies), selectinload(Course.prerequisites)))


def sessions_to_come(course_id: int, now: datetime) -> int:
    """How many sessions of a course are on the programme and have not begun."""
    return db.session.scalar(sa.select(sa.func.count(CourseSession.id)).where(
        CourseSession.course_id == course_id, CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)) or 0


def sectors() -> list[str]:
    """The sectors that agencies belong to."""
    return [name for name in db.session.scalars(sa.select(Agency.sector).distinct().order_by(Agency.sector)) if name]


def agencies_named(names: Sequence[str]) -> dict[str, int]:
    """The agencies that are called so, by name, code or another name of theirs, whatever the capitals; each by the name that was asked for."""
    wanted = {name.casefold(): name for name in names}
    known: dict[str, int] = {}
    for column, number in ((Agency.name, Agency.id), (Agency.code, Agency.id), (AgencyAlias.name, AgencyAlias.agency_id)):
        for text, agency_id in db.session.execute(sa.select(column, number)):
            if text.casefold() in wanted:
                known.setdefault(wanted[text.casefold()], agency_id)
    return known


def courses_coded(codes: Sequence[str]) -> dict[str, int]:
    """The courses with these codes, whatever the capitals; each by the code that was asked for."""
    wanted = {code.casefold(): code for code in codes}
    return {wanted[code.casefold()]: number for code, number in db.session.execute(sa.select(Course.code, Course.id).where(
        sa.func.lower(Course.code).in_([code.lower() for code in codes]))) if code.casefold() in wanted}


def priorities() -> Sequence[Priority]:
    """All priorities with their partnerships, latest first."""
    return db.session.scalars(
        sa.select(Priority).options(joinedload(Priority.partnership)).order_by(Priority.starts_on.desc(), Priority.name, Priority.id)
    ).all()


def priorities_page(page: int | None) -> tuple[Page, Sequence[Priority]]:
    """A page of the priorities, latest first."""
    found = priorities()
    at = Page.at(page, size=SIZE, total=len(found))
    return at, found[at.offset:at.last_row]


def trainers_no_more(shown: Sequence[Trainer]) -> set[int]:
    """Which of these have left, or have an account with which nobody gives sessions: no letter about sessions goes to them."""
    return set(db.session.scalars(sa.select(Trainer.person_id).where(
        Trainer.person_id.in_([one.person_id for one in shown]), ~gives_sessions(Trainer.person_id))))


def priority_choices() -> list[tuple[int, str]]:
    """Priorities to choose from."""
    return [(one.id, f"{one.name} ({one.partnership.name}, from {one.starts_on:%Y})") for one in priorities()]


def trainers() -> Sequence[Trainer]:
    """All trainers, by last name."""
    return db.session.scalars(
        sa.select(Trainer).join(Trainer.person).options(joinedload(Trainer.person)).order_by(Person.last_name, Person.first_name, Person.id)
    ).all()


def trainers_page(page: int | None) -> tuple[Page, Sequence[Trainer]]:
    """A page of the trainers, by last name."""
    found = trainers()
    at = Page.at(page, size=SIZE, total=len(found))
    return at, found[at.offset:at.last_row]


def trainer_choices() -> list[tuple[int, str]]:
    """Trainers to choose from."""
    return [(one.person_id, one.person.name or one.person.email) for one in trainers()]


def briefings(page: int | None = 1) -> tuple[Page, Sequence[tuple[Briefing, int]]]:
    """A page of the briefings, by title, each with its views on record."""
    total = db.session.scalar(sa.select(sa.func.count(Briefing.id))) or 0
    at = Page.at(page, size=SIZE, total=total)
    views = sa.select(sa.func.coalesce(sa.func.sum(BriefingViews.views), 0)).where(BriefingViews.briefing_id == Briefing.id)
    rows = db.session.execute(
        sa.select(Briefing, views.correlate(Briefing).scalar_subquery()).options(selectinload(Briefing.priorities))
        .order_by(Briefing.title, Briefing.id).offset(at.offset).limit(SIZE)
    )
    return at, [(briefing, count) for briefing, count in rows]


def views_of(briefing_id: int) -> Sequence[BriefingViews]:
    """The views of a briefing by month, latest first."""
    return db.session.scalars(
        sa.select(BriefingViews).where(BriefingViews.briefing_id == briefing_id).order_by(BriefingViews.month.desc())
    ).all()


def contributions(page: int | None) -> tuple[Page, Sequence[Contribution]]:
    """A page of the contributions, latest first."""
    total = db.session.scalar(sa.select(sa.func.count(Contribution.id))) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.scalars(
        sa.select(Contribution).options(joinedload(Contribution.host_agency)).order_by(Contribution.held_on.desc(), Contribution.id)
        .offset(at.offset).limit(SIZE)
    ).all()
    return at, rows


def one(model: Any, number: int) -> Any:
    """The record with this number, or none."""
    return db.session.get(model, number)
