"""An interval for how far rises outweigh falls, by drawing whole sessions again and again; the same data always give the same draws."""

import hashlib
from collections.abc import Sequence
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval
from app.evaluation.rules.statistics.signed_rank import Changes

DRAWS = 1999
FEWEST_SESSIONS, MOST_SESSIONS = 10, 2000


def rank_biserial_interval(sessions: Sequence[Changes]) -> Interval:
    """The 95% percentile interval of the matched-pairs rank-biserial correlation without zeros (Kerby 2014), sessions drawn whole.

    Undefined below 10 sessions, of which too few different draws can be made, above 2,000, when nobody changed, and when every draw gives the same.
    """
    count = len(sessions)
    if not FEWEST_SESSIONS <= count <= MOST_SESSIONS or not any(changes[k] for changes in sessions for k in changes if k):
        return UNDEFINED
    np = distributions.arrays()
    table = np.array(sorted([changes[k] for k in range(-4, 5)] for changes in sessions))
    seed = int.from_bytes(hashlib.sha256(repr(table.tolist()).encode()).digest()[:8], "big")
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), DRAWS) @ table
    found = _rank_biserial(drawn)
    low, high = np.quantile(found, (0.025, 0.975))
    return (float(low), float(high)) if low < high else UNDEFINED


def _rank_biserial(drawn: Any) -> Any:
    """Of each row of nine counts; rows in which nobody changed are left out."""
    np = distributions.arrays()
    drawn = drawn[drawn.sum(axis=1) > drawn[:, 4]]
    start, difference, whole = (np.zeros(len(drawn)) for _ in range(3))
    for size in (1, 2, 3, 4):
        up, down = drawn[:, 4 + size], drawn[:, 4 - size]
        rank = start + (up + down + 1) / 2
        difference += rank * up - rank * down
        whole += rank * up + rank * down
        start += up + down
    return difference / whole
