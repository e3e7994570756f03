"""What is counted, and how counts of people add up."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum


class Audience(Enum):
    """For whom a report is: those who may see small numbers, or everybody, with small numbers withheld or all of them rounded."""

    INTERNAL = "internal"
    PUBLICATION = "publication"
    ROUNDED = "rounded"


ATTENDED = "attended"
PARTLY = "partly_attended"
WALK_INS = "walk_ins"
NO_SHOWS = "no_shows"
EXCUSED = "excused"
CANCELLED_BY_DELEGATE = "cancelled_by_delegate"
ON_CANCELLED = "bookings_on_cancelled_sessions"
ATTENDANCES = "attendances"

KINDS = (ATTENDED, PARTLY, WALK_INS, NO_SHOWS, EXCUSED, CANCELLED_BY_DELEGATE, ON_CANCELLED)
"""Each booking that ended is exactly one of these."""
MEASURES = (ATTENDANCES, PARTLY, WALK_INS, NO_SHOWS, EXCUSED, CANCELLED_BY_DELEGATE)
"""What a row of a breakdown says about people."""

Area = int | None
"""A partnership's id; none where the area is not known."""


class Tally:
    """Counts of people by kind and by the area they work in. Tallies of separate groups may be added."""

    def __init__(self, cells: Iterable[tuple[Area, str, int]] = ()) -> None:
        self.cells: Counter[tuple[Area, str]] = Counter()
        for area, kind, count in cells:
            self.cells[area, kind] += count

    def __add__(self, other: "Tally") -> "Tally":
        total = Tally()
        total.cells = self.cells + other.cells
        return total

    def add(self, area: Area, kind: str, count: int) -> None:
        """Count some more people."""
        self.cells[area, kind] += count

    def of(self, measure: str, areas: Iterable[Area]) -> int:
        """How many in these areas together."""
        kinds = (ATTENDED, PARTLY, WALK_INS) if measure == ATTENDANCES else (measure,)
        return sum(self.cells[area, kind] for area in areas for kind in kinds)


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    together = Tally()
    for tally in tallies:
        together.cells.update(tally.cells)
    return together
