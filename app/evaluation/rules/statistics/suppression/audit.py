"""What somebody can work out who has the printed table and nothing else: linear programming on every withheld entry.

Nothing is published that has not passed. The search for what to withhold counts flows; this looks again in another way.
"""

from app.evaluation.rules.statistics import solvers
from app.evaluation.rules.statistics.suppression.freedom import needed_width
from app.evaluation.rules.statistics.suppression.tables import Pattern, Table

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
    enough, at_once = needed_width(threshold), max(1, MOST_UNKNOWNS // (2 * max(1, len(unknown))))
    for begin in range(0, len(unknown), at_once):
        asked = unknown[begin:begin + at_once]
        near = [(float(max(1, table.values[entry] - enough)), float(table.values[entry] + enough)) for entry in asked]
        found = solvers.extremes(equations, [(1.0, None)] * len(unknown), [place[entry] for entry in asked], near)
        if found is None or any(most - least < enough - ROUNDING for least, most in zip(*found, strict=True)):
            return False
    return True


def _equations(table: Table, place: dict[tuple[int, int], int]) -> list[tuple[dict[int, float], float]]:
    """Each sum with something unknown in it: the unknown on one side, what is printed on the other."""
    found = []
    for parts, whole in table.lines():
        weights = {place[part]: 1.0 for part in parts if part in place} | ({place[whole]: -1.0} if whole in place else {})
        known = sum(table.values[part] for part in parts if part not in place)
        if weights:
            found.append((weights, float((0 if whole in place else table.values[whole]) - known)))
    return found
