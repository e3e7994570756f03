"""What may be published of small numbers of people: 1 to 4 are withheld, with whatever would give them away; 0 is printed.

The report of all partnerships must be safe as a whole. What one partnership's report prints must be safe in every area, in rows
that only put rows of the whole together, so that taking one report from the other gives nothing small.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from app.reporting.rules.counting import ATTENDANCES, ATTENDED, NO_SHOWS, PARTLY, WALK_INS, Area, Tally, total

Parts = Sequence[Sequence[Area]]
"""Areas as they are added up: all of them as one part, or each as a part of its own."""

THRESHOLD = 5
ENOUGH = 10
"""Shares are printed of so many people or more."""
Row = TypeVar("Row")


def safe(count: int) -> bool:
    """Whether the number may be printed."""
    return count == 0 or count >= THRESHOLD


def safe_in_each(tally: Tally, measures: Iterable[str], parts: Parts) -> bool:
    """Whether these measures may be printed of this group, in each of the parts."""
    return all(safe(tally.of(measure, part)) for measure in measures for part in parts)


LEADING = (ATTENDANCES, NO_SHOWS)
"""Rows are put together until these two may be printed of each; the other measures are printed where they may be."""
TOGETHER = {PARTLY: (ATTENDED, PARTLY, WALK_INS), WALK_INS: (ATTENDED, PARTLY, WALK_INS)}
"""Parts of the attendances: with one of them withheld, the others and the whole would give it back."""


def printable(measure: str, tallies: Iterable[Tally], parts: Parts) -> bool:
    """Whether a column may be printed: no cell of it, in no part, is small."""
    measures = TOGETHER.get(measure, (measure,))
    return all(safe_in_each(tally, measures, parts) for tally in tallies)


def put_together(rows: Sequence[tuple[Row, Tally]], parts: Parts) -> list[list[Row]]:
    """Groups of rows of which the leading measures may be printed: rows that are safe stay alone, the others share one group.

    The smallest safe rows join that group until it is safe too. When even all rows together are not, there is no group.
    """
    alone = [(row, tally) for row, tally in rows if safe_in_each(tally, LEADING, parts)]
    shared = [(row, tally) for row, tally in rows if not safe_in_each(tally, LEADING, parts)]
    alone.sort(key=lambda pair: -sum(pair[1].of(ATTENDANCES, part) for part in parts))
    while shared and not safe_in_each(total(tally for _row, tally in shared), LEADING, parts):
        if not alone:
            return []
        shared.append(alone.pop())
    kept = {id(tally) for _row, tally in alone}
    groups = [[row] for row, tally in rows if id(tally) in kept]
    return groups + ([[row for row, _tally in shared]] if shared else [])


def put_groups_together(
    groups: Sequence[list[Row]], tally_of: Callable[[list[Row]], Tally], parts: Parts,
    together: Callable[[Sequence[tuple[int, Tally]], Parts], list[list[int]]],
) -> list[list[Row]]:
    """Larger groups out of groups, so that each of the larger ones is safe in these parts."""
    rows = [(index, tally_of(group)) for index, group in enumerate(groups)]
    return [[row for index in joined for row in groups[index]] for joined in together(rows, parts)]


def put_neighbours_together(rows: Sequence[tuple[Row, Tally]], parts: Parts) -> list[list[Row]]:
    """The same for rows that have an order, such as months: only neighbours share a group."""
    groups: list[tuple[list[Row], Tally]] = []
    for row, tally in rows:
        if groups and not safe_in_each(groups[-1][1], LEADING, parts):
            groups[-1] = ([*groups[-1][0], row], groups[-1][1] + tally)
        else:
            groups.append(([row], tally))
    while groups and not safe_in_each(groups[-1][1], LEADING, parts):
        last, tally = groups.pop()
        if not groups:
            return []
        groups[-1] = (groups[-1][0] + last, groups[-1][1] + tally)
    return [group for group, _tally in groups]


def crossings_safe(
    tallies: Iterable[tuple[int, Tally]], groupings: Sequence[Callable[[int], object]], measures: Iterable[str], parts: Parts
) -> bool:
    """Whether breakdowns of the same sessions can stand side by side: where their rows cross, no cell is small.

    Whatever is found by adding and taking away printed rows is a sum of such cells, and so not small either.
    """
    cells: dict[tuple[object, ...], Tally] = {}
    for session, tally in tallies:
        key = tuple(grouping(session) for grouping in groupings)
        cells[key] = cells[key] + tally if key in cells else tally
    wanted = [kind for measure in measures for kind in TOGETHER.get(measure, (measure,))]
    return all(safe_in_each(cell, wanted, parts) for cell in cells.values())


def all_alike(counts: Iterable[int]) -> bool:
    """Whether everybody is in one category: then it is known of each of them, however many they are."""
    return sum(count > 0 for count in counts) == 1


def withheld_categories(counts: Sequence[dict[str, int]], already: Iterable[str] = ()) -> set[str]:
    """Which categories of a question are withheld, the same for all these counts; `already` are withheld anyway.

    Besides the small ones so many others that what is left over, once the printed ones are taken from the total, tells no
    withheld number: given that zeros are printed, each could be at least `THRESHOLD` different numbers.
    """
    categories = list(counts[0]) if counts else []
    withheld = {*already, *(name for name in categories if any(not safe(part[name]) for part in counts))}
    sizes = {name: sum(part[name] for part in counts) for name in categories}
    others = sorted((name for name in categories if name not in withheld and sizes[name]), key=sizes.__getitem__)
    while withheld and others and not all(_hidden(part, withheld) for part in counts):
        withheld.add(others.pop(0))
    return withheld


def _hidden(counts: dict[str, int], withheld: set[str]) -> bool:
    there = [counts[name] for name in withheld if counts[name]]
    if not there:
        return True
    return len(there) >= 2 and sum(there) - len(there) >= THRESHOLD - 1
