"""Sessions and bookings as coordinators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.accounts.queries import gives_sessions
from app.booking.models import Booking, CourseInterest, HeldPlaces
from app.booking.queries.programme import EXTRA, TAKEN, Dated, dated, dated_with
from app.booking.rules.states import HOLDING, ON_REGISTER, BookingStatus
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.pages import Page

SIZE = 30
NOBODY_GIVES_IT = sa.or_(CourseSession.trainer_id.is_(None), ~gives_sessions(CourseSession.trainer_id))
"""Condition: a session has no trainer, or one who has left or is a trainer no more."""
WHICH = {"coming": "To come", "over": "Over", "draft": "Drafts", "cancelled": "Cancelled"}


def sessions(which: str, words: str, page: int | None, now: datetime) -> tuple[Page, Sequence[Dated]]:
    """A page of the sessions of this kind, in the order in which they matter: next first, or latest first."""
    conditions = [_kind(which, now)]
    for word in words.split()[:8]:
        conditions.append(sa.or_(Course.title.icontains(word, autoescape=True), CourseSession.ref.icontains(word, autoescape=True)))
    base = sa.select(CourseSession).join(CourseSession.course).where(*conditions)
    count = sa.select(sa.func.count(CourseSession.id)).select_from(CourseSession).join(Course, Course.id == CourseSession.course_id)
    total = db.session.scalar(count.where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    order = CourseSession.starts_at if which == "coming" else CourseSession.starts_at.desc()
    return at, dated(base.order_by(order, CourseSession.id).offset(at.offset).limit(SIZE))


def session(ref: str) -> Dated | None:
    """Any session, drafts too; its quotas are for the standing that a page asks for itself."""
    found = dated(sa.select(CourseSession).join(CourseSession.course).where(CourseSession.ref == ref), limits=False)
    return found[0] if found else None


def next_sessions(now: datetime, count: int) -> Sequence[Dated]:
    """The next sessions on the programme."""
    query = sa.select(CourseSession).join(CourseSession.course).where(_kind("coming", now)).order_by(CourseSession.starts_at, CourseSession.id)
    return dated(query.limit(count))


@dataclass(frozen=True)
class Lacking:
    """How many sessions on the programme have no trainer, or one who has left, and on how many an import that told nobody left places free for
    people who wait; with the next of each."""

    untaught: int
    without_trainer: Sequence[Dated]
    at_rest: int
    resting: Sequence[Dated]


def lacking(now: datetime, count: int) -> Lacking:
    """Both kinds in one statement, as the desk asks for both."""
    order = (CourseSession.starts_at, CourseSession.id)
    kinds = (sa.and_(_kind("coming", now), NOBODY_GIVES_IT), resting(now))
    ranked = sa.select(CourseSession.id, *(column for kind in kinds for column in (
        kind.label(None), sa.func.count().filter(kind).over().label(None), sa.func.row_number().over(partition_by=kind, order_by=order).label(None),
    ))).where(sa.or_(*kinds)).subquery()
    _id, untaught, untaught_count, untaught_rank, rests, rests_count, rests_rank = ranked.c
    rows = dated_with(
        sa.select(CourseSession).join(CourseSession.course).join(ranked, ranked.c.id == CourseSession.id)
        .where(sa.or_(sa.and_(untaught, untaught_rank <= count), sa.and_(rests, rests_rank <= count))).order_by(*order),
        untaught, untaught_count, untaught_rank, rests, rests_count, rests_rank)
    if not rows:
        return Lacking(0, (), 0, ())
    first = [row[0] for row in rows if row[1] and row[3] <= count], [row[0] for row in rows if row[4] and row[6] <= count]
    return Lacking(rows[0][2], first[0], rows[0][5], first[1])


def resting(now: datetime) -> sa.ColumnElement[bool]:
    """Condition: a session to come on which an import that told nobody left places free for people who wait, or that it brought for them."""
    return sa.and_(_to_come(now), sa.or_(*_how_it_rests()))


def rests(session_id: int, now: datetime) -> tuple[bool, bool]:
    """Which of the two holds of this session: its list rests, and those who asked to hear of the date were not told."""
    row = db.session.execute(sa.select(*_how_it_rests()).select_from(CourseSession).where(
        CourseSession.id == session_id, _to_come(now))).one_or_none()
    return (bool(row[0]), bool(row[1])) if row else (False, False)


def _to_come(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)


def _how_it_rests() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    waits = sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.WAITING).correlate(CourseSession)
    asks = sa.exists().where(CourseInterest.course_id == CourseSession.course_id, CourseInterest.ended_at.is_(None)).correlate(CourseSession)
    free = CourseSession.capacity + EXTRA > TAKEN
    return (sa.and_(CourseSession.list_rests, free, sa.or_(waits, asks.where(CourseInterest.any_date))),
            sa.and_(CourseSession.untold, asks.where(CourseInterest.any_date.is_(False))))


def bookings_of(person_id: int, page: int | None) -> tuple[Page, Sequence[Booking]]:
    """A page of a person's bookings, latest session first, whatever became of them."""
    total = db.session.scalar(sa.select(sa.func.count(Booking.id)).where(Booking.person_id == person_id)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.scalars(
        sa.select(Booking).join(Booking.course_session).where(Booking.person_id == person_id)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course))
        .order_by(CourseSession.starts_at.desc(), Booking.id.desc()).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows


def _kind(which: str, now: datetime) -> Any:
    status = CourseSession.status
    return {
        "coming": sa.and_(status == SessionStatus.SCHEDULED, CourseSession.ends_at > now),
        "over": sa.or_(status == SessionStatus.DELIVERED, sa.and_(status == SessionStatus.SCHEDULED, CourseSession.ends_at <= now)),
        "draft": status == SessionStatus.DRAFT,
        "cancelled": status == SessionStatus.CANCELLED,
    }[which]


def holders_on(session_id: int, now: datetime) -> int:
    """How many times places without names are held on the session."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(HeldPlaces).where(
        HeldPlaces.course_session_id == session_id, HeldPlaces.places > 0, HeldPlaces.releases_at > now)) or 0


def people_on(session_id: int) -> tuple[int, int, int]:
    """How many people are booked on the session, how many hold a place without being booked yet, and how many wait."""
    row = db.session.execute(
        sa.select(*(sa.func.count().filter(condition) for condition in (
            Booking.status == BookingStatus.BOOKED, sa.and_(Booking.status.in_(HOLDING), Booking.status != BookingStatus.BOOKED),
            Booking.status == BookingStatus.WAITING,
        ))).where(Booking.course_session_id == session_id)
    ).one()
    return row[0], row[1], row[2]


def on_register(session_id: int) -> int:
    """How many people the register of the session has."""
    return db.session.scalar(sa.select(sa.func.count(Booking.id)).where(
        Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER))) or 0


def session_with_id(number: int) -> Dated | None:
    """Any session by its number."""
    found = dated(sa.select(CourseSession).join(CourseSession.course).where(CourseSession.id == number), limits=False)
    return found[0] if found else None
