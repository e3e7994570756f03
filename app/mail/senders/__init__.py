"""What carries letters away: one interface, behind it a mail server or GOV.UK Notify. None of them knows the database."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class Outcome(Enum):
    """What became of one try. `DOUBTFUL`: it was handed over and the answer was lost."""

    SENT = "sent"
    PUT_OFF = "put off"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Answer:
    """How a try went, and the words of the other side."""

    outcome: Outcome
    words: str = ""


@dataclass(frozen=True)
class Outgoing:
    """A letter ready to leave. `sender` holds the lines From and Reply-To as at its first try, so that a second has the same bytes."""

    ref: str
    address: str
    sender: str
    subject: str
    text: str
    html: str
    calendar: str | None
    calendar_method: str | None
    written_at: datetime
    doubted: bool = False


class Unreachable(Exception):
    """Nobody answers, or will not let us in. The message is what was said."""


class Sender(Protocol):
    """Carries letters, one after the other."""

    headers: str
    """The lines that say who writes, for letters that have not been tried before."""

    def ready(self) -> None:
        """Open what has to be open before a letter can leave; nothing when it is open.

        Raises:
            Unreachable: nobody answers.
        """

    def send(self, letter: Outgoing) -> Answer:
        """Try to hand over this letter. Never raises for what the other side does."""

    def close(self) -> None:
        """Let go of what is open."""
