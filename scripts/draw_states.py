#!/usr/bin/env python3
"""Draws docs/booking-states.md from the table of what can happen to a booking: `.venv/bin/python scripts/draw_states.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "booking-states.md"
sys.path.insert(0, str(ROOT))

from app.booking.rules.states import AWAITING, ENDED, HOLDING, LIVE, TAGS, TRANSITIONS, WORDS, Act, BookingStatus  # noqa: E402


def main() -> int:
    """Write the file."""
    FILE.write_text(drawn(), encoding="utf-8")
    return 0


def drawn() -> str:
    """The whole page: the diagram, the states, the acts."""
    return "\n".join([
        "# The states of a booking", "",
        "Drawn by `scripts/draw_states.py` from the table in `app/booking/rules/states.py`, which services, pages and `flask --app wsgi check` use.",
        "Change the table and draw again.", "", "```mermaid", *diagram(), "```", "", "## States", "", *states(), "", "## Acts", "", *acts(), "",
    ])


def diagram() -> list[str]:
    """Each change from one state to another as an arrow with the acts that make it; what changes no state is in the table alone."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in TRANSITIONS:
        for before in transition.before or (None,):
            if transition.after is None or transition.after is before:
                continue
            arrows.setdefault((before.value if before else "[*]", transition.after.value), []).append(transition.act.value)
    lines = [f"  {status.value}: {TAGS[status][0]}" for status in BookingStatus]
    return ["stateDiagram-v2", *lines, *(f"  {before} --> {after}: {', '.join(names)}" for (before, after), names in arrows.items())]


def states() -> list[str]:
    """A row for each state: what it is called, whether it holds a place, whether it is one of those that a person has once a session."""
    rows = ["| state | as people see it | holds a place | live |", "|---|---|---|---|"]
    for status in BookingStatus:
        holds = "yes, until the undo has passed" if status is BookingStatus.GIVEN_BACK else "yes" if status in HOLDING else "no"
        rows.append(f"| `{status.value}` | {TAGS[status][0]} | {holds} | {'yes' if status in LIVE else 'no'} |")
    return rows


def acts() -> list[str]:
    """A row for each line of the table, in its order; an import corrects from any state to any."""
    rows = ["| act | what happened | from | to |", "|---|---|---|---|"]
    for transition in TRANSITIONS:
        after = f"`{transition.after.value}`" if transition.after else "stays"
        rows.append(f"| `{transition.act.value}` | {WORDS[transition.act]} | {_named(transition.before)} | {after} |")
    return [*rows, f"| `{Act.CORRECT.value}` | {WORDS[Act.CORRECT]} | any | any |"]


def _named(before: tuple[BookingStatus, ...]) -> str:
    groups = {LIVE: "any that is live", HOLDING: "any that holds a place", ENDED: "any that has ended", AWAITING: "either that waits for a yes"}
    return groups.get(before) or ", ".join(f"`{status.value}`" for status in before) or "none"


if __name__ == "__main__":
    sys.exit(main())
