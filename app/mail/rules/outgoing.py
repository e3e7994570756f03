"""A letter on its way out, and what may be answered to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.mail.rules.languages import Language


class Outcome(Enum):
    """What became of one try. `DOUBTFUL`: it was handed over and the answer was lost."""

    SENT = "sent"
    PUT_OFF = "put off"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Answer:
    """How a try went, and the words of the other side; whether what puts it off concerns this receiver alone."""

    outcome: Outcome
    words: str = ""
    of_one_receiver: bool = False


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
    language: Language = Language.ENGLISH
