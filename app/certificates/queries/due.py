"""Who on a session has earned a certificate or lost one, and on which sessions something is to be done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Partnership, Person
from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME, Outcome
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.catalogue.models import Course, CourseSession, SessionPart
from app.certificates.models import Certificate, QuestionsOpened
from app.certificates.rules.earning import Earned, Stay, Terms, earned
from app.core.db import db
from app.evaluation.models import Response
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import LONG

OPENED = sa.or_(
    sa.exists().where(QuestionsOpened.booking_id == Booking.id),
    sa.exists().where(Response.booking_id == Booking.id, Response.stage == Stage.AFTER),
)
"""Whether somebody opened the questions after the session, here or by answering them in whatever way."""
_STANDING = sa.and_(Certificate.booking_id == Booking.id, Certificate.ended_at.is_(None))


@dataclass(frozen=True)
class Attended:
    """One person on a register: what it says, where they worked on the day, and their certificate if one stands."""

    booking: Booking
    outcome: Outcome | None
    minutes: int | None
    partnership: str | None
    opened: bool
    standing: Certificate | None


@dataclass(frozen=True)
class Held:
    """A session with its register, as far as certificates need it."""

    session: CourseSession
    finished: bool
    finished_here: bool

    @property
    def terms(self) -> Terms:
        """What its course asks for."""
        return Terms(self.session.course.certificate_percent, self.session.course.certificate_after_questions)

    def earned(self, one: Attended, now: datetime) -> Earned:
        """Whether this person has earned a certificate."""
        stay = Stay(one.outcome, one.minutes, self.session.minutes, self.finished)
        return earned(self.terms, stay, opened=one.opened, questions_close_at=self.session.ends_at + LONG, now=now)


def held(session_id: int) -> Held:
    """The session with its course and parts."""
    session, finished_at, finished_by_id = db.session.execute(
        sa.select(CourseSession, Register.finished_at, Register.finished_by_id).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(CourseSession.id == session_id).options(joinedload(CourseSession.course), selectinload(CourseSession.parts))
    ).one()
    return Held(session, finished_at is not None, finished_by_id is not None)


def on_register(session_id: int, *, booking_id: int | None = None) -> list[Attended]:
    """Everybody of the session's register, or one of them, and whoever has a certificate of it that stands."""
    query = (
        sa.select(Booking, Attendance.outcome, Attendance.minutes, Partnership.name, OPENED, Certificate).join(Booking.person)
        .outerjoin(Attendance, Attendance.booking_id == Booking.id).outerjoin(Partnership, Partnership.id == Attendance.partnership_id)
        .outerjoin(Certificate, _STANDING)
        .where(Booking.course_session_id == session_id, sa.or_(Booking.status.in_(ON_REGISTER), Certificate.id.is_not(None)))
        .options(joinedload(Booking.person)).order_by(Booking.id).execution_options(populate_existing=True)
    )
    if booking_id is not None:
        query = query.where(Booking.id == booking_id)
    return [Attended(*row) for row in db.session.execute(query)]


def last_of(booking_ids: Collection[int]) -> dict[int, Certificate]:
    """The latest certificate of each booking that ever had one."""
    rows = db.session.scalars(sa.select(Certificate).where(Certificate.booking_id.in_(booking_ids)).order_by(Certificate.issue))
    return {one.booking_id: one for one in rows}


def issues_of(booking_id: int) -> Sequence[Certificate]:
    """All certificates of a booking, the latest first."""
    return db.session.scalars(sa.select(Certificate).where(Certificate.booking_id == booking_id).order_by(Certificate.issue.desc())).all()


def sessions_to_issue(now: datetime) -> list[int]:
    """Sessions with a finished register on which somebody has earned a certificate and has none."""
    rows = db.session.execute(
        sa.select(CourseSession.id, CourseSession.ends_at, Attendance.outcome, Attendance.minutes, Course.certificate_percent,
                  Course.certificate_after_questions, OPENED)
        .select_from(Booking).join(Booking.course_session).join(CourseSession.course).join(Attendance, Attendance.booking_id == Booking.id)
        .join(Register, Register.course_session_id == CourseSession.id).outerjoin(Certificate, _STANDING)
        .where(Certificate.id.is_(None), Attendance.outcome.in_(CAME), Register.finished_at.is_not(None), Booking.status.in_(ON_REGISTER))
    ).all()
    lengths = _lengths({row[0] for row in rows})
    found = set()
    for number, ends_at, outcome, minutes, percent, opened_first, opened in rows:
        stay = Stay(outcome, minutes, lengths.get(number, 0), finished=True)
        if earned(Terms(percent, opened_first), stay, opened=opened, questions_close_at=ends_at + LONG, now=now) is Earned.YES:
            found.add(number)
    return sorted(found)


def _lengths(session_ids: Collection[int]) -> dict[int, int]:
    """How many minutes the parts of each of these sessions take together."""
    found: dict[int, int] = {}
    if not session_ids:
        return found
    for number, starts_at, ends_at in db.session.execute(sa.select(SessionPart.course_session_id, SessionPart.starts_at, SessionPart.ends_at)):
        if number in session_ids:
            found[number] = found.get(number, 0) + int((ends_at - starts_at).total_seconds()) // 60
    return found


def sessions_to_correct() -> list[int]:
    """Sessions with a certificate that stands for somebody who did not come, or in a name that the person no longer has."""
    name = sa.func.trim(Person.first_name.concat(" ").concat(Person.last_name))
    return list(db.session.scalars(
        sa.select(Booking.course_session_id).distinct().join(Certificate, _STANDING).join(Booking.person)
        .outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(sa.or_(
            sa.and_(name != "", name != Certificate.name), Attendance.booking_id.is_(None), Attendance.outcome.not_in(CAME),
            Booking.status.not_in(ON_REGISTER),
        )).order_by(Booking.course_session_id)
    ))


def sessions_with_certificates(session_ids: Collection[int]) -> list[int]:
    """Those of the sessions of which a certificate stands."""
    there = db.session.scalars(sa.select(Booking.course_session_id).distinct().join(Certificate, _STANDING)).all()
    return sorted(set(there) & set(session_ids))
