"""The smallest number of people for a session: when a coordinator is told that it is too small. Nothing is cancelled by itself."""

from datetime import date, timedelta
from enum import Enum

NEAR = timedelta(days=7)


class Alarm(Enum):
    """How near the decision is."""

    SOON = "soon"
    TODAY = "today"
    PAST = "past"


def too_small(booked: int, minimum: int | None, decide_on: date | None, starts_on: date, today: date) -> Alarm | None:
    """The alarm of a session that has fewer people than it needs, from a week before the day of decision on; without such a day, of the start."""
    if not minimum or booked >= minimum:
        return None
    day = decide_on or starts_on
    if today > day:
        return Alarm.PAST
    if today == day:
        return Alarm.TODAY
    return Alarm.SOON if today >= day - NEAR else None
