"""The technical detail under a change: intervals, tests and effect sizes with what each of them means, closed unless somebody opens it."""

from typing import Any

from app.evaluation.rules.showing import ENOUGH
from app.evaluation.rules.statistics.sessions import Clustered, shown_interval
from app.evaluation.rules.statistics.sign_flip import sign_flip
from app.evaluation.rules.statistics.words import NOT_A_CAUSE, verdict

LEAST_SESSIONS = 6
"""With fewer sessions the test by sessions can say nothing: its smallest p is 2^(1 - sessions)."""


def detail(change: dict[str, Any], people: Clustered) -> list[tuple[str, str]]:
    """(what, its value in words), of a paired change and its people by session; empty below ten people."""
    if change["n_pairs"] < ENOUGH:
        return []
    rows = [("Rated higher, of those who answered both times", f"{change['up_share']:.2f} ({_range(change['up_wilson'])}, Wilson 95%)"),
            ("Higher less lower", f"{change['net_improvement']:.2f} ({_range(change['net_ci_bonett_price'])}, Bonett and Price 95%)"),
            ("One person at random rates higher rather than lower", f"{change['prob_improvement']:.2f}")]
    rows += _mean(change, people)
    rows += _effects(change)
    rows += _tests(change, people)
    return rows


def _range(interval: Any) -> str:
    low, high = interval
    return "no range can be worked out" if low is None else f"{low:.2f} to {high:.2f}"


def _mean(change: dict[str, Any], people: Clustered) -> list[tuple[str, str]]:
    several = len(people.sessions) > 1
    kind = "the wider of Student’s and the one that allows for sessions, 95%" if several else "Student’s 95%; one session says nothing of others"
    rows = [("Mean change in points", f"{change['mean_change']:.2f} ({_range(shown_interval(people))}; {kind})")]
    if people.icc is not None:
        rows.append(("How alike people of one session are (ICC)", f"{max(0.0, people.icc):.2f}"))
    if change["n_room_to_improve"]:
        up = round(change["up_of_room"] * change["n_room_to_improve"])
        rows.append(("Went up, of those with room to", f"{up} of {change['n_room_to_improve']} ({_range(change['up_of_room_wilson'])})"))
    return rows


def _effects(change: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if change["wilcoxon_drop_r"] is not None:
        rows.append(("Rank-biserial, of those who changed only", f"{change['wilcoxon_drop_r']:.2f}, with {change['same']} unchanged left out"))
    if change["gz"] is not None:
        rows.append(("Mean change over its spread (Hedges’ g)", f"{change['gz']:.2f}"))
    return rows


def _tests(change: dict[str, Any], people: Clustered) -> list[tuple[str, str]]:
    changed = change["up"] + change["down"]
    words = verdict(change["wilcoxon_pratt_p"], change["sign_p"], changed)
    rows = []
    if change["wilcoxon_pratt_p"] is not None:
        rows.append(("Signed-rank test, exact, with ties (Pratt)", f"p {_p(change['wilcoxon_pratt_p'])}: {words}"))
        rows.append(("Sign test, exact", f"p {_p(change['sign_p'])}"))
    else:
        rows.append(("Tests", words))
    if len(people.sessions) >= LEAST_SESSIONS:
        p = sign_flip([total for _size, total, _squares in people.sessions])
        if p is not None:
            rows.append(("By session, each session’s sum flipped", f"p {_p(p)}"))
    return [*rows, ("All of these", NOT_A_CAUSE + " The tests take changes as symmetric about none and the steps of the scale as comparable.")]


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
