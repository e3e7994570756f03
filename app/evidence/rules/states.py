"""The states of an example of practice and the table of everything that can happen to it: used by services, pages and checks."""

from dataclasses import dataclass
from enum import Enum

from app.core.errors import Refused


class ExampleStatus(Enum):
    """Where an example stands on its way into a report."""

    TO_CHECK = "to_check"
    WAITING = "waiting"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    EXPIRED = "expired"
    NOT_USED = "not_used"
    WITHDRAWN = "withdrawn"


S = ExampleStatus

WRITABLE = (S.TO_CHECK, S.SENT_BACK)
"""In these its wording may be changed."""


class ExampleAct(Enum):
    """What happens to an example."""

    ADD = "add"
    WRITE = "write"
    ASK = "ask"
    TAKE_BACK = "take_back"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    PRINT = "print"
    LEAVE_OUT = "leave_out"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    FORGET = "forget"


@dataclass(frozen=True)
class Transition:
    """`act` takes an example from one of `before` (empty: there was none) to `after` (none: it stays where it stands)."""

    act: ExampleAct
    before: tuple[ExampleStatus, ...]
    after: ExampleStatus | None


A = ExampleAct
TRANSITIONS = (
    Transition(A.ADD, (), S.TO_CHECK),
    Transition(A.WRITE, WRITABLE, None),
    Transition(A.ASK, WRITABLE, S.WAITING),
    Transition(A.TAKE_BACK, (S.WAITING,), S.TO_CHECK),
    Transition(A.APPROVE, (S.WAITING,), S.APPROVED),
    Transition(A.SEND_BACK, (S.WAITING,), S.SENT_BACK),
    Transition(A.REOPEN, (S.APPROVED, S.NOT_USED), S.TO_CHECK),
    Transition(A.PRINT, (S.APPROVED,), None),
    Transition(A.LEAVE_OUT, (S.TO_CHECK, S.WAITING, S.SENT_BACK, S.APPROVED), S.NOT_USED),
    Transition(A.WITHDRAW, (S.TO_CHECK, S.WAITING, S.SENT_BACK, S.APPROVED, S.EXPIRED, S.NOT_USED), S.WITHDRAWN),
    Transition(A.EXPIRE, (S.TO_CHECK, S.WAITING, S.SENT_BACK, S.APPROVED, S.NOT_USED), S.EXPIRED),
    Transition(A.FORGET, tuple(S), None),
)

_ALLOWED = frozenset(
    (transition.act, before, transition.after or before)
    for transition in TRANSITIONS for before in (transition.before or (None,))
)
PAIRS = frozenset((before, after) for _act, before, after in _ALLOWED)
"""Every change that any act can make, for the check of a whole database."""


def after(act: ExampleAct, before: ExampleStatus | None) -> ExampleStatus:
    """Where the act takes an example that stands there.

    Raises:
        Refused: the table does not have it.
    """
    for transition in TRANSITIONS:
        if transition.act is act and (before in transition.before or (before is None and not transition.before)):
            found = transition.after or before
            if found is not None:
                return found
    raise Refused("This example has changed meanwhile, so that is no longer possible. Look at it again.")


def possible(act: ExampleAct, status: ExampleStatus) -> bool:
    """Whether the act can happen to an example that stands there."""
    return any(transition.act is act and status in transition.before for transition in TRANSITIONS)


TAGS = {
    S.TO_CHECK: ("To check", "yellow"), S.WAITING: ("Waiting for the second person", "yellow"), S.SENT_BACK: ("Sent back", "red"),
    S.APPROVED: ("Approved", "green"), S.EXPIRED: ("Consent has ended", "grey"), S.NOT_USED: ("Not used", "grey"),
    S.WITHDRAWN: ("Consent withdrawn", "red"),
}
"""A state in words and the tone of its tag."""

WORDS = {
    A.ADD: "Added", A.WRITE: "The wording was changed", A.ASK: "A second person was asked", A.TAKE_BACK: "Taken back from the second person",
    A.APPROVE: "Approved", A.SEND_BACK: "Sent back", A.REOPEN: "Opened again", A.PRINT: "Printed", A.LEAVE_OUT: "Not to be used",
    A.WITHDRAW: "The consent was withdrawn", A.EXPIRE: "The consent has ended", A.FORGET: "What was written was deleted",
}
"""What happened, as the history of an example says it."""
