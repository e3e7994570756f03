"""Courses beside each other without a league table: how far a course of its size may lie from all of them by chance (Spiegelhalter 2005)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from app.evaluation.rules.statistics.distributions import Z95
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval

Z998 = 3.090232306167813
"""The normal quantile of 0.999."""


@dataclass(frozen=True)
class Directions:
    """How many people of a course went up, stayed and went down."""

    course: str
    up: int
    same: int
    down: int

    @property
    def n(self) -> int:
        """How many people."""
        return self.up + self.same + self.down


@dataclass(frozen=True)
class FunnelPoint:
    """A course in the funnel: its net improvement, and between what all courses' average lets it lie."""

    course: str
    n: int
    net: float | None
    within_95: Interval
    within_998: Interval

    @property
    def outside(self) -> str:
        """Which limits it lies outside of: "99.8", "95" or "" for neither."""
        for name, (low, high) in (("99.8", self.within_998), ("95", self.within_95)):
            if self.net is not None and low is not None and high is not None and not low - 1e-12 <= self.net <= high + 1e-12:
                return name
        return ""


@dataclass(frozen=True)
class Centre:
    """All courses together: their net improvement, and the spread of one person about it."""

    net: float
    spread: float

    def limits(self, n: int, z: float) -> Interval:
        """Between what the net improvement of n people lies, as long as only chance moves it; undefined for nobody."""
        if n <= 0:
            return UNDEFINED
        half = z * self.spread / sqrt(n)
        return max(-1.0, self.net - half), min(1.0, self.net + half)


def centre(courses: Iterable[Directions]) -> Centre | None:
    """The middle of the funnel; none where nobody answered.

    The variance of one person's direction (1, 0 or -1) is p + q - (p - q)^2, p and q being the shares up and down.
    """
    courses = list(courses)
    n = sum(course.n for course in courses)
    if n == 0:
        return None
    p, q = sum(course.up for course in courses) / n, sum(course.down for course in courses) / n
    return Centre(p - q, sqrt(max(0.0, p + q - (p - q) ** 2)))


def funnel(courses: Iterable[Directions]) -> list[FunnelPoint]:
    """Each course with its limits, in the order given."""
    courses = list(courses)
    middle = centre(courses)
    return [
        FunnelPoint(
            course.course, course.n, (course.up - course.down) / course.n if course.n else None,
            middle.limits(course.n, Z95) if middle else UNDEFINED, middle.limits(course.n, Z998) if middle else UNDEFINED,
        )
        for course in courses
    ]
