"""Registers as trainers and coordinators see them. A trainer sees the sessions that they give, and no other; who has left sees none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import Account, Person
from app.accounts.queries import gives_sessions
from app.attendance.models import Attendance, Register
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.pages import Page

SIZE = 20

@dataclass(frozen=True)
class Line:
    """One person on a register, with their mark if there is one."""

    booking: Booking
    mark: Attendance | None


@dataclass(frozen=True)
class Mine:
    """A session of a trainer: how many are on it, and whether its register is in."""

    session: CourseSession
    booked: int
    finished_at: datetime | None


def session(ref: str, *, trainer_id: int | None) -> CourseSession | None:
    """The session with this reference; for a trainer (`trainer_id`) only if they give it."""
    query = sa.select(CourseSession).where(CourseSession.ref == ref, CourseSession.status != SessionStatus.DRAFT)
    if trainer_id is not None:
        query = query.where(CourseSession.trainer_id == trainer_id, gives_sessions(CourseSession.trainer_id))
    return db.session.scalar(query.options(joinedload(CourseSession.course), selectinload(CourseSession.parts)))


def register(session_id: int) -> Register | None:
    """The register, once somebody has written in it."""
    return db.session.scalar(sa.select(Register).where(Register.course_session_id == session_id).options(
        joinedload(Register.finished_by).joinedload(Account.person)
    ))


def lines(session_id: int) -> Sequence[Line]:
    """Everybody on the register, by last name."""
    rows = db.session.execute(
        sa.select(Booking, Attendance).join(Booking.person).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER))
        .options(contains_eager(Booking.person), joinedload(Booking.agency))
        .order_by(sa.func.lower(Person.last_name), sa.func.lower(Person.first_name), Booking.id)
    )
    return [Line(booking, mark) for booking, mark in rows]


def my_sessions(trainer_id: int, *, over: bool, page: int | None, now: datetime) -> tuple[Page, Sequence[Mine]]:
    """A page of the sessions that this trainer gives: to come, soonest first, or over, latest first."""
    time = CourseSession.ends_at <= now if over else CourseSession.ends_at > now
    conditions = (
        CourseSession.trainer_id == trainer_id, gives_sessions(CourseSession.trainer_id), time,
        CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)),
    )
    total = db.session.scalar(sa.select(sa.func.count(CourseSession.id)).where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    booked = sa.select(sa.func.count(Booking.id)).where(
        Booking.course_session_id == CourseSession.id, Booking.status.in_(ON_REGISTER)
    ).correlate(CourseSession).scalar_subquery()
    rows = db.session.execute(
        sa.select(CourseSession, booked, Register.finished_at).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(*conditions).options(joinedload(CourseSession.course), selectinload(CourseSession.parts))
        .order_by(CourseSession.starts_at.desc() if over else CourseSession.starts_at, CourseSession.id).offset(at.offset).limit(SIZE)
    )
    return at, [Mine(*row) for row in rows]
