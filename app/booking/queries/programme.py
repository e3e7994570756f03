"""The programme as people see it: open sessions with their places, and courses without a date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.booking.models import Booking, CapacityOverride, HeldPlaces, SessionQuota
from app.booking.queries.facts import HOLDS_PLACE
from app.booking.queries.quotas import quotas_of, working_of
from app.booking.rules.places import Quota, QuotaKind, Standing, Working, places_free_for
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Course, CourseSession, Priority, Trainer, course_priority
from app.catalogue.rules import Format, SessionStatus
from app.core import clock
from app.core.db import db
from app.core.pages import Page

SIZE = 20
FEW = 3
"""So many places or fewer are about to be gone."""


def _count(condition: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(sa.func.count(Booking.id)).where(Booking.course_session_id == CourseSession.id, condition)
        .correlate(CourseSession).scalar_subquery()
    )


def _sum(table: Any, *conditions: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(table.places), 0)).where(table.course_session_id == CourseSession.id, *conditions)
        .correlate(CourseSession).scalar_subquery()
    )


_held_by_its_booking = sa.exists().where(Booking.id == CapacityOverride.booking_id, HOLDS_PLACE)
BOOKED, WAITING = _count(Booking.status == BookingStatus.BOOKED), _count(Booking.status == BookingStatus.WAITING)
TAKEN = _count(HOLDS_PLACE) + _sum(HeldPlaces)
EXTRA = _sum(CapacityOverride, sa.or_(CapacityOverride.booking_id.is_(None), _held_by_its_booking))
KEPT = sa.select(sa.func.count(SessionQuota.id)).where(
    SessionQuota.course_session_id == CourseSession.id, SessionQuota.released.is_(False)).correlate(CourseSession).scalar_subquery()


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Empty means any."""

    words: str = ""
    topic: str = ""
    level: int | None = None
    month: date | None = None
    formats: Sequence[Format] = ()
    free: bool = False


ANYWHERE = Working()
"""Somebody of whom nobody knows where they work."""


@dataclass(frozen=True)
class Dated:
    """A session with the state of its places. `taken` counts every place that is held, `booked` those that are sure; `extra` are over capacity.

    `limits` are its quotas in force, and `viewer` where whoever looks at it works.
    """

    session: CourseSession
    booked: int
    waiting: int
    taken: int
    extra: int
    quotas: int
    limits: tuple[Quota, ...] = ()
    viewer: Working = ANYWHERE

    @property
    def standing(self) -> Standing:
        """The same as the rules of places see it."""
        session = self.session
        return Standing(session.status, session.starts_at, session.capacity, self.taken, self.waiting, self.extra, session.opens_at,
                        session.closes_at, self.limits)

    @property
    def left(self) -> int:
        """Places that the viewer would get by booking now, as booking itself answers.

        A place is left free while people wait only when none of them can have it, or in the last hours, when the list no longer moves.
        """
        if self.session.list_rests and self.waiting:
            return 0
        return places_free_for(self.standing, self.viewer, None)

    def tag(self, now: datetime) -> tuple[str, str]:
        """The state of its places in words, and the tone of its tag."""
        session = self.session
        if session.status is SessionStatus.CANCELLED:
            return "Cancelled", "grey"
        if session.opens_at is not None and now < session.opens_at:
            opens = clock.london_date(session.opens_at)
            return f"Booking opens {opens.day} {opens:%B}", "grey"
        if session.closes_at is not None and now >= session.closes_at:
            return "Booking has closed", "grey"
        if self.left:
            return f"{self.left:,} {'place' if self.left == 1 else 'places'} left", "yellow" if self.left <= FEW else "green"
        return (f"Full, {self.waiting:,} waiting" if self.waiting else "Full"), "yellow"

    @property
    def held(self) -> int:
        """Places that are held without being booked: offered, asked for, just given back, without a name."""
        return self.taken - self.booked


@dataclass(frozen=True)
class Catalogue:
    """A page of the catalogue: sessions by date, then courses without one."""

    page: Page
    sessions: Sequence[Dated]
    undated: Sequence[Course]
    session_count: int
    course_count: int
    undated_count: int


