"""What may become of a letter, when a worker tries again, and when it gives up."""

from datetime import datetime, timedelta
from enum import Enum


class LetterStatus(Enum):
    """Where a letter is. `AMBIGUOUS`: it was handed over and the answer was lost, so it may have arrived."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    VOID = "void"

    @property
    def label(self) -> str:
        """As a page says it."""
        return LABELS[self]


LABELS = {
    LetterStatus.QUEUED: "waiting to be sent", LetterStatus.HELD: "held back", LetterStatus.SENDING: "being sent", LetterStatus.SENT: "sent",
    LetterStatus.AMBIGUOUS: "may have arrived", LetterStatus.FAILED: "not delivered", LetterStatus.VOID: "withdrawn",
}

NOT_YET_SENT = (LetterStatus.QUEUED, LetterStatus.HELD, LetterStatus.SENDING, LetterStatus.AMBIGUOUS)
"""A letter in one of these can still be withdrawn."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
AT_LAST_EVERY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)
GIVEN_UP = "Given up after 72 hours."
OF_ONE_RECEIVER = "Put off for this address alone:"
"""What the words of such a letter begin with: that it waits says nothing of how letters leave."""
TELL_AFTER = timedelta(minutes=15)
"""So long may letters that are due wait before somebody is told: a mail server that restarts is no news."""
MOST_DOUBTS = 2
"""A letter whose answer was lost so often is not sent again by itself."""


def next_try(tries: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """When to try again after so many tries that were put off; none when 72 hours have gone by since the first."""
    at = now + (PAUSES[tries - 1] if tries <= len(PAUSES) else AT_LAST_EVERY)
    return at if at - first_tried_at <= GIVE_UP_AFTER else None


def stopped_since(waits_since: datetime | None, last_sent_at: datetime | None, now: datetime) -> datetime | None:
    """Since when no letter has left although one was due, if that is long enough to tell somebody; none while all is well.

    `waits_since` is when the oldest letter was due that waits still and became due after the last one left.
    """
    if waits_since is None or now - waits_since < TELL_AFTER:
        return None
    return last_sent_at or waits_since
