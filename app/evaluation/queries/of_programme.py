"""The answers of a course, or of all courses, in the form in which they are analysed: counted by the database, in a fixed number of statements."""

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agency
from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME
from app.booking.models import Booking
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.periods import Period
from app.evaluation.models import Answer, Question, QuestionnaireVersion, Response
from app.evaluation.queries import who_came
from app.evaluation.rules.answered import NOBODYS, NOT_KNOWN, Answers, Held, Row, by_session, fitting
from app.evaluation.rules.asked import AllChosen, Asked
from app.evaluation.rules.stages import Stage, VersionState

KNOWLEDGE, THEN = "knowledge", "knowledge_then"
"""What the rating measures, and the same looking back to the start."""
SECTOR = sa.func.coalesce(sa.func.nullif(Agency.sector, ""), NOT_KNOWN)
AT = sa.case((Attendance.booking_id.is_not(None), Attendance.agency_id), else_=Booking.agency_id)
ANSWERED_IN = sa.case((Response.booking_id.is_(None), NOBODYS), else_=SECTOR)
WITH_SECTOR = (
    sa.join(Response, CourseSession, CourseSession.id == Response.course_session_id)
    .join(Booking, Booking.id == Response.booking_id, isouter=True).join(Attendance, Attendance.booking_id == Booking.id, isouter=True)
    .join(Agency, Agency.id == AT, isouter=True)
)


def answers(*, course_id: int | None = None, year: int | None = None) -> Answers:
    """The answers to sessions that were held, of one course or of all, of one calendar year or of all: four statements."""
    wanted = _wanted(course_id, year)
    sessions = {row.id: Held(row.id, row.course_id, row.format.value, row.last_day.year, row.ends_at, row.finished_at, row.unmarked)
                for row in db.session.execute(
        sa.select(CourseSession.id, CourseSession.course_id, CourseSession.format, CourseSession.last_day, CourseSession.ends_at,
                  Register.finished_at, who_came.unmarked().label("unmarked"))
        .outerjoin(Register, Register.course_session_id == CourseSession.id).where(*wanted)
    )}
    came = _came(wanted)
    answered, stayed_away = _answered(wanted)
    return Answers(sessions, fitting(_ratings(wanted), came), came, answered, stayed_away)


def chosen(*, course_id: int | None = None, year: int | None = None, codes: Sequence[str] = ()) -> AllChosen:
    """What was chosen at every stage, to all questions or to those that measure one of `codes`, counted by the database: two statements."""
    return _chosen(*_wanted(course_id, year), *([Question.code.in_(codes)] if codes else []))


def chosen_besides(period: Period, codes: Collection[str]) -> AllChosen:
    """What was chosen at every stage about sessions of the period, to questions that measure none of `codes`: two statements."""
    return _chosen(*_wanted(None, None), CourseSession.last_day.between(period.first, period.last), Question.code.not_in(codes))


def _chosen(*which: sa.ColumnElement[bool]) -> AllChosen:
    wanted = [who_came.counts(), Answer.text.is_(None), *which]
    several = sa.cast(Answer.choices, sa.Text)
    columns = (Response.course_session_id, Response.stage, Answer.question_id, Answer.number, several)
    there = (
        sa.join(Response, CourseSession, CourseSession.id == Response.course_session_id)
        .join(Answer, Answer.response_id == Response.id).join(Question, Question.id == Answer.question_id)
    )
    rows = db.session.execute(sa.select(*columns, sa.func.count()).select_from(there).where(*wanted).group_by(*columns)).all()
    questions = db.session.execute(
        sa.select(Question.id, Question.code, Question.kind, Question.wording, Question.options, Question.position,
                  Question.shown_if_code.is_not(None))
        .join(Question.version).where(Question.id.in_({row[2] for row in rows}))
        .order_by(QuestionnaireVersion.state == VersionState.IN_USE, QuestionnaireVersion.number, Question.id)
    )
    return AllChosen(
        [(session, stage, question, number, json.loads(choices or "[]"), people) for session, stage, question, number, choices, people in rows],
        {number: Asked(*asked) for number, *asked in questions},
    )


