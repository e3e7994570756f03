"""Whether what people gained was still there months later."""

from typing import Any

from app.evaluation.rules.statistics.mean_change import Spread, t_interval
from app.evaluation.rules.statistics.reading import RowCounts, changes
from app.evaluation.rules.statistics.shares import wilson
from app.evaluation.rules.statistics.signed_rank import signed_rank


def follow_up(rows: RowCounts) -> dict[str, Any]:
    """How much was kept, from counts of (before, after, follow-up), any of which may be none: not answered.

    Kept, partly and lost are of those who answered all three times and had gone up; each mean is of everyone who answered both times.
    """
    outcomes = _outcomes(rows)
    improved = outcomes["kept"] + outcomes["partly"] + outcomes["lost"]
    since_after, since_before = changes(rows, 1, 2), changes(rows, 0, 2)
    test = signed_rank(since_before, zeros="pratt")
    everyone, answered = sum(rows.values()), sum(count for row, count in rows.items() if row[2] is not None)
    found = {
        "n_all_three": sum(count for row, count in rows.items() if None not in row), "n_after_and_followup": sum(since_after.values()),
        "improved_at_end": improved, **outcomes,
        "kept_share": outcomes["kept"] / improved if improved else None, "kept_wilson": list(wilson(outcomes["kept"], improved)),
        "mean_followup_minus_after": Spread(since_after).mean, "t_ci": list(t_interval(since_after)),
        "mean_followup_minus_before": Spread(since_before).mean, "followup_v_before_pratt_exact_p": test and test.p,
        "follow_response_rate": answered / everyone if everyone else None,
    }
    missing = [name for name, value in found.items() if value in (None, [None, None])]
    return found | {"reasons": {name: _why(name, found, sum(since_before.values())) for name in missing}}


def _outcomes(rows: RowCounts) -> dict[str, int]:
    """Of those who answered all three times and had gone up, how many stayed there, fell part of the way, or were back at the start."""
    found = {"kept": 0, "partly": 0, "lost": 0}
    for (before, after, later), count in rows.items():
        if isinstance(before, int) and isinstance(after, int) and isinstance(later, int) and after > before:
            found["kept" if later >= after else "partly" if later > before else "lost"] += count
    return found


def _why(name: str, found: dict[str, Any], n_before_and_later: int) -> str:
    n = found["n_after_and_followup"]
    if name == "follow_response_rate":
        return "there is nobody of whom a share could have answered"
    if name in ("kept_share", "kept_wilson"):
        return "nobody who answered all three times had gone up"
    if name == "followup_v_before_pratt_exact_p" and n_before_and_later:
        return "nobody's rating differed from that before"
    if name == "t_ci" and n:
        return "one person alone has no spread" if n == 1 else "everyone changed by the same amount, so no range can be worked out"
    return "no one answered both times"
