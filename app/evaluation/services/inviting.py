"""Inviting people to answer: found by an open-ended sweep, one transaction a session, each letter once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db, transaction
from app.evaluation import emails
from app.evaluation.models import Response
from app.evaluation.rules.inviting import BEFORE_DAYS, wave_due
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import LONG
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.services import queue_all

ASKED = (Stage.BEFORE, Stage.AFTER)


def sessions_to_invite(now: datetime) -> Sequence[int]:
    """Sessions that are near, or were held within the weeks in which people may answer. A session that came in with its register is over."""
    return db.session.scalars(
        sa.select(CourseSession.id).outerjoin(Register, Register.course_session_id == CourseSession.id).where(
            CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)), CourseSession.ends_at > now - LONG,
            CourseSession.starts_at < now + timedelta(days=BEFORE_DAYS + 1),
            sa.or_(Register.finished_at.is_(None), Register.finished_by_id.is_not(None)),
        ).order_by(CourseSession.ends_at)
    ).all()


def invite(*, session_id: int, now: datetime) -> int:
    """Write the invitations and reminders of one session that are due. How many letters."""
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id, options=[joinedload(CourseSession.course)])
        ensure_questionnaires(now=now)
        written = 0
        for stage in ASKED:
            wave = wave_due(stage, course_session.starts_at, course_session.ends_at, now)
            if wave is None or (stage is Stage.BEFORE and now >= course_session.starts_at):
                continue
            for booking in _silent(course_session, stage, wave):
                written += len(queue_all([emails.invitation(booking, stage, wave)], now=now))
    return written


def _silent(course_session: CourseSession, stage: Stage, wave: int) -> Sequence[Booking]:
    """Who has a place (afterwards: did not miss it), has not answered and has no letter of this wave."""
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(f":questions:{stage.value}:{wave}")
    there = sa.or_(Booking.turnout.is_(None), Booking.turnout == Turnout.CAME)
    return db.session.scalars(
        sa.select(Booking).join(Booking.person).where(
            Booking.course_session_id == course_session.id, Booking.status.in_((BookingStatus.BOOKED, BookingStatus.WALK_IN)), there,
            ~sa.exists().where(Response.booking_id == Booking.id, Response.stage == stage), ~sa.exists().where(Letter.about == about),
        ).options(contains_eager(Booking.person)).order_by(Booking.id)
    ).all()
