"""How every act on an example is kept: its lock, what the table of states allows, and the event."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import Refused
from app.evidence import emails
from app.evidence.models import Example, ExampleEvent
from app.evidence.rules import states
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.mail.services import void

CHANGED = "The wording has changed since you opened this page. Read it again before you decide."


def hold(session: Session, number: int) -> Example:
    """The example as it is now; nobody else changes it until the transaction ends."""
    return session.get_one(Example, number, with_for_update=True, populate_existing=True)


def note(session: Session, example: Example, act: ExampleAct, *, by_id: int | None, now: datetime, reason: str | None = None) -> ExampleEvent:
    """Take the example where the act leads, and write down who did it. Letters about where it stood before leave no more.

    Raises:
        Refused: it no longer stands where the act needs it.
    """
    before: ExampleStatus | None = example.status
    example.status = states.after(act, before)
    event = ExampleEvent(example_id=example.id, act=act, before=before, after=example.status, by_id=by_id, at=now, reason=reason)
    session.add(event)
    session.flush()
    if example.status is not before:
        void(concerns=emails.about(example), reason=f"{states.WORDS[act]} since.", now=now)
    return event


def check_version(example: Example, version: int) -> None:
    """The words are still those that the page showed.

    Raises:
        Refused: they are not.
    """
    if example.version != version:
        raise Refused(CHANGED)
