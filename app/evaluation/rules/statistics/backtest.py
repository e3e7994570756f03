"""How good the forecasts would have been: each past session forecast from what was known on its day, then compared with who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.forecast import (
    LEAST_HISTORY,
    Learner,
    Model,
    PastSession,
    PlacesPolicy,
    attendance,
    kept_from_certain,
    learn,
    mean_chance,
)
from app.evaluation.rules.statistics.shares import Interval, wilson

BIN_LEAST = 20
MOST_BINS = 10
NEAR = 3
"""A forecast is near when attendance was within so many people of it."""


class Person(NamedTuple):
    """One booking: the chance it was given, the overall rate to that day, and whether the person stayed away."""

    session: str
    month: tuple[int, int]
    chance: float
    base: float
    absent: bool


class Held(NamedTuple):
    """One session: what was forecast, and how many came."""

    session: str
    expected: float
    low: int
    high: int
    came: int
    over: bool | None
    """Whether more came than there was room for; none without a limit."""
    risk: float | None


@dataclass(frozen=True)
class Backtest:
    """Every forecast beside what happened."""

    people: tuple[Person, ...]
    sessions: tuple[Held, ...]


class Reliability(NamedTuple):
    """People who were given about the same chance: its average, how many, the share who stayed away and its interval."""

    mean_chance: float
    n: int
    share: float
    interval: Interval


def backtest(
    sessions: Sequence[PastSession], learner: Learner = learn, policy: PlacesPolicy | None = None, latest: int | None = None
) -> Backtest:
    """Forecast each session from the sessions held before its cut-off, in the order in which they were held.

    A session with under 20 bookings before it is not forecast: there is nothing to judge. `latest`: only so many, the last ones held.
    """
    policy = policy or PlacesPolicy()
    ordered = sorted(sessions, key=lambda session: (session.held_on, session.session))
    learnt: dict[int, Model] = {}
    people: list[Person] = []
    held: list[Held] = []
    for session in ordered if latest is None else ordered[-latest:]:
        known = [past for past in ordered if past.held_on < session.cut_off]
        booked, absent = (sum(past.outcome[k] for past in known) for k in (0, 1))
        if booked < LEAST_HISTORY or not session.booked:
            continue
        if len(known) not in learnt:
            learnt[len(known)] = learner(known)
        model = learnt[len(known)]
        base = kept_from_certain(absent / booked)
        people += _people(model, session, base)
        held.append(_held(model, session, policy))
    return Backtest(tuple(people), tuple(held))


def _people(model: Model, session: PastSession, base: float) -> list[Person]:
    month = (session.held_on.year, session.held_on.month)
    return [
        Person(session.session, month, model.chance(session.format, session.course, booked), base, booked.absent) for booked in session.booked
    ]


def _held(model: Model, session: PastSession, policy: PlacesPolicy) -> Held:
    rate = mean_chance(model, session.format, session.course, session.booked)
    found = attendance(model, session.format, rate, len(session.booked))
    came = session.outcome[0] - session.outcome[1]
    limited = session.capacity is not None
    return Held(
        session.session, found.expected, *found.range80, came, came > (session.capacity or 0) if limited else None,
        policy.risk(session.format) if limited else None,
    )


@dataclass(frozen=True)
class Goodness:
    """How good forecasts were. What is undefined is none: no forecast, or a baseline without error."""

    people: int
    sessions: int
    brier: float | None
    brier_base: float | None
    skill: float | None
    """1 - Brier / Brier of the overall rate: above 0 is better than the rate alone."""
    log_loss: float | None
    calibration_in_the_large: float | None
    """The share who stayed away less the average chance."""
    spiegelhalter_z: float | None
    spiegelhalter_p: float | None
    mae: float | None
    near: int
    inside_80: int
    inside_80_share: float | None
    inside_80_p: float | None
    """Exact two-sided chance of a share as far from 0.8; counts are whole, so a good range covers a little more than 0.8."""
    limited: int
    times_over: int
    times_over_expected: float
    reliability: tuple[Reliability, ...]


def goodness(found: Backtest) -> Goodness:
    """The measures of a backtest."""
    people, sessions = found.people, found.sessions
    n = len(people)
    brier = _mean([(one.chance - one.absent) ** 2 for one in people])
    base = _mean([(one.base - one.absent) ** 2 for one in people])
    z = spiegelhalter([(one.chance, one.absent) for one in people])
    inside = sum(one.low <= one.came <= one.high for one in sessions)
    return Goodness(
        people=n, sessions=len(sessions), brier=brier, brier_base=base,
        skill=1 - brier / base if brier is not None and base else None,
        log_loss=_mean([-log(one.chance if one.absent else 1 - one.chance) for one in people]),
        calibration_in_the_large=_mean([one.absent - one.chance for one in people]),
        spiegelhalter_z=z, spiegelhalter_p=None if z is None else min(1.0, 2 * distributions.normal_upper(abs(z))),
        mae=_mean([abs(one.expected - one.came) for one in sessions]),
        near=sum(abs(one.expected - one.came) <= NEAR for one in sessions),
        inside_80=inside, inside_80_share=inside / len(sessions) if sessions else None,
        inside_80_p=binomial_two_sided(inside, len(sessions), 0.8) if sessions else None,
        limited=sum(one.over is not None for one in sessions), times_over=sum(bool(one.over) for one in sessions),
        times_over_expected=sum(one.risk or 0.0 for one in sessions), reliability=tuple(reliability(people)),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def spiegelhalter(outcomes: Sequence[tuple[float, bool]]) -> float | None:
    """Spiegelhalter's z (1986) of (chance, happened): about standard normal when the chances are right; none where they are all a half."""
    spread = sum((1 - 2 * p) ** 2 * p * (1 - p) for p, _y in outcomes)
    if spread <= 0:
        return None
    return sum((y - p) * (1 - 2 * p) for p, y in outcomes) / sqrt(spread)


