"""Which sessions' answers a page counts, so that no two pages, and no two days, can be taken from each other and leave 1 to 4 people.

A session is counted when no answers can come any more and five or more people answered. Smaller ones are counted in batches of five or
more people, in the order in which they closed: of the same course, format and year; what is left when the year is over together with what
is left of that format; and at last of that year. Every page is a sum of such batches, so whatever is found by adding and taking away
pages is a sum of them too, and no smaller than five. What stays under five is counted nowhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum
from itertools import combinations
from typing import NamedTuple

from app.evaluation.rules.showing import ENOUGH, FEWEST

FEW = frozenset(range(1, FEWEST))
MOST_GROUPS = 9
"""So many groups of sectors can be looked at in every combination."""


class Level(IntEnum):
    """The smallest page on which a session is counted."""

    COURSE = 1
    FORMAT = 2
    YEAR = 3


class Closing(NamedTuple):
    """A session: where it belongs, when no answers can come any more, and how many people each of the figures is about."""

    session: int
    course: int
    form: str
    year: int
    closes_at: datetime
    people: tuple[int, ...]


class Placed(NamedTuple):
    """On which pages a session is counted, and in which batch."""

    level: Level
    batch: tuple[object, ...]


Batch = list[Closing]


def released(sessions: Iterable[Closing], now: datetime) -> dict[int, Placed]:
    """The sessions that are counted now. One that is missing is counted on no page yet, or never."""
    by_year: dict[int, list[Closing]] = {}
    for one in sorted(sessions, key=lambda one: (one.closes_at, one.session)):
        by_year.setdefault(one.year, []).append(one)
    found: dict[int, Placed] = {}
    for year, of_year in by_year.items():
        closed = [one for one in of_year if one.closes_at <= now and any(one.people)]
        over = all(one.closes_at <= now for one in of_year) and now.year > year
        left: dict[str, Batch] = {}
        for (_course, form), sessions in _by_course_and_form(closed).items():
            left.setdefault(form, []).extend(_in_batches(sessions, found))
        if over:
            _together(left, year, found)
    return found


def _by_course_and_form(sessions: Batch) -> dict[tuple[int, str], Batch]:
    together: defaultdict[tuple[int, str], Batch] = defaultdict(list)
    for one in sessions:
        together[one.course, one.form].append(one)
    return together


def _in_batches(sessions: Batch, found: dict[int, Placed]) -> Batch:
    """Place what can be counted on the course's page; what is left."""
    waiting: Batch = []
    for one in sessions:
        if _safe([one]):
            found[one.session] = Placed(Level.COURSE, (one.session,))
            continue
        waiting.append(one)
        if _safe(waiting):
            _place(waiting, Level.COURSE, found)
            waiting = []
    return waiting


def _together(left: dict[str, Batch], year: int, found: dict[int, Placed]) -> None:
    """What is left of courses, by format and then all together."""
    rest: Batch = []
    for batch in left.values():
        if batch and _safe(batch):
            _place(batch, Level.FORMAT, found)
        else:
            rest += batch
    if rest and _safe(rest):
        _place(rest, Level.YEAR, found)


def _place(batch: Batch, level: Level, found: dict[int, Placed]) -> None:
    name = tuple(one.session for one in batch)
    found.update({one.session: Placed(level, name) for one in batch})


def _safe(batch: Batch) -> bool:
    together = batch[0].people if len(batch) == 1 else map(sum, zip(*(one.people for one in batch), strict=True))
    return FEW.isdisjoint(together)


def sector_groups(cells: Mapping[tuple[object, str], int]) -> list[tuple[str, ...]]:
    """The sectors that may be chosen, small ones together; none where no choice would be safe.

    `cells` counts the people of each batch and sector. Sectors cut through batches, so besides having ten people or more, whatever sectors
    are taken together, the others who were in the same batches must be none or at least five: else those batches less these sectors would
    leave 1 to 4 people. Until it is so, the two smallest are put together.
    """
    sizes: dict[str, int] = {}
    for (_batch, sector), count in cells.items():
        sizes[sector] = sizes.get(sector, 0) + count
    groups: list[tuple[str, ...]] = [(sector,) for sector, size in sorted(sizes.items()) if size]
    while len(groups) > 1:
        small = any(_size(group, sizes) < ENOUGH for group in groups)
        if not small and len(groups) <= MOST_GROUPS and _apart(groups, cells):
            return groups
        groups.sort(key=lambda group: (_size(group, sizes), group))
        groups = [tuple(sorted(groups[0] + groups[1])), *groups[2:]]
    return []


def _size(group: tuple[str, ...], sizes: Mapping[str, int]) -> int:
    return sum(sizes[sector] for sector in group)


def _apart(groups: list[tuple[str, ...]], cells: Mapping[tuple[object, str], int]) -> bool:
    """Whether no sectors taken together leave 1 to 4 others in the batches that they are in."""
    place = {sector: index for index, group in enumerate(groups) for sector in group}
    batches: dict[object, list[int]] = {}
    for (batch, sector), count in cells.items():
        batches.setdefault(batch, [0] * len(groups))[place[sector]] += count
    for size in range(1, len(groups)):
        for chosen in combinations(range(len(groups)), size):
            others = sum(sum(row) - sum(row[i] for i in chosen) for row in batches.values() if any(row[i] for i in chosen))
            if 0 < others < FEWEST:
                return False
    return True
