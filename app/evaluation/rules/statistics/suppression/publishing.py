"""What is published of a table of people: small numbers withheld with what would give them back; else totals withheld; else categories
merged; else nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.suppression import audit
from app.evaluation.rules.statistics.suppression.freedom import needed_width
from app.evaluation.rules.statistics.suppression.patterns import cheapest
from app.evaluation.rules.statistics.suppression.tables import Entry, Pattern, Table

MOST_CELLS = 2_000

Groups = tuple[tuple[int, ...], ...]
"""For each row or column that is left, the indices of the original ones in it."""


@dataclass(frozen=True)
class Merging:
    """Which rows and which columns are put together."""

    rows: Groups
    cols: Groups


def suppressed(counts: Sequence[Sequence[int]], threshold: int = 5) -> dict[str, Any]:
    """What may be printed: `published`, `row_totals`, `col_totals` and `grand_total`, None where withheld; zeros are printed.

    As few people as possible are withheld with the small numbers (1 to below the threshold), so that each withheld number could be
    numbers at least `threshold - 1` apart. Where that cannot be with all other totals printed, totals are withheld as well, the grand
    total last because it stands elsewhere too; where then nothing but zeros is left, rows or columns are merged, the smallest first
    (`merged_rows`, `merged_cols`: the original indices); and where that does not help either, the answer is `refused` with why.
    """
    table = Table(tuple(tuple(row) for row in counts))
    pattern = withheld(table, threshold)
    if pattern is not None:
        return _printed(table, pattern)
    if 0 < table.values[table.grand] < threshold:
        return {"refused": f"The whole table has fewer than {threshold} people in it, so nothing of it can be published."}
    for merging in _mergings(table, threshold):
        smaller = table.merged(merging.rows, merging.cols)
        pattern = withheld(smaller, threshold)
        if pattern is not None:
            groups = {"merged_rows": [list(group) for group in merging.rows], "merged_cols": [list(group) for group in merging.cols]}
            return _printed(smaller, pattern) | groups
    return {"refused": "However rows and columns are put together, small numbers could be worked out, so nothing can be published."}


def withheld(table: Table, threshold: int) -> Pattern | None:
    """The entries to withhold; none if nothing but zeros would be left, or the audit does not pass."""
    small = table.small(threshold)
    cells = [entry for entry in table.values if table.is_cell(entry)]
    margins = [entry for entry in table.values if table.is_margin(entry)]
    for allowed in (cells, [*cells, *margins], [*cells, *margins, table.grand]):
        pattern = cheapest(table, small, allowed, needed_width(threshold))
        if pattern is not None and _says_something(table, pattern) and audit.passes(table, pattern, threshold):
            return pattern
    return None


def _says_something(table: Table, pattern: Pattern) -> bool:
    return not pattern or any(value > 0 and entry not in pattern for entry, value in table.values.items())


def _printed(table: Table, pattern: Pattern) -> dict[str, Any]:
    def shown(entry: Entry) -> int | None:
        return None if entry in pattern else table.values[entry]

    rows, cols = range(table.rows), range(table.cols)
    return {
        "published": [[shown((i, j)) for j in cols] for i in rows], "row_totals": [shown((i, table.cols)) for i in rows],
        "col_totals": [shown((table.rows, j)) for j in cols], "grand_total": shown(table.grand),
    }


def _mergings(table: Table, threshold: int) -> Iterator[Merging]:
    """Ways to put categories together, those that lose least first: each step joins the two smallest rows or columns that have anybody."""
    merging = Merging(tuple((i,) for i in range(table.rows)), tuple((j,) for j in range(table.cols)))
    while True:
        smaller = table.merged(merging.rows, merging.cols)
        joined = [
            (people, Merging(groups, merging.cols) if way == "rows" else Merging(merging.rows, groups))
            for way, found in (("rows", _joined(smaller, merging.rows, across=False)), ("cols", _joined(smaller, merging.cols, across=True)))
            if found is not None for people, groups in [found]
        ]
        if not joined:
            return
        joined.sort(key=lambda one: one[0])
        yield from (one for _people, one in joined)
        merging = joined[0][1]


def _joined(table: Table, groups: Groups, *, across: bool) -> tuple[int, Groups] | None:
    """The two smallest groups as one, in the place of the first, and how many people they are; none if fewer than two have anybody."""
    sizes = [table.values[table.rows, k] if across else table.values[k, table.cols] for k in range(len(groups))]
    order = sorted((k for k, size in enumerate(sizes) if size), key=lambda k: (sizes[k], k))[:2]
    if len(order) < 2:
        return None
    first, second = sorted(order)
    together = tuple(sorted(groups[first] + groups[second]))
    left = [together if k == first else group for k, group in enumerate(groups) if k != second]
    return sizes[first] + sizes[second], tuple(left)


def check_table(given: dict[str, Any]) -> None:
    """All rows are equally long, and the table is not too large to be looked into.

    Raises:
        Wrong: one is not, or it is.
    """
    cells = sum(map(len, given["counts"]))
    if cells > MOST_CELLS:
        raise Wrong(f"field counts: {cells:,} numbers are too many to look into. Write a table of at most {MOST_CELLS:,}")
    lengths = {len(row) for row in given["counts"]}
    if len(lengths) > 1:
        raise Wrong(f"field counts: its rows have from {min(lengths)} to {max(lengths)} numbers. Write as many in each")
