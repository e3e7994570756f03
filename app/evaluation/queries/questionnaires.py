"""Which questionnaires there are, their versions and questions, and what a session's people are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import Course, CourseSession
from app.core.db import db
from app.evaluation.models import AnonymousTicket, AskedAfter, Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.rules.stages import Mode, Stage, VersionState
from app.evaluation.rules.windows import LATER

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


def once_asked(number: int, stage: Stage, course_id: int) -> QuestionnaireVersion | None:
    """The version with this number, if the people of a course are asked it at this stage, or were."""
    return db.session.scalar(
        sa.select(QuestionnaireVersion).join(QuestionnaireVersion.questionnaire).where(
            QuestionnaireVersion.id == number, QuestionnaireVersion.state != VersionState.DRAFT, Questionnaire.stage == stage,
            sa.or_(Questionnaire.course_id == course_id, Questionnaire.course_id.is_(None)),
        ).options(QUESTIONS, joinedload(QuestionnaireVersion.questionnaire))
    )


def ever_asked(stage: Stage, course_id: int, most: int) -> Sequence[QuestionnaireVersion]:
    """The versions that the people of a course are asked at this stage, or were, the newest first; so many at most."""
    return db.session.scalars(
        sa.select(QuestionnaireVersion).join(QuestionnaireVersion.questionnaire).where(
            QuestionnaireVersion.state != VersionState.DRAFT, Questionnaire.stage == stage,
            sa.or_(Questionnaire.course_id == course_id, Questionnaire.course_id.is_(None)),
        ).options(joinedload(QuestionnaireVersion.questionnaire))
        .order_by(QuestionnaireVersion.used_since.desc(), QuestionnaireVersion.id.desc()).limit(most)
    ).all()


def mode_of(session_id: int, course_id: int, stage: Stage) -> Mode:
    """How private answers to a session are: as the first of them was given, so that no session has some of each; while there is none, as the
    course is asked now."""
    asked_now = (
        sa.select(Questionnaire.mode).join(Questionnaire.versions).where(
            Questionnaire.stage == stage, QuestionnaireVersion.state == VersionState.IN_USE,
            sa.or_(Questionnaire.course_id == course_id, Questionnaire.course_id.is_(None)))
        .order_by(Questionnaire.course_id.is_(None)).limit(1).scalar_subquery()
    )
    anonymously, confidentially, mode = db.session.execute(sa.select(
        answered_anonymously(sa.literal(session_id), sa.literal(stage, Response.stage.type)),
        answered_confidentially(sa.literal(session_id), sa.literal(stage, Response.stage.type)), asked_now,
    )).one()
    if anonymously:
        return Mode.ANONYMOUS
    return Mode.CONFIDENTIAL if confidentially else mode or Mode.CONFIDENTIAL


def sends_back(session_id: int, course_id: int, stage: Stage) -> bool:
    """Whether the one thing that somebody will do, named at this stage, is shown to them again months later: only where both is confidential, so
    that it is known whose it is, and the later questions ask what became of it."""
    later = version_for(course_id, Stage.FOLLOW_UP)
    asks = later is None or any(question.kind == "one_thing_done" for question in later.questions)
    return stage is Stage.AFTER and asks and all(mode_of(session_id, course_id, one) is Mode.CONFIDENTIAL for one in (stage, Stage.FOLLOW_UP))


def may_pair(session_id: int, course_id: int, stage: Stage) -> bool:
    """Whether a phrase of one's own could bring anonymous answers together with those of another stage: what is confidential has no phrase."""
    others = {Stage.BEFORE: Stage.AFTER, Stage.AFTER: Stage.BEFORE, Stage.FOLLOW_UP: Stage.AFTER}
    return stage in others and all(mode_of(session_id, course_id, one) is Mode.ANONYMOUS for one in (stage, others[stage]))


