"""The test that flips whole sessions: how far from 0 the total of all changes is, had each session gone up or down by the toss of a coin."""

from collections import Counter
from collections.abc import Sequence
from math import ceil, gcd, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions

MOST_STEPS = 500_000_000
"""So many additions are done one by one, which keeps the smallest chances exact; more by Fourier transform."""

WINDOW = 10
"""How far from its mean the sum is followed then, in standard deviations; by Hoeffding's inequality there is less than 1e-21 beyond."""

NOISE = 1e-11
"""A chance below this that comes out of a Fourier transform is not exact, and the normal form stands in for it."""


def sign_flip(totals: Sequence[int]) -> float | None:
    """Two-sided chance of so large a sum of totals, exact over all flips of their signs; none when every total is 0.

    It is min(1, twice the smaller tail), as in the signed-rank test; with G totals that are not 0 it cannot be less than 2 ** (1 - G).
    """
    found = Counter(totals)
    unit = gcd(*found)
    if not unit:
        return None
    upwards = sum(total * count for total, count in found.items() if total > 0) // unit
    sizes: Counter[int] = Counter()
    for total, count in found.items():
        if total:
            sizes[abs(total) // unit] += count
    if _whole(sizes) * sizes.total() <= MOST_STEPS:
        return _doubled(*_one_by_one(sizes, upwards))
    normal = 2 * distributions.normal_upper(abs(2 * upwards - _whole(sizes)) / _spread(sizes))
    tails = _by_transform(sizes, upwards)
    return normal if tails is None or _doubled(*tails) < NOISE else _doubled(*tails)


def smallest_possible(totals: Sequence[int]) -> float | None:
    """The smallest chance that the test can give of so many totals; none when every total is 0."""
    flips = len(totals) - totals.count(0)
    return 2.0 ** (1 - flips) if flips else None


def _doubled(low: float, high: float) -> float:
    return min(1.0, 2 * min(low, high))


def _whole(sizes: Counter[int]) -> int:
    return sum(size * count for size, count in sizes.items())


def _spread(sizes: Counter[int]) -> float:
    """The standard deviation of the sum of all, each with a sign by the toss of a coin."""
    return sqrt(sum(size * size * count for size, count in sizes.items()))


def _one_by_one(sizes: Counter[int], upwards: int) -> tuple[float, float]:
    """P(sum of the sizes that go up <= observed), P(>= observed)."""
    np = distributions.arrays()
    chances: Any = np.ones(1)
    for size in sorted(sizes.elements()):
        longer = np.zeros(len(chances) + size)
        longer[: len(chances)] = chances
        longer[size:] += chances
        chances = longer / 2
    return float(chances[: upwards + 1].sum()), float(chances[upwards:].sum())


def _by_transform(sizes: Counter[int], upwards: int) -> tuple[float, float] | None:
    """The same from the characteristic function, near the mean only; none where the observed sum lies further out."""
    np = distributions.arrays()
    whole = _whole(sizes)
    reach = ceil(WINDOW * _spread(sizes) / 2) + 1
    length = distributions.fast_length(2 * reach + 1)
    first = whole // 2 - reach
    if not first <= upwards <= first + 2 * reach:
        return None
    steps = np.arange(length // 2 + 1)
    there: Any = np.exp(-1j * np.pi * (steps * whole % (2 * length)) / length)
    for size, count in sorted(sizes.items()):
        there *= np.cos(np.pi * (steps * size % (2 * length)) / length) ** count
    chances = np.roll(np.fft.irfft(there, length), -(first % length))[: 2 * reach + 1]
    return float(chances[: upwards - first + 1].sum()), float(chances[upwards - first :].sum())
