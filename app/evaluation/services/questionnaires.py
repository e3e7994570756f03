"""The standing questionnaires: what is asked before, after and some months later."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.db import transaction
from app.evaluation.models import Question, Questionnaire, QuestionnaireVersion
from app.evaluation.rules.stages import STATEMENTS, Stage

TITLES = {
    Stage.BEFORE: "Before your course",
    Stage.AFTER: "How was your course?",
    Stage.FOLLOW_UP: "Some months after your course",
}
KNOWLEDGE_WORDING = {
    Stage.BEFORE: "How much do you know about the subject today?",
    Stage.AFTER: "How much do you know about the subject now?",
    Stage.FOLLOW_UP: "How much do you know about the subject now?",
}


def ensure_questionnaires(*, now: datetime) -> dict[Stage, QuestionnaireVersion]:
    """The version in use of each stage's questionnaire, with its questions; a first one is made where there is none."""
    with transaction() as session:
        there = {
            kept.stage: kept for kept in session.scalars(
                sa.select(Questionnaire).options(selectinload(Questionnaire.versions).selectinload(QuestionnaireVersion.questions))
            )
        }
        for stage in Stage:
            if stage not in there:
                there[stage] = _first(stage, now)
                session.add(there[stage])
        session.flush()
        return {stage: kept.versions[-1] for stage, kept in there.items()}


def _first(stage: Stage, now: datetime) -> Questionnaire:
    questions = [Question(code="knowledge", kind="knowledge", position=1, wording=KNOWLEDGE_WORDING[stage])]
    if stage is not Stage.BEFORE:
        for position, (code, wording) in enumerate(STATEMENTS.items(), start=2):
            questions.append(Question(code=code, kind="statement", position=position, wording=wording))
        questions.append(Question(code="comment", kind="comment", position=len(questions) + 1, wording="Anything you want to tell us?"))
    version = QuestionnaireVersion(number=1, created_at=now, questions=questions)
    return Questionnaire(stage=stage, title=TITLES[stage], versions=[version])
