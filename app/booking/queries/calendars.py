"""What stands in somebody's calendar: their own places, the sessions they give, or everything that is on the programme."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.queries import gives_sessions
from app.booking.models import Booking
from app.booking.rules.calendars import Entry, entries, sequence
from app.booking.rules.states import ON_REGISTER
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus, place_shown
from app.core.db import db

KEPT = timedelta(days=365)
"""How long a session stays in a feed after it."""
HELD = (SessionStatus.SCHEDULED, SessionStatus.DELIVERED)
_WITH = (joinedload(CourseSession.course), selectinload(CourseSession.parts))


def to_join(ref: str) -> Booking | None:
    """A booking by its reference, with its session."""
    return db.session.scalar(sa.select(Booking).where(Booking.ref == ref).options(
        joinedload(Booking.course_session).joinedload(CourseSession.course)))


def mine(person_id: int, now: datetime, site: str) -> list[Entry]:
    """A person's own places; the address to join is ours and always leads to the present one."""
    bookings = db.session.scalars(
        sa.select(Booking).join(Booking.course_session).where(
            Booking.person_id == person_id, Booking.status.in_(ON_REGISTER), CourseSession.status.in_(HELD),
            CourseSession.ends_at > now - KEPT,
        ).options(joinedload(Booking.course_session).joinedload(CourseSession.course),
                  joinedload(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(CourseSession.starts_at)
    ).unique().all()
    return [entry for booking in bookings for entry in _entries(
        booking.course_session, booking.ref,
        sequence(booking.changes, booking.course_session.times_version, booking.course_session.place_version),
        _where(booking.course_session, f"{site}/join/{booking.ref}"), f"{site}/bookings/{booking.ref}", site)]


def given_by(person_id: int, now: datetime, site: str) -> list[Entry]:
    """The sessions that a trainer gives."""
    return _of_sessions(sa.and_(CourseSession.trainer_id == person_id, gives_sessions(CourseSession.trainer_id)), now, site, "registers")


def everything(now: datetime, site: str) -> list[Entry]:
    """Every session on the programme, for coordinators."""
    return _of_sessions(sa.true(), now, site, "desk/sessions")


def _of_sessions(condition: sa.ColumnElement[bool], now: datetime, site: str, page: str) -> list[Entry]:
    rows: Sequence[CourseSession] = db.session.scalars(
        sa.select(CourseSession).where(condition, CourseSession.status.in_(HELD), CourseSession.ends_at > now - KEPT)
        .options(*_WITH).order_by(CourseSession.starts_at)
    ).all()
    return [entry for row in rows for entry in _entries(
        row, row.ref, 2 * row.times_version + row.place_version, place_shown(row.venue_or_link, row.format, booked=True),
        f"{site}/{page}/{row.ref}", site)]


def _where(course_session: CourseSession, join: str) -> str:
    shown = place_shown(course_session.venue_or_link, course_session.format, booked=True)
    return join if shown.startswith("http") else shown


def _entries(course_session: CourseSession, ref: str, at: int, where: str, address: str, site: str) -> list[Entry]:
    parts = [(part.starts_at, part.ends_at) for part in course_session.parts]
    return entries(ref, course_session.title, parts, sequence=at, where=where, about="", address=address, site=site)
