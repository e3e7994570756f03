"""What makes not coming more likely: online or in a room, how long ahead it was booked, and not having come before.

A logistic regression; it forecasts totals and is compared with shrinkage before it is used. It scores no person.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

from app.evaluation.rules.statistics import distributions, solvers
from app.evaluation.rules.statistics.columns import Wrong, shown
from app.evaluation.rules.statistics.reading import RowCounts

RIDGE = 1e-6
"""Half of this times the squared coefficients is taken off the log-likelihood, so that they stay finite where something decides alone."""

Features = tuple[bool, float, int]
"""Whether online, how many weeks ahead, and how often the person did not come before."""

Bookings = Mapping[tuple[Features, bool], int]
"""How many bookings with these features were not used (True) or were (False)."""

MOST_WEEKS = 1000
_DECIMAL = re.compile(r"\+?(\d{1,6}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?", re.ASCII)

NO_BOOKINGS = "there are no bookings"


@dataclass(frozen=True)
class Odds:
    """The coefficients in the order intercept, online, lead weeks, times not come before (at most 2), and their standard errors."""

    coef: tuple[float, ...]
    se: tuple[float, ...]

    def chance(self, features: Features) -> float:
        """The chance of not coming."""
        logit = sum(c * x for c, x in zip(self.coef, _terms(features), strict=True))
        return 1 / (1 + exp(-logit)) if logit >= 0 else exp(logit) / (1 + exp(logit))


def _terms(features: Features) -> tuple[float, float, float, float]:
    online, weeks, before = features
    return 1.0, float(online), float(weeks), float(min(before, 2))


def fit_odds(bookings: Bookings) -> Odds | None:
    """The coefficients at which the penalised likelihood is greatest, by iterated weighted least squares; none without bookings."""
    x, times, absent = _design(bookings)
    if not len(times):
        return None
    np = distributions.arrays()
    coef = np.zeros(4)
    for _step in range(500):
        slope, bend = _slope(x, times, absent, coef)
        move = np.linalg.solve(bend, slope)
        coef, moved = _climbed(x, times, absent, coef, move)
        if moved < 1e-12 * (1 + np.abs(coef).max()):
            break
    errors = np.sqrt(np.diag(np.linalg.inv(_slope(x, times, absent, coef)[1])))
    return Odds(tuple(map(float, coef)), tuple(map(float, errors)))


def _design(bookings: Bookings) -> tuple[Any, Any, Any]:
    """The different rows of terms in order, how many bookings have each, and how many of those were not used."""
    np = distributions.arrays()
    alike: dict[tuple[float, ...], list[int]] = {}
    for (features, stayed_away), count in bookings.items():
        both = alike.setdefault(_terms(features), [0, 0])
        both[0] += count
        both[1] += count * stayed_away
    ordered = sorted(alike)
    return (
        np.array(ordered, dtype=float).reshape(-1, 4), np.array([alike[row][0] for row in ordered], dtype=float),
        np.array([alike[row][1] for row in ordered], dtype=float),
    )


def _chances(x: Any, coef: Any) -> Any:
    return solvers.logistic(x @ coef)


def _slope(x: Any, times: Any, absent: Any, coef: Any) -> tuple[Any, Any]:
    np = distributions.arrays()
    p, q = _chances(x, coef), solvers.logistic(-(x @ coef))
    return x.T @ (absent * q - (times - absent) * p) - RIDGE * coef, (x.T * (times * p * q)) @ x + RIDGE * np.eye(4)


def _loglik(x: Any, times: Any, absent: Any, coef: Any) -> float:
    np = distributions.arrays()
    logits = x @ coef
    return -float((absent * np.logaddexp(0, -logits) + (times - absent) * np.logaddexp(0, logits)).sum())


def _climbed(x: Any, times: Any, absent: Any, coef: Any, move: Any) -> tuple[Any, float]:
    """One step up: the whole move, or as much of it as does not lead down again."""
    np = distributions.arrays()
    here = _loglik(x, times, absent, coef) - RIDGE / 2 * float(coef @ coef)
    for _half in range(40):
        there = coef + move
        if _loglik(x, times, absent, there) - RIDGE / 2 * float(there @ there) >= here - 1e-12 * abs(here):
            break
        move = move / 2
    return coef + move, float(np.abs(move).max())


def odds_of_not_coming(bookings: Bookings) -> dict[str, Any]:
    """The coefficients and how well they tell who did not come. An undefined number is None: there are no bookings.

    `brier_base` is the Brier score of giving everybody the average; `log_loss` is a mean; `expected_dna` is the sum of the chances.
    """
    found = fit_odds(bookings)
    if found is None:
        names = ("loglik", "brier", "brier_base", "log_loss", "expected_dna")
        reasons = dict.fromkeys(("coef", "se", *names), NO_BOOKINGS)
        return {"coef": [None] * 4, "se": [None] * 4, **dict.fromkeys(names), "reasons": reasons}
    np = distributions.arrays()
    x, times, absent = _design(bookings)
    coef, n = np.array(found.coef), float(times.sum())
    p, rate, loglik = _chances(x, coef), float(absent.sum()) / n, _loglik(x, times, absent, coef)
    return {
        "coef": list(found.coef), "se": list(found.se), "loglik": loglik,
        "brier": float((absent * (1 - p) ** 2 + (times - absent) * p**2).sum()) / n, "brier_base": rate * (1 - rate),
        "log_loss": -loglik / n, "expected_dna": float((times * p).sum()), "reasons": {},
    }


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (format, lead_weeks, prev, dna)."""
    bookings: dict[tuple[Features, bool], int] = {}
    for (form, weeks, before, absent), count in rows.items():
        key = ((form == "online", float(weeks or 0), int(before or 0)), bool(absent))
        bookings[key] = bookings.get(key, 0) + count
    return odds_of_not_coming(bookings)


def read_weeks(text: str) -> str:
    """A number of weeks in a file, as it is written once it has been looked at; parts of a week are allowed.

    Raises:
        Wrong: it is no such number.
    """
    if not _DECIMAL.fullmatch(text) or float(text) > MOST_WEEKS:
        raise Wrong(f"{shown(text)} is not a number of weeks. Write a number from 0 to {MOST_WEEKS:,}, such as 3 or 3.5")
    return str(float(text))