def catalogue(wanted: Wanted, page: int | None, now: datetime, person_id: int | None = None) -> Catalogue:
    """The open sessions that fit, soonest first, and after them the courses on the programme without a date."""
    fits = [*_of_course(wanted), *_of_session(wanted, now), *_open(now)]
    base = sa.select(CourseSession).join(CourseSession.course).where(*fits)
    session_count, course_count = db.session.execute(
        sa.select(sa.func.count(CourseSession.id), sa.func.count(sa.distinct(CourseSession.course_id)))
        .select_from(CourseSession).join(Course, Course.id == CourseSession.course_id).where(*fits)
    ).one()
    without = _undated(wanted, now)
    undated_count = 0 if without is None else db.session.scalar(sa.select(sa.func.count()).select_from(without.subquery())) or 0
    at = Page.at(page, size=SIZE, total=session_count + undated_count)
    sessions = dated(base.order_by(CourseSession.starts_at, CourseSession.id).offset(at.offset).limit(SIZE), person_id)
    room = SIZE - len(sessions)
    undated: Sequence[Course] = ()
    if without is not None and room:
        skipped = max(0, at.offset - session_count)
        undated = db.session.scalars(without.order_by(Course.title, Course.id).offset(skipped).limit(room)).all()
    return Catalogue(at, sessions, undated, session_count, course_count, undated_count)


def soonest(now: datetime, count: int) -> Sequence[Dated]:
    """The next open sessions that have places."""
    query = sa.select(CourseSession).join(CourseSession.course).where(*_open(now), _has_places(now))
    return dated(query.order_by(CourseSession.starts_at, CourseSession.id).limit(count))


def open_count(now: datetime) -> tuple[int, int]:
    """How many sessions are open, and how many of them have places."""
    row = db.session.execute(
        sa.select(sa.func.count(CourseSession.id), sa.func.coalesce(sa.func.sum(sa.case((_has_places(now), 1), else_=0)), 0))
        .select_from(CourseSession).join(Course, Course.id == CourseSession.course_id).where(*_open(now))
    ).one()
    return row[0], row[1]


def dates_of(course_id: int, now: datetime, *, without: int = 0, count: int = 10, person_id: int | None = None) -> Sequence[Dated]:
    """The open sessions of a course, soonest first."""
    query = sa.select(CourseSession).join(CourseSession.course).where(
        *_open(now), CourseSession.course_id == course_id, CourseSession.id != without
    )
    return dated(query.order_by(CourseSession.starts_at, CourseSession.id).limit(count), person_id)


def course(code: str) -> Course | None:
    """A course that is on the programme."""
    return db.session.scalar(
        sa.select(Course).where(Course.code == code, Course.published).options(selectinload(Course.priorities).joinedload(Priority.partnership))
    )


def session(ref: str, person_id: int | None = None) -> Dated | None:
    """A session that is or was on the programme, with its places. A draft is not there, whoever asks."""
    found = dated(sa.select(CourseSession).join(CourseSession.course).where(
        CourseSession.ref == ref, CourseSession.status != SessionStatus.DRAFT, Course.published
    ), person_id)
    return found[0] if found else None


def session_id(ref: str) -> int | None:
    """Which session this is, if it is or was on the programme."""
    return db.session.scalar(sa.select(CourseSession.id).join(CourseSession.course).where(
        CourseSession.ref == ref, CourseSession.status != SessionStatus.DRAFT, Course.published))


def for_whom(course: Course) -> list[str]:
    """The course's level and for whom it is, in lines."""
    lines = [f"Level {course.level}"] if course.level else []
    if course.least_level:
        lines.append(f"For people who have level {course.least_level}")
    for names in (course.for_sectors, course.for_jobs, [agency.name for agency in course.for_agencies]):
        if names:
            lines.append(f"For {', '.join(names)}")
    if course.prerequisites:
        lines.append(f"After {', '.join(f'“{one.title}”' for one in course.prerequisites)}")
    return lines


def topics(now: datetime) -> Sequence[tuple[str, int]]:
    """The names of the priorities in force today of courses on the programme, with the number of their open sessions."""
    today = clock.london_date(now)
    opened = sa.func.count(sa.distinct(CourseSession.id))
    return [(name, count) for name, count in db.session.execute(
        sa.select(Priority.name, opened).join(course_priority, course_priority.c.priority_id == Priority.id)
        .join(Course, Course.id == course_priority.c.course_id)
        .outerjoin(CourseSession, sa.and_(CourseSession.course_id == Course.id, *_open(now)[:2]))
        .where(Course.published, Priority.starts_on <= today, sa.or_(Priority.ends_on.is_(None), Priority.ends_on >= today))
        .group_by(Priority.name).order_by(Priority.name)
    )]


