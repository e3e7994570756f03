"""When people are reminded of a session: so many days before, at nine in the morning by London's clock."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from app.core.london import from_london, london_date

AT = time(9)


def reminded_at(starts_at: datetime, days: int) -> datetime:
    """Nine in the morning so many days before the day of the session, whatever the clocks do in between."""
    return from_london(london_date(starts_at) - timedelta(days=days), AT)


def due_now(starts_at: datetime, days: Sequence[int], now: datetime) -> int | None:
    """Which of the reminders is due; none before the first and from the start on. An earlier one that was missed is not made up for."""
    if now >= starts_at:
        return None
    passed = [day for day in days if reminded_at(starts_at, day) <= now]
    return min(passed, default=None)


LOOK_AGAIN_AFTER = timedelta(hours=24)
ON_THE_DAY = timedelta(hours=1)
"""So often on the day itself: a reminder of the day before may turn out not to have left."""


def next_look(starts_at: datetime, days: Iterable[int], now: datetime) -> datetime:
    """When to look again: when the next reminder is due, when the day itself begins, and a day from now at the latest, should anything be changed
    that nobody told us of."""
    midnight = from_london(london_date(starts_at), time())
    moments = [*(reminded_at(starts_at, day) for day in days), midnight]
    return min([*(at for at in moments if at > now), now + (LOOK_AGAIN_AFTER if now < midnight else ON_THE_DAY)])


def days_ahead(starts_at: datetime, now: datetime) -> int:
    """How many days are left, by the calendar in London."""
    return (london_date(starts_at) - london_date(now)).days
