"""The catalogue: what somebody looks for, and the page of it. Nobody is signed in for most of it, so it asks for columns and not for objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.booking.queries.programme import BOOKED, EXTRA, KEPT, SIZE, TAKEN, WAITING, Dated, as_seen_by, has_places, kept_for_others, open_now
from app.catalogue.models import Course, CourseSession, Priority, SessionPart, course_priority
from app.catalogue.rules import Format, SessionStatus
from app.core import clock
from app.core.db import UtcDateTime, send
from app.core.pages import Page

NOW = sa.bindparam("now", type_=UtcDateTime())
OFFSET = sa.bindparam("offset", type_=sa.Integer)
ROOM = sa.bindparam("room", type_=sa.Integer)
_KEPT = sa.bindparam("kept", expanding=True, type_=sa.Integer)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Empty means any."""

    words: str = ""
    topic: str = ""
    level: int | None = None
    month: date | None = None
    formats: Sequence[Format] = ()
    free: bool = False


class Line(NamedTuple):
    """What a list says of a session."""

    id: int
    ref: str
    starts_at: datetime
    format: Format
    venue_or_link: str | None
    status: SessionStatus
    opens_at: datetime | None
    closes_at: datetime | None
    capacity: int
    list_rests: bool
    title: str
    level: int | None
    tentative: bool
    parts: tuple["Part", ...] = ()


class Part(NamedTuple):
    """From when to when one part of a session is."""

    starts_at: datetime
    ends_at: datetime


class Undated(NamedTuple):
    """A course without a date."""

    code: str
    title: str


@dataclass(frozen=True)
class Catalogue:
    """A page of the catalogue: sessions by date, then courses without one."""

    page: Page
    sessions: tuple[Dated, ...]
    undated: tuple[Undated, ...]
    session_count: int
    course_count: int
    undated_count: int


def catalogue(wanted: Wanted, page: int | None, now: datetime, person_id: int | None = None) -> Catalogue:
    """The open sessions that fit, soonest first, and after them the courses on the programme without a date."""
    asked, given = _asked(wanted), {"now": now, **({"kept": kept_for_others(now, person_id)} if wanted.free else {})}
    session_count, course_count, undated_count = send(asked.counts, given).one()
    at = Page.at(page, size=SIZE, total=session_count + undated_count)
    sessions = _lines(asked, {**given, "offset": at.offset, "room": SIZE}, person_id)
    room = SIZE - len(sessions)
    undated: tuple[Undated, ...] = ()
    if asked.undated is not None and undated_count and room:
        skipped = max(0, at.offset - session_count)
        undated = tuple(Undated(*row) for row in send(asked.undated, {**given, "offset": skipped, "room": room}))
    return Catalogue(at, sessions, undated, session_count, course_count, undated_count)


class _Asked(NamedTuple):
    """The statements of one search, with the moment and the page left open."""

    counts: sa.Select[Any]
    sessions: sa.Select[Any]
    parts: sa.Select[Any]
    undated: sa.Select[Any] | None


@lru_cache(maxsize=64)
def _asked(wanted: Wanted) -> _Asked:
    """Built once for each search: the plain catalogue is what most people open."""
    fits = [*_of_course(wanted), *_of_session(wanted), *open_now(NOW)]
    counts = sa.select(sa.func.count(CourseSession.id), sa.func.count(sa.distinct(CourseSession.course_id))).select_from(CourseSession).join(
        Course, Course.id == CourseSession.course_id).where(*fits).subquery()
    without = _undated(wanted)
    undated_count = sa.literal(0) if without is None else sa.select(sa.func.count()).select_from(without.subquery()).scalar_subquery()
    page = sa.select(CourseSession.id).join(Course, Course.id == CourseSession.course_id).where(*fits).order_by(
        CourseSession.starts_at, CourseSession.id).offset(OFFSET).limit(ROOM)
    parts = sa.select(SessionPart.course_session_id, SessionPart.starts_at, SessionPart.ends_at).where(
        SessionPart.course_session_id.in_(page)).order_by(SessionPart.course_session_id, SessionPart.starts_at)
    return _Asked(
        sa.select(*counts.c, undated_count), page.with_only_columns(*_LINE, BOOKED, WAITING, TAKEN, EXTRA, KEPT), parts,
        None if without is None else without.order_by(Course.title, Course.id).offset(OFFSET).limit(ROOM),
    )


