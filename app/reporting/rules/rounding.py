"""The other way to publish small numbers: every number of people rounded to the nearest 5, 0 to 7 withheld, nothing worked out from exact ones.

So NHS Digital has published hospital figures since 2018, but for zeros, which it prints. Here they are withheld as well: where a table has
many cells of one person, knowing which are not empty and about how many there are in all would tell each of them. Rows need not add up.
"""

from typing import Any

from app.evaluation.rules.statistics.shares import net_improvement, wilson

STEP = 5
MOST_WITHHELD = 7
ENOUGH_FOR_A_MEAN = 80
SAID = "Numbers of people are rounded to the nearest 5, and 0 to 7 are withheld, so rows may not add up to their total."
TOP = ("attendances", "walk_ins", "partly_attended", "no_shows", "excused", "cancelled_by_delegate", "bookings_on_cancelled_sessions",
       "distinct_people")
ROWS = ("attendances", "partly_attended", "walk_ins", "no_shows", "excused", "cancelled_by_delegate")
TABLES = ("by_agency", "by_sector", "by_course", "by_format", "by_month", "by_priority")
PEOPLE_OF_CHANGE = ("n_rows", "n_pairs", "n_only_before", "n_only_after", "n_neither", "up", "same", "down", "n_room_to_improve", "at5_before",
                    "at5_after")
MEANS = ("mean_before", "mean_after", "mean_change")
FOLLOW_UP = ("n_all_three", "improved_at_end", "kept", "partly", "lost")


def to_five(count: int | None) -> int | None:
    """The nearest multiple of 5; none for 0 to 7, and for what is not known."""
    if count is None or count <= MOST_WITHHELD:
        return None
    return STEP * ((count + STEP // 2) // STEP)


def rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with every number of people rounded, from figures with exact ones; what would tell an exact number is None."""
    found = {**figures, **{name: to_five(figures[name]) for name in TOP}}
    found["contacts"] = None if found["attendances"] is None else found["attendances"] + figures["contribution_contacts"]
    found["no_show_rate"] = _rate(figures["no_show_rate"])
    for table in TABLES:
        rows = figures[table]
        found[table] = None if rows is None else [row | {name: to_five(row[name]) for name in ROWS if name in row} for row in rows]
    found["evaluation"] = _evaluation(figures["evaluation"])
    found["practice"] = figures["practice"] | {"answers": {
        stage: {name: _each(counts) if isinstance(counts, dict) else to_five(counts) for name, counts in of_stage.items()}
        for stage, of_stage in figures["practice"]["answers"].items()
    }}
    found["own_questions"] = {stage: [_own(one) for one in questions] for stage, questions in figures["own_questions"].items()}
    found["withheld"] = {"numbers of people": SAID}
    return found


def _own(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"answered": to_five(question["answered"]),
                       "answers": [answer | {"people": to_five(answer["people"])} for answer in question["answers"]]}


def _rate(rate: dict[str, Any]) -> dict[str, Any]:
    count, of = to_five(rate["count"]), to_five(rate["of"])
    return {"count": count, "of": of, "share": _share(count, of), "interval": _interval(count, of)}


def _share(count: int | None, of: int | None) -> float | None:
    return min(1.0, count / of) if of and count is not None else None


def _interval(count: int | None, of: int | None) -> list[float | None]:
    return list(wilson(min(count, of), of)) if of and count is not None else [None, None]


def _evaluation(said: dict[str, Any]) -> dict[str, Any]:
    knowledge = said["knowledge"]
    return {
        "courses": None, "responses": to_five(said["responses"]), "of": to_five(said["of"]),
        "statements": {code: _each(counts) for code, counts in said["statements"].items()},
        "knowledge": {"after": _each(knowledge["after"]), "change": _change(knowledge["change"]), "follow_up": _follow_up(knowledge["follow_up"])},
    }


def _each(counts: dict[str, int | None]) -> dict[str, int | None]:
    return {name: to_five(count) for name, count in counts.items()}


def _change(change: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: [None, None] if isinstance(value, list) and name != "transition" else None for name, value in change.items()}
    found |= {name: to_five(change[name]) for name in PEOPLE_OF_CHANGE}
    found["sessions"] = change["sessions"]
    found["transition"] = [[to_five(count) for count in row] for row in change["transition"] or ()] or None
    n, up, down = found["n_pairs"], found["up"], found["down"]
    found |= {"up_share": _share(up, n), "up_wilson": _interval(up, n), "at5_after_wilson": _interval(found["at5_after"], n)}
    if n and up is not None and down is not None and up + down <= n:
        found |= {"net_improvement": (up - down) / n, "net_ci_bonett_price": list(net_improvement(up, down, n))}
    if (change["n_pairs"] or 0) >= ENOUGH_FOR_A_MEAN:
        found |= {name: round(change[name], 1) for name in MEANS}
        found["mean_change_ci"] = [None if bound is None else round(bound, 1) for bound in change["mean_change_ci"]]
    return found


def _follow_up(kept: dict[str, Any]) -> dict[str, Any]:
    counts = {name: to_five(kept[name]) for name in FOLLOW_UP}
    return {**counts, "kept_share": _share(counts["kept"], counts["improved_at_end"]),
            "kept_wilson": _interval(counts["kept"], counts["improved_at_end"])}
