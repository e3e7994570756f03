"""What sessions have to do with it: people of one session are alike, so that what they say is worth less than so many separate answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum, sqrt
from operator import mul
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.reading import RowCounts
from app.evaluation.rules.statistics.shares import UNDEFINED, Interval, wilson
from app.evaluation.rules.statistics.sign_flip import sign_flip, smallest_possible

Session = tuple[int, int, int]
"""How many people of a session changed, the sum of their changes, the sum of the squares."""


@dataclass(frozen=True)
class Clustered:
    """The mean change of people in sessions, with its standard error if people were alone and as they are. No session is without people."""

    sessions: tuple[Session, ...]

    @cached_property
    def sums(self) -> tuple[int, int, int]:
        """How many people, the sum of all changes, the sum of their squares."""
        people, total, squares = (sum(column) for column in zip(*self.sessions, strict=True)) if self.sessions else (0, 0, 0)
        return people, total, squares

    @property
    def n(self) -> int:
        """How many people."""
        return self.sums[0]

    @cached_property
    def mean(self) -> float | None:
        """The average change; none of none."""
        return self.sums[1] / self.n if self.n else None

    @cached_property
    def squared_deviations(self) -> float:
        """The sum of squares about the mean, exactly 0 when everyone changed by the same."""
        n, total, squares = self.sums
        return (n * squares - total**2) / n if n else 0.0

    @cached_property
    def naive_se(self) -> float | None:
        """The standard error that ignores sessions; none below two people."""
        return sqrt(self.squared_deviations / (self.n - 1) / self.n) if self.n > 1 else None

    @cached_property
    def se(self) -> float | None:
        """The standard error that allows for sessions (Cameron & Miller 2015); none below two sessions."""
        count, (n, total, _squares) = len(self.sessions), self.sums
        if count < 2:
            return None
        sizes, totals, _of_each = zip(*self.sessions, strict=True)
        apart = n * n * _product(totals, totals) - 2 * n * total * _product(sizes, totals) + total**2 * _product(sizes, sizes)
        return sqrt(count / (count - 1) * apart / n**2) / n  # `apart` is n squared times the sum of squared residuals of sessions

    @cached_property
    def interval(self) -> Interval:
        """The 95% interval of the mean change with one degree of freedom less than sessions; none when everyone changed by the same."""
        se, mean = self.se, self.mean
        if se is None or mean is None or not self.squared_deviations:
            return UNDEFINED
        half = distributions.t_quantile(0.975, len(self.sessions) - 1) * se
        return mean - half, mean + half

    @cached_property
    def icc(self) -> float | None:
        """How alike people of one session are, by analysis of variance: 1 wholly, below 0 less than by chance; none when it has no meaning."""
        count, n = len(self.sessions), self.n
        if count < 2 or n == count or not self.squared_deviations:
            return None
        within = fsum((size * squares - total**2) / size for size, total, squares in self.sessions)
        between_mean, within_mean = (self.squared_deviations - within) / (count - 1), within / (n - count)
        sizes = [size for size, _total, _squares in self.sessions]
        size = (n - _product(sizes, sizes) / n) / (count - 1)
        return (between_mean - within_mean) / (between_mean + (size - 1) * within_mean)

    @cached_property
    def design_effect(self) -> float | None:
        """How many times the variance is larger than if people were alone; none where either has no meaning."""
        return (self.se / self.naive_se) ** 2 if self.se is not None and self.naive_se else None


def _product(left: Sequence[int], right: Sequence[int]) -> int:
    """The sum of the products, exactly."""
    return sum(map(mul, left, right))


def clustered(changes: Mapping[Any, Mapping[int, int]]) -> Clustered:
    """From how many people of each session changed by how much; sessions without anybody are left out."""
    found = []
    for counts in changes.values():
        size = sum(counts.values())
        if size:
            squares = sum(change * change * count for change, count in counts.items())
            found.append((size, sum(change * count for change, count in counts.items()), squares))
    return Clustered(tuple(found))


def shown_interval(people: Clustered) -> Interval:
    """The 95% interval of the mean change to show: the wider of the clustered one and Student's, kept on the scale from -4 to 4.

    Of one session it is Student's, and says nothing about other sessions. Undefined below two people, or when everyone changed by the same.
    """
    mean, se = people.mean, people.naive_se
    if mean is None or not se:
        return UNDEFINED
    half = distributions.t_quantile(0.975, people.n - 1) * se
    if people.se is not None:
        half = max(half, distributions.t_quantile(0.975, len(people.sessions) - 1) * people.se)
    return max(-4.0, mean - half), min(4.0, mean + half)


def share_interval(parts: Iterable[tuple[int, int]]) -> Interval:
    """The 95% interval of a share, from (how many of a session, how many of them count): Wilson's, of as many people as they are worth.

    That is their number divided by the design effect (Kish 1965), and never more than their number.
    """
    people = Clustered(tuple((size, x, x) for size, x in parts if size))
    worth = 1 / max(1.0, people.design_effect or 1.0)
    return wilson(people.sums[1] * worth, people.n * worth)


def cluster(people: Clustered) -> dict[str, Any]:
    """Every figure about sessions. An undefined number is None, an undefined interval [None, None]."""
    totals = [total for _size, total, _squares in people.sessions]
    several = len(people.sessions) > 1
    found = {
        "n": people.n, "sessions": len(people.sessions), "mean_change": people.mean, "naive_se": people.naive_se, "cluster_se": people.se,
        "df": len(people.sessions) - 1 if several else None, "cluster_ci": list(people.interval), "icc_anova": people.icc,
        "deff": people.design_effect, "signflip_p": sign_flip(totals), "signflip_smallest_possible_p": smallest_possible(totals),
    }
    return found | {"reasons": {name: _why(name, found) for name, value in found.items() if value in (None, [None, None])}}


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (session, change); a change of none was not answered."""
    changes: dict[Any, dict[int, int]] = {}
    for (session, change), count in rows.items():
        if isinstance(change, int):
            changes.setdefault(session, {})[change] = count
    return cluster(clustered(changes))


def _why(name: str, found: dict[str, Any]) -> str:
    if not found["n"]:
        return "no one answered both times"
    if name.startswith("signflip"):
        return "in no session did the changes add up to a rise or a fall"
    if name == "naive_se":
        return "one person alone has no spread"
    if found["sessions"] == 1:
        return "one session says nothing about other sessions"
    if name == "icc_anova" and found["sessions"] == found["n"]:
        return "no session has more than one person"
    return "everyone changed by the same amount, so no range can be worked out"
