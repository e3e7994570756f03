"""What the answers of those who came add up to in a period, counted by the database and never person by person."""

import json

import sqlalchemy as sa

from app.attendance.models import Attendance
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import db
from app.core.periods import Period
from app.evaluation.models import Answer, Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.queries.who_came import counts
from app.evaluation.rules.asked import OF_PRACTICE
from app.evaluation.rules.stages import STATEMENTS, Stage
from app.evaluation.rules.windows import LATER

Area = int | None
AFTERWARDS = ("knowledge", *STATEMENTS)
"""What a report tells of the questions after a session."""
AREA = sa.case((Attendance.booking_id.is_not(None), Attendance.partnership_id), else_=Booking.partnership_id)
WITH_AREA = sa.join(Response, Booking, Booking.id == Response.booking_id, isouter=True).join(
    Attendance, Attendance.booking_id == Booking.id, isouter=True
)


def responses_after(period: Period) -> list[tuple[int, Area, int]]:
    """(session, area, people) who answered after sessions of the period; the area they work in, none where the answer knows no booking."""
    return [tuple(row) for row in db.session.execute(  # type: ignore[misc]
        sa.select(CourseSession.id, AREA, sa.func.count())
        .select_from(WITH_AREA.join(CourseSession, CourseSession.id == Response.course_session_id))
        .where(_at(Stage.AFTER), _in(period)).group_by(CourseSession.id, AREA)
    )]


def numbers_after(period: Period) -> list[tuple[int, Area, str, int, int]]:
    """(session, area, question, number, people) for ratings and statements after sessions of the period."""
    return [tuple(row) for row in db.session.execute(  # type: ignore[misc]
        sa.select(CourseSession.id, AREA, Question.code, Answer.number, sa.func.count())
        .select_from(
            WITH_AREA.join(CourseSession, CourseSession.id == Response.course_session_id)
            .join(Answer, Answer.response_id == Response.id).join(Question, Question.id == Answer.question_id)
        )
        .where(_at(Stage.AFTER), _in(period), Answer.number.is_not(None), Question.code.in_(AFTERWARDS))
        .group_by(CourseSession.id, AREA, Question.code, Answer.number)
    )]


def from_files(period: Period) -> set[int]:
    """The sessions of the period whose answers came in files of earlier years: those are answers to the first version of the standard set."""
    return set(db.session.scalars(
        sa.select(Response.course_session_id).join(CourseSession, CourseSession.id == Response.course_session_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id).join(QuestionnaireVersion.questionnaire)
        .where(_at(Stage.AFTER), _in(period), QuestionnaireVersion.number == 1, Questionnaire.course_id.is_(None)).distinct()
    ))


def ratings(period: Period) -> list[tuple[int, Area, int | None, int | None, int | None, int]]:
    """(session, area, knowledge before, after and at follow-up, people) of the period's sessions: one GROUP BY over all who answered any."""
    def rating(stage: Stage) -> sa.ColumnElement[int]:
        return sa.func.max(sa.case((Response.stage == stage, Answer.number)))

    people = (
        sa.select(
            Response.course_session_id.label("session"), sa.func.max(AREA).label("area"), rating(Stage.BEFORE).label("before"),
            rating(Stage.AFTER).label("after"), rating(Stage.FOLLOW_UP).label("later"),
        )
        .select_from(
            WITH_AREA.join(CourseSession, CourseSession.id == Response.course_session_id)
            .join(Answer, Answer.response_id == Response.id).join(Question, Question.id == Answer.question_id)
        )
        .where(counts(), Response.stage.in_((Stage.BEFORE, Stage.AFTER, Stage.FOLLOW_UP)), Question.code == "knowledge", _in(period))
        .group_by(Response.course_session_id, Response.respondent)
        .subquery()
    )
    columns = (people.c.session, people.c.area, people.c.before, people.c.after, people.c.later)
    return [tuple(row) for row in db.session.execute(sa.select(*columns, sa.func.count()).group_by(*columns))]  # type: ignore[misc]


def later_responses(period: Period) -> dict[tuple[Area, Stage], int]:
    """How many answered months later about sessions of the period, by area and stage."""
    return {(area, stage): count for area, stage, count in db.session.execute(
        sa.select(AREA, Response.stage, sa.func.count())
        .select_from(WITH_AREA.join(CourseSession, CourseSession.id == Response.course_session_id))
        .where(counts(), Response.stage.in_(LATER), _in(period)).group_by(AREA, Response.stage)
    )}


def practice(period: Period) -> list[tuple[int, Area, Stage, str, tuple[int, ...], int]]:
    """(session, area, stage, question, numbers of the options chosen, people) of what was answered about practice; those who chose the same are
    counted."""
    chosen = sa.cast(Answer.choices, sa.Text)
    rows = db.session.execute(
        sa.select(CourseSession.id, AREA, Response.stage, Question.code, Answer.number, chosen, sa.func.count())
        .select_from(
            WITH_AREA.join(CourseSession, CourseSession.id == Response.course_session_id)
            .join(Answer, Answer.response_id == Response.id).join(Question, Question.id == Answer.question_id)
        )
        .where(counts(), Response.stage.in_(LATER), Question.code.in_(OF_PRACTICE), _in(period))
        .group_by(CourseSession.id, AREA, Response.stage, Question.code, Answer.number, chosen)
    )
    return [(session, area, stage, code, (number,) if number is not None else tuple(json.loads(numbers)), count)
            for session, area, stage, code, number, numbers, count in rows]


def _at(stage: Stage) -> sa.ColumnElement[bool]:
    return sa.and_(counts(), Response.stage == stage)


def _in(period: Period) -> sa.ColumnElement[bool]:
    return CourseSession.last_day.between(period.first, period.last)
