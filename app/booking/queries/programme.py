"""The programme as people see it: open sessions with their places, and courses without a date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import Affiliation
from app.booking.models import Booking, CapacityOverride, HeldPlaces, SessionQuota
from app.booking.queries.facts import HOLDS_PLACE
from app.booking.queries.quotas import quotas_of, working_of
from app.booking.rules.places import Quota, QuotaKind, Standing, Working, places_free_for
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Course, CourseSession, Priority, Trainer, course_priority
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, send

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

    def bookable(self, now: datetime) -> int:
        """Those of them that the viewer can book now: none before booking opens, or once it has closed."""
        opens_at, closes_at = self.session.opens_at, self.session.closes_at
        return self.left if (opens_at is None or opens_at <= now) and (closes_at is None or now < closes_at) else 0

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
        left = self.left
        if left:
            return f"{left:,} {'place' if left == 1 else 'places'} left", "yellow" if left <= FEW else "green"
        return (f"Full, {self.waiting:,} waiting" if self.waiting else "Full"), "yellow"

    @property
    def held(self) -> int:
        """Places that are held without being booked: offered, asked for, just given back, without a name."""
        return self.taken - self.booked


def soonest(now: datetime, count: int, person_id: int | None = None) -> Sequence[Dated]:
    """The next open sessions that have places, for whoever looks."""
    return _soonest(now, count, has_places(now, kept_for_others(now, person_id)), person_id)


def open_count(now: datetime, person_id: int | None = None) -> tuple[int, int]:
    """How many sessions are open, and how many of them have places for whoever looks."""
    return _open_count(now, has_places(now, kept_for_others(now, person_id)))


def at_a_glance(now: datetime, count: int, person_id: int | None = None) -> tuple[Sequence[Dated], tuple[int, int]]:
    """What `soonest` and `open_count` say, with what both need read once."""
    free = has_places(now, kept_for_others(now, person_id))
    return _soonest(now, count, free, person_id), _open_count(now, free)


def _soonest(now: datetime, count: int, free: sa.ColumnElement[bool], person_id: int | None) -> Sequence[Dated]:
    query = sa.select(CourseSession).join(CourseSession.course).where(*open_now(now), free)
    return dated(query.order_by(CourseSession.starts_at, CourseSession.id).limit(count), person_id)


def _open_count(now: datetime, free: sa.ColumnElement[bool]) -> tuple[int, int]:
    row = db.session.execute(
        sa.select(sa.func.count(CourseSession.id), sa.func.coalesce(sa.func.sum(sa.case((free, 1), else_=0)), 0))
        .select_from(CourseSession).join(Course, Course.id == CourseSession.course_id).where(*open_now(now))
    ).one()
    return row[0], row[1]


def dates_of(course_id: int, now: datetime, *, without: int = 0, count: int = 10, person_id: int | None = None) -> Sequence[Dated]:
    """The open sessions of a course, soonest first."""
    query = sa.select(CourseSession).join(CourseSession.course).where(
        *open_now(now), CourseSession.course_id == course_id, CourseSession.id != without
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


_WORKS = sa.exists().where(Affiliation.person_id == sa.bindparam("person_id"), Affiliation.ends_on.is_(None))
_TO_BOOK = sa.select(CourseSession.id, _WORKS).join(CourseSession.course).where(
    CourseSession.ref == sa.bindparam("ref"), CourseSession.status != SessionStatus.DRAFT, Course.published)


_SESSION_ID = _TO_BOOK.with_only_columns(CourseSession.id)


def session_id(ref: str) -> int | None:
    """Which session this is, if it is or was on the programme."""
    return send(_SESSION_ID, {"ref": ref}).scalar()


def to_book(ref: str, person_id: int) -> tuple[int, bool] | None:
    """Which session this is, if it is or was on the programme, and whether somebody has said where this person works."""
    row = send(_TO_BOOK, {"ref": ref, "person_id": person_id}).one_or_none()
    return (row[0], bool(row[1])) if row else None


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
        .outerjoin(CourseSession, sa.and_(CourseSession.course_id == Course.id, *open_now(now)[:2]))
        .where(Course.published, Priority.starts_on <= today, sa.or_(Priority.ends_on.is_(None), Priority.ends_on >= today))
        .group_by(Priority.name).order_by(Priority.name)
    )]


def open_now(now: datetime | sa.BindParameter[datetime]) -> list[sa.ColumnElement[bool]]:
    """Conditions: a session that people can see and that has not begun, of a course on the programme."""
    return [CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, Course.published]


def has_places(now: datetime | sa.BindParameter[datetime], kept: Sequence[int] | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Condition: a session of which a place can be had now. `kept` is what `kept_for_others` finds."""
    return sa.and_(
        CourseSession.capacity + EXTRA > TAKEN, sa.or_(CourseSession.list_rests.is_(False), WAITING == 0), CourseSession.id.not_in(kept),
        sa.or_(CourseSession.opens_at.is_(None), CourseSession.opens_at <= now),
        sa.or_(CourseSession.closes_at.is_(None), CourseSession.closes_at > now),
    )


def kept_for_others(now: datetime, person_id: int | None = None) -> list[int]:
    """Open sessions none of whose free places this person could have: all are kept for others, or the limit of their own agency is reached.

    One statement unless sessions with free places have quotas, and a fixed number then. Of somebody who is not signed in only kept places count.
    """
    quota = sa.exists().where(SessionQuota.course_session_id == CourseSession.id, SessionQuota.released.is_(False),
                              *(() if person_id is not None else (SessionQuota.kind == QuotaKind.KEPT,)))
    found = dated(sa.select(CourseSession).join(CourseSession.course).where(*open_now(now), quota, CourseSession.capacity + EXTRA > TAKEN), person_id)
    return [one.session.id for one in found if not one.left]


def dated(query: sa.Select[tuple[CourseSession]], person_id: int | None = None, *, limits: bool = True) -> list[Dated]:
    """The sessions that a query (which joins their course) finds, with their places, parts and trainer, as this person could have them.

    Three statements, and some more when any of the sessions has quotas, unless nobody wants to know what they leave (`limits`).
    """
    found = [one for one, *_more in dated_with(query.options(selectinload(CourseSession.parts)))]
    return as_seen_by(person_id, found) if limits else found


def dated_with(query: sa.Select[tuple[CourseSession]], *columns: sa.ColumnElement[Any]) -> list[tuple[Any, ...]]:
    """Each of the sessions with its places, but without its parts and what quotas leave; beside it what these columns say. One statement."""
    rows = db.session.execute(
        query.add_columns(BOOKED, WAITING, TAKEN, EXTRA, KEPT, *columns)
        .options(contains_eager(CourseSession.course), joinedload(CourseSession.trainer).joinedload(Trainer.person))
    )
    return [(Dated(*row[:6]), *row[6:]) for row in rows]


def as_seen_by(person_id: int | None, found: list[Dated]) -> list[Dated]:
    """The same with their quotas, if they have any, and where the person works."""
    limits = quotas_of([one.session.id for one in found if one.quotas])
    if not limits:
        return found
    viewer = working_of(person_id)
    return [replace(one, limits=limits.get(one.session.id, ()), viewer=viewer) for one in found]
