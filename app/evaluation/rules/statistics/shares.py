"""Intervals for a share: x of n. Each gives (low, high), or two nones where n is 0."""

from math import sqrt
from typing import Any

from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.distributions import Z95, beta_quantile

Interval = tuple[float | None, float | None]
UNDEFINED: Interval = (None, None)


def wilson(x: float, n: float) -> Interval:
    """Wilson's score interval, 95% (Wilson 1927; advised for small n by Brown, Cai & DasGupta 2001).

    Both are whole, except where people count for less than one each because those of a session are alike.
    """
    if n == 0:
        return UNDEFINED
    p, z2 = x / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return (0.0 if x == 0 else max(0.0, centre - half), 1.0 if x == n else min(1.0, centre + half))


def clopper_pearson(x: int, n: int) -> Interval:
    """The exact interval, 95%, never too narrow (Clopper & Pearson 1934)."""
    if n == 0:
        return UNDEFINED
    low = 0.0 if x == 0 else beta_quantile(0.025, x, n - x + 1)
    high = 1.0 if x == n else beta_quantile(0.975, x + 1, n - x)
    return low, high


def jeffreys(x: int, n: int) -> Interval:
    """The interval of Jeffreys's prior, 95%, closed at the edges (Brown, Cai & DasGupta 2001)."""
    if n == 0:
        return UNDEFINED
    low = 0.0 if x == 0 else beta_quantile(0.025, x + 0.5, n - x + 0.5)
    high = 1.0 if x == n else beta_quantile(0.975, x + 0.5, n - x + 0.5)
    return low, high


def net_improvement(up: int, down: int, n: int) -> Interval:
    """The 95% interval of (up - down) / n in matched pairs (Bonett & Price 2012)."""
    if n == 0:
        return UNDEFINED
    p, q = (up + 1) / (n + 2), (down + 1) / (n + 2)
    half = Z95 * sqrt((p + q - (p - q) ** 2) / (n + 2))
    return max(-1.0, p - q - half), min(1.0, p - q + half)


def proportion(x: int, n: int) -> dict[str, Any]:
    """A share of a whole and its three intervals; nothing of nothing is undefined."""
    return {
        "share": x / n if n else None, "wilson": list(wilson(x, n)), "clopper_pearson": list(clopper_pearson(x, n)),
        "jeffreys": list(jeffreys(x, n)),
        "reasons": {} if n else dict.fromkeys(("share", "wilson", "clopper_pearson", "jeffreys"), "n is 0, so there is nothing to share"),
    }


def check_part(given: dict[str, int]) -> None:
    """A part is no larger than its whole.

    Raises:
        Wrong: it is.
    """
    if given["x"] > given["n"]:
        raise Wrong(f"field x: {given['x']:,} of {given['n']:,} cannot be. Write an x that is no larger than n")
