"""The signed-rank test for ratings on a short scale, where most changes are tied: exact, by flipping every sign there is to flip.

SciPy's `wilcoxon` uses a table for data without ties, and is wrong on data like these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions

Changes = dict[int, int]
"""How many people changed by -4 … 4; every one of the nine is there."""

TOO_MANY = 2_000_000


@dataclass(frozen=True)
class SignedRank:
    """W+ and W-, the sums of ranks of those who went up and down, and what is made of them."""

    plus: float
    minus: float
    p: float
    p_greater: float
    z: float
    p_asym: float
    p_asym_cc: float

    @property
    def rank_biserial(self) -> float:
        """(W+ - W-) / (W+ + W-), from -1 to 1 (Kerby 2014)."""
        return (self.plus - self.minus) / (self.plus + self.minus)


def signed_rank(changes: Changes, *, zeros: str) -> SignedRank | None:
    """The test, two-sided and one-sided, exact given the ties; none when nobody changed.

    `zeros` is "pratt" (those without a change are ranked, then left out: Pratt 1959) or "drop" (left out first: Wilcoxon 1945).
    """
    groups = _groups(changes, start=changes[0] if zeros == "pratt" else 0)
    if not groups:
        return None
    plus = sum(rank * changes[size] for size, rank, _count in groups) / 2
    minus = sum(rank * changes[-size] for size, rank, _count in groups) / 2
    z, z_cc = _normal(groups, plus)
    low, high = _tails([(rank, count) for _size, rank, count in groups], round(2 * plus)) or (
        distributions.normal_below(z), distributions.normal_upper(z)
    )
    return SignedRank(
        plus=plus, minus=minus, p=min(1.0, 2 * min(low, high)), p_greater=min(1.0, high), z=z,
        p_asym=min(1.0, 2 * distributions.normal_upper(abs(z))), p_asym_cc=min(1.0, 2 * distributions.normal_upper(z_cc)),
    )


def sign_test(up: int, down: int) -> float | None:
    """Two-sided exact sign test of up against down; none when nobody changed."""
    if up + down == 0:
        return None
    return min(1.0, 2 * float(distributions.half_binomial_at_most(min(up, down), up + down)))


def _groups(changes: Changes, start: int) -> list[tuple[int, int, int]]:
    """(size of the change, twice the average rank of its people, how many they are) for each size that occurs."""
    groups = []
    for size in (1, 2, 3, 4):
        count = changes[size] + changes[-size]
        if count:
            groups.append((size, 2 * start + count + 1, count))
            start += count
    return groups


def _tails(groups: list[tuple[int, int]], twice_plus: int) -> tuple[float, float] | None:
    """P(W+ <= w) and P(W+ >= w): each group adds its rank times a number of heads. None where that would take too long."""
    (rank, count), *rest = sorted(groups, key=lambda group: -group[1])
    np = distributions.arrays()
    size = 1
    for _rank, people in rest:
        size *= people + 1
    if size > TOO_MANY:
        return None
    totals: Any = np.zeros(1)
    weights: Any = np.ones(1)
    for other, people in rest:
        heads = np.arange(people + 1)
        totals = (totals[:, None] + heads * other).ravel()
        weights = (weights[:, None] * distributions.half_binomial(people)).ravel()
        totals, weights = _gathered(totals, weights)
    need = twice_plus - totals
    low = float((weights * _chance(distributions.half_binomial_at_most, need // rank, count)).sum())
    high = float((weights * _chance(distributions.half_binomial_more_than, -(-need // rank) - 1, count)).sum())
    return low, high


def _chance(distribution: Callable[[Any, int], Any], heads: Any, count: int) -> Any:
    """The distribution at many numbers of heads: each of the numbers that there can be is worked out once, where that is less."""
    if len(heads) <= count:
        return distribution(heads, count)
    np = distributions.arrays()
    table = distribution(np.arange(-1, count + 1), count)
    return table[np.clip(heads, -1, count).astype(np.int64) + 1]


def _gathered(totals: Any, weights: Any) -> tuple[Any, Any]:
    np = distributions.arrays()
    order = np.argsort(totals)
    totals, weights = totals[order], weights[order]
    unique, first = np.unique(totals, return_index=True)
    return unique, np.add.reduceat(weights, first)


def _normal(groups: list[tuple[int, int, int]], plus: float) -> tuple[float, float]:
    """z without, and its size with, the continuity correction; ties are in the sums of ranks."""
    ranks = sum(rank / 2 * count for _size, rank, count in groups)
    squares = sum((rank / 2) ** 2 * count for _size, rank, count in groups)
    distance, spread = plus - ranks / 2, sqrt(squares / 4)
    return distance / spread, max(0.0, abs(distance) - 0.5) / spread
