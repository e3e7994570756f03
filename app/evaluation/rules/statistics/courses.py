"""Whether courses differ in how much people changed: ranks of all together, courses two by two, and each course on its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.false_discovery import benjamini_hochberg, holm
from app.evaluation.rules.statistics.reading import RowCounts
from app.evaluation.rules.statistics.signed_rank import sign_test

ONE_COURSE = "there is only one course, or none"
NO_DIFFERENCE = "everyone changed by the same"
NOBODY_CHANGED = "nobody changed"


@dataclass(frozen=True)
class Ranks:
    """Everybody ranked by their change, average ranks where they are alike: what the courses' ranks come to."""

    sizes: dict[str, int]
    means: dict[str, float]
    spread: float
    """The sum over everybody of (rank - average rank)^2; 0 when all are alike."""

    @property
    def n(self) -> int:
        """How many people."""
        return sum(self.sizes.values())


def courses(changes: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """Every figure about the difference between courses, from how many people of each changed by how much.

    Kruskal-Wallis with ties, epsilon squared H / (N - 1), Dunn's z (1964) with the tie-corrected variance and Holm's p, and each
    course's sign test with Benjamini and Hochberg's p. An undefined number is None, and `reasons` says why.
    """
    ranks = _ranks({course: counts for course, counts in sorted(changes.items()) if sum(counts.values())})
    reason = ONE_COURSE if len(ranks.sizes) < 2 else "" if ranks.spread else NO_DIFFERENCE
    signs = {course: _sign(changes[course]) for course in ranks.sizes}
    adjusted = dict(zip(signs, benjamini_hochberg(list(signs.values())), strict=True))
    silent = {"sign_p_by_course": NOBODY_CHANGED, "sign_p_bh": NOBODY_CHANGED} if None in signs.values() else {}
    dunn = _dunn(ranks)
    silent |= {"dunn": NO_DIFFERENCE} if any(pair["z"] is None for pair in dunn) else {}
    return {
        "k": len(ranks.sizes), "N": ranks.n, **_kruskal_wallis(ranks), "dunn": dunn,
        "sign_p_by_course": signs, "sign_p_bh": adjusted,
        "reasons": (dict.fromkeys(("kw_H", "kw_df", "kw_p", "epsilon2"), reason) if reason else {}) | silent,
    }


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (course, change); a row without a change is left out."""
    found: dict[str, dict[int, int]] = {}
    for (course, change), count in rows.items():
        if isinstance(change, int):
            counts = found.setdefault(str(course), {})
            counts[change] = counts.get(change, 0) + count
    return courses(found)


def _sign(counts: Mapping[int, int]) -> float | None:
    return sign_test(sum(c for k, c in counts.items() if k > 0), sum(c for k, c in counts.items() if k < 0))


def _ranks(changes: Mapping[str, Mapping[int, int]]) -> Ranks:
    alike: dict[int, int] = {}
    for counts in changes.values():
        for change, count in counts.items():
            alike[change] = alike.get(change, 0) + count
    twice, below = {}, 0
    for change in sorted(alike):
        twice[change] = 2 * below + alike[change] + 1
        below += alike[change]
    sizes = {course: sum(counts.values()) for course, counts in changes.items()}
    means = {course: sum(twice[k] * c for k, c in counts.items()) / (2 * sizes[course]) for course, counts in changes.items()}
    return Ranks(sizes, means, sum(count * (twice[change] - below - 1) ** 2 for change, count in alike.items()) / 4)


def _kruskal_wallis(ranks: Ranks) -> dict[str, Any]:
    if len(ranks.sizes) < 2 or not ranks.spread:
        return dict.fromkeys(("kw_H", "kw_df", "kw_p", "epsilon2"))
    middle = (ranks.n + 1) / 2
    between = sum(size * (ranks.means[course] - middle) ** 2 for course, size in ranks.sizes.items())
    h, df = (ranks.n - 1) * between / ranks.spread, len(ranks.sizes) - 1
    return {"kw_H": h, "kw_df": df, "kw_p": distributions.chi_square_upper(h, df), "epsilon2": h / (ranks.n - 1)}


def _dunn(ranks: Ranks) -> list[dict[str, Any]]:
    """Every two courses in alphabetical order; z is the mean rank of the first less that of the second, over its standard error."""
    pairs = list(combinations(sorted(ranks.sizes), 2))
    if not ranks.spread:
        return [{"a": a, "b": b, "z": None, "p": None, "p_holm": None} for a, b in pairs]
    variance = ranks.spread / (ranks.n - 1)
    found = [
        (a, b, (ranks.means[a] - ranks.means[b]) / sqrt(variance * (1 / ranks.sizes[a] + 1 / ranks.sizes[b]))) for a, b in pairs
    ]
    chances = [erfc(abs(z) / sqrt(2)) for _a, _b, z in found]  # twice the normal's tail; there may be very many pairs
    return [
        {"a": a, "b": b, "z": z, "p": p, "p_holm": adjusted}
        for (a, b, z), p, adjusted in zip(found, chances, holm(chances), strict=True)
    ]
