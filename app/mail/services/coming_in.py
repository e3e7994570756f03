"""Mail that comes back to us: reports of letters that could not be delivered, and whatever else a room has declared that it reads."""

from datetime import datetime
from enum import Enum

from app.mail.office import office
from app.mail.services.bounces import take_bounce


class Read(Enum):
    """What a message was."""

    BOUNCE = "bounce"
    ANSWER = "answer"
    NOTHING = "nothing"


def take_in(message: bytes, *, now: datetime) -> Read:
    """Read one message and do what follows from it. One that was read before changes nothing more."""
    if take_bounce(message, now=now) is not None:
        return Read.BOUNCE
    return Read.ANSWER if any(reader(message, now) for reader in office().readers) else Read.NOTHING
