"""The letter about a cancellation that waits to leave says what has become of the place held on another date meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.called_off import Told, sessions_cancelled, with_times_told
from app.booking.emails.drafting import resting_on
from app.booking.models import Booking, BookingEvent
from app.booking.rules import waiting
from app.booking.rules.states import HOLDING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.mail.models import Letter, LetterConcern
from app.mail.services import Draft


def cancellation(session: Session, letter: Letter, now: datetime) -> list[Draft]:
    """The letter about a cancellation once more, as things stand, due as before; nothing when the sessions take place after all.

    It goes on concerning what it spoke of: a place that was given back can be taken back.
    """
    concerns = session.scalars(sa.select(LetterConcern.subject).where(LetterConcern.letter_id == letter.id)).all()
    told = _told(session, concerns, now)
    if not told:
        return []
    first, *others = sessions_cancelled(told, told[0].booking.reason or "", now)
    return [replace(draft, due_at=letter.due_at) for draft in (resting_on(first, *concerns), *others)]


def _told(session: Session, concerns: Sequence[str], now: datetime) -> Sequence[Told]:
    """The bookings of sessions that were called off among these, each with where it stood before and what its person has instead now."""
    named = [subject.split(":") for subject in concerns if subject.count(":") == 1]
    numbers, sessions = ([int(number) for what, number in named if what == wanted] for wanted in ("booking", "session"))
    latest = sa.select(sa.func.max(BookingEvent.id)).where(
        BookingEvent.booking_id.in_(numbers), BookingEvent.act == Act.CANCEL).group_by(BookingEvent.booking_id)
    rows = session.execute(
        sa.select(Booking, BookingEvent.before).join(BookingEvent, BookingEvent.booking_id == Booking.id).join(Booking.course_session).where(
            BookingEvent.id.in_(latest), Booking.course_session_id.in_(sessions), Booking.status == BookingStatus.SESSION_CANCELLED)
        .order_by(CourseSession.starts_at, Booking.id)).all()
    return with_times_told(session, [Told(booking, before, _instead(session, booking, now)) for booking, before in rows if before is not None])


def _instead(session: Session, cancelled: Booking, now: datetime) -> Booking | None:
    """What the person of a booking that was called off got on another date, or has on another one already."""
    got = session.scalars(sa.select(Booking).where(Booking.previous_id == cancelled.id, Booking.person_id == cancelled.person_id)
                          .order_by(Booking.id.desc()).limit(1)).one_or_none()
    if got is not None:
        return got
    first = sa.and_(Booking.status == BookingStatus.WAITING, Booking.priority == waiting.FIRST)
    return session.scalars(sa.select(Booking).join(Booking.course_session).where(
        Booking.person_id == cancelled.person_id, CourseSession.course_id == cancelled.course_session.course_id, CourseSession.starts_at > now,
        Booking.course_session_id != cancelled.course_session_id, sa.or_(Booking.status.in_(HOLDING), first),
    ).order_by(CourseSession.starts_at, Booking.id).limit(1)).one_or_none()
