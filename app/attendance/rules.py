"""What a register may say of a person."""

from datetime import datetime, timedelta
from enum import Enum

from app.core.errors import Refused


class Outcome(Enum):
    """How a booked person's session went, or that of a person who walked in."""

    ATTENDED = "attended"
    PARTLY_ATTENDED = "partly_attended"
    NO_SHOW = "no_show"
    EXCUSED = "excused"


LABELS = {Outcome.ATTENDED: "Here", Outcome.PARTLY_ATTENDED: "Partly", Outcome.NO_SHOW: "Absent", Outcome.EXCUSED: "Excused"}
"""As the register says it."""

EARLY = timedelta(minutes=30)
CORRECTED_WITHIN = timedelta(days=14)

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


def check_walk_in(outcome: Outcome, name: str) -> None:
    """Who walked in had no booking to miss, so they are never absent.

    Raises:
        Refused: with what to mark when they were not there after all.
    """
    if outcome is Outcome.NO_SHOW:
        raise Refused(f"{name} walked in without a booking, so they cannot be absent. If they were added by mistake, mark them Excused: "
                      "a walk-in who is excused counts nowhere.")


def check_register_open(*, held: bool, starts_at: datetime, finished_at: datetime | None, coordinator: bool, now: datetime) -> None:
    """Marks may be written from shortly before the start; a finished register is corrected by its trainer for 14 days.

    Raises:
        Refused: with when, or by whom.
    """
    if not held:
        raise Refused("This session is not on the programme, so it has no register.")
    if now < starts_at - EARLY:
        raise Refused("The register opens half an hour before the session starts. Come back then.")
    if finished_at is not None and not coordinator and now > finished_at + CORRECTED_WITHIN:
        raise Refused("This register was finished more than 14 days ago. Ask a coordinator to correct it.")
