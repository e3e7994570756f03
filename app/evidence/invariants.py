"""What must be true of the evidence in every database."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.core.invariants import Invariant
from app.evidence.models import Example, ExampleEvent, ExampleUse
from app.evidence.rules.states import PAIRS, ExampleAct, ExampleStatus

_later = aliased(ExampleEvent)
_last = sa.select(sa.func.max(_later.id)).where(_later.example_id == ExampleEvent.example_id).correlate(ExampleEvent).scalar_subquery()
_wrote = sa.exists().where(
    ExampleEvent.example_id == Example.id, ExampleEvent.by_id == Example.approved_by_id,
    ExampleEvent.act.in_((ExampleAct.ADD, ExampleAct.WRITE, ExampleAct.ASK, ExampleAct.REOPEN)),
)

INVARIANTS = (
    Invariant(
        "approved-by-another", "No wording is approved by somebody who wrote it.",
        sa.select(Example.id).where(sa.or_(
            sa.and_(Example.approved_by_id.is_not(None), sa.or_(Example.approved_by_id == Example.writer_id, _wrote)),
            sa.and_(Example.status == ExampleStatus.APPROVED, sa.or_(Example.approved_by_id.is_(None), Example.wording == "")),
        )),
    ),
    Invariant(
        "evidence-known-changes", "An example changes only as the table of its states has it.",
        sa.select(ExampleEvent.id).where(sa.not_(sa.or_(*(
            sa.and_(ExampleEvent.before.is_(None) if before is None else ExampleEvent.before == before, ExampleEvent.after == after)
            for before, after in sorted(PAIRS, key=str)
        )))),
    ),
    Invariant(
        "evidence-history-leads-here", "The last event of an example leads to where it stands.",
        sa.select(Example.id).outerjoin(ExampleEvent, ExampleEvent.example_id == Example.id)
        .where(sa.or_(ExampleEvent.id.is_(None), sa.and_(ExampleEvent.id == _last, ExampleEvent.after != Example.status))),
    ),
    Invariant(
        "examples-keep-their-answers", "An example that was made of an answer knows which.",
        sa.select(Example.id).where(Example.question_id.is_not(None), Example.response_id.is_(None)),
    ),
    Invariant(
        "printed-was-approved", "What was printed had been approved by a second person.",
        sa.select(ExampleUse.id).where(~sa.exists().where(
            ExampleEvent.example_id == ExampleUse.example_id, ExampleEvent.act == ExampleAct.APPROVE)),
    ),
    Invariant(
        "withdrawn-is-forgotten", "Of an example whose consent was withdrawn neither the original text nor the wording is kept.",
        sa.select(Example.id).where(Example.status == ExampleStatus.WITHDRAWN, sa.or_(Example.original.is_not(None), Example.wording != "")),
    ),
)
