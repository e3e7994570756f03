"""What the same people said before and after: the 5x5 table of before by after is enough for all of it."""

from math import sqrt
from typing import Any

from app.evaluation.rules.statistics.mean_change import Spread, bootstrap, hedges_j, t_interval
from app.evaluation.rules.statistics.reading import RowCounts
from app.evaluation.rules.statistics.shares import clopper_pearson, jeffreys, net_improvement, wilson
from app.evaluation.rules.statistics.signed_rank import Changes, sign_test, signed_rank

Table = list[list[int]]
"""`table[before - 1][after - 1]`: how many people."""

RATINGS = range(1, 6)


def paired(table: Table, *, only_before: int = 0, only_after: int = 0, neither: int = 0) -> dict[str, Any]:
    """Every figure about change. An undefined number is None, an undefined interval [None, None].

    `only_before`, `only_after`, `neither`: people without both ratings, who are counted and not compared.

    Raises:
        ValueError: the table is not five rows of five counts.
    """
    if len(table) != 5 or any(len(row) != 5 or min(row) < 0 for row in table):
        raise ValueError("the table must have five rows of five counts")
    changes = {k: sum(table[b][b + k] for b in range(5) if 0 <= b + k < 5) for k in range(-4, 5)}
    n = sum(changes.values())
    before = {rating: sum(table[rating - 1]) for rating in RATINGS}
    after = {rating: sum(row[rating - 1] for row in table) for rating in RATINGS}
    return {
        "n_rows": n + only_before + only_after + neither, "n_pairs": n, "n_only_before": only_before, "n_only_after": only_after,
        "n_neither": neither, "transition": [list(row) for row in table],
        **_directions(changes, n), **_room(table, before, after, n), **_means(changes, Spread(before), Spread(after)),
        "sign_p": sign_test(_up(changes), _down(changes)),
        **_tests(changes, "drop"), **_tests(changes, "pratt"),
    }


def of_rows(rows: RowCounts) -> dict[str, Any]:
    """The same from rows of (before, after), either of which may be none: not answered. `reasons` says why what is undefined is so."""
    table = [[rows.get((before, after), 0) for after in RATINGS] for before in RATINGS]
    found = paired(
        table, only_before=sum(rows.get((rating, None), 0) for rating in RATINGS),
        only_after=sum(rows.get((None, rating), 0) for rating in RATINGS), neither=rows.get((None, None), 0),
    )
    return found | {"reasons": reasons(found)}


def reasons(found: dict[str, Any]) -> dict[str, str]:
    """Why each of the figures that are undefined is so, by field."""
    return {name: _why(name, found) for name, value in found.items() if value in (None, [None, None])}


def _why(name: str, found: dict[str, Any]) -> str:
    n = found["n_pairs"]
    if not n:
        return "no one answered both times"
    if name.startswith(("wilcoxon", "sign_p")):
        return "nobody changed"
    if name in ("up_of_room", "up_of_room_wilson", "hake_gain"):
        return "everyone already rated 5"
    if n == 1:
        return "one person alone has no spread"
    if name in ("dav", "gav") and found["dav"] is None:
        return "everyone gave the same rating before, and the same after"
    if name == "hedges_J" or (name in ("gz", "gav") and found["d" + name[1:]] is not None):
        return "fewer than three people are too few to correct for"
    return "everyone changed by the same amount, so no range can be worked out"


def _up(changes: Changes) -> int:
    return sum(count for k, count in changes.items() if k > 0)


def _down(changes: Changes) -> int:
    return sum(count for k, count in changes.items() if k < 0)


def _directions(changes: Changes, n: int) -> dict[str, Any]:
    up, same, down = _up(changes), changes[0], _down(changes)
    return {
        "up": up, "same": same, "down": down,
        "net_improvement": (up - down) / n if n else None, "net_ci_bonett_price": list(net_improvement(up, down, n)),
        "prob_improvement": (up + same / 2) / n if n else None, "up_share": up / n if n else None,
        "up_wilson": list(wilson(up, n)), "up_clopper_pearson": list(clopper_pearson(up, n)), "up_jeffreys": list(jeffreys(up, n)),
    }


def _room(table: Table, before: dict[int, int], after: dict[int, int], n: int) -> dict[str, Any]:
    room = n - before[5]
    up_of_room = sum(table[b][a] for b in range(5) for a in range(b + 1, 5))
    return {
        "n_room_to_improve": room, "up_of_room": up_of_room / room if room else None, "up_of_room_wilson": list(wilson(up_of_room, room)),
        "at5_before": before[5], "at5_after": after[5], "at5_after_wilson": list(wilson(after[5], n)),
    }


def _means(changes: Changes, before: Spread, after: Spread) -> dict[str, Any]:
    change = Spread(changes)
    percentile, bca = bootstrap(changes)
    dz = change.mean / change.sd if change.mean is not None and change.sd else None
    together = sqrt((before.sd**2 + after.sd**2) / 2) if before.sd is not None and after.sd is not None else 0.0
    dav = change.mean / together if change.mean is not None and together else None
    j = hedges_j(change.n - 1)
    room = 5 - before.mean if before.mean is not None else 0.0
    return {
        "mean_before": before.mean, "mean_after": after.mean, "mean_change": change.mean, "median_change": change.median,
        "sd_change": change.sd, "t_ci": list(t_interval(changes)), "boot_pct_ci": list(percentile), "boot_bca_ci": list(bca),
        "dz": dz, "hedges_J": j, "gz": dz * j if dz is not None and j is not None else None,
        "dav": dav, "gav": dav * j if dav is not None and j is not None else None,
        "hake_gain": change.mean / room if change.mean is not None and room else None,
    }


def _tests(changes: Changes, zeros: str) -> dict[str, Any]:
    found = signed_rank(changes, zeros=zeros)
    name = f"wilcoxon_{zeros}"
    fields = {
        "Wplus": found and found.plus, "Wminus": found and found.minus, "p": found and found.p, "p_greater": found and found.p_greater,
        "z": found and found.z, "p_asym": found and found.p_asym, "r": found and found.rank_biserial,
    }
    correction = {"wilcoxon_drop_p_asym_cc": found and found.p_asym_cc} if zeros == "drop" else {}
    return {f"{name}_{field}": value for field, value in fields.items()} | correction
