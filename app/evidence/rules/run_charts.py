"""Monthly shares in order of time: the middle, how far chance alone lets a month lie from it, and which patterns are more than chance.

Sources: Shewhart's limits for a share of a changing base, and single points beyond them (Montgomery, Introduction to Statistical Quality
Control; Mohammed, Worthington & Woodall 2008, doi 10.1136/qshc.2004.012047); eight points running on one side of the middle (Western
Electric 1956); long runs and few crossings of the median (Anhøj & Olesen 2014, doi 10.1371/journal.pone.0113825).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import comb, log2, sqrt
from statistics import median
from typing import Any

LIMITS_FROM = 12
"""From so many points limits are drawn: fewer would move them with every month."""
SHIFT = 8
ON_THE_LINE = 1e-12
"""So near to a line a point lies on it, as computers add."""
RULES_FROM = 10
"""From so many points beside the median runs and crossings say something."""


@dataclass(frozen=True)
class Point:
    """One month, or several put together: `count` of `base`."""

    label: str
    count: int
    base: int

    @property
    def share(self) -> float | None:
        """The share; none where there was nothing to count."""
        return self.count / self.base if self.base else None


@dataclass(frozen=True)
class Limits:
    """Between what a month of its base lies as long as only chance moves it."""

    low: float
    high: float


def centre(points: Sequence[Point]) -> float | None:
    """All cases together: the sum of counts over the sum of bases; none where there is no case."""
    of = sum(point.base for point in points)
    return sum(point.count for point in points) / of if of else None


def limits(middle: float, base: int) -> Limits | None:
    """Three standard errors to both sides: p ± 3 sqrt(p (1 - p) / n), kept within 0 and 1; none where there is no case."""
    if base <= 0:
        return None
    half = 3 * sqrt(middle * (1 - middle) / base)
    return Limits(max(0.0, middle - half), min(1.0, middle + half))


def longest_run_allowed(useful: int) -> int | None:
    """The longest run beside the median that chance gives now and then: log2(n) + 3, rounded (Anhøj & Olesen 2014)."""
    return round(log2(useful) + 3) if useful > 0 else None


def crossings_expected(useful: int) -> int | None:
    """The fewest crossings of the median that chance still gives: the 5% point of a binomial of n - 1 tosses (Anhøj & Olesen 2014)."""
    if useful < 1:
        return None
    tosses, below = useful - 1, 0
    for crossings in range(tosses + 1):
        below += comb(tosses, crossings)
        if below >= 0.05 * 2**tosses:
            return crossings
    return tosses


def runs(values: Sequence[float], middle: float) -> list[int]:
    """How long the values stay on one side, run by run: positive above, negative below. Values on the line are passed over."""
    sides = [value > middle for value in values if abs(value - middle) > ON_THE_LINE]
    return [len(list(same)) * (1 if above else -1) for above, same in groupby(sides)]


def shifted(shares: Sequence[float | None], middle: float, *, least: int = SHIFT) -> list[int]:
    """The places of the points in runs of `least` or more on one side of the middle; a point on the line neither counts nor ends a run."""
    found: list[int] = []
    current: list[int] = []
    above: bool | None = None
    for place, share in enumerate(shares):
        if share is None or abs(share - middle) <= ON_THE_LINE:
            continue
        if above is not (share > middle):
            found += current if len(current) >= least else []
            current, above = [], share > middle
        current.append(place)
    return found + (current if len(current) >= least else [])


def run_chart(points: Sequence[Point]) -> dict[str, Any]:
    """The chart as a plain dictionary: None for what is undefined, and `reasons` for why.

    `points` are each {label, count, base, share, low, high, outside, shifted}: the share, its limits, whether it lies beyond them, and whether
    it is in a run of eight or more. `centre` is the middle of all; `median`, `useful`, `longest_run`, `longest_run_allowed`, `crossings` and
    `crossings_expected` are of the run chart; `signals` are the rules that were met: "outside", "shift", "long_run", "few_crossings".
    """
    middle, shares = centre(points), [point.share for point in points]
    known = [share for share in shares if share is not None]
    reasons: dict[str, str] = {}
    if middle is None:
        reasons["centre"] = "there is no case in any month"
    drawn = middle is not None and len(known) >= LIMITS_FROM
    if not drawn:
        reasons["limits"] = f"there are {len(known)} months with cases; limits are drawn from {LIMITS_FROM} on"
    inside = [limits(middle, point.base) if drawn and middle is not None else None for point in points]
    outside = [
        share is not None and within is not None and not within.low - ON_THE_LINE <= share <= within.high + ON_THE_LINE
        for share, within in zip(shares, inside, strict=True)
    ]
    in_shift = set(shifted(shares, middle)) if drawn and middle is not None else set()
    pattern = _pattern(known)
    if pattern["useful"] < RULES_FROM:
        reasons["runs"] = f"{pattern['useful']} months lie beside the median; runs and crossings say something from {RULES_FROM} on"
    return {
        "centre": middle, **pattern,
        "points": [
            {"label": point.label, "count": point.count, "base": point.base, "share": share, "low": within.low if within else None,
             "high": within.high if within else None, "outside": beyond, "shifted": place in in_shift}
            for place, (point, share, within, beyond) in enumerate(zip(points, shares, inside, outside, strict=True))
        ],
        "signals": [
            *(["outside"] if any(outside) else []), *(["shift"] if in_shift else []), *_signals(pattern),
        ],
        "reasons": reasons,
    }


def _pattern(known: Sequence[float]) -> dict[str, Any]:
    """How the months lie about their median."""
    middle = median(known) if known else None
    lengths = runs(known, middle) if middle is not None else []
    useful = sum(map(abs, lengths))
    return {
        "median": middle, "useful": useful, "longest_run": max(map(abs, lengths), default=0),
        "longest_run_allowed": longest_run_allowed(useful), "crossings": sum(1 for _pair in pairwise(lengths)),
        "crossings_expected": crossings_expected(useful),
    }


def _signals(pattern: dict[str, Any]) -> list[str]:
    if pattern["useful"] < RULES_FROM:
        return []
    found = ["long_run"] if pattern["longest_run"] > pattern["longest_run_allowed"] else []
    return found + (["few_crossings"] if pattern["crossings"] < pattern["crossings_expected"] else [])
