"""How often people of each group did not come: small groups are drawn to the average, by as much as groups are alike.

y_g of n_g is beta-binomial with mean mu and concentration M; both are found where the likelihood of all groups is greatest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from app.evaluation.rules.statistics import distributions, solvers
from app.evaluation.rules.statistics.climbing import Height, Place, climbed
from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.reading import Row, RowCounts

LOGIT_BOUNDS = (-8.0, 8.0)
LOG_M_BOUNDS = (-1.0, 9.2)
STARTS = (0.0, 2.0, 4.0, LOG_M_BOUNDS[1])
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
    if all(booked == 1 for booked, _absent in groups):
        found = [climbed(surface.at, (surface.middle, LOG_M_BOUNDS[1]), (LOGIT_BOUNDS, (LOG_M_BOUNDS[1], LOG_M_BOUNDS[1])))]
    else:
        found = [climbed(surface.at, (surface.middle, start), (LOGIT_BOUNDS, LOG_M_BOUNDS)) for start in STARTS]
    (logit, log_m), loglik = max(found, key=lambda one: one[1])
    return Fit(1 / (1 + exp(-logit)), exp(log_m), surface.constant + loglik)


class _Likelihood:
    """The logarithm of the likelihood, without what does not depend on mu and M, as a surface over logit mu and log M."""

    def __init__(self, groups: Alike) -> None:
        np = distributions.arrays()
        self.n = np.array([booked for booked, _absent in groups], dtype=float)
        self.y = np.array([absent for _booked, absent in groups], dtype=float)
        self.times = np.array(list(groups.values()), dtype=float)
        self.constant = float((self.times * solvers.log_choose(self.n, self.y)).sum())
        rate = float((self.times * self.y).sum() / (self.times * self.n).sum())
        self.middle = min(max(log(rate / (1 - rate)), LOGIT_BOUNDS[0]), LOGIT_BOUNDS[1]) if 0 < rate < 1 else LOGIT_BOUNDS[rate == 1]

    def at(self, place: Place) -> Height:
        logit, log_m = place
        mu, m = 1 / (1 + exp(-logit)), exp(log_m)
        a, b = mu * m, m / (1 + exp(logit))
        y, z = self.y, self.n - self.y
        value = self._sum(solvers.log_beta(y + a, z + b) - solvers.log_beta(a, b))
        by_m = solvers.digamma(self.n + m) - solvers.digamma(m)
        by_a, by_b = (self._sum(solvers.digamma(x + of) - solvers.digamma(of) - by_m) for x, of in ((y, a), (z, b)))
        both = -self._sum(solvers.trigamma(self.n + m) - solvers.trigamma(m))
        by_aa, by_bb = (self._sum(solvers.trigamma(x + of) - solvers.trigamma(of)) for x, of in ((y, a), (z, b)))
        across = mu * b  # by logit mu, a grows and b falls by as much
        bend_logit = across**2 * (by_aa + by_bb) + across * (1 - 2 * mu) * (by_a - by_b)
        bend_both = across * (a * by_aa - b * by_bb) + across * (by_a - by_b)
        bend_m = a * a * by_aa + b * b * by_bb + m * m * both + a * by_a + b * by_b
        return Height(value, (across * (by_a - by_b), a * by_a + b * by_b), (bend_logit, bend_both, bend_m))

    def _sum(self, each: Any) -> float:
        return float((self.times * each).sum())


def no_show_rates(groups: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """The mean, the concentration and each group's rate with its 95% interval, from (booked, did not come) by group.

    An undefined number is None: without a booking there is nothing to learn from.
    """
    alike: Alike = {}
    for pair in sorted(groups.values()):  # in order, so that sums of fractions do not depend on the file's
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
