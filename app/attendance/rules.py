"""What a register may say of a person."""

from enum import Enum

from app.core.errors import Refused


class Outcome(Enum):
    """How a booked person's session went, or that of a person who walked in."""

    ATTENDED = "attended"
    PARTLY_ATTENDED = "partly_attended"
    NO_SHOW = "no_show"
    EXCUSED = "excused"


CAME = (Outcome.ATTENDED, Outcome.PARTLY_ATTENDED)


def check_minutes(outcome: Outcome, minutes: int | None, session_minutes: int) -> None:
    """Minutes belong to people who came, and are no more than the session had.

    Raises:
        Refused: with what to type instead.
    """
    if minutes is None:
        return
    if outcome not in CAME:
        raise Refused("Minutes are for people who came. Leave them empty for absent and excused.")
    if not 0 < minutes <= session_minutes:
        raise Refused(f"Minutes must be from 1 to {session_minutes}, the length of the session.")
