"""Mail that comes back to us: reports of letters that could not be delivered, and whatever else a room has declared that it reads."""

import logging
from datetime import datetime
from enum import Enum

from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import OutcomeUnknown, Refused
from app.mail.office import office
from app.mail.services.bounces import take_bounce

log = logging.getLogger(__name__)


class Read(Enum):
    """What a message was."""

    BOUNCE = "bounce"
    ANSWER = "answer"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


def take_in(message: bytes, *, now: datetime) -> Read:
    """Read one message and do what follows from it. One that was read before changes nothing more; one that cannot be read stops no other.

    What the database says is not the message's fault: that is raised.
    """
    try:
        return _read(message, now)
    except (SQLAlchemyError, OutcomeUnknown, Refused):
        raise
    except Exception as error:  # mail comes from anybody, and its parsers fail in many ways; what they say is personal
        log.error("a message that came in could not be read: %s", type(error).__name__)
        return Read.UNREADABLE


def _read(message: bytes, now: datetime) -> Read:
    if take_bounce(message, now=now) is not None:
        return Read.BOUNCE
    return Read.ANSWER if any(reader(message, now) for reader in office().readers) else Read.NOTHING