def _wanted(course_id: int | None, year: int | None) -> list[sa.ColumnElement[bool]]:
    wanted = [CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED))]
    if course_id is not None:
        wanted.append(CourseSession.course_id == course_id)
    if year is not None:
        wanted.append(CourseSession.last_day.between(date(year, 1, 1), date(year, 12, 31)))
    return wanted


def _ratings(wanted: list[sa.ColumnElement[bool]]) -> dict[int, list[Row]]:
    """By session (session, sector, before, looking back, after, at follow-up, people): one GROUP BY over the ratings of each respondent."""
    def rating(stage: Stage, code: str) -> sa.ColumnElement[int]:
        return sa.func.max(sa.case((sa.and_(Response.stage == stage, Question.code == code), Answer.number)))

    people = (
        sa.select(
            Response.course_session_id.label("session"), sa.func.max(ANSWERED_IN).label("sector"), rating(Stage.BEFORE, KNOWLEDGE).label("before"),
            rating(Stage.AFTER, THEN).label("then"), rating(Stage.AFTER, KNOWLEDGE).label("after"),
            rating(Stage.FOLLOW_UP, KNOWLEDGE).label("later"),
        )
        .select_from(WITH_SECTOR.join(Answer, Answer.response_id == Response.id).join(Question, Question.id == Answer.question_id))
        .where(who_came.counts(), Question.code.in_((KNOWLEDGE, THEN)), Answer.number.between(1, 5), *wanted)
        .group_by(Response.course_session_id, Response.respondent).subquery()
    )
    columns = (people.c.session, people.c.sector, people.c.before, people.c.then, people.c.after, people.c.later)
    rows = db.session.execute(sa.select(*columns, sa.func.count()).group_by(*columns).order_by(*columns))
    return by_session(tuple(row) for row in rows)  # type: ignore[misc]


def _came(wanted: list[sa.ColumnElement[bool]]) -> dict[tuple[int, str], int]:
    rows = db.session.execute(
        sa.select(Booking.course_session_id, SECTOR, sa.func.count()).join(Attendance, Attendance.booking_id == Booking.id)
        .join(CourseSession, CourseSession.id == Booking.course_session_id).outerjoin(Agency, Agency.id == Attendance.agency_id)
        .where(Attendance.outcome.in_(CAME), who_came.finished(), *wanted).group_by(Booking.course_session_id, SECTOR)
    )
    return {(session, sector): count for session, sector, count in rows}


def _answered(wanted: list[sa.ColumnElement[bool]]) -> tuple[dict[tuple[int, str], int], dict[int, int]]:
    """How many of those who came answered afterwards, by session and sector; and how many answered before and did not come, by session."""
    def people(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((which, 1), else_=0))

    answered: dict[tuple[int, str], int] = {}
    away: dict[int, int] = {}
    for session, sector, afterwards, before in db.session.execute(
        sa.select(Response.course_session_id, ANSWERED_IN, people(sa.and_(Response.stage == Stage.AFTER, who_came.counts())),
                  people(sa.and_(Response.stage == Stage.BEFORE, who_came.stayed_away())))
        .select_from(WITH_SECTOR).where(Response.stage.in_((Stage.BEFORE, Stage.AFTER)), *wanted).group_by(Response.course_session_id, ANSWERED_IN)
    ):
        answered[session, sector] = afterwards
        away[session] = away.get(session, 0) + before
    return answered, away


def course(code: str) -> Any:
    """The course with this code: id, code, title."""
    return db.session.execute(sa.select(Course.id, Course.code, Course.title).where(Course.code == code)).one_or_none()


def courses() -> dict[int, Any]:
    """Every course by its id: code and title."""
    return {row.id: row for row in db.session.execute(sa.select(Course.id, Course.code, Course.title).order_by(Course.title, Course.id))}


def years() -> list[int]:
    """The calendar years in which a session that was held ended, latest first."""
    first, last = db.session.execute(sa.select(sa.func.min(CourseSession.last_day), sa.func.max(CourseSession.last_day)).where(
        CourseSession.status == SessionStatus.DELIVERED
    )).one()
    return list(range(last.year, first.year - 1, -1)) if first else []
