"""A table of counts with its totals, and which of its entries are withheld.

An entry is (row, column); the totals are entries too, in one more row and one more column, the grand total in their corner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

Entry = tuple[int, int]
Pattern = frozenset[Entry]
"""The entries that are withheld."""


@dataclass(frozen=True)
class Table:
    """Counts of people by row and column, all rows equally long."""

    counts: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> int:
        """How many rows, without the totals."""
        return len(self.counts)

    @property
    def cols(self) -> int:
        """How many columns, without the totals."""
        return len(self.counts[0]) if self.counts else 0

    @cached_property
    def values(self) -> dict[Entry, int]:
        """Every entry, the totals among them."""
        found = {(i, j): count for i, row in enumerate(self.counts) for j, count in enumerate(row)}
        found |= {(i, self.cols): sum(row) for i, row in enumerate(self.counts)}
        found |= {(self.rows, j): sum(row[j] for row in self.counts) for j in range(self.cols)}
        found[self.rows, self.cols] = sum(map(sum, self.counts))
        return found

    @property
    def grand(self) -> Entry:
        """Where the grand total stands."""
        return self.rows, self.cols

    def is_cell(self, entry: Entry) -> bool:
        """Whether it is a count and not a total."""
        return entry[0] < self.rows and entry[1] < self.cols

    def is_margin(self, entry: Entry) -> bool:
        """Whether it is the total of a row or of a column."""
        return (entry[0] == self.rows) != (entry[1] == self.cols)

    def lines(self) -> list[tuple[list[Entry], Entry]]:
        """The sums that hold: the entries of each row and column, totals included, with the entry that is their sum."""
        across = [([(i, j) for j in range(self.cols)], (i, self.cols)) for i in range(self.rows + 1)]
        return across + [([(i, j) for i in range(self.rows)], (self.rows, j)) for j in range(self.cols + 1)]

    def small(self, threshold: int) -> Pattern:
        """The entries from 1 to below the threshold."""
        return frozenset(entry for entry, value in self.values.items() if 0 < value < threshold)

    def people(self, entries: Iterable[Entry]) -> int:
        """How many people these entries count; somebody in a cell and in its total counts twice."""
        return sum(self.values[entry] for entry in entries)

    def merged(self, rows: Sequence[Sequence[int]], cols: Sequence[Sequence[int]]) -> "Table":
        """The table in which each of these groups of rows and of columns is one."""
        return Table(tuple(tuple(sum(self.counts[i][j] for i in group for j in other) for other in cols) for group in rows))
