"""A session of several parts that is under way: what is still to come of it, and whether that can be called off."""

from collections.abc import Sequence
from datetime import datetime

from app.core.errors import Refused

Parts = Sequence[tuple[datetime, datetime]]


def still_to_come(parts: Parts, now: datetime) -> Parts:
    """The parts that have not begun, once the first has; none while the whole session is to come, or when its last part has begun."""
    coming = [part for part in parts if part[0] > now]
    return coming if len(coming) < len(parts) else []


def check_rest(parts: Parts, reason: str, now: datetime) -> Parts:
    """The parts that are called off.

    Raises:
        Refused: nothing of it is still to come, it has not begun, or no reason is given.
    """
    left = still_to_come(parts, now)
    if not left and any(starts_at > now for starts_at, _ends_at in parts):
        raise Refused("This session has not begun yet. Cancel the whole session, or change its times.")
    if not left:
        raise Refused("Nothing of this session is still to come: its last part has begun, or its rest is called off already.")
    if not reason.strip():
        raise Refused("Write why the rest is cancelled; people who booked will read it.")
    return left
