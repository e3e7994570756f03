"""Evidence that a report promised for later: where it stands, and when it comes into sight."""

from datetime import date, timedelta
from enum import Enum

SOON = timedelta(days=30)
"""So long before it is due a promise is on the desk."""


class PromiseStatus(Enum):
    """Whether it was kept."""

    OPEN = "open"
    SHOWN = "shown"
    GIVEN_UP = "given_up"


def tag(status: PromiseStatus, due_on: date, today: date) -> tuple[str, str]:
    """Where it stands in words, and the tone of its tag."""
    if status is PromiseStatus.SHOWN:
        return "Shown", "green"
    if status is PromiseStatus.GIVEN_UP:
        return "Given up", "grey"
    if due_on < today:
        return "Overdue", "red"
    return ("Due soon", "yellow") if due_on <= today + SOON else ("Open", "blue")
