"""Who had a place on past sessions and whether they came, and who has one on the sessions to come: what no-shows are forecast from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import Format, Likely, SessionStatus
from app.core import clock
from app.core.db import db
from app.evaluation.queries.kept import kept, mark_of_registers
from app.evaluation.rules.no_shows_ahead import Learnt, expectation, learnt
from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.statistics.forecast import ONLINE, ROOM, Booked, ComingSession, PastSession

LOOKED_BACK = timedelta(days=3 * 365)
MOST_PAST, MOST_COMING = 400, 40
CUT_OFF = timedelta(days=7)
"""A forecast is judged as if made so long before the session."""


def history(now: datetime) -> list[PastSession]:
    """The latest sessions of three years with a finished register, with everybody who had a place and was marked; two statements.

    Who was not marked present did not come, excused or not; who walked in had no place; who gave the place back had none on the day.
    """
    sessions = db.session.execute(
        sa.select(CourseSession.id, CourseSession.course_id, CourseSession.format, CourseSession.capacity, CourseSession.starts_at,
                  CourseSession.last_day)
        .join(Register, Register.course_session_id == CourseSession.id)
        .where(Register.finished_at.is_not(None), CourseSession.status != SessionStatus.CANCELLED,
               CourseSession.starts_at.between(now - LOOKED_BACK, now))
        .order_by(CourseSession.starts_at.desc(), CourseSession.id).limit(MOST_PAST)
    ).all()
    booked: dict[int, list[Booked]] = {row.id: [] for row in sessions}
    starts = {row.id: row.starts_at for row in sessions}
    for number, booked_at, outcome in db.session.execute(
        sa.select(Booking.course_session_id, Booking.booked_at, Attendance.outcome).join(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.course_session_id.in_(booked), Booking.status == BookingStatus.BOOKED)
    ):
        booked[number].append(Booked(_weeks(booked_at, starts[number]), absent=outcome not in CAME))
    return [
        PastSession(str(row.id), row.last_day, row.last_day - CUT_OFF, form(row.format), str(row.course_id), tuple(booked[row.id]), row.capacity)
        for row in sessions if booked[row.id]
    ]


@dataclass(frozen=True)
class Ahead:
    """A session to come, as the page names it and as it is forecast."""

    ref: str
    title: str
    starts_at: datetime
    coming: ComingSession


def ahead(now: datetime) -> Sequence[Ahead]:
    """The next sessions on the programme, with those who have a place on them and how many wait; two statements."""
    sessions = db.session.execute(
        sa.select(*SESSION).join(Course, Course.id == CourseSession.course_id).where(*_to_come(now))
        .order_by(CourseSession.starts_at, CourseSession.id).limit(MOST_COMING)
    ).all()
    booked: dict[int, list[Booked]] = {row.id: [] for row in sessions}
    waiting = dict.fromkeys(booked, 0)
    starts = {row.id: row.starts_at for row in sessions}
    for number, booked_at, status in db.session.execute(
        sa.select(Booking.course_session_id, Booking.booked_at, Booking.status)
        .where(Booking.course_session_id.in_(booked), Booking.status.in_((BookingStatus.BOOKED, BookingStatus.WAITING)))
    ):
        if status is BookingStatus.WAITING:
            waiting[number] += 1
        else:
            booked[number].append(Booked(_weeks(booked_at, starts[number])))
    return [Ahead(row.ref, row.title, row.starts_at, _coming(row, booked[row.id], waiting[row.id])) for row in sessions]


SESSION = (CourseSession.id, CourseSession.ref, Course.title, CourseSession.starts_at, CourseSession.course_id, CourseSession.format,
           CourseSession.capacity)


def _to_come(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now


def known(now: datetime) -> Learnt:
    """What was learnt from past sessions, made again when a register is finished or corrected, and each day."""
    return kept("no-shows ahead", (mark_of_registers(), clock.london_date(now)), lambda: learnt(history(now)))


def likely_to_come(session_ids: Collection[int], now: datetime) -> dict[int, Likely]:
    """What to expect of those of these sessions that are still to come and have enough people booked: two statements, while what was learnt
    is as it was."""
    if not session_ids:
        return {}
    found: dict[int, tuple[Any, list[Booked]]] = {}
    for row in db.session.execute(
        sa.select(*SESSION, Booking.booked_at).join(Course, Course.id == CourseSession.course_id)
        .join(Booking, Booking.course_session_id == CourseSession.id)
        .where(CourseSession.id.in_(session_ids), Booking.status == BookingStatus.BOOKED, *_to_come(now))
    ):
        found.setdefault(row.id, (row, []))[1].append(Booked(_weeks(row.booked_at, row.starts_at)))
    large = {number: _coming(row, booked, 0) for number, (row, booked) in found.items() if len(booked) >= FEWEST}
    if not large:
        return {}
    learnt_so_far = known(now)
    expected = {number: expectation(learnt_so_far, coming) for number, coming in large.items()}
    return {number: Likely(one.booked, one.low, one.high) for number, one in expected.items()}


def _coming(row: Any, booked: list[Booked], waiting: int) -> ComingSession:
    return ComingSession(form(row.format), str(row.course_id), tuple(booked), row.capacity, waiting)


def form(held: Format) -> str:
    """Whether a session is online or in a room, which is all that the forecast knows of formats."""
    return ONLINE if held is Format.VIRTUAL else ROOM


def _weeks(booked_at: datetime | None, starts_at: datetime) -> float:
    return max(0.0, (starts_at - booked_at) / timedelta(weeks=1)) if booked_at else 0.0
