"""What somebody outside the training team sees of small monthly numbers: months are put together until none of 1 to 4 is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

THRESHOLD = 5


@dataclass(frozen=True)
class Months:
    """Months that follow each other, as one: cases counted, their base, and people who came to training on the priority."""

    first: date
    last: date
    count: int
    base: int
    reach: int

    def __add__(self, later: "Months") -> "Months":
        return Months(self.first, later.last, self.count + later.count, self.base + later.base, self.reach + later.reach)

    @property
    def safe(self) -> bool:
        """Whether its numbers may be shown to everybody: what was counted, the rest of the base, and the people."""
        return not any(map(is_small, (self.count, self.base - self.count, self.reach)))

    @property
    def label(self) -> str:
        """ "March 2026", or "March to May 2026". """
        if self.first == self.last:
            return f"{self.last:%B %Y}"
        first = f"{self.first:%B}" if self.first.year == self.last.year else f"{self.first:%B %Y}"
        return f"{first} to {self.last:%B %Y}"


def is_small(count: int) -> bool:
    """Whether the number is one of those that only the training team sees."""
    return 0 < count < THRESHOLD


def put_together(months: Sequence[Months]) -> list[Months]:
    """Neighbours joined until each may be shown; the last that may not yet are left out, so that what is shown once stays as it was shown.

    The months must follow each other without a gap, as what is not shown of one would be told by its neighbours.
    """
    found: list[Months] = []
    for month in months:
        if found and not found[-1].safe:
            found[-1] = found[-1] + month
        else:
            found.append(month)
    return found if not found or found[-1].safe else found[:-1]
