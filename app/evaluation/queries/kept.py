"""Results that are kept as long as what they are made of is as it was: a cheap mark of the data tells.

Each process keeps its own, and no more than a few; the mark is counted anew for each page.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from app.accounts.models import Agency
from app.attendance.models import Attendance, Register
from app.catalogue.models import CourseSession
from app.core.db import db
from app.core.jobs import IMPORT, JobRun
from app.evaluation.models import Response

MOST = 64
Found = TypeVar("Found")
_results: dict[Hashable, Any] = {}


def kept(what: Hashable, mark: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` gives, made again only when the mark is another. Not to be changed by who gets it."""
    key = (str(db.engine.url), what)
    there = _results.get(key)
    if there is not None and there[0] == mark:
        return there[1]  # type: ignore[no-any-return]
    made = make()
    if len(_results) >= MOST:
        _results.clear()
    _results[key] = (mark, made)
    return made


def forget() -> None:
    """Keep nothing."""
    _results.clear()


def mark_of_answers() -> Hashable:
    """Changes when an answer, a mark in a register, a session or an agency does; one statement, from indexes and small tables. A file corrects rows
    without a trace in these, so that any import changes it."""
    sectors = sa.select((sa.cast(Agency.id, sa.Text) + ":" + sa.func.coalesce(Agency.sector, "")).label("of")).order_by(Agency.id).subquery()
    count, latest, total = sa.func.count(), sa.func.max, sa.func.sum
    parts = (
        sa.select(count).select_from(Response), sa.select(count).select_from(Response).where(Response.current), sa.select(latest(Response.id)),
        sa.select(latest(Response.submitted_at)),
        sa.select(count).select_from(Attendance), sa.select(latest(Attendance.marked_at)), *_registers(),
        sa.select(latest(CourseSession.id)), sa.select(total(CourseSession.times_version + CourseSession.place_version)),
        sa.select(count).select_from(CourseSession).where(CourseSession.cancelled_at.is_not(None)),
        sa.select(sa.func.aggregate_strings(sectors.c.of, ",")), sa.select(JobRun.last_ended_at).where(JobRun.name == IMPORT),
    )
    return tuple(db.session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one())


def mark_of_registers() -> Hashable:
    """Changes when a register is finished or corrected."""
    return tuple(db.session.execute(sa.select(*(part.scalar_subquery() for part in _registers()))).one())


def _registers() -> tuple[sa.Select[Any], ...]:
    return (sa.select(sa.func.count()).select_from(Register).where(Register.finished_at.is_not(None)), sa.select(sa.func.sum(Register.version)),
            sa.select(sa.func.max(Register.finished_at)))