def choices(now: datetime) -> tuple[list[str], list[date], list[int]]:
    """What can be filtered by: names of priorities, months with an open session, levels."""
    names = db.session.scalars(
        sa.select(Priority.name).join(course_priority, course_priority.c.priority_id == Priority.id)
        .join(Course, Course.id == course_priority.c.course_id).where(Course.published).distinct().order_by(Priority.name)
    ).all()
    first, last = db.session.execute(
        sa.select(sa.func.min(CourseSession.starts_at), sa.func.max(CourseSession.starts_at)).where(*_open(now)[:2])
    ).one()
    levels = db.session.scalars(sa.select(Course.level).where(Course.published, Course.level.is_not(None)).distinct().order_by(Course.level))
    return list(names), _months(first, last), [level for level in levels if level is not None]


def _months(first: datetime | None, last: datetime | None) -> list[date]:
    if first is None or last is None:
        return []
    month, end = clock.london_date(first).replace(day=1), clock.london_date(last)
    months = []
    while month <= end and len(months) < 24:
        months.append(month)
        month = _next_month(month)
    return months


def _next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _open(now: datetime) -> list[sa.ColumnElement[bool]]:
    return [CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, Course.published]


def _has_places(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        CourseSession.capacity + EXTRA > TAKEN, sa.or_(CourseSession.list_rests.is_(False), WAITING == 0),
        CourseSession.id.not_in(_kept_for_others(now)),
        sa.or_(CourseSession.opens_at.is_(None), CourseSession.opens_at <= now),
        sa.or_(CourseSession.closes_at.is_(None), CourseSession.closes_at > now),
    )


def _kept_for_others(now: datetime) -> list[int]:
    """Open sessions all of whose free places are kept for somebody: one statement unless there are kept places."""
    keeping = sa.exists().where(SessionQuota.course_session_id == CourseSession.id, SessionQuota.released.is_(False),
                                SessionQuota.kind == QuotaKind.KEPT)
    found = dated(sa.select(CourseSession).join(CourseSession.course).where(*_open(now), keeping, CourseSession.capacity + EXTRA > TAKEN))
    return [one.session.id for one in found if not one.left]


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


def _of_session(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.month is not None:
        conditions += [
            CourseSession.starts_at >= clock.from_london(wanted.month, datetime.min.time()),
            CourseSession.starts_at < clock.from_london(_next_month(wanted.month), datetime.min.time()),
        ]
    if wanted.formats:
        conditions.append(CourseSession.format.in_(wanted.formats))
    if wanted.free:
        conditions.append(_has_places(now))
    return conditions


def _undated(wanted: Wanted, now: datetime) -> sa.Select[tuple[Course]] | None:
    """Courses that fit and have no open session; none when a date or free places are asked for."""
    if wanted.month is not None or wanted.free:
        return None
    opened = sa.select(CourseSession.id).where(CourseSession.course_id == Course.id, *_open(now)[:2]).exists()
    conditions = [*_of_course(wanted), ~opened]
    if wanted.formats:
        conditions.append(Course.format.in_(wanted.formats))
    return sa.select(Course).where(*conditions)


def dated(query: sa.Select[tuple[CourseSession]], person_id: int | None = None, *, limits: bool = True) -> list[Dated]:
    """The sessions that a query (which joins their course) finds, with their places, parts and trainer, as this person could have them.

    Three statements, and some more when any of the sessions has quotas, unless nobody wants to know what they leave (`limits`).
    """
    rows = db.session.execute(
        query.add_columns(BOOKED, WAITING, TAKEN, EXTRA, KEPT).options(contains_eager(CourseSession.course), selectinload(CourseSession.parts),
                                                   joinedload(CourseSession.trainer).joinedload(Trainer.person))
    )
    found = [Dated(*row) for row in rows]
    in_force = quotas_of([one.session.id for one in found if one.quotas]) if limits else {}
    if not in_force:
        return found
    viewer = working_of(person_id)
    return [replace(one, limits=in_force.get(one.session.id, ()), viewer=viewer) for one in found]
