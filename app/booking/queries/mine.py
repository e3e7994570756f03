"""A person's own bookings: loaded by the person, so that somebody else's is the same as one that is not there."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import LIVE, BookingStatus
from app.catalogue.models import CourseSession, SessionPart
from app.core.db import db

_WITH_SESSION = (
    joinedload(Booking.course_session).joinedload(CourseSession.course),
    joinedload(Booking.course_session).selectinload(CourseSession.parts),
)


def booking(ref: str, person_id: int) -> Booking | None:
    """This person's booking with this reference."""
    return db.session.scalar(sa.select(Booking).where(Booking.ref == ref, Booking.person_id == person_id).options(*_WITH_SESSION))


def live_booking(session_id: int, person_id: int) -> Booking | None:
    """The place or waiting place that this person has on the session."""
    return db.session.scalar(
        sa.select(Booking).where(Booking.course_session_id == session_id, Booking.person_id == person_id, Booking.status.in_(LIVE))
    )


def position(of: Booking) -> tuple[int, int]:
    """Where somebody who waits stands, from 1, and how many wait."""
    before, everyone = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((_ahead_of(of), 1), else_=0)), 0), sa.func.count(Booking.id)
        ).where(Booking.course_session_id == of.course_session_id, Booking.status == BookingStatus.WAITING)
    ).one()
    return before + 1, everyone


def _ahead_of(of: Booking) -> sa.ColumnElement[bool]:
    return sa.or_(Booking.booked_at < of.booked_at, sa.and_(Booking.booked_at == of.booked_at, Booking.id < of.id))


def positions(session_ids: Sequence[int], person_id: int) -> dict[int, tuple[int, int]]:
    """Where this person stands on the waiting lists of these sessions, by session, and how many wait: one statement for all."""
    ranked = sa.select(
        Booking.course_session_id, Booking.person_id,
        sa.func.row_number().over(partition_by=Booking.course_session_id, order_by=(Booking.booked_at, Booking.id)).label("place"),
        sa.func.count().over(partition_by=Booking.course_session_id).label("everyone"),
    ).where(Booking.course_session_id.in_(session_ids), Booking.status == BookingStatus.WAITING).subquery()
    rows = db.session.execute(sa.select(ranked).where(ranked.c.person_id == person_id))
    return {row.course_session_id: (row.place, row.everyone) for row in rows}


def history(booking_id: int) -> Sequence[BookingEvent]:
    """Everything that happened to a booking, latest first."""
    return db.session.scalars(
        sa.select(BookingEvent).where(BookingEvent.booking_id == booking_id).order_by(BookingEvent.at.desc(), BookingEvent.id.desc())
    ).all()


def coming(person_id: int, now: datetime) -> Sequence[Booking]:
    """Places and waiting places on sessions that are not over, soonest first."""
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id == person_id, Booking.status.in_((BookingStatus.BOOKED, BookingStatus.WAITING)), CourseSession.ends_at > now)
        .order_by(CourseSession.starts_at, Booking.id).options(*_WITH_SESSION)
    ).unique().all()


def clashes(person_id: int, course_session: CourseSession) -> Sequence[CourseSession]:
    """Other sessions on which this person has a place at the same time, part by part."""
    wanted = aliased(SessionPart)
    overlap = (
        sa.select(SessionPart.id).join(wanted, wanted.course_session_id == course_session.id)
        .where(SessionPart.course_session_id == CourseSession.id,
               SessionPart.starts_at < wanted.ends_at, SessionPart.ends_at > wanted.starts_at).exists()
    )
    return db.session.scalars(
        sa.select(CourseSession).join(Booking, Booking.course_session_id == CourseSession.id)
        .where(Booking.person_id == person_id, Booking.status == BookingStatus.BOOKED, CourseSession.id != course_session.id, overlap)
        .options(joinedload(CourseSession.course), selectinload(CourseSession.parts))
    ).unique().all()
