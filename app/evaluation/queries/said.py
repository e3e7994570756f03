"""What a trainer reads of a session besides its numbers: what people wrote, and how the course went in its other sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.catalogue.models import CourseSession
from app.core.db import db
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries import who_came
from app.evaluation.queries.words import asks_consent
from app.evaluation.rules.also import Given
from app.evaluation.rules.answered import SETTLED
from app.evaluation.rules.question_types import labelled
from app.evaluation.rules.showing import ENOUGH
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.rules.windows import LONG

COMMENTS = ("comment", "short_text", "long_text")
ONE_THING = "one_thing"
"""The kind, and the code, of "one thing I will do"."""
Table = list[list[int]]


@dataclass(frozen=True)
class Written:
    """What people wrote under one question, in an order that tells nothing: each text, and what was answered to whether it may be quoted (none:
    nobody was asked)."""

    wording: str
    texts: list[tuple[str, Quoting | None]]


def comments(response_ids: Sequence[int]) -> list[Written]:
    """What was written in these responses, by question in their order."""
    found: dict[str, Written] = {}
    for code, wording, text, asks, quoting in db.session.execute(
        sa.select(Question.code, Question.wording, Answer.text, asks_consent(Question), Response.may_quote)
        .join(Response, Response.id == Answer.response_id).join(Question, Question.id == Answer.question_id)
        .where(Answer.response_id.in_(response_ids), Answer.text.is_not(None), Question.kind.in_(COMMENTS), Question.code != ONE_THING)
        .order_by(Question.position, Question.code)
    ):
        found.setdefault(code, Written(wording, [])).texts.append((text, quoting if asks else None))
    return [Written(one.wording, sorted(one.texts, key=lambda said: said[0])) for one in found.values()]


def one_things(response_ids: Sequence[int]) -> list[tuple[str, str]]:
    """What people said in these responses that they will do, in an order that tells nothing, and by when (empty: they did not say)."""
    written = (
        sa.select(Answer.text, Question.kind, Question.options, Answer.choices).join(Question, Question.id == Answer.question_id)
        .where(Answer.response_id.in_(response_ids), Answer.text.is_not(None), sa.or_(Question.code == ONE_THING, Question.kind == ONE_THING))
        .order_by(Answer.text)
    )
    return [(text, labelled(kind, options, choices)) for text, kind, options, choices in db.session.execute(written)]


def chosen(response_ids: Sequence[int]) -> list[Given]:
    """What was chosen in these responses, question by question in their order; not what was written."""
    rows = db.session.execute(
        sa.select(Question.code, Question.kind, Question.wording, Question.options, Answer.number, Answer.choices)
        .join(Answer, Answer.question_id == Question.id).where(Answer.response_id.in_(response_ids), Answer.text.is_(None))
        .order_by(Question.position, Question.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def answered_until(response_ids: Sequence[int]) -> datetime | None:
    """When the last of these responses came."""
    return db.session.scalar(sa.select(sa.func.max(Response.submitted_at)).where(Response.id.in_(response_ids)))


@dataclass(frozen=True)
class OtherSession:
    """Another session of the course that is over: when it began, and its people's ratings before by after."""

    starts_at: datetime
    table: Table

    @property
    def people(self) -> int:
        """How many rated themselves both times."""
        return sum(map(sum, self.table))


def other_sessions(course_id: int, session_id: int, now: datetime) -> list[OtherSession]:
    """The course's other sessions whose answers are all in and of which ten or more people's change is known, in one statement.

    Smaller ones are left out, and so are those of which somebody was keyed in late, or was marked absent and had answered: their own page leaves
    some of them out (`rules.shown`, `rules.absent`), so that the course less the sessions that a trainer has seen would tell of these.
    """
    after, before, rated_after, rated_before = aliased(Response), aliased(Response), aliased(Answer), aliased(Answer)
    knows_after, knows_before = aliased(Question), aliased(Question)
    away = aliased(Response)
    somebody_away = sa.exists().where(away.course_session_id == CourseSession.id, away.stage == Stage.AFTER, who_came.marked_absent(away))
    found: dict[int, OtherSession] = {}
    late: set[int] = set()
    for number, starts_at, ends_at, b, a, count, last in db.session.execute(
        sa.select(CourseSession.id, CourseSession.starts_at, CourseSession.ends_at, rated_before.number, rated_after.number, sa.func.count(),
                  sa.func.max(after.submitted_at, type_=Response.submitted_at.type)).select_from(CourseSession)
        .join(after, sa.and_(after.course_session_id == CourseSession.id, after.stage == Stage.AFTER, after.current))
        .join(before, sa.and_(before.course_session_id == CourseSession.id, before.respondent == after.respondent,
                              before.stage == Stage.BEFORE, before.current))
        .join(rated_after, rated_after.response_id == after.id).join(knows_after, knows_after.id == rated_after.question_id)
        .join(rated_before, rated_before.response_id == before.id).join(knows_before, knows_before.id == rated_before.question_id)
        .where(CourseSession.course_id == course_id, CourseSession.id != session_id, CourseSession.ends_at <= now - SETTLED,
               ~somebody_away, knows_after.code == "knowledge", knows_before.code == "knowledge", rated_before.number.is_not(None),
               rated_after.number.is_not(None))
        .group_by(CourseSession.id, CourseSession.starts_at, CourseSession.ends_at, rated_before.number, rated_after.number)
        .order_by(CourseSession.starts_at)
    ):
        one = found.setdefault(number, OtherSession(starts_at, [[0] * 5 for _ in range(5)]))
        one.table[b - 1][a - 1] = count
        if last >= ends_at + LONG:
            late.add(number)
    return [one for number, one in found.items() if one.people >= ENOUGH and number not in late]
