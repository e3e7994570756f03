"""The test that flips whole sessions: how far from 0 the total of all changes is, had each session gone up or down by the toss of a coin."""

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
    unit = gcd(*totals)
    if not unit:
        return None
    sizes = sorted(abs(total) // unit for total in totals if total)
    upwards = sum(total for total in totals if total > 0) // unit
    if sum(sizes) * len(sizes) <= MOST_STEPS:
        return _doubled(*_one_by_one(sizes, upwards))
    normal = 2 * distributions.normal_upper(abs(2 * upwards - sum(sizes)) / sqrt(sum(size * size for size in sizes)))
    found = _by_transform(sizes, upwards)
    return normal if found is None or _doubled(*found) < NOISE else _doubled(*found)


def smallest_possible(totals: Sequence[int]) -> float | None:
    """The smallest chance that the test can give of so many totals; none when every total is 0."""
    flips = sum(1 for total in totals if total)
    return 2.0 ** (1 - flips) if flips else None


def _doubled(low: float, high: float) -> float:
    return min(1.0, 2 * min(low, high))


def _one_by_one(sizes: list[int], upwards: int) -> tuple[float, float]:
    """P(sum of the sizes that go up <= observed), P(>= observed)."""
    np = distributions.arrays()
    chances: Any = np.ones(1)
    for size in sizes:
        longer = np.zeros(len(chances) + size)
        longer[: len(chances)] = chances
        longer[size:] += chances
        chances = longer / 2
    return float(chances[: upwards + 1].sum()), float(chances[upwards:].sum())


def _by_transform(sizes: list[int], upwards: int) -> tuple[float, float] | None:
    """The same from the characteristic function, near the mean only; none where the observed sum lies further out."""
    np = distributions.arrays()
    whole = sum(sizes)
    reach = ceil(WINDOW * sqrt(sum(size * size for size in sizes)) / 2) + 1
    length = distributions.fast_length(2 * reach + 1)
    first = whole // 2 - reach
    if not first <= upwards <= first + 2 * reach:
        return None
    steps = np.arange(length // 2 + 1)
    there: Any = np.exp(-1j * np.pi * (steps * whole % (2 * length)) / length)
    values, times = np.unique(sizes, return_counts=True)
    for size, count in zip(values.tolist(), times.tolist(), strict=True):
        there *= np.cos(np.pi * (steps * size % (2 * length)) / length) ** count
    chances = np.roll(np.fft.irfft(there, length), -(first % length))[: 2 * reach + 1]
    return float(chances[: upwards - first + 1].sum()), float(chances[upwards - first :].sum())
