"""What a register may say of a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.booking.rules.turnout import Turnout
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
TURNOUT = {
    Outcome.ATTENDED: Turnout.CAME, Outcome.PARTLY_ATTENDED: Turnout.CAME, Outcome.NO_SHOW: Turnout.MISSED, Outcome.EXCUSED: Turnout.EXCUSED,
}
"""What a mark means for places."""


@dataclass(frozen=True)
class Said:
    """What a mark says: how it went, and for how many minutes somebody was there where that is known. Both together are the mark."""

    outcome: Outcome
    minutes: int | None = None

    @property
    def code(self) -> str:
        """As a form carries it: "partly_attended:60"."""
        return self.outcome.value if self.minutes is None else f"{self.outcome.value}:{self.minutes}"

    @property
    def label(self) -> str:
        """As the register says it: "Partly, 60 minutes"."""
        if self.minutes is None:
            return f"{LABELS[self.outcome]}, minutes not written" if self.outcome is Outcome.PARTLY_ATTENDED else LABELS[self.outcome]
        return f"{LABELS[self.outcome]}, {self.minutes} {'minute' if self.minutes == 1 else 'minutes'}"


def said(code: str | None) -> Said | None:
    """What a form carries of a mark; none when it carries nothing, or nothing that we wrote."""
    value, _, minutes = (code or "").partition(":")
    if value not in {outcome.value for outcome in Outcome}:
        return None
    return Said(Outcome(value), int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else None)


def marked(now: Said, before: Said | None, *, by_import: bool) -> str:
    """A mark in the words of a history, with the one that it takes the place of: "Here, before: Absent"."""
    if before is None:
        return now.label
    return f"{now.label}, before{' by an import' if by_import else ''}: {before.label}"


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
