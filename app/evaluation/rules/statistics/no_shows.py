"""How often people of each group did not come: small groups are drawn to the average, by as much as groups are alike.

y_g of n_g is beta-binomial with mean mu and concentration M; both are found where the likelihood of all groups is greatest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from app.evaluation.rules.statistics import distributions, solvers
from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.reading import Row, RowCounts

LOGIT_BOUNDS = (-8.0, 8.0)
LOG_M_BOUNDS = (-1.0, 9.2)
STARTS = (0.0, 2.0, 4.0, 6.0, LOG_M_BOUNDS[1])
NOBODY_BOOKED = "nobody booked"

Alike = dict[tuple[int, int], int]
"""How many groups have so many booked and so many who did not come."""


@dataclass(frozen=True)
class Fit:
    """The mean and the concentration of the groups' rates, and how likely they make what was seen."""

    mu: float
    m: float
    loglik: float

    def shrunk(self, booked: int, absent: int) -> float:
        """The rate of a group, drawn to the mean."""
        return (absent + self.mu * self.m) / (booked + self.m)


def fit(alike: Alike) -> Fit | None:
    """Where the marginal likelihood is greatest, logit mu in [-8, 8] and log M in [-1, 9.2]; none when nobody booked.

    Where the likelihood does not depend on M (nobody booked twice in a group), M is its upper bound: groups without a difference.
    """
    groups = {pair: count for pair, count in sorted(alike.items()) if pair[0] > 0}
    if not groups:
        return None
    surface = _Likelihood(groups)
    pooled = surface.absent / surface.booked
    middle = min(max(log(pooled / (1 - pooled)) if 0 < pooled < 1 else (pooled - 0.5) * 16, LOGIT_BOUNDS[0]), LOGIT_BOUNDS[1])
    if all(booked == 1 for booked, _absent in groups):
        found = [solvers.least(surface.at, (middle, LOG_M_BOUNDS[1]), (LOGIT_BOUNDS, (LOG_M_BOUNDS[1], LOG_M_BOUNDS[1])))]
    else:
        found = [solvers.least(surface.at, (middle, start), (LOGIT_BOUNDS, LOG_M_BOUNDS)) for start in STARTS]
    logit, log_m = surface.polished(min(found, key=lambda one: one[1])[0])
    return Fit(1 / (1 + exp(-logit)), exp(log_m), surface.constant - surface.at((logit, log_m))[0])


class _Likelihood:
    """Minus the logarithm of the likelihood, without what does not depend on mu and M, and its slope by logit mu and log M."""

    def __init__(self, groups: Alike) -> None:
        np = distributions.arrays()
        self.n = np.array([booked for booked, _absent in groups], dtype=float)
        self.y = np.array([absent for _booked, absent in groups], dtype=float)
        self.times = np.array(list(groups.values()), dtype=float)
        self.booked = sum(booked * times for (booked, _absent), times in groups.items())
        self.absent = sum(absent * times for (_booked, absent), times in groups.items())
        self.constant = float((self.times * solvers.log_choose(self.n, self.y)).sum())

    def at(self, place: Any) -> tuple[float, Any]:
        logit, log_m = float(place[0]), float(place[1])
        np = distributions.arrays()
        mu, m = 1 / (1 + exp(-logit)), exp(log_m)
        a, b = mu * m, m / (1 + exp(logit))
        value = (self.times * (solvers.log_beta(self.y + a, self.n - self.y + b) - solvers.log_beta(a, b))).sum()
        both = solvers.digamma(self.n + m) - solvers.digamma(m)
        by_a = (self.times * (solvers.digamma(self.y + a) - solvers.digamma(a) - both)).sum()
        by_b = (self.times * (solvers.digamma(self.n - self.y + b) - solvers.digamma(b) - both)).sum()
        return -float(value), -np.array([mu * b * (by_a - by_b), a * by_a + b * by_b])

    def polished(self, place: list[float]) -> list[float]:
        """The same place to the last digits: Newton's steps in the directions in which no bound is reached."""
        np = distributions.arrays()
        here, bounds = np.array(place), (LOGIT_BOUNDS, LOG_M_BOUNDS)
        for _step in range(20):
            slope = self.at(here)[1]
            free = [i for i in (0, 1) if bounds[i][0] + 1e-9 < here[i] < bounds[i][1] - 1e-9]
            bend = np.array([self._bend(here, i) for i in free])[:, free] if free else np.zeros((0, 0))
            if not free or np.linalg.eigvalsh((bend + bend.T) / 2).min() <= 1e-9 * float(self.times.sum()):
                break
            move = np.zeros(2)
            move[free] = -np.linalg.solve(bend, slope[free])
            there = np.clip(here + move, [low for low, _high in bounds], [high for _low, high in bounds])
            if np.abs(move).max() > 0.1 or self.at(there)[0] > self.at(here)[0] + 1e-9:
                break
            here = there
            if np.abs(move).max() < 1e-11:
                break
        return [float(x) for x in here]

    def _bend(self, here: Any, index: int) -> Any:
        np = distributions.arrays()
        step = np.zeros(2)
        step[index] = 1e-5
        return (self.at(here + step)[1] - self.at(here - step)[1]) / 2e-5


