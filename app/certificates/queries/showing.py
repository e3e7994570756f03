"""Certificates as people find them: by their code, by the person's own booking, and in the record of their hours."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.certificates.models import Certificate
from app.certificates.queries import due
from app.certificates.rules.earning import Stay, minutes_there
from app.certificates.rules.record import Entry
from app.core import clock
from app.core.db import db


def by_code(code: str) -> Certificate | None:
    """The certificate with this code."""
    return db.session.scalar(sa.select(Certificate).where(Certificate.code == code).options(joinedload(Certificate.booking)))


def numbered(number: int) -> Certificate | None:
    """The certificate that a letter is about; whoever holds the letter's link may see it."""
    return db.session.scalar(sa.select(Certificate).where(Certificate.id == number).options(joinedload(Certificate.booking)))


def standing(booking_id: int) -> Certificate | None:
    """The certificate of this attendance that stands."""
    return db.session.scalar(sa.select(Certificate).where(Certificate.booking_id == booking_id, Certificate.ended_at.is_(None)))


def own_booking(ref: str, person_id: int) -> Booking | None:
    """This person's booking with this reference, with its session."""
    return db.session.scalar(
        sa.select(Booking).where(Booking.ref == ref, Booking.person_id == person_id)
        .options(joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts))
    )


def ended_before(booking_id: int) -> Certificate | None:
    """The latest certificate of this attendance, when it no longer stands."""
    last = due.last_of([booking_id]).get(booking_id)
    return last if last is not None and not last.stands else None


def record(person_id: int, *, year: int | None = None) -> list[Entry]:
    """Every session that this person came to, in whole or in part, by a register that is finished; of one calendar year when it is given."""
    query = (
        sa.select(Booking.ref, CourseSession, Attendance.outcome, Attendance.minutes, Certificate)
        .join(CourseSession, CourseSession.id == Booking.course_session_id).join(Attendance, Attendance.booking_id == Booking.id)
        .join(Register, Register.course_session_id == CourseSession.id)
        .outerjoin(Certificate, sa.and_(Certificate.booking_id == Booking.id, Certificate.ended_at.is_(None)))
        .where(Booking.person_id == person_id, Attendance.outcome.in_(CAME), Register.finished_at.is_not(None))
        .options(joinedload(CourseSession.course), selectinload(CourseSession.parts))
    )
    if year is not None:
        query = query.where(CourseSession.last_day.between(date(year, 1, 1), date(year, 12, 31)))
    return [
        Entry(session.title, session.level, days_of(session), session.last_day, minutes_there(Stay(outcome, minutes, session.minutes, finished=True)),
              session.minutes, ref, certificate.serial if certificate else None, certificate.code if certificate else None)
        for ref, session, outcome, minutes, certificate in db.session.execute(query).unique()
    ]


def days_of(session: CourseSession) -> tuple[date, ...]:
    """The days in London on which a session is held, each once."""
    return tuple(dict.fromkeys(clock.london_date(part.starts_at) for part in session.parts))