_LINE = (CourseSession.id, CourseSession.ref, CourseSession.starts_at, CourseSession.format, CourseSession.venue_or_link, CourseSession.status,
         CourseSession.opens_at, CourseSession.closes_at, CourseSession.capacity, CourseSession.list_rests, Course.title, Course.level,
         CourseSession.tentative)
_WIDTH = len(_LINE)


def _lines(asked: _Asked, given: dict[str, object], person_id: int | None) -> tuple[Dated, ...]:
    """The sessions of a page, with their places and parts: two statements."""
    rows = send(asked.sessions, given).all()
    parts: dict[int, tuple[Part, ...]] = {}
    for number, starts_at, ends_at in send(asked.parts, given) if rows else ():
        parts[number] = (*parts.get(number, ()), Part(starts_at, ends_at))
    return tuple(as_seen_by(person_id, [Dated(Line(*row[:_WIDTH], parts.get(row.id, ())), *row[_WIDTH:]) for row in rows]))


def _nothing(*kinds: Any) -> list[sa.Cast[Any]]:
    return [sa.cast(sa.null(), kind) for kind in kinds]


_CHOICES = sa.union_all(
    sa.select(Priority.name, *_nothing(sa.Integer, UtcDateTime, UtcDateTime))
    .join(course_priority, course_priority.c.priority_id == Priority.id).join(Course, Course.id == course_priority.c.course_id)
    .where(Course.published).distinct(),
    sa.select(*_nothing(sa.Text), Course.level, *_nothing(UtcDateTime, UtcDateTime)).where(Course.published, Course.level.is_not(None)).distinct(),
    sa.select(*_nothing(sa.Text, sa.Integer), sa.func.min(CourseSession.starts_at), sa.func.max(CourseSession.starts_at)).where(*open_now(NOW)[:2]),
)
"""A row for each name, for each level, and one for the first and the last open session."""


def choices(now: datetime) -> tuple[tuple[str, ...], tuple[date, ...], tuple[int, ...]]:
    """What can be filtered by: names of priorities, months with an open session, levels."""
    names, levels, firsts, lasts = ([value for value in column if value is not None] for column in zip(*send(_CHOICES, {"now": now}), strict=True))
    return tuple(sorted(names)), tuple(_months(*firsts, *lasts)) if firsts else (), tuple(sorted(levels))


def _months(first: datetime, last: datetime) -> list[date]:
    month, end = clock.london_date(first).replace(day=1), clock.london_date(last)
    months = []
    while month <= end and len(months) < 24:
        months.append(month)
        month = _next_month(month)
    return months


def _next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _of_course(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Course.published]
    for word in wanted.words.split()[:8]:
        conditions.append(sa.or_(Course.title.icontains(word, autoescape=True), Course.summary.icontains(word, autoescape=True)))
    if wanted.level is not None:
        conditions.append(Course.level == wanted.level)
    if wanted.topic:
        tagged = sa.select(course_priority.c.course_id).join(Priority, Priority.id == course_priority.c.priority_id)
        conditions.append(Course.id.in_(tagged.where(Priority.name == wanted.topic)))
    return conditions


def _of_session(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.month is not None:
        conditions += [
            CourseSession.starts_at >= clock.from_london(wanted.month, datetime.min.time()),
            CourseSession.starts_at < clock.from_london(_next_month(wanted.month), datetime.min.time()),
        ]
    if wanted.formats:
        conditions.append(CourseSession.format.in_(wanted.formats))
    if wanted.free:
        conditions.append(has_places(NOW, _KEPT))
    return conditions


def _undated(wanted: Wanted) -> sa.Select[Any] | None:
    """Courses that fit and have no open session; none when a date or free places are asked for."""
    if wanted.month is not None or wanted.free:
        return None
    opened = sa.select(CourseSession.id).where(CourseSession.course_id == Course.id, *open_now(NOW)[:2]).exists()
    conditions = [*_of_course(wanted), ~opened]
    if wanted.formats:
        conditions.append(Course.format.in_(wanted.formats))
    return sa.select(Course.code, Course.title).where(*conditions)