def no_show_rates(groups: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """The mean, the concentration and each group's rate with its 95% interval, from (booked, did not come) by group.

    An undefined number is None: without a booking there is nothing to learn from.
    """
    alike: Alike = {}
    for pair in groups.values():
        alike[pair] = alike.get(pair, 0) + 1
    found = fit(alike)
    booked, absent = sum(n for n, _y in groups.values()), sum(y for _n, y in groups.values())
    if found is None:
        names = ("pooled", "mu", "M", "loglik", "binomial_loglik")
        nothing: dict[str, Any] = dict.fromkeys(names)
        by_group = {name: dict.fromkeys(sorted(groups)) for name in ("shrunk", "lo", "hi")}
        return nothing | by_group | {"reasons": dict.fromkeys((*names, "shrunk", "lo", "hi"), NOBODY_BOOKED)}
    low, high = _intervals(found, alike)
    names_in_order = sorted(groups)
    return {
        "pooled": absent / booked, "mu": found.mu, "M": found.m, "loglik": found.loglik, "binomial_loglik": _binomial(alike, absent / booked),
        "shrunk": {name: found.shrunk(*groups[name]) for name in names_in_order},
        "lo": {name: low[groups[name]] for name in names_in_order}, "hi": {name: high[groups[name]] for name in names_in_order},
        "reasons": {},
    }


def _intervals(found: Fit, alike: Alike) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    np = distributions.arrays()
    pairs = sorted(alike)
    a = np.array([absent for _booked, absent in pairs], dtype=float) + found.mu * found.m
    b = np.array([booked - absent for booked, absent in pairs], dtype=float) + (1 - found.mu) * found.m
    low, high = (distributions.beta_quantiles(share, a, b).tolist() for share in (0.025, 0.975))
    return dict(zip(pairs, low, strict=True)), dict(zip(pairs, high, strict=True))


def _binomial(alike: Alike, rate: float) -> float:
    """The log-likelihood if all groups had one rate."""
    np = distributions.arrays()
    n = np.array([booked for booked, _absent in alike], dtype=float)
    y = np.array([absent for _booked, absent in alike], dtype=float)
    each = solvers.log_choose(n, y) + solvers.log_power(y, rate) + solvers.log_power(n - y, 1 - rate)
    return float((np.array(list(alike.values()), dtype=float) * each).sum())


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (group, booked, dna); the rows of one group are added up."""
    groups: dict[str, tuple[int, int]] = {}
    for (name, booked, absent), times in rows.items():
        n, y = groups.get(str(name), (0, 0))
        groups[str(name)] = (n + int(booked or 0) * times, y + int(absent or 0) * times)
    return no_show_rates(groups)


def check_row(row: Row) -> None:
    """No more people stay away than booked.

    Raises:
        Wrong: they do.
    """
    _name, booked, absent = row
    if int(absent or 0) > int(booked or 0):
        raise Wrong(f"column dna: {absent:,} of {booked:,} who booked cannot be. Write no more than booked")
