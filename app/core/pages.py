"""A page of a long list: which rows it shows and how many there are."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Page:
    """`number` counts from 1; a number outside the list is its nearest page."""

    number: int
    size: int
    total: int

    @classmethod
    def at(cls, wanted: int | None, *, size: int, total: int) -> "Page":
        """The wanted page, or the nearest there is."""
        last = max(1, ceil(total / size))
        return cls(min(max(1, wanted or 1), last), size, total)

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, ceil(self.total / self.size))

    @property
    def first_row(self) -> int:
        """The number of its first row, from 1; 0 when there is none."""
        return self.offset + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The number of its last row."""
        return min(self.total, self.offset + self.size)
