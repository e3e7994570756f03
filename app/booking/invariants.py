"""What must be true of bookings in every database."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import LIVE, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.invariants import NOW, Invariant

_booked = (
    sa.select(sa.func.count()).where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.BOOKED)
    .correlate(CourseSession).scalar_subquery()
)
_waiting = (
    sa.select(Booking.id).where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.WAITING)
    .correlate(CourseSession).exists()
)
_coming = sa.and_(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > NOW)

_numbered = sa.select(
    BookingEvent.id, BookingEvent.booking_id, BookingEvent.before, BookingEvent.after,
    sa.func.lag(BookingEvent.after).over(partition_by=BookingEvent.booking_id, order_by=BookingEvent.id).label("earlier"),
).subquery()
_last = aliased(BookingEvent)
_later = aliased(BookingEvent)

INVARIANTS = (
    Invariant(
        "within-capacity", "No session to come has more people booked than places.",
        sa.select(CourseSession.ref, CourseSession.capacity, _booked).where(_coming, _booked > CourseSession.capacity),
    ),
    Invariant(
        "no-place-idle", "Nobody waits for a session to come that has a free place.",
        sa.select(CourseSession.ref, CourseSession.capacity, _booked).where(_coming, _waiting, _booked < CourseSession.capacity),
    ),
    Invariant(
        "one-live-booking", "Nobody has two live bookings on one session.",
        sa.select(Booking.course_session_id, Booking.person_id).where(Booking.status.in_(LIVE))
        .group_by(Booking.course_session_id, Booking.person_id).having(sa.func.count() > 1),
    ),
    Invariant(
        "cancelled-sessions-empty", "Nobody has a live booking on a session that was cancelled.",
        sa.select(Booking.ref).join(Booking.course_session).where(CourseSession.status == SessionStatus.CANCELLED, Booking.status.in_(LIVE)),
    ),
    Invariant(
        "history-follows", "Each change of a booking starts where the one before it ended.",
        sa.select(Booking.ref, _numbered.c.id).join(_numbered, _numbered.c.booking_id == Booking.id)
        .where(_numbered.c.earlier.is_not(None), sa.or_(_numbered.c.before.is_(None), _numbered.c.before != _numbered.c.earlier)),
    ),
    Invariant(
        "history-leads-here", "A booking stands where its last change left it.",
        sa.select(Booking.ref, _last.id).join(_last, _last.booking_id == Booking.id)
        .where(_last.after != Booking.status, ~sa.exists().where(_later.booking_id == Booking.id, _later.id > _last.id)),
    ),
)
