"""The door to SciPy and NumPy (its solvers are behind the other one), which take a second to import and so wait until a figure needs them."""

from functools import cache
from typing import Any

from app.core.errors import Refused

Z95 = 1.959963984540054
"""The normal quantile of 0.975."""


@cache
def _stats() -> Any:
    try:
        from scipy import stats  # noqa: PLC0415  (slow to import)
    except ImportError:
        raise Refused("The analysis needs SciPy, which is not installed. Run `python3 dev.py setup`.") from None
    return stats


@cache
def arrays() -> Any:
    """NumPy, when a figure needs it."""
    import numpy  # noqa: PLC0415  (slow to import)

    return numpy


def t_quantile(share: float, degrees: float) -> float:
    """Student's t."""
    return float(_stats().t.ppf(share, degrees))


def beta_quantile(share: float, a: float, b: float) -> float:
    """The beta distribution's."""
    return float(_stats().beta.ppf(share, a, b))


def normal_quantile(share: float) -> float:
    """The standard normal's."""
    return float(_stats().norm.ppf(share))


def normal_upper(z: float) -> float:
    """The chance of more than z, standard normal."""
    return float(_stats().norm.sf(z))


def normal_below(z: float) -> float:
    """The chance of z or less, standard normal."""
    return float(_stats().norm.cdf(z))


def half_binomial(count: int) -> Any:
    """The chances of 0, 1 … `count` heads of as many fair coins, as an array."""
    stats = _stats()
    return stats.binom.pmf(range(count + 1), count, 0.5)


def half_binomial_at_most(heads: Any, count: int) -> Any:
    """The chance of at most so many heads; arrays welcome."""
    return _stats().binom.cdf(heads, count, 0.5)


def half_binomial_more_than(heads: Any, count: int) -> Any:
    """The chance of more heads than that; arrays welcome."""
    return _stats().binom.sf(heads, count, 0.5)


def chi_square_upper(value: float, degrees: int) -> float:
    """The chance of more than this much, chi-square."""
    return float(_stats().chi2.sf(value, degrees))


def beta_quantiles(share: float, a: Any, b: Any) -> Any:
    """The beta distribution's quantiles for arrays of its two parameters."""
    return _stats().beta.ppf(share, a, b)


def binomial_chances(count: int, share: float) -> Any:
    """The chances of 0, 1 … `count` of as many, as an array."""
    return _stats().binom.pmf(range(count + 1), count, share)


def fast_length(least: int) -> int:
    """The next length from this one of which a Fourier transform is quick."""
    from scipy import fft  # noqa: PLC0415  (slow to import)

    return int(fft.next_fast_len(least, real=True))
