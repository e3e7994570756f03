"""What is there already that an import may refer to, and the imports so far."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Account, Agency, AgencyAlias, Partnership, Person
from app.booking.queries import desk
from app.catalogue.models import Briefing, Course, CourseSession, Priority, Trainer
from app.core.db import db
from app.imports.models import ImportRun

RESTING_SHOWN = 30


def partnership_codes() -> set[str]:
    """The codes of all partnerships."""
    return set(db.session.scalars(sa.select(Partnership.code)))


def priority_codes() -> set[str]:
    """The codes of all priorities."""
    return set(db.session.scalars(sa.select(Priority.code)))


def course_codes() -> set[str]:
    """The codes of all courses."""
    return set(db.session.scalars(sa.select(Course.code)))


def briefing_codes() -> set[str]:
    """The codes of all briefings."""
    return set(db.session.scalars(sa.select(Briefing.code)))


def trainer_addresses() -> set[str]:
    """The addresses of all trainers."""
    return set(db.session.scalars(sa.select(Person.email).join(Trainer, Trainer.person_id == Person.id)))


def addresses() -> set[str]:
    """The addresses of everybody."""
    return set(db.session.scalars(sa.select(Person.email)))


def agency_names() -> list[tuple[str, str]]:
    """(code, name or alias) of all agencies: every name under which they can be found."""
    names = [(code, name) for code, name in db.session.execute(sa.select(Agency.code, Agency.name))]
    return names + [(code, name) for code, name in db.session.execute(sa.select(Agency.code, AgencyAlias.name).join(AgencyAlias))]


def session_facts() -> list[tuple[Any, ...]]:
    """(ref, status, start, end, capacity) of all sessions."""
    columns = (CourseSession.ref, CourseSession.status, CourseSession.starts_at, CourseSession.ends_at, CourseSession.capacity)
    return [tuple(row) for row in db.session.execute(sa.select(*columns))]


def runs(page: int, size: int) -> tuple[list[ImportRun], int]:
    """The imports by upload, latest first, and how many there are."""
    count = db.session.scalar(sa.select(sa.func.count(ImportRun.id))) or 0
    found = db.session.scalars(
        sa.select(ImportRun).options(joinedload(ImportRun.by).joinedload(Account.person)).order_by(ImportRun.at.desc(), ImportRun.id.desc())
        .offset((page - 1) * size).limit(size)
    )
    return list(found), count


def run(ref: str) -> ImportRun | None:
    """One import by upload."""
    return db.session.scalar(sa.select(ImportRun).where(ImportRun.ref == ref).options(joinedload(ImportRun.by).joinedload(Account.person)))


def resting(now: datetime) -> Sequence[CourseSession]:
    """Sessions to come whose lists rest since an import, soonest first."""
    return db.session.scalars(
        sa.select(CourseSession).join(CourseSession.course).where(desk.resting(now))
        .options(contains_eager(CourseSession.course)).order_by(CourseSession.starts_at, CourseSession.id).limit(RESTING_SHOWN)
    ).all()
