"""What of the gains was still there months later, and what of that may be printed."""

from collections.abc import Sequence
from typing import Any

from app.evaluation.rules.statistics import follow_up as statistics
from app.reporting.reports.breakdowns import People
from app.reporting.rules import disclosure
from app.reporting.rules.counting import Area

COUNTS = ("n_all_three", "improved_at_end", "kept", "partly", "lost")
NOTHING: dict[str, Any] = {**dict.fromkeys(COUNTS), "kept_share": None, "kept_wilson": [None, None]}


def follow_up(ratings: Sequence[Any], people: People, change: dict[str, Any], *, unseen: bool = False) -> dict[str, Any]:
    """Of those who rated themselves all three times: how many had gone up, and of those kept it, kept a part, or were back at the start.

    `ratings` are (session, area, before, after, at follow-up, people); `change` is what is printed of all pairs, of which these are a part.
    With `unseen` there are people who are left out of `ratings`, so that nobody is not the same as 0.
    """
    by_area = {area: _counted(ratings, [area]) for area in people.areas}
    found = _counted(ratings, people.shown)
    fields = {name: found[name] for name in NOTHING}
    if unseen and not found["n_all_three"]:
        people.withheld["evaluation.knowledge.follow_up"] = "the sessions of those who answered months later are small"
        return NOTHING
    if not people.publication:
        return fields
    if not _base_safe(by_area, ratings, people, change):
        people.withheld["evaluation.knowledge.follow_up"] = "too few people answered months later, or all but a few did"
        return NOTHING
    outcomes = [[sum(by_area[area][name] for area in part) for name in ("kept", "partly", "lost")] for part in people.parts]
    if (fields["improved_at_end"] < disclosure.ENOUGH or any(map(disclosure.all_alike, outcomes))
            or not all(disclosure.safe(count) for part in outcomes for count in part)):
        people.withheld["evaluation.knowledge.follow_up"] = "some of the numbers are small, or all of these people are in one of them"
        return NOTHING | {"n_all_three": fields["n_all_three"], "improved_at_end": fields["improved_at_end"]}
    return fields


def _counted(ratings: Sequence[Any], areas: Sequence[Area]) -> dict[str, Any]:
    counts: dict[Any, int] = {}
    for _session, area, before, after, later, count in ratings:
        if area in areas and before is not None and after is not None and later is not None:
            counts[before, after, later] = counts.get((before, after, later), 0) + count
    return statistics.follow_up(counts)


def _base_safe(by_area: dict[Area, dict[str, Any]], ratings: Sequence[Any], people: People, change: dict[str, Any]) -> bool:
    """Whether neither those who answered again nor those who did not, higher or not, are 1 to 4: the change of all pairs is printed too."""
    if change["n_pairs"] is None:
        return False
    for part in people.parts:
        up, pairs = _pairs(ratings, part)
        again, risen = (sum(by_area[area][name] for area in part) for name in ("n_all_three", "improved_at_end"))
        if not all(disclosure.safe(count) for count in (again, pairs - again, risen, again - risen, up - risen, pairs - up - (again - risen))):
            return False
    return True


def _pairs(ratings: Sequence[Any], areas: Sequence[Area]) -> tuple[int, int]:
    """(how many rated themselves higher after, how many both times)."""
    pairs = [(before, after, count) for _s, area, before, after, _l, count in ratings if area in areas and before is not None and after is not None]
    return sum(count for before, after, count in pairs if after > before), sum(count for _before, _after, count in pairs)
