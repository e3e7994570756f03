"""The letter about a cancellation that waits to leave says what has become of the place held on another date meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.called_off import Told, sessions_cancelled
from app.booking.models import Booking, BookingEvent
from app.booking.rules import waiting
from app.booking.rules.states import HOLDING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import queue_all, void

KINDS = ("session-cancelled", "sessions-cancelled")


def write_cancellation_anew(session: Session, elsewhere: Booking, now: datetime) -> None:
    """Withdraw the letter about the session from which this booking comes, and about those called off with it, if it waits, and write it with
    how things stand, due as before."""
    about = f"booking:{elsewhere.previous_id}"
    found = session.execute(
        sa.select(Letter.id, Letter.due_at).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
            LetterConcern.subject == about, Letter.kind.in_(KINDS), Letter.status.in_(NOT_YET_SENT))).first()
    if found is None:
        return
    told = _told(session, found.id, now)
    if not told:
        return
    void(concerns=about, kinds=KINDS, reason="What is held on the other date has changed since.", now=now)
    drafts = sessions_cancelled(told, told[0].booking.reason or "", now)
    queue_all([replace(draft, due_at=found.due_at) for draft in drafts], now=now)


def _told(session: Session, letter_id: int, now: datetime) -> Sequence[Told]:
    """The bookings that the letter is about, each with where it stood before and what its person has instead now."""
    numbers = [int(subject.partition(":")[2]) for subject in session.scalars(sa.select(LetterConcern.subject).where(
        LetterConcern.letter_id == letter_id, LetterConcern.subject.startswith("booking:")))]
    latest = sa.select(sa.func.max(BookingEvent.id)).where(
        BookingEvent.booking_id.in_(numbers), BookingEvent.act == Act.CANCEL).group_by(BookingEvent.booking_id)
    rows = session.execute(
        sa.select(Booking, BookingEvent.before).join(BookingEvent, BookingEvent.booking_id == Booking.id).join(Booking.course_session)
        .where(BookingEvent.id.in_(latest)).order_by(CourseSession.starts_at, Booking.id)).all()
    return [Told(booking, before, _instead(session, booking, now)) for booking, before in rows if before is not None]


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
