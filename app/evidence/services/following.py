"""An example follows its answer: when the person rewrites it, the new words have to be worked on and approved anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example
from app.evidence.queries import standing
from app.evidence.queries.standing import SaidNow
from app.evidence.rules import keeping
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.evidence.services import deciding
from app.evidence.services.noting import hold, note

REWRITTEN = "The person has rewritten the answer. What they say now stands beside the wording."
NO_MORE = "Their answer, as it stands today, does not let us quote them."
ELSEWHERE = "The person has rewritten the answer, and the new words are example {number}."
BACK_TO_WORK = {
    ExampleStatus.TO_CHECK: ExampleAct.WRITE, ExampleStatus.SENT_BACK: ExampleAct.WRITE, ExampleStatus.WAITING: ExampleAct.TAKE_BACK,
    ExampleStatus.APPROVED: ExampleAct.REOPEN,
}
"""What happens to an example whose answer was rewritten, by where it stands; elsewhere it stays there."""


def follow_answer(*, example_id: int, now: datetime) -> None:
    """Take what the person says today in the place of what they said. Where they took it back the consent is withdrawn."""
    with transaction() as session:
        example = hold(session, example_id)
        if example.response_id is None:
            return
        said = standing.said_now(example_id)
        if said is None:
            deciding.withdraw(example_id=example_id, reason=NO_MORE, by_id=None, now=now)
            return
        other = standing.taken_by_another(example_id, said)
        if other is not None:
            deciding.withdraw(example_id=example_id, reason=ELSEWHERE.format(number=other), by_id=None, now=now)
            return
        _follow(example, said, now, rewritten=not standing.stands(example_id))
        act = BACK_TO_WORK.get(example.status)
        if act is not None:
            note(session, example, act, by_id=None, now=now, reason=REWRITTEN)


@contextmanager
def keep_answers(response_ids: Sequence[int]) -> Iterator[None]:
    """Examples that were made of these anonymous answers keep them while they are written anew. Only inside a transaction, and under the lock of
    their session, which whoever makes an example takes too."""
    session = db.session()
    made = session.execute(sa.select(Example.id, Example.response_id).where(Example.response_id.in_(response_ids)).with_for_update()).all()
    yield
    for example_id, response_id in made:
        session.execute(sa.update(Example).where(Example.id == example_id).values(response_id=response_id)
                        .execution_options(synchronize_session=False))


def _follow(example: Example, said: SaidNow, now: datetime, *, rewritten: bool) -> None:
    example.response_id, example.question_id, example.consent = said.response_id, said.question_id, said.may_quote
    if said.may_quote is not Quoting.WITH_ROLE:
        example.role = None
    if rewritten:
        today = clock.london_date(now)
        example.original = said.text
        if example.delete_original_on <= today:
            example.delete_original_on = keeping.months_later(today, 1)
    example.second_id = example.approved_by_id = example.approved_at = None
    example.version += 1
