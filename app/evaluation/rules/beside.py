"""A session beside the others of its course: two rows, and whether it differs by more than sessions do; never a list of sessions or trainers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.evaluation.rules.showing import ENOUGH
from app.evaluation.rules.statistics import no_shows
from app.evaluation.rules.statistics.distributions import beta_quantile
from app.evaluation.rules.statistics.paired import Table, paired

LEAST_SESSIONS = 3
"""With fewer sessions nothing is known of how sessions differ."""
ASSUMED_M = 20.0


@dataclass(frozen=True)
class Beside:
    """This session and all of the course so far, each with its paired figures, and in words how they lie to each other."""

    this: dict[str, Any]
    course: dict[str, Any]
    sessions: int
    words: str


def beside(this: Table, others: Sequence[Table]) -> Beside | None:
    """The session among all of them; none while either side has under ten people."""
    together = [[sum(table[b][a] for table in (this, *others)) for a in range(5)] for b in range(5)]
    mine, whole = paired(this), paired(together)
    if mine["n_pairs"] < ENOUGH or whole["n_pairs"] - mine["n_pairs"] < ENOUGH:
        return None
    counts = [(_people(table), _up(table)) for table in (this, *others)]
    return Beside(mine, whole, 1 + len(others), _words(counts))


def _people(table: Table) -> int:
    return sum(map(sum, table))


def _up(table: Table) -> int:
    return sum(table[b][a] for b in range(5) for a in range(b + 1, 5))


def _words(counts: list[tuple[int, int]]) -> str:
    """How the first of (people, how many went up) lies to all: its share drawn to theirs as far as sessions are alike, with its range.

    y of n is beta-binomial about the course's share, as for no-shows (statistics.no_shows); the range is the middle 95% of the beta
    distribution of the session's own share.
    """
    alike: dict[tuple[int, int], int] = {}
    for pair in counts:
        alike[pair] = alike.get(pair, 0) + 1
    people, up = sum(n for n, _up in counts), sum(y for _n, y in counts)
    fitted = no_shows.fit(alike) if len(counts) >= LEAST_SESSIONS else None
    mu, m = (fitted.mu, fitted.m) if fitted else (up / people, ASSUMED_M)
    n, y = counts[0]
    a, b = max(y + mu * m, 1e-3), max(n - y + (1 - mu) * m, 1e-3)
    if beta_quantile(0.025, a, b) > mu:
        return "More people went up here than in the course so far, by more than sessions usually differ."
    if beta_quantile(0.975, a, b) < mu:
        return "Fewer people went up here than in the course so far, by more than sessions usually differ. There may be many reasons."
    return "This session is in line with the others. Sessions differ by more than this by chance alone."