def answered_anonymously(session_id: sa.SQLColumnExpression[int], stage: sa.SQLColumnExpression[Stage]) -> sa.Exists:
    """Whether anybody has answered this stage of the session anonymously."""
    return sa.exists().where(AnonymousTicket.course_session_id == session_id, AnonymousTicket.stage == stage)


def answered_confidentially(session_id: sa.SQLColumnExpression[int], stage: sa.SQLColumnExpression[Stage]) -> sa.Exists:
    """Whether an answer to this stage of the session counts that is kept with whose it is."""
    return sa.exists().where(Response.course_session_id == session_id, Response.stage == stage, Response.current, ~Response.anonymous)


def weeks(stage: Stage) -> sa.ColumnElement[int | None]:
    """After how many weeks the session of a statement's rows is asked this stage: as its people were told, else as its course asks now; null where
    nobody asks it."""
    asked = sa.select(Questionnaire.weeks).join(Questionnaire.versions).where(
        Questionnaire.stage == stage, QuestionnaireVersion.state == VersionState.IN_USE).correlate(Course)
    own, standard = asked.where(Questionnaire.course_id == Course.id), asked.where(Questionnaire.course_id.is_(None))
    told = sa.select(AskedAfter.weeks).where(AskedAfter.course_session_id == CourseSession.id, AskedAfter.stage == stage).correlate(CourseSession)
    return sa.func.coalesce(told.scalar_subquery(), own.scalar_subquery(), standard.scalar_subquery()).label(f"{stage.value}_weeks")


def weeks_of(session_ids: Sequence[int]) -> dict[int, dict[Stage, int]]:
    """After how many weeks the later stages of these sessions are asked; a stage that is not asked is left out."""
    rows = db.session.execute(sa.select(CourseSession.id, *map(weeks, LATER)).join(CourseSession.course).where(CourseSession.id.in_(session_ids)))
    return {session_id: in_weeks(found) for session_id, *found in rows}


def weeks_told(version: QuestionnaireVersion, session_id: int) -> int:
    """After how many weeks what this version asks is asked of a session: as its people were told, else as its questionnaire says now."""
    kept = version.questionnaire
    return kept.weeks if kept.stage not in LATER else db.session.scalar(sa.select(AskedAfter.weeks).where(
        AskedAfter.course_session_id == session_id, AskedAfter.stage == kept.stage)) or kept.weeks


def weeks_of_response() -> sa.ColumnElement[int]:
    """The same for the response of a statement's rows, whose questionnaire is among them."""
    told = sa.select(AskedAfter.weeks).where(AskedAfter.course_session_id == Response.course_session_id, AskedAfter.stage == Response.stage)
    return sa.func.coalesce(told.correlate(Response).scalar_subquery(), Questionnaire.weeks)


def in_weeks(found: Sequence[int | None]) -> dict[Stage, int]:
    """The weeks of each later stage, from what a statement found for `LATER`; a stage that is not asked is left out."""
    return {stage: number for stage, number in zip(LATER, found, strict=True) if number is not None}


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


def promised_anonymous(kept: Questionnaire) -> bool:
    """Whether anybody has answered anonymously what this asks: to this questionnaire, or for a course's own to whatever the course was asked."""
    here = QuestionnaireVersion.questionnaire_id == kept.id
    if kept.course_id is not None:
        here = sa.or_(here, sa.and_(Response.stage == kept.stage, CourseSession.course_id == kept.course_id))
    return bool(db.session.scalar(sa.select(sa.exists().where(
        Response.anonymous, Response.version_id == QuestionnaireVersion.id, Response.course_session_id == CourseSession.id, here,
    ))))


def tickets(session_ids: Sequence[int]) -> set[str]:
    """The digests of those who have answered anonymously for these sessions."""
    return set(db.session.scalars(sa.select(AnonymousTicket.digest).where(AnonymousTicket.course_session_id.in_(session_ids))))


def courses_to_copy_to() -> list[tuple[int, str]]:
    """(id, title) of every course, by title."""
    return [(number, title) for number, title in db.session.execute(sa.select(Course.id, Course.title).order_by(Course.title))]
