"""What becomes of the days of booking and of decision when a session gets another start (those that it makes impossible move with it), and for
how long after it what somebody needs is kept."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from app.core.london import from_london, london, london_date

NEEDS_KEPT = timedelta(days=30)
MOVES = ("opens_at", "closes_at", "decide_on")


def moved_with(days: Mapping[str, Any], before: datetime, after: datetime) -> dict[str, Any]:
    """Those of `days` (opens_at, closes_at, decide_on) that lie after the new start, each as long before it as it was before the old one.

    Booking opens before it closes still: where the end of booking moves to before its beginning, the beginning moves too.
    """
    opens_at, closes_at, decide_on = (days.get(name) for name in MOVES)
    moved: dict[str, Any] = {}
    if closes_at is not None and closes_at > after:
        moved["closes_at"] = closes_at = min(_as_long_before(closes_at, before, after), after)
    if opens_at is not None and opens_at >= (closes_at or after):
        moved["opens_at"] = _as_long_before(opens_at, before, after)
    if isinstance(decide_on, date) and decide_on > london_date(after):
        moved["decide_on"] = min(decide_on + (london_date(after) - london_date(before)), london_date(after))
    return moved


def kept_until(until: datetime, before: datetime, after: datetime, *, last: datetime, now: datetime) -> datetime:
    """Until when places are kept that were kept to `until`, once the session starts at `after` instead of `before`.

    Where that leaves nobody who could be offered them (`last` is when offers stop), they go back as long before the start as before, and at the
    last moment where that has passed.
    """
    if until < last:
        return until
    moved = min(until, after, _as_long_before(until, before, after))
    return moved if moved > now else last if last > now else after


def _as_long_before(moment: datetime, before: datetime, after: datetime) -> datetime:
    """By the clocks on the wall, so that nine o'clock stays nine o'clock when clocks change between the two."""
    wall = london(moment).replace(tzinfo=None) + (london(after).replace(tzinfo=None) - london(before).replace(tzinfo=None))
    return from_london(wall.date(), wall.time())
