"""What somebody can work out who has the printed table and nothing else: linear programming on every withheld entry.

Nothing is published that has not passed. The search for what to withhold counts flows; this looks again in another way.
"""

from random import Random

from app.evaluation.rules.statistics import solvers
from app.evaluation.rules.statistics.suppression.freedom import needed_width
from app.evaluation.rules.statistics.suppression.tables import Pattern, Table

Equations = list[tuple[dict[int, float], float]]
"""Sums of unknowns, each with its weight, and what they come to."""

MANY, WITNESSES = 60, 16
MOST_UNKNOWNS = 20_000
"""So many in one programme; more are asked in several."""
ROUNDING = 1e-6


def passes(table: Table, withheld: Pattern, threshold: int) -> bool:
    """Whether every small entry is withheld, and every withheld entry could be numbers far enough apart.

    The least and the most are over all tables with the printed entries in which withheld ones are at least 1 (zeros are printed). Such
    programmes have whole solutions, so there is a table of people for every whole number in between.
    """
    if not table.small(threshold) <= withheld or any(table.values[entry] == 0 for entry in withheld):
        return False
    unknown = sorted(withheld)
    place = {entry: index for index, entry in enumerate(unknown)}
    equations = _equations(table, place)
    enough = needed_width(threshold)
    near = [(float(max(1, table.values[entry] - enough)), float(table.values[entry] + enough)) for entry in unknown]
    left = _not_yet_seen(equations, near, enough)
    at_once = max(1, MOST_UNKNOWNS // (2 * max(1, len(unknown))))
    for begin in range(0, len(left), at_once):
        asked = left[begin:begin + at_once]
        found = solvers.extremes(equations, [(1.0, None)] * len(unknown), asked, [near[index] for index in asked])
        if found is None or any(most - least < enough - ROUNDING for least, most in zip(*found, strict=True)):
            return False
    return True


def _not_yet_seen(equations: Equations, near: list[tuple[float, float]], enough: int) -> list[int]:
    """The unknowns that have still to be asked one by one.

    Each table that agrees with what is printed is a witness for all its entries at once: in a large table a few witnesses, pushed up here
    and down there, show for most entries two values far enough apart, and so on with those that are left as long as there are fewer each time.
    """
    if len(near) < MANY:
        return list(range(len(near)))
    draw = Random(len(near))
    least, most = [high for _low, high in near], [low for low, _high in near]
    left, asked = list(range(len(near))), WITNESSES
    while left and asked:
        towards = [0.0] * len(near)
        for index in left:
            towards[index] = draw.choice((-1.0, 1.0))
        found = solvers.table_that_agrees(equations, near, towards)
        if found is not None:
            least, most = list(map(min, least, found)), list(map(max, most, found))
        still = [index for index in left if most[index] - least[index] < enough - ROUNDING]
        asked = WITNESSES if len(still) < len(left) else asked - 1
        left = still
    return left


def _equations(table: Table, place: dict[tuple[int, int], int]) -> Equations:
    """Each sum with something unknown in it: the unknown on one side, what is printed on the other."""
    found = []
    for parts, whole in table.lines():
        weights = {place[part]: 1.0 for part in parts if part in place} | ({place[whole]: -1.0} if whole in place else {})
        known = sum(table.values[part] for part in parts if part not in place)
        if weights:
            found.append((weights, float((0 if whole in place else table.values[whole]) - known)))
    return found
