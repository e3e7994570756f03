"""Whether what an example was made of still stands: decided when it is read, as somebody may rewrite or take back an answer at any moment.

An example that nobody took from an answer stands by itself. One that was taken stands while the answer that counts has the same words under the
same question, and does not say that they must not be quoted.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.core.db import db
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries.words import asks_consent
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example

_then, _since = aliased(Response), aliased(Response)
_asked_then, _asked_since = aliased(Question), aliased(Question)
_said_then, _said_since = aliased(Answer), aliased(Answer)

_SAME_PERSON = sa.and_(
    _then.id == Example.response_id, _since.course_session_id == _then.course_session_id, _since.respondent == _then.respondent,
    _since.stage == _then.stage, _since.current,
)
_SAID = sa.and_(
    _SAME_PERSON, _asked_then.id == Example.question_id, _said_since.response_id == _since.id, _asked_since.id == _said_since.question_id,
    _asked_since.code == _asked_then.code, _said_since.text.is_not(None),
)
_SAME_WORDS = sa.and_(
    _SAID, _said_then.response_id == _then.id, _said_then.question_id == Example.question_id, _said_since.text == _said_then.text,
)
_AGREED = sa.and_(_since.may_quote != Quoting.NO, sa.or_(asks_consent(_asked_since), sa.exists().where(
    _said_then.response_id == _then.id, _said_then.question_id == Example.question_id, _said_then.text == _said_since.text)))

ANSWERED_SINCE = sa.exists().where(_SAME_PERSON)
"""Whether its person has an answer that counts at this stage: the one it was made of, or a later one."""
MAY_STILL = sa.exists().where(_SAID, _AGREED)
"""Whether that answer has words under the question which may be quoted: the same, or others under which it was asked again."""
STANDS = sa.or_(Example.response_id.is_(None), sa.exists().where(_SAME_WORDS, _since.may_quote != Quoting.NO))
"""Whether the example still stands on its answer, or on none."""
_TODAY = sa.select(_since.may_quote).where(_SAME_PERSON).limit(1).correlate(Example).scalar_subquery()
CONSENT_NOW = sa.case((Example.response_id.is_(None), Example.consent), else_=_TODAY)
"""What the person says today of being quoted."""


@dataclass(frozen=True)
class SaidNow:
    """What the person of an example says today, in words that may be quoted."""

    response_id: int
    question_id: int
    text: str
    may_quote: Quoting


def stands(example_id: int) -> bool:
    """Whether the example still stands on its answer, or on none."""
    return bool(db.session.scalar(sa.select(STANDS).where(Example.id == example_id)))


def said_now(example_id: int) -> SaidNow | None:
    """What its person says today; none when they took the words back, or do not let us quote them."""
    row: Any = db.session.execute(
        sa.select(_since.id, _said_since.question_id, _said_since.text, _since.may_quote)
        .where(Example.id == example_id, _SAID, _AGREED).limit(1)
    ).one_or_none()
    return SaidNow(*row) if row else None


def taken_by_another(example_id: int, now: SaidNow) -> int | None:
    """The number of another example that was made of these words."""
    return db.session.scalar(sa.select(Example.id).where(
        Example.response_id == now.response_id, Example.question_id == now.question_id, Example.id != example_id))


def signed_as(agreed: Quoting, now: Quoting) -> Quoting:
    """How a quote may be signed: as was agreed when it was approved, or with less where the person says so today."""
    return now if agreed is Quoting.WITH_ROLE else agreed
