"""When somebody has earned a certificate, how long they count as having been there, and why they have none yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.attendance.rules import CAME, Outcome

WHOLE = 100
"""The share of the minutes, in 100, that a course asks for unless it says otherwise."""


class Earned(Enum):
    """Whether a certificate is due, and if not, what is in the way."""

    YES = "yes"
    REGISTER_OPEN = "register_open"
    DID_NOT_COME = "did_not_come"
    LENGTH_NOT_NOTED = "length_not_noted"
    TOO_SHORT = "too_short"
    QUESTIONS_NOT_OPENED = "questions_not_opened"


@dataclass(frozen=True)
class Terms:
    """What a course asks for: so many of 100 minutes, and whether the questions after it must have been opened (never answered)."""

    percent: int = WHOLE
    opened_first: bool = False


@dataclass(frozen=True)
class Stay:
    """What the register says of one person. `minutes` is none where nobody wrote it down; `of` is the length of the session in minutes."""

    outcome: Outcome | None
    minutes: int | None
    of: int
    finished: bool


def minutes_there(stay: Stay) -> int | None:
    """How many minutes the person was there; none where they came in part and nobody noted for how long."""
    if stay.outcome not in CAME:
        return 0
    if stay.minutes is not None:
        return min(stay.minutes, stay.of)
    return stay.of if stay.outcome is Outcome.ATTENDED else None


def earned(terms: Terms, stay: Stay, *, opened: bool, questions_close_at: datetime, now: datetime) -> Earned:
    """Whether this stay earns a certificate. Questions that nobody can open any more keep nobody from it."""
    if stay.outcome is not None and stay.outcome not in CAME:
        return Earned.DID_NOT_COME
    if not stay.finished or stay.outcome is None:
        return Earned.REGISTER_OPEN
    there = minutes_there(stay)
    if there is None:
        return Earned.LENGTH_NOT_NOTED
    if there * 100 < terms.percent * stay.of:
        return Earned.TOO_SHORT
    if terms.opened_first and not opened and now < questions_close_at:
        return Earned.QUESTIONS_NOT_OPENED
    return Earned.YES
