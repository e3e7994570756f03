"""How much people changed on average, how sure that is, and how large it is beside the spread."""

from dataclasses import dataclass
from math import ceil, exp, lgamma, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval
from app.evaluation.rules.statistics.signed_rank import Changes

MANY_DEGREES = 2000
"""From here on the difference of two logarithms of gamma is less exact than the series of their ratio."""

WINDOW = 38
"""How far from its mean a sum of n changes is followed, in roots of n."""


@dataclass(frozen=True)
class Spread:
    """A list of whole numbers by how often each occurs: what means and spreads need of it."""

    counts: dict[int, int]

    @property
    def n(self) -> int:
        """How many."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """The average; none of none."""
        return sum(value * count for value, count in self.counts.items()) / self.n if self.n else None

    @property
    def sd(self) -> float | None:
        """The standard deviation with n - 1; none below two."""
        if self.n < 2:
            return None
        mean = self.mean or 0.0
        return sqrt(sum(count * (value - mean) ** 2 for value, count in self.counts.items()) / (self.n - 1))

    @property
    def median(self) -> float | None:
        """The middle, or the average of the two in the middle."""
        if not self.n:
            return None
        return (self._at((self.n - 1) // 2) + self._at(self.n // 2)) / 2

    def _at(self, place: int) -> int:
        """What stands at this place, from 0, when all are put in order."""
        for value in sorted(self.counts):
            place -= self.counts[value]
            if place < 0:
                return value
        raise IndexError(place)


def t_interval(changes: Changes) -> Interval:
    """Student's 95% interval of the mean change; undefined below two people, or when everyone changed by the same."""
    spread = Spread(changes)
    if not spread.sd or spread.mean is None:
        return UNDEFINED
    half = distributions.t_quantile(0.975, spread.n - 1) * spread.sd / sqrt(spread.n)
    return spread.mean - half, spread.mean + half


def hedges_j(degrees: int) -> float | None:
    """Hedges's correction of a standardised mean for few people (Hedges 1981); none below two degrees of freedom."""
    if degrees < 2:
        return None
    x = (degrees - 1) / 2
    if degrees < MANY_DEGREES:
        return exp(lgamma(x + 0.5) - lgamma(x)) / sqrt(degrees / 2)
    ratio = 1 - 1 / (8 * x) + 1 / (128 * x**2) + 5 / (1024 * x**3) - 21 / (32768 * x**4)  # of the gammas, over the root of x
    return ratio * sqrt(x / (degrees / 2))


def bootstrap(changes: Changes) -> tuple[Interval, Interval]:
    """The percentile and the BCa 95% interval of the mean change with infinitely many resamples (Efron 1987).

    The distribution of the resampled mean is the n-fold convolution of the changes, so there is no chance in it.
    Undefined when everyone changed by the same; BCa is too narrow below 30 people.
    """
    spread = Spread(changes)
    n, mean = spread.n, spread.mean
    if not spread.sd or mean is None:
        return UNDEFINED, UNDEFINED
    np = distributions.arrays()
    chances, first = _resampled(changes, n)
    below = np.cumsum(chances)
    at = round(n * mean) - first
    z0 = distributions.normal_quantile(float(below[at] - chances[at] / 2))
    cubes = sum(count * (value - mean) ** 3 for value, count in changes.items())
    squares = sum(count * (value - mean) ** 2 for value, count in changes.items())
    a = cubes / (6 * squares**1.5)
    shares = (0.025, 0.975, _adjusted(z0, a, -distributions.Z95), _adjusted(z0, a, distributions.Z95))
    low, high, bca_low, bca_high = ((first + int(np.searchsorted(below, share - 1e-12))) / n for share in shares)
    return (low, high), (bca_low, bca_high)


def _resampled(changes: Changes, n: int) -> tuple[Any, int]:
    """The chances of each sum of n changes drawn with replacement, and the sum that comes first.

    Where the sums that can be reach further than that, only those near the mean are worked out: by Hoeffding's inequality those outside
    the window, which fall into it as the convolution goes round, have together a chance below 1e-19.
    """
    np = distributions.arrays()
    reach = ceil(WINDOW * sqrt(n))
    first = max(-4 * n, round(sum(value * count for value, count in changes.items())) - reach)
    wanted = min(8 * n, 2 * reach) + 1
    size = distributions.fast_length(wanted)
    one = np.zeros(size)
    for change, count in changes.items():
        one[change % size] += count / n
    chances = np.fft.irfft(np.fft.rfft(one) ** n, size)
    chances = np.clip(np.roll(chances, -(first % size))[:wanted], 0.0, None)
    return chances / chances.sum(), first


def _adjusted(z0: float, a: float, q: float) -> float:
    return distributions.normal_below(z0 + (z0 + q) / (1 - a * (z0 + q)))
