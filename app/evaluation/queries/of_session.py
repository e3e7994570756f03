"""What the answers to one session say, and who has answered what."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.attendance.models import Attendance
from app.attendance.rules import CAME, Outcome
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries import who_came
from app.evaluation.rules.shown import Sent
from app.evaluation.rules.stages import Stage


@dataclass(frozen=True)
class Asked:
    """A booking of which a questionnaire is answered: its session and what the register says of the person."""

    booking: Booking
    outcome: Outcome | None


def asked(booking_id: int) -> Asked | None:
    """The booking with its session, if it gives a place."""
    row = db.session.execute(
        sa.select(Booking, Attendance.outcome).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.id == booking_id, Booking.status.in_(ON_REGISTER))
        .options(joinedload(Booking.course_session).joinedload(CourseSession.course), joinedload(Booking.person))
    ).one_or_none()
    return Asked(*row) if row else None


def booking_of(ref: str, person_id: int) -> int | None:
    """The id of this person's booking with this reference."""
    return db.session.scalar(sa.select(Booking.id).where(Booking.ref == ref, Booking.person_id == person_id))


def booking_on(session_id: int, person_id: int) -> str | None:
    """The reference of this person's place on the session."""
    return db.session.scalar(sa.select(Booking.ref).where(
        Booking.course_session_id == session_id, Booking.person_id == person_id,
        Booking.status.in_(ON_REGISTER),
    ))


def session_with_ref(ref: str) -> CourseSession | None:
    """The session with this reference that is held, or was."""
    return db.session.scalar(
        sa.select(CourseSession).where(CourseSession.ref == ref, CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)))
        .options(joinedload(CourseSession.course))
    )


def sent(session_id: int, stage: Stage, *, without_absent: bool = False) -> list[Sent]:
    """Every response of a stage that is counted or was, in the order in which they came; of everybody, or without those who were absent."""
    rows = db.session.execute(
        sa.select(Response.id, Response.respondent, Response.submitted_at, Response.current, Response.anonymous)
        .where(Response.course_session_id == session_id, Response.stage == stage, sa.or_(Response.current, Response.anonymous.is_(False)),
               *([~who_came.marked_absent()] if without_absent else []))
        .order_by(Response.submitted_at, Response.id)
    )
    return [Sent(*row) for row in rows]


def of_absent(session_id: int, stage: Stage) -> set[int]:
    """The responses of a stage by people whom the register marks as not having come."""
    return set(db.session.scalars(
        sa.select(Response.id).where(Response.course_session_id == session_id, Response.stage == stage, who_came.marked_absent())))


def numbers(response_ids: Sequence[int]) -> dict[str, dict[int, int]]:
    """How often each number was given to each question in these responses."""
    found: dict[str, dict[int, int]] = {}
    for code, number, count in db.session.execute(
        sa.select(Question.code, Answer.number, sa.func.count()).join(Answer, Answer.question_id == Question.id)
        .where(Answer.response_id.in_(response_ids), Answer.number.is_not(None)).group_by(Question.code, Answer.number)
    ):
        found.setdefault(code, {})[number] = count
    return found


def pairs(session_id: int, response_ids: Collection[int], until: datetime | None = None) -> dict[int, tuple[int, int]]:
    """(before, after) by response, of whoever gave these responses and rated themselves both times; of what they answered before, what had come
    `until` then."""
    after, before = aliased(Response), aliased(Response)
    rated_after, rated_before = aliased(Answer), aliased(Answer)
    knows_after, knows_before = aliased(Question), aliased(Question)
    return {number: (b, a) for number, b, a in db.session.execute(
        sa.select(after.id, rated_before.number, rated_after.number).select_from(after)
        .join(before, sa.and_(before.course_session_id == after.course_session_id, before.respondent == after.respondent,
                              before.stage == Stage.BEFORE, before.current))
        .join(rated_after, rated_after.response_id == after.id).join(knows_after, knows_after.id == rated_after.question_id)
        .join(rated_before, rated_before.response_id == before.id).join(knows_before, knows_before.id == rated_before.question_id)
        .where(after.course_session_id == session_id, after.id.in_(response_ids), knows_after.code == "knowledge",
               knows_before.code == "knowledge", rated_before.number.is_not(None), rated_after.number.is_not(None),
               *([before.submitted_at <= until] if until else []))
    )}


def as_table(rated: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Pairs as the 5x5 table, before by after."""
    table = [[0] * 5 for _ in range(5)]
    for b, a in rated:
        table[b - 1][a - 1] += 1
    return table


def came(session_id: int) -> int | None:
    """How many people came; none while the register is not finished: then nobody knows."""
    count = sa.select(sa.func.count(Attendance.booking_id)).join(Booking, Booking.id == Attendance.booking_id).where(
        Booking.course_session_id == session_id, Attendance.outcome.in_(CAME))
    finished, there = db.session.execute(sa.select(who_came.finished(session_id), count.scalar_subquery())).one()
    return there if finished else None


def could_answer(session_id: int, stage: Stage) -> int:
    """How many people have a place on the session, afterwards without those who are marked absent."""
    there = [] if stage is Stage.BEFORE else [sa.or_(Booking.turnout.is_(None), Booking.turnout == Turnout.CAME)]
    return db.session.scalar(sa.select(sa.func.count(Booking.id)).where(
        Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER), *there)) or 0


def people_to_ask(session_id: int) -> Sequence[Booking]:
    """Everybody with a place on the session, by last name."""
    return db.session.scalars(
        sa.select(Booking).where(Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER))
        .options(joinedload(Booking.person)).order_by(Booking.id)
    ).all()


def answered_stages(booking_ids: Collection[int]) -> dict[int, set[Stage]]:
    """Which questionnaires have been answered for these bookings."""
    answered: dict[int, set[Stage]] = {number: set() for number in booking_ids}
    for number, stage in db.session.execute(
        sa.select(Response.booking_id, Response.stage).where(Response.booking_id.in_(booking_ids), Response.current)
    ):
        answered[number].add(stage)
    return answered
