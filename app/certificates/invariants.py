"""What must be true of certificates in every database."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME
from app.booking.models import Booking
from app.certificates.models import Certificate, CertificateEnd
from app.core.invariants import Invariant

_later = aliased(Certificate)

INVARIANTS = (
    Invariant(
        "certificates-of-who-came", "A certificate that stands belongs to somebody who came, by a finished register.",
        sa.select(Certificate.id, Certificate.booking_id).join(Booking, Booking.id == Certificate.booking_id)
        .outerjoin(Attendance, Attendance.booking_id == Certificate.booking_id)
        .outerjoin(Register, Register.course_session_id == Booking.course_session_id)
        .where(Certificate.ended_at.is_(None), sa.or_(
            Attendance.booking_id.is_(None), Attendance.outcome.not_in(CAME), Register.finished_at.is_(None),
        )),
    ),
    Invariant(
        "one-standing-certificate", "An attendance has one certificate that stands at most.",
        sa.select(Certificate.booking_id).where(Certificate.ended_at.is_(None)).group_by(Certificate.booking_id).having(sa.func.count() > 1),
    ),
    Invariant(
        "replaced-by-a-later", "A certificate that was replaced has a later one.",
        sa.select(Certificate.id, Certificate.booking_id).where(
            Certificate.ended_as == CertificateEnd.REPLACED,
            ~sa.exists().where(_later.booking_id == Certificate.booking_id, _later.issue > Certificate.issue),
        ),
    ),
)