def binomial_two_sided(x: int, n: int, share: float) -> float:
    """The exact chance of an x as unlikely or more (the smaller chances added up)."""
    chances = distributions.binomial_chances(n, share)
    return min(1.0, float(chances[chances <= chances[x] * (1 + 1e-9)].sum()))


def reliability(people: Sequence[Person]) -> list[Reliability]:
    """People by their chance in up to ten groups of about the same size, at least 20 each; those with the same chance stay together."""
    ordered = sorted((one.chance, one.absent) for one in people)
    size = max(BIN_LEAST, -(-len(ordered) // MOST_BINS))
    groups: list[list[tuple[float, bool]]] = []
    for one in ordered:
        if not groups or (len(groups[-1]) >= size and groups[-1][-1][0] != one[0]):
            groups.append([])
        groups[-1].append(one)
    if len(groups) > 1 and len(groups[-1]) < BIN_LEAST:
        last = groups.pop()
        groups[-1] += last
    return [_reliability(group) for group in groups if len(group) >= BIN_LEAST]


def _reliability(group: Sequence[tuple[float, bool]]) -> Reliability:
    n, absent = len(group), sum(y for _p, y in group)
    return Reliability(sum(p for p, _y in group) / n, n, absent / n, wilson(absent, n))


@dataclass(frozen=True)
class Contest:
    """Whether another way of forecasting beats the present one: the share of months in which it did, and its mean gain."""

    months: int
    months_won: int
    gain: float | None
    interval: Interval

    def adopted(self, share: float = 0.6) -> bool:
        """Better in so large a share of months, and the interval of its gain lies above 0."""
        return self.months > 0 and self.months_won >= share * self.months and self.interval[0] is not None and self.interval[0] > 0


def contest(present: Backtest, other: Backtest) -> Contest:
    """Compare two backtests of the same sessions by the Brier score, the gain's interval clustered by session.

    Raises:
        ValueError: they are of different sessions.
    """
    if [(p.session, p.absent) for p in present.people] != [(p.session, p.absent) for p in other.people]:
        raise ValueError("the two backtests must be of the same sessions")
    months: dict[tuple[int, int], float] = {}
    by_session: dict[str, tuple[int, float]] = {}
    for one, two in zip(present.people, other.people, strict=True):
        gain = (one.chance - one.absent) ** 2 - (two.chance - two.absent) ** 2
        months[one.month] = months.get(one.month, 0.0) + gain
        n, total = by_session.get(one.session, (0, 0.0))
        by_session[one.session] = (n + 1, total + gain)
    gain_mean, interval = clustered(list(by_session.values()))
    return Contest(len(months), sum(gain > 0 for gain in months.values()), gain_mean, interval)


def clustered(clusters: Sequence[tuple[int, float]]) -> tuple[float | None, Interval]:
    """The mean of values in clusters, given as (how many, their sum), and its 95% interval (Cameron & Miller 2015).

    The interval is undefined below two clusters.
    """
    n, count = sum(size for size, _total in clusters), len(clusters)
    if not n:
        return None, (None, None)
    mean = sum(total for _size, total in clusters) / n
    if count < 2:
        return mean, (None, None)
    variance = count / (count - 1) * sum((total - size * mean) ** 2 for size, total in clusters) / n**2
    half = distributions.t_quantile(0.975, count - 1) * sqrt(variance)
    return mean, (mean - half, mean + half)
