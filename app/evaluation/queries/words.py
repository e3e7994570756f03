"""Whose words the training team may read one by one, outside the page of their session: those that stand on that page for them, and no others."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.catalogue.models import CourseSession
from app.core.db import db
from app.evaluation.models import Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.queries import who_came
from app.evaluation.queries.questionnaires import weeks_of_response
from app.evaluation.rules.absent import without_absent
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, SETTLED
from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.shown import Sent, shown
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import closes_at

_other = aliased(Response)
_beside = aliased(Question)


def asks_consent(question: Any) -> sa.ColumnElement[bool]:
    """Whether people are asked under this question if they may be quoted; of comments that came from files, the file says it."""
    alone = ~sa.exists().where(_beside.version_id == question.version_id, _beside.quotable)
    return sa.or_(question.quotable, sa.and_(question.code == "comment", alone))


def may_be_read(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a response of a session may be: when no more can come, of five people or more who were not absent; until then those that
    `rules.shown` lets the team see. Anonymous ones wait for the end, and until all of their session count, so that they come together."""
    people = sa.select(sa.func.count(_other.id)).where(
        _other.course_session_id == Response.course_session_id, _other.stage == Response.stage, _other.current, ~who_came.marked_absent(_other)
    ).scalar_subquery()
    held_back = sa.exists().where(
        _other.course_session_id == Response.course_session_id, _other.stage == Response.stage, _other.anonymous, ~_other.current)
    return sa.or_(sa.and_(_settled(now), ~held_back, ~who_came.marked_absent(), people >= FEWEST), Response.id.in_(_shown_so_far(now)))


def _settled(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(sa.and_(Response.stage == Stage.AFTER, CourseSession.ends_at <= now - SETTLED), CourseSession.ends_at <= now - FOLLOW_UP_SETTLED)


def _shown_so_far(now: datetime) -> Collection[int]:
    """Of sessions to which more answers may come: the responses that the team sees; one statement."""
    groups: dict[tuple[int, Stage], tuple[datetime, list[Sent], set[int]]] = {}
    for session, stage, ends_at, weeks, absent, *response in db.session.execute(
        sa.select(Response.course_session_id, Response.stage, CourseSession.ends_at, weeks_of_response(), who_came.marked_absent(),
                  Response.id, Response.respondent, Response.submitted_at, Response.current)
        .join(CourseSession, CourseSession.id == Response.course_session_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
        .where(Response.stage != Stage.BEFORE, ~_settled(now), ~Response.anonymous).order_by(Response.submitted_at, Response.id)
    ):
        _closes, sent, away = groups.setdefault((session, stage), (closes_at(stage, ends_at, weeks), [], set()))
        sent.append(Sent(*response))
        away |= {response[0]} if absent else set()
    return {number for closes, sent, away in groups.values()
            for number in without_absent(shown(sent, closes, now, team=True), away, team=True)[0].responses}
