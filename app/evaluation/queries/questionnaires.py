"""Which questionnaires there are, their versions and questions, and what a session's people are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import Course
from app.core.db import db
from app.evaluation.models import AnonymousTicket, Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.rules.stages import Stage, VersionState

QUESTIONS = selectinload(QuestionnaireVersion.questions)


@dataclass(frozen=True)
class Measure:
    """Something that is measured: its code, and the latest wording and scale with which it is asked."""

    code: str
    kind: str
    wording: str
    options: list[str]


def version_for(course_id: int, stage: Stage) -> QuestionnaireVersion | None:
    """What the people of a course are asked at this stage: the course's own questionnaire, else the standard; none before there is any."""
    return db.session.scalar(
        sa.select(QuestionnaireVersion).join(QuestionnaireVersion.questionnaire).where(
            Questionnaire.stage == stage, QuestionnaireVersion.state == VersionState.IN_USE,
            sa.or_(Questionnaire.course_id == course_id, Questionnaire.course_id.is_(None)),
        ).options(QUESTIONS, joinedload(QuestionnaireVersion.questionnaire)).order_by(Questionnaire.course_id.is_(None)).limit(1)
    )


def weeks_of(course_ids: Sequence[int]) -> dict[int, dict[Stage, int]]:
    """After how many weeks the later stages of these courses are asked; a stage that is not asked is left out."""
    rows = db.session.execute(
        sa.select(Questionnaire.course_id, Questionnaire.stage, Questionnaire.weeks).join(Questionnaire.versions).where(
            QuestionnaireVersion.state == VersionState.IN_USE, Questionnaire.stage.in_((Stage.FOLLOW_UP, Stage.MANAGER)),
            sa.or_(Questionnaire.course_id.in_(course_ids), Questionnaire.course_id.is_(None)),
        )
    ).all()
    standard = {stage: weeks for course_id, stage, weeks in rows if course_id is None}
    found = {course_id: dict(standard) for course_id in course_ids}
    for course_id, stage, weeks in rows:
        if course_id is not None:
            found[course_id][stage] = weeks
    return found


def everything() -> Sequence[Questionnaire]:
    """Every questionnaire with its versions: the standard set first, then courses' own."""
    return db.session.scalars(
        sa.select(Questionnaire).outerjoin(Course, Course.id == Questionnaire.course_id)
        .options(selectinload(Questionnaire.versions).selectinload(QuestionnaireVersion.questions), joinedload(Questionnaire.course))
        .order_by(Questionnaire.course_id.is_not(None), Course.title, Questionnaire.id)
    ).all()


def one(number: int) -> Questionnaire | None:
    """One questionnaire with its versions and their questions."""
    return db.session.scalar(
        sa.select(Questionnaire).where(Questionnaire.id == number)
        .options(selectinload(Questionnaire.versions).selectinload(QuestionnaireVersion.questions), joinedload(Questionnaire.course))
    )


def version(number: int) -> QuestionnaireVersion | None:
    """One version with its questions."""
    return db.session.scalar(
        sa.select(QuestionnaireVersion).where(QuestionnaireVersion.id == number)
        .options(QUESTIONS, joinedload(QuestionnaireVersion.questionnaire).joinedload(Questionnaire.course))
    )


def question(number: int) -> Question | None:
    """One question with its version and the others of it."""
    return db.session.scalar(
        sa.select(Question).where(Question.id == number).options(
            joinedload(Question.version).options(QUESTIONS, joinedload(QuestionnaireVersion.questionnaire)))
    )


def measures() -> list[Measure]:
    """Everything that is or was measured by a version that is or was in use, by code, as its latest question words it."""
    rows = db.session.execute(
        sa.select(Question.code, Question.kind, Question.wording, Question.options).join(Question.version)
        .where(QuestionnaireVersion.state != VersionState.DRAFT).order_by(Question.id)
    )
    return sorted({row.code: Measure(*row) for row in rows}.values(), key=lambda measure: measure.code)


def codes() -> set[str]:
    """Every code that any question has."""
    return set(db.session.scalars(sa.select(Question.code).distinct()))


def answered_times(questionnaire_id: int) -> int:
    """How many responses this questionnaire got, in all its versions, the replaced ones too."""
    return db.session.scalar(
        sa.select(sa.func.count(Response.id)).join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id)
        .where(QuestionnaireVersion.questionnaire_id == questionnaire_id)
    ) or 0


def has_anonymous_answers(questionnaire_id: int) -> bool:
    """Whether anybody has answered it anonymously."""
    return bool(db.session.scalar(sa.select(sa.exists().where(
        Response.anonymous, Response.version_id == QuestionnaireVersion.id, QuestionnaireVersion.questionnaire_id == questionnaire_id,
    ))))


def tickets(session_ids: Sequence[int]) -> set[str]:
    """The digests of those who have answered anonymously for these sessions."""
    return set(db.session.scalars(sa.select(AnonymousTicket.digest).where(AnonymousTicket.course_session_id.in_(session_ids))))


def courses_to_copy_to() -> list[tuple[int, str]]:
    """(id, title) of every course, by title."""
    return [(number, title) for number, title in db.session.execute(sa.select(Course.id, Course.title).order_by(Course.title))]
