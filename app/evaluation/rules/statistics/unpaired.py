"""What different people said before and after: a comparison of two groups, not change. Five counts of each are enough."""

from math import sqrt
from typing import Any

from app.evaluation.rules.statistics.distributions import Z95
from app.evaluation.rules.statistics.mean_change import Spread
from app.evaluation.rules.statistics.rank_sum import MOST_FOR_EXACT, Counts, rank_sum
from app.evaluation.rules.statistics.reading import RowCounts
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval

RATINGS = range(1, 6)


def unpaired(before: Counts, after: Counts) -> dict[str, Any]:
    """Every figure about two groups of people, none of whom is in both. An undefined number is None, an undefined interval [None, None].

    Raises:
        ValueError: one of the groups is not five counts.
    """
    if any(len(group) != 5 or min(group) < 0 for group in (before, after)):
        raise ValueError("each group must be five counts")
    n, m = sum(before), sum(after)
    means = [Spread(dict(zip(RATINGS, group, strict=True))).mean for group in (before, after)]
    delta, test = dominance(before, after), rank_sum(before, after)
    found = {
        "n_before": n, "n_after": m, "mean_difference": means[1] - means[0] if means[0] is not None and means[1] is not None else None,
        "cliffs_delta": delta, "prob_superiority": (delta + 1) / 2 if delta is not None else None,
        "mw_p_asym": test and test.p_asym, "mw_p_asym_cc": test and test.p_asym_cc, "mw_p_exact": test and test.p_exact,
        "cliff_ci": list(dominance_interval(before, after)),
    }
    return found | {"reasons": {name: _why(name, found) for name, value in found.items() if value in (None, [None, None])}}


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (before or after, rating); a rating of none was not answered."""
    before, after = ([rows.get((group, rating), 0) for rating in RATINGS] for group in ("before", "after"))
    return unpaired(before, after)


def dominance(before: Counts, after: Counts) -> float | None:
    """Cliff's delta: the chance that one of those after rated higher than one of those before, less the chance of lower (Cliff 1993)."""
    n, m = sum(before), sum(after)
    if not n or not m:
        return None
    return sum(count * _above(before, level) for level, count in enumerate(after)) / (n * m)


def dominance_interval(before: Counts, after: Counts) -> Interval:
    """The 95% interval of Cliff's delta: his consistent variance (Cliff 1996) in the asymmetric form of Feng & Cliff 2004.

    Undefined with fewer than two people in a group, or when all of one group rated higher than all of the other.
    """
    n, m = sum(before), sum(after)
    d = dominance(before, after)
    if d is None or n < 2 or m < 2 or abs(d) == 1:
        return UNDEFINED
    of_after = sum(count * (_above(before, level) / n - d) ** 2 for level, count in enumerate(after)) / (m - 1)
    of_before = sum(count * (-_above(after, level) / m - d) ** 2 for level, count in enumerate(before)) / (n - 1)
    of_pairs = sum(
        x * y * ((j > i) - (j < i) - d) ** 2 for i, x in enumerate(before) for j, y in enumerate(after)
    ) / ((n - 1) * (m - 1))
    variance = ((n - 1) * of_after + (m - 1) * of_before + of_pairs) / (n * m)
    half = Z95 * sqrt(variance) * sqrt((1 - d * d) ** 2 + Z95**2 * variance)
    scale = 1 - d * d + Z95**2 * variance
    return (d - d**3 - half) / scale, (d - d**3 + half) / scale


def _above(group: Counts, level: int) -> int:
    """How many of a group stand below this level, less how many stand above it."""
    return sum(group[:level]) - sum(group[level + 1 :])


def _why(name: str, found: dict[str, Any]) -> str:
    n, m = found["n_before"], found["n_after"]
    if not n or not m:
        return "one of the two groups is empty"
    if name == "cliff_ci" and min(n, m) < 2:
        return "one person alone has no spread"
    if name == "cliff_ci":
        return "all of one group rated higher than all of the other, so no range can be worked out"
    if name == "mw_p_exact" and found["mw_p_asym"] is not None:
        return f"more than {MOST_FOR_EXACT} people answered, so the normal form mw_p_asym is used"
    return "everyone gave the same rating"
