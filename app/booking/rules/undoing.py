"""Until when calling sessions off can be taken back: for ten minutes, in which the letters about it wait."""

from collections.abc import Iterable
from datetime import datetime, timedelta

UNDO_WITHIN = timedelta(minutes=10)


def undone_until(cancelled_at: datetime, starts: Iterable[datetime]) -> datetime | None:
    """Until when sessions that begin at these moments can go ahead after all; none when one of them begins by then.

    People may be on their way to it, so its letters leave at once, and what was called off in one act is taken back as a whole or not at all.
    """
    until = cancelled_at + UNDO_WITHIN
    return until if all(until < start for start in starts) else None
