"""The standing questionnaires: what is asked before, after and some months later, and of managers, as shipped."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.core.db import transaction
from app.evaluation.models import Question, Questionnaire, QuestionnaireVersion
from app.evaluation.rules.stages import Stage, VersionState
from app.evaluation.rules.standard import EARLIER, STANDARD, TITLES, Wanted

SHIPPED_BY = "as shipped"


def ensure_questionnaires(*, now: datetime) -> dict[Stage, QuestionnaireVersion]:
    """The standard version in use of each stage, with its questions; the shipped set is made where there is none."""
    with transaction() as session:
        return {stage: next(one for one in kept.versions if one.state is VersionState.IN_USE) for stage, kept in _standard(session, now).items()}


def earlier_questionnaires(*, now: datetime) -> dict[Stage, QuestionnaireVersion]:
    """The first version of each stage that people answer themselves: what the answers in files of earlier years were given to."""
    with transaction() as session:
        return {stage: kept.versions[0] for stage, kept in _standard(session, now).items() if stage in EARLIER}


def _standard(session: Session, now: datetime) -> dict[Stage, Questionnaire]:
    there = {
        kept.stage: kept for kept in session.scalars(
            sa.select(Questionnaire).where(Questionnaire.course_id.is_(None))
            .options(selectinload(Questionnaire.versions).selectinload(QuestionnaireVersion.questions))
        )
    }
    for stage in Stage:
        if stage not in there:
            there[stage] = _first(stage, now)
            session.add(there[stage])
    session.flush()
    return there


def _first(stage: Stage, now: datetime) -> Questionnaire:
    wordings = [EARLIER[stage], STANDARD[stage]] if stage in EARLIER else [STANDARD[stage]]
    versions = [
        QuestionnaireVersion(number=number, created_at=now, used_since=now, used_by=SHIPPED_BY, questions=as_questions(wanted),
                             state=VersionState.IN_USE if number == len(wordings) else VersionState.REPLACED)
        for number, wanted in enumerate(wordings, start=1)
    ]
    return Questionnaire(stage=stage, title=TITLES[stage], versions=versions)


def as_questions(wanted: Iterable[Wanted]) -> list[Question]:
    """The questions of a shipped questionnaire as rows."""
    return [
        Question(code=one.code, kind=one.kind, position=position, wording=one.wording, help=one.help, section=one.section, required=one.required,
                 options=list(one.options), quotable=one.quotable, shown_if_code=one.shown_if_code, shown_if_values=list(one.shown_if_values))
        for position, one in enumerate(wanted, start=1)
    ]


def copies(questions: Iterable[Question]) -> list[Question]:
    """The same questions for another version."""
    return [
        Question(code=one.code, kind=one.kind, position=position, wording=one.wording, help=one.help, section=one.section, required=one.required,
                 options=list(one.options), quotable=one.quotable, shown_if_code=one.shown_if_code, shown_if_values=list(one.shown_if_values))
        for position, one in enumerate(questions, start=1)
    ]
