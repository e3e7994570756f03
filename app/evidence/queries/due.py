"""Examples that the worker has something to do about."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example
from app.evidence.queries import standing
from app.evidence.rules.states import TRANSITIONS, ExampleAct, ExampleStatus


@dataclass(frozen=True)
class Due:
    """Examples whose answer was changed by its writer, who now does not want to be quoted or took the words back; those whose writer has put
    other words there, or agrees to less; those whose original text is to be deleted today or was before; and those whose consent has ended."""

    withdrawn: list[int]
    rewritten: list[int]
    texts: list[int]
    ended: list[int]


def due(now: datetime) -> Due:
    """What is due, in one statement. An example that is withdrawn has nothing else to do."""
    today = clock.london_date(now)
    withdrawn = sa.and_(Example.status.in_(_before(ExampleAct.WITHDRAW)), standing.ANSWERED_SINCE, ~standing.MAY_STILL)
    less = sa.and_(Example.consent == Quoting.WITH_ROLE, standing.CONSENT_NOW != Quoting.WITH_ROLE)
    rewritten = sa.and_(Example.status.in_(_before(ExampleAct.EXPIRE)), Example.response_id.is_not(None), standing.MAY_STILL,
                        sa.or_(~standing.STANDS, less))
    text = sa.and_(Example.original.is_not(None), Example.delete_original_on <= today)
    ended = sa.and_(Example.status.in_(_before(ExampleAct.EXPIRE)), Example.agreed_until < today)
    rows = db.session.execute(
        sa.select(Example.id, withdrawn, rewritten, text, ended).where(sa.or_(withdrawn, rewritten, text, ended)).order_by(Example.id)).all()
    left = [row for row in rows if not row[1]]
    return Due([row[0] for row in rows if row[1]], *([row[0] for row in left if row[place]] for place in (2, 3, 4)))


def _before(act: ExampleAct) -> tuple[ExampleStatus, ...]:
    return next(one.before for one in TRANSITIONS if one.act is act)
