"""Which entries to withhold besides the small ones: as few people as possible, and none of the withheld can be narrowed down.

The search asks for the cheapest choice that meets the needs found so far, looks whether every withheld entry is wide enough, and where
one is not adds the need that the narrowest cut shows (Fischetti & Salazar 2001), until all are.
"""

from collections.abc import Iterable

from app.evaluation.rules.statistics import solvers
from app.evaluation.rules.statistics.suppression.freedom import Freedom, Node, backward, forward, nodes, raises_forward
from app.evaluation.rules.statistics.suppression.tables import Entry, Pattern, Table

Need = tuple[dict[Entry, int], int]
"""What withholding each entry adds, and how much must come together."""

MOST_EXACT = 400
"""With more entries to choose from, a good choice is taken instead of the best."""
MOST_LOOKS = 40_000
"""So often an entry is looked at to take others back; some seconds."""
MOST_ROUNDS = 60
MOST_NODES = 2000


def widest(table: Table, small: Pattern, allowed: Iterable[Entry], enough: int) -> Pattern | None:
    """The largest choice among those allowed in which every withheld entry is wide enough; none if a small entry is not.

    Withholding more never makes an entry narrower, so what is too narrow here is too narrow in every choice.
    """
    found = small | {entry for entry in allowed if table.values[entry] > 0}
    while True:
        freedom = Freedom(table, found)
        narrow = {entry for entry in found if freedom.width(entry, enough) < enough}
        if not narrow:
            return found
        if narrow & small:
            return None
        found -= narrow


def cheapest(table: Table, small: Pattern, allowed: Iterable[Entry], enough: int) -> Pattern | None:
    """Withhold as few people as possible among those allowed, so that every withheld entry is wide enough; none if there is no way."""
    largest = widest(table, small, allowed, enough)
    if largest is None or not largest - small:
        return largest
    search = _Search(table, small, sorted(largest - small), enough)
    return search.best() if len(search.choices) <= MOST_EXACT else search.good(set())


class _Search:
    def __init__(self, table: Table, small: Pattern, choices: list[Entry], enough: int) -> None:
        self.table, self.small, self.choices, self.enough = table, small, choices, enough
        self.ways = [(entry, *nodes(entry), forward(table, entry), backward(table, entry)) for entry in [*sorted(small), *choices]]

    def best(self) -> Pattern:
        """The cheapest, or a good one where that would take too long."""
        needs = [need for entry in [*sorted(self.small), *self.choices] for need in self._lines_of(entry)]
        chosen: set[Entry] = set()
        for _round in range(MOST_ROUNDS):
            found = self._solved(needs)
            if found is None:
                break
            chosen = found
            missing = self._missing(chosen)
            if not missing:
                return self.small | chosen
            needs += missing
        return self.good(chosen)

    def good(self, chosen: set[Entry]) -> Pattern:
        """Add the cheapest entry that helps until all are wide enough, then take back what is not needed."""
        withheld = [*sorted(self.small), *sorted(chosen)]
        there, freedom = set(withheld), Freedom(self.table, withheld)
        for entry in withheld:  # grows while it is gone through; who is wide enough stays so, whatever is withheld besides
            while (need := self._missing_of(entry, freedom)) is not None:
                helps = [other for other, weight in need[0].items() if weight > 0 and other not in there]
                cheap = min(helps, key=lambda other: (self.table.values[other] / need[0][other], other))
                there.add(cheap)
                withheld.append(cheap)
                freedom.add(cheap)
        return self._less(frozenset(there))

    def _less(self, withheld: Pattern) -> Pattern:
        """Without what is not needed, the largest first, where looking into that does not take too long."""
        for entry in sorted(withheld - self.small, key=lambda entry: (-self.table.values[entry], entry)):
            if len(withheld - self.small) * len(withheld) <= MOST_LOOKS and self._safe(withheld - {entry}):
                withheld -= {entry}
        return withheld

    def _solved(self, needs: list[Need]) -> set[Entry] | None:
        place = {entry: index for index, entry in enumerate(self.choices)}
        rows = [({place[entry]: float(weight) for entry, weight in weights.items()}, float(enough)) for weights, enough in needs]
        costs = [float(self.table.values[entry]) for entry in self.choices]
        found = solvers.cheapest_choice(costs, rows, MOST_NODES)
        return None if found is None else {entry for entry, taken in zip(self.choices, found, strict=True) if taken}

    def _safe(self, withheld: Pattern) -> bool:
        freedom = Freedom(self.table, withheld)
        return all(freedom.width(entry, self.enough) >= self.enough for entry in withheld)

    def _missing(self, chosen: set[Entry]) -> list[Need]:
        """The needs that this choice does not meet, one for each withheld entry that is too narrow."""
        withheld = self.small | chosen
        freedom = Freedom(self.table, withheld)
        return [need for entry in sorted(withheld) if (need := self._missing_of(entry, freedom)) is not None]

    def _missing_of(self, entry: Entry, freedom: Freedom) -> Need | None:
        """What the narrowest cut asks for, if the entry is too narrow."""
        rise, fall = freedom.moves(entry, self.enough)
        return self._need(entry, rise.side, fall.side) if rise.amount + fall.amount < self.enough else None

    def _lines_of(self, entry: Entry) -> list[Need]:
        """What holds for an entry whatever else is chosen: its row and its column must each let it move."""
        row, col = nodes(entry)
        others = [frozenset({*self._all_nodes()} - {node}) for node in (row, col)]
        if not raises_forward(self.table, entry):
            row, col, others = col, row, others[::-1]
        out_of_col, into_row = frozenset({col}), others[0]
        out_of_row, into_col = frozenset({row}), others[1]
        sides = [(out_of_col, into_col), (into_row, out_of_row), (out_of_col, None), (into_row, None)]
        needs = [self._need(entry, rise, fall) for rise, fall in sides]
        return [(weights, enough) for weights, enough in needs if enough > 0 or min(weights.values(), default=0) < 0]

    def _all_nodes(self) -> list[Node]:
        return [*(("row", i) for i in range(self.table.rows + 1)), *(("col", j) for j in range(self.table.cols + 1))]

    def _need(self, entry: Entry, rise: frozenset[Node] | None, fall: frozenset[Node] | None) -> Need:
        """What must flow over the two cuts if the entry is withheld; without a cut its own value limits it.

        What one entry adds counts only as far as it is needed, which makes the need sharper.
        """
        total = self.enough - (self.table.values[entry] - 1 if fall is None else 0)
        through = self._through(rise, fall)
        through.pop(entry, None)
        total -= sum(amount for other, amount in through.items() if other in self.small)
        if total <= 0:
            return {}, 0
        weights = {other: min(amount, total) for other, amount in through.items() if other not in self.small}
        return (weights, total) if entry in self.small else (weights | {entry: -total}, 0)

    def _through(self, *sides: frozenset[Node] | None) -> dict[Entry, int]:
        """How much each entry, if withheld, lets flow out of these sides of cuts, of those that let anything."""
        found: dict[Entry, int] = {}
        for side in [side for side in sides if side is not None]:
            for entry, row, col, out, back in self.ways:
                if (row in side) != (col in side) and (amount := out if row in side else back):
                    found[entry] = found.get(entry, 0) + amount
        return found
