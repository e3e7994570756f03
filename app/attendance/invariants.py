"""What must be true of registers and marks in every database."""

import sqlalchemy as sa

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME, TURNOUT
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import ON_REGISTER, Act
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.invariants import Invariant

_as_marked = sa.or_(*(sa.and_(Attendance.outcome == outcome, Booking.turnout == turnout) for outcome, turnout in TURNOUT.items()))

INVARIANTS = (
    Invariant(
        "marks-on-the-register", "Only people who were on the register have a mark.",
        sa.select(Booking.ref).join(Attendance, Attendance.booking_id == Booking.id).where(Booking.status.not_in(ON_REGISTER)),
    ),
    Invariant(
        "minutes-of-those-who-came", "Only people who came have minutes, and more than none.",
        sa.select(Attendance.booking_id).where(
            Attendance.minutes.is_not(None), sa.or_(Attendance.outcome.not_in(CAME), Attendance.minutes <= 0)
        ),
    ),
    Invariant(
        "finished-registers-full", "Everybody on a finished register has a mark.",
        sa.select(CourseSession.ref, Booking.ref).join(Booking, Booking.course_session_id == CourseSession.id)
        .join(Register, Register.course_session_id == CourseSession.id).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Register.finished_at.is_not(None), Booking.status.in_(ON_REGISTER), Attendance.booking_id.is_(None)),
    ),
    Invariant(
        "finished-is-delivered", "A session with a finished register counts as delivered.",
        sa.select(CourseSession.ref).join(Register, Register.course_session_id == CourseSession.id)
        .where(Register.finished_at.is_not(None), CourseSession.status != SessionStatus.DELIVERED),
    ),
    Invariant(
        "marks-in-the-history", "A mark that somebody gave stands in the history of the booking.",
        sa.select(Booking.ref).join(Attendance, Attendance.booking_id == Booking.id).where(
            Attendance.marked_by_id.is_not(None), ~sa.exists().where(
                BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.MARK, BookingEvent.at == Attendance.marked_at)),
    ),
    Invariant(
        "turnout-as-marked", "What a booking says of who came is what the register says.",
        sa.union_all(
            sa.select(Booking.ref).join(Attendance, Attendance.booking_id == Booking.id).where(sa.or_(Booking.turnout.is_(None), ~_as_marked)),
            sa.select(Booking.ref).outerjoin(Attendance, Attendance.booking_id == Booking.id)
            .where(Booking.turnout.is_not(None), Attendance.booking_id.is_(None)),
        ),
    ),
)
