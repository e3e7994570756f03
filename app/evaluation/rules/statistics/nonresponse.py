"""Who answered: how far the silent could move a result, and what it would be if each group had answered alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.reading import Row, RowCounts

NOBODY_ATTENDED = "nobody attended"
NOBODY_ANSWERED = "nobody answered"
NOTHING_TO_COMPARE = "fewer than two groups, or all answered alike: everybody or nobody"
SILENT = "nobody of this group answered"


@dataclass(frozen=True)
class Stratum:
    """How many people of a group attended, answered, and improved."""

    attended: int
    responded: int
    improved: int

    def __add__(self, other: "Stratum") -> "Stratum":
        return Stratum(self.attended + other.attended, self.responded + other.responded, self.improved + other.improved)


NOBODY = Stratum(0, 0, 0)


def nonresponse(strata: Mapping[str, Stratum]) -> dict[str, Any]:
    """Response, worst and best case, post-stratified share, weights, effective sample and chi-square.

    `bound_low` and `bound_high` are the share improved if nobody and if everybody of the silent had (Horowitz & Manski 2000).
    A weight is (A_h / A) / (R_h / R), uncapped, None for a group of whom nobody answered; `kish_ess` is (sum w)^2 / sum w^2 over
    those who answered (Kish 1965). The post-stratified share covers the groups of whom somebody answered.
    """
    total = sum(strata.values(), NOBODY)
    a, r, improved = total.attended, total.responded, total.improved
    weights = {name: _weight(one, total) for name, one in sorted(strata.items())}
    statistic, p = _chi_square([one for one in strata.values() if one.attended], total)
    found = {
        "response_rate": r / a if a else None, "raw_share": improved / r if r else None,
        "poststratified_share": _poststratified(strata), "weights": weights, "kish_ess": _effective(strata, weights),
        "attendees_in_strata_without_response": sum(one.attended for one in strata.values() if not one.responded),
        "bound_low": improved / a if a else None, "bound_high": (improved + a - r) / a if a else None,
        "chi2": statistic, "chi2_p": p,
    }
    return found | {"reasons": _reasons(found)}


def standardised_differences(strata: Mapping[str, Stratum]) -> dict[str, float]:
    """By how much each group's share of those who answered differs from its share of the silent, in standard deviations; above nothing where
    the group answered more. Nobody's, when all or none answered (Austin 2009, doi 10.1002/sim.3697, for a share).
    """
    total = sum(strata.values(), NOBODY)
    silent = total.attended - total.responded
    if not total.responded or not silent:
        return {}
    shares = {name: (one.responded / total.responded, (one.attended - one.responded) / silent) for name, one in strata.items()}
    return {name: _apart(*pair) for name, pair in shares.items()}


def _apart(one: float, other: float) -> float:
    spread = sqrt((one * (1 - one) + other * (1 - other)) / 2)
    return (one - other) / spread if spread else (one - other) * inf if one != other else 0.0


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (stratum, attended, responded, improved); the rows of one stratum are added up."""
    strata: dict[str, Stratum] = {}
    for (name, *counts), times in rows.items():
        attended, responded, improved = (int(count or 0) * times for count in counts)
        strata[str(name)] = strata.get(str(name), NOBODY) + Stratum(attended, responded, improved)
    return nonresponse(strata)


def check_row(row: Row) -> None:
    """No more people answer than attended, nor improve than answered.

    Raises:
        Wrong: they do.
    """
    _name, attended, responded, improved = row
    if int(responded or 0) > int(attended or 0):
        raise Wrong(f"column responded: {responded:,} of {attended:,} who attended cannot be. Write no more than attended")
    if int(improved or 0) > int(responded or 0):
        raise Wrong(f"column improved: {improved:,} of {responded:,} who responded cannot be. Write no more than responded")


def _weight(one: Stratum, total: Stratum) -> float | None:
    if not one.responded:
        return None
    return (one.attended * total.responded) / (total.attended * one.responded)


def _poststratified(strata: Mapping[str, Stratum]) -> float | None:
    covered = [one for one in strata.values() if one.responded]
    if not covered:
        return None
    return sum(one.attended * one.improved / one.responded for one in covered) / sum(one.attended for one in covered)


def _effective(strata: Mapping[str, Stratum], weights: Mapping[str, float | None]) -> float | None:
    known = [(strata[name].responded, weight) for name, weight in weights.items() if weight is not None]
    if not known:
        return None
    return float(sum(n * weight for n, weight in known) ** 2 / sum(n * weight**2 for n, weight in known))


def _chi_square(strata: list[Stratum], total: Stratum) -> tuple[float | None, float | None]:
    """Pearson's chi-square of answering by group, without a continuity correction."""
    silent = total.attended - total.responded
    if len(strata) < 2 or not total.responded or not silent:
        return None, None
    rate = total.responded / total.attended
    value = sum((one.responded - one.attended * rate) ** 2 / (one.attended * rate * (1 - rate)) for one in strata)
    return value, distributions.chi_square_upper(value, len(strata) - 1)


def _reasons(found: dict[str, Any]) -> dict[str, str]:
    whys = dict.fromkeys(("response_rate", "bound_low", "bound_high"), NOBODY_ATTENDED)
    whys |= dict.fromkeys(("raw_share", "poststratified_share", "kish_ess"), NOBODY_ANSWERED)
    whys |= dict.fromkeys(("chi2", "chi2_p"), NOTHING_TO_COMPARE)
    reasons = {name: why for name, why in whys.items() if found[name] is None}
    return reasons | ({"weights": SILENT} if None in found["weights"].values() else {})
