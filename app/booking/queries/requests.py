"""Requests that wait for a manager: who will not answer, as they have left or letters to them come back, and who has said yes."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.accounts.queries import manager_has_left
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import CourseSession
from app.core.db import db
from app.mail.models import Letter, LetterConcern, UndeliverableAddress
from app.mail.rules.fates import LetterStatus

_LEFT = manager_has_left(Booking.manager_email)
_UNREACHABLE = sa.exists().where(UndeliverableAddress.address == Booking.manager_email)
_CAME_BACK = sa.exists().where(
    LetterConcern.subject == sa.literal("booking:") + sa.cast(Booking.id, sa.Text), Letter.id == LetterConcern.letter_id,
    Letter.kind == "approval-asked", Letter.address == Booking.manager_email, Letter.status == LetterStatus.FAILED)


def waiting_for(address: str, now: datetime) -> Sequence[int]:
    """The bookings on sessions to come that wait for the manager with this address, in the order in which sessions are locked."""
    return _waiting(Booking.manager_email == address, now)


def without_answer(now: datetime) -> Sequence[int]:
    """The bookings on sessions to come that wait for a manager who cannot be expected to answer."""
    return _waiting(sa.or_(_LEFT, _UNREACHABLE, _CAME_BACK), now)


def manager_agreed(booking_id: int) -> bool:
    """Whether it was the manager's yes that took the request from them last, and neither the time that passed nor somebody else."""
    return bool(managers_agreed([booking_id]))


def managers_agreed(numbers: Collection[int]) -> set[int]:
    """Of which of these requests that is so. A request that its person moved to another date is the same one: the yes goes with it."""
    moved = sa.select(Booking.id.label("number"), Booking.id.label("at"), Booking.person_id, Booking.previous_id).where(
        Booking.id.in_(numbers)).cte(recursive=True)
    earlier = aliased(Booking)
    line = moved.union_all(sa.select(moved.c.number, earlier.id, earlier.person_id, earlier.previous_id).join(
        earlier, sa.and_(earlier.id == moved.c.previous_id, earlier.person_id == moved.c.person_id, earlier.status == BookingStatus.MOVED)))
    last = {row.number: row.act for row in db.session.execute(sa.select(line.c.number, BookingEvent.act).join(
        line, BookingEvent.booking_id == line.c.at
    ).where(BookingEvent.before == BookingStatus.AWAITING_MANAGER, BookingEvent.act != Act.MOVE, BookingEvent.after != BookingEvent.before)
        .order_by(BookingEvent.id))}
    return {number for number, act in last.items() if act is Act.AGREE}


def _waiting(condition: sa.ColumnElement[bool], now: datetime) -> Sequence[int]:
    return db.session.scalars(
        sa.select(Booking.id).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .where(Booking.status == BookingStatus.AWAITING_MANAGER, CourseSession.starts_at > now, condition).order_by(Booking.course_session_id)
    ).all()
