"""How much people changed on average, how sure that is, and how large it is beside the spread."""

from dataclasses import dataclass
from math import exp, lgamma, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval
from app.evaluation.rules.statistics.signed_rank import Changes


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
        ordered = [value for value in sorted(self.counts) for _ in range(self.counts[value])]
        half = self.n // 2
        return float(ordered[half]) if self.n % 2 else (ordered[half - 1] + ordered[half]) / 2


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
    return exp(lgamma(degrees / 2) - lgamma((degrees - 1) / 2)) / sqrt(degrees / 2)


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
    chances, values = _resampled(changes, n)
    below = np.cumsum(chances)
    percentile = (_quantile(values, below, 0.025), _quantile(values, below, 0.975))
    at = round(n * mean) + 4 * n
    z0 = distributions.normal_quantile(float(below[at] - chances[at] + chances[at] / 2))
    cubes = sum(count * (value - mean) ** 3 for value, count in changes.items())
    squares = sum(count * (value - mean) ** 2 for value, count in changes.items())
    a = cubes / (6 * squares**1.5)
    bca = tuple(_quantile(values, below, _adjusted(z0, a, sign * distributions.Z95)) for sign in (-1, 1))
    return percentile, (bca[0], bca[1])


def _resampled(changes: Changes, n: int) -> tuple[Any, Any]:
    np = distributions.arrays()
    size = 1 << (8 * n + 1).bit_length()
    one = np.zeros(size)
    for change, count in changes.items():
        one[change + 4] = count / n
    chances = np.fft.irfft(np.fft.rfft(one) ** n, size)[: 8 * n + 1]
    chances = np.clip(chances, 0.0, None)
    return chances / chances.sum(), (np.arange(8 * n + 1) - 4 * n) / n


def _adjusted(z0: float, a: float, q: float) -> float:
    return distributions.normal_below(z0 + (z0 + q) / (1 - a * (z0 + q)))


def _quantile(values: Any, below: Any, share: float) -> float:
    np = distributions.arrays()
    return float(values[min(int(np.searchsorted(below, share - 1e-12)), len(values) - 1)])
