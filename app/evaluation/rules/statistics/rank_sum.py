"""The rank-sum test of Mann and Whitney for ratings of two groups, where most are tied: exact for few, normal for many.

SciPy's `mannwhitneyu` is asymptotic as soon as there are ties, and doubles a tail where the distribution may be lopsided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions

Counts = Sequence[int]
"""How many gave the lowest rating, the next … the highest."""

MOST_FOR_EXACT = 60


@dataclass(frozen=True)
class RankSum:
    """Two-sided chances of ranks that differ as much or more, were the groups alike; `p_exact` is none above 60 people."""

    p_asym: float
    p_asym_cc: float
    p_exact: float | None


def rank_sum(before: Counts, after: Counts) -> RankSum | None:
    """The test of two groups; none when one is empty or everybody gave the same rating."""
    tied = [x + y for x, y in zip(before, after, strict=True)]
    n, m, both = sum(before), sum(after), sum(tied)
    if not n or not m or max(tied) == both:
        return None
    twice_ranks = _twice_midranks(tied)
    distance = abs(sum(count * rank for count, rank in zip(after, twice_ranks, strict=True)) - m * (both + 1)) / 2
    ties = sum(count**3 - count for count in tied) / (both * (both - 1))
    spread = sqrt(n * m / 12 * (both + 1 - ties))
    return RankSum(
        p_asym=min(1.0, 2 * distributions.normal_upper(distance / spread)),
        p_asym_cc=min(1.0, 2 * distributions.normal_upper(max(0.0, distance - 0.5) / spread)),
        p_exact=_exact(tied, twice_ranks, m, round(2 * distance)) if both <= MOST_FOR_EXACT else None,
    )


def _twice_midranks(tied: Counts) -> list[int]:
    found, below = [], 0
    for count in tied:
        found.append(2 * below + count + 1)
        below += count
    return found


def _exact(tied: Counts, twice_ranks: list[int], m: int, twice_distance: int) -> float:
    """P(|T - mean| >= the distance) over every choice of m people: how coin defines it (Hothorn et al. 2008).

    Levels are taken in turn; `ways[j, s]` is in how many ways j people with a doubled rank sum of s are chosen from those so far.
    """
    np = distributions.arrays()
    both = sum(tied)
    ways: Any = np.zeros((m + 1, 2 * m * both + 1))
    ways[0, 0] = 1.0
    for count, rank in zip(tied, twice_ranks, strict=True):
        longer = np.zeros_like(ways)
        for j in range(min(count, m) + 1):
            longer[j:, j * rank :] += comb(count, j) * ways[: m + 1 - j, : ways.shape[1] - j * rank]
        ways = longer
    chances = ways[m] / ways[m].sum()
    far = np.abs(np.arange(len(chances)) - m * (both + 1)) >= twice_distance
    return min(1.0, float(chances[far].sum()))
