"""Taking a cancellation back within ten minutes, before its letters leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules import policy
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.booking.services.holding import change, hold_all, settle
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import void

UNDO_WITHIN = timedelta(minutes=10)


def undo_cancelling(*, session_ids: Sequence[int], by: str, now: datetime) -> int:
    """Take a cancellation back within ten minutes, before its letters leave: bookings stand as before, held places elsewhere go back.

    How many bookings stand again.

    Raises:
        Refused: more than ten minutes have passed, or a session was not cancelled.
    """
    with transaction() as session:
        displaced = sa.select(Booking.course_session_id).where(Booking.previous_id.in_(
            sa.select(Booking.id).where(Booking.course_session_id.in_(session_ids))))
        held = hold_all(session, [*session_ids, *session.scalars(displaced)])
        restored = 0
        for number in session_ids:
            here = held[number]
            if here.status is not SessionStatus.CANCELLED or here.cancelled_at is None:
                raise Refused("This session was not cancelled.")
            if now > here.cancelled_at + UNDO_WITHIN or now >= here.starts_at:
                raise Refused("More than ten minutes have passed, and people have been told. Plan a new session instead.")
            restored += _reinstate(session, here, by, now)
        for course_session in held.values():
            settle(session, course_session, now)
    return restored


def _reinstate(session: Session, here: CourseSession, by: str, now: datetime) -> int:
    cancelled_at = here.cancelled_at
    events = session.scalars(
        sa.select(BookingEvent).join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.course_session_id == here.id, BookingEvent.act == Act.CANCEL, BookingEvent.at == cancelled_at)
    ).all()
    here.status, here.cancel_reason, here.cancelled_on, here.cancelled_at = SessionStatus.SCHEDULED, None, None, None
    void(concerns=f"session:{here.id}", reason="The session goes ahead after all.", now=now, kinds=("held-places-cancelled",))
    for event in events:
        booking = session.get_one(Booking, event.booking_id)
        before = BookingStatus.WAITING if event.before is BookingStatus.OFFERED else event.before or BookingStatus.BOOKED
        due_at = policy.request_ends_at(facts.policy_of(booking), here.starts_at, now) if before in AWAITING else None
        booking.reason = None
        change(session, booking, Act.REINSTATE, before, by=by, now=now, due_at=due_at)
        void(concerns=f"booking:{booking.id}", reason="The session goes ahead after all.", now=now, kinds=("session-cancelled",))
        for elsewhere in session.scalars(sa.select(Booking).where(
            Booking.previous_id == booking.id, Booking.status.in_((BookingStatus.OFFERED, BookingStatus.WAITING)))).all():
            act = Act.WITHDRAW if elsewhere.status is BookingStatus.OFFERED else Act.LEAVE
            change(session, elsewhere, act, BookingStatus.LEFT_LIST, by=by, now=now)
    return len(events)
