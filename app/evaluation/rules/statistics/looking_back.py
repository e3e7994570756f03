"""Whether people judge their starting point differently with hindsight (the then-test), kept apart from how they changed.

Ratings that look back never stand in for ratings from before, and the two are never pooled.
"""

from typing import Any

from app.evaluation.rules.statistics.mean_change import Spread
from app.evaluation.rules.statistics.reading import RowCounts, changes
from app.evaluation.rules.statistics.signed_rank import signed_rank

BEFORE, THEN, AFTER = range(3)


def looking_back(rows: RowCounts) -> dict[str, Any]:
    """The shift, and the change from either starting point, from counts of (before, then, after), any of which may be none.

    Each mean is of everyone who gave both ratings; those of the same people are of everyone who gave all three.
    """
    shift, change, from_then = changes(rows, BEFORE, THEN), changes(rows, BEFORE, AFTER), changes(rows, THEN, AFTER)
    all_three = {row: count for row, count in rows.items() if None not in row}
    test = signed_rank(shift, zeros="pratt")
    found = {
        "n_before_then": sum(shift.values()), "n_then_after": sum(from_then.values()), "n_before_after": sum(change.values()),
        "n_all_three": sum(all_three.values()),
        "response_shift_mean": Spread(shift).mean, "then_lower": sum(shift[k] for k in range(-4, 0)), "then_same": shift[0],
        "then_higher": sum(shift[k] for k in range(1, 5)), "response_shift_pratt_exact_p": test and test.p,
        "change_before_after": Spread(change).mean, "change_then_after": Spread(from_then).mean,
        "change_before_after_same_people": Spread(changes(all_three, BEFORE, AFTER)).mean,
        "change_then_after_same_people": Spread(changes(all_three, THEN, AFTER)).mean,
    }
    return found | {"reasons": {name: _why(name, found) for name, value in found.items() if value is None}}


def _why(name: str, found: dict[str, Any]) -> str:
    if name == "response_shift_pratt_exact_p" and found["n_before_then"]:
        return "nobody judged their starting point differently"
    return "no one answered all three" if name.endswith("same_people") else "no one answered both"
