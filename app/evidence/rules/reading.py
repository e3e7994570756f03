"""How an indicator's months are read aloud: what was counted, which patterns are more than chance, and what that does not show."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby, takewhile
from typing import Any

from app.evidence.rules.run_charts import LIMITS_FROM, ON_THE_LINE, RULES_FROM, SHIFT
from app.evidence.rules.small_months import Months

BASE_FOR_A_SHARE = 10
SIDE_FOR_A_SHARE = 5
USUAL = "Nothing here is more than the usual ups and downs."


def months_between(first: date, last: date) -> list[date]:
    """The first days of all months from one to another."""
    places = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(place // 12, place % 12 + 1, 1) for place in places]


def all_months(figures: Mapping[date, tuple[int, int]], reach: Mapping[date, int]) -> list[Months]:
    """Every month from the first figure to the last, without a gap; one that nobody has counted has a base of 0."""
    if not figures:
        return []
    return [Months(month, month, *figures.get(month, (0, 0)), reach.get(month, 0)) for month in months_between(min(figures), max(figures))]


def before_a_gap(figures: Mapping[date, tuple[int, int]]) -> dict[date, tuple[int, int]]:
    """The figures up to the first month that nobody has counted yet. Those after it wait for it where small months are put together: shown without
    it first and joined with it later, they would tell it by the difference."""
    if not figures:
        return {}
    return {month: figures[month] for month in takewhile(figures.__contains__, months_between(min(figures), max(figures)))}


def in_100(count: int, base: int) -> str:
    """ "65 in 100" where the base is large enough to say so and neither side is small; else nothing. """
    if base < BASE_FOR_A_SHARE or min(count, base - count) < SIDE_FOR_A_SHARE:
        return ""
    return f"{int(100 * count / base + 0.5)} in 100"


def counted(months: Sequence[Months], base_of: str, what: str) -> str:
    """What was counted in all: "312 of 480 referrals were accepted first time: 65 in 100." """
    count, base = sum(month.count for month in months), sum(month.base for month in months)
    share = in_100(count, base)
    return f"{count:,} of {base:,} {base_of} {'was' if count == 1 else 'were'} {what}{': ' + share if share else ''}."


def called(months: Sequence[Months]) -> str:
    """What a point of the chart is: a month, unless some of them are several months put together."""
    return "month" if all(one.first == one.last for one in months) else "point"


def patterns(chart: Mapping[str, Any], known: int, what: str = "month") -> list[str]:
    """What the rules find in the months, or in the points as which they are shown, a sentence each; that nothing stands out is said too."""
    if known < RULES_FROM:
        return [f"There {f'is 1 {what}' if known == 1 else f'are {known} {what}s'} with figures. From {LIMITS_FROM} on it can be said what is more "
                "than the usual ups and downs."]
    found = []
    outside = [point["label"] for point in chart["points"] if point["outside"]]
    if outside:
        found.append(f"{_list(outside, what)} {'lies' if len(outside) == 1 else 'lie'} further from the middle than chance alone would put "
                     f"{'it' if len(outside) == 1 else 'them'}.")
    shifted = _shifted(chart)
    for above, labels in shifted:
        found.append(f"{labels[0]} to {labels[-1]}: {len(labels)} {what}s running lie {'above' if above else 'below'} the middle; "
                     f"chance seldom gives {SHIFT} or more.")
    if "long_run" in chart["signals"] and not shifted:
        found.append(f"{chart['longest_run']} {what}s running lie on one side of their median; chance usually gives up to "
                     f"{chart['longest_run_allowed']}.")
    if "few_crossings" in chart["signals"] and not shifted:
        found.append(f"The {what}s cross their median {_times(chart['crossings'])}; chance usually gives {chart['crossings_expected']} crossings "
                     "or more.")
    return found or [USUAL]


def _shifted(chart: Mapping[str, Any]) -> list[tuple[bool, list[str]]]:
    """The runs that are too long for chance: whether each lies above, and its labels. What lies on the other side between two of them parts them."""
    off_the_line = [point for point in chart["points"] if point["share"] is not None and abs(point["share"] - chart["centre"]) > ON_THE_LINE]
    by_run = groupby(off_the_line, key=lambda point: (point["shifted"], bool(point["share"] > chart["centre"])))
    return [(above, [point["label"] for point in run]) for (in_run, above), run in by_run if in_run]


def beside(reach: int | None, priority: str | None, signals: Sequence[str]) -> str:
    """What the training in the same months may mean, and that the chart does not show it."""
    if priority is None:
        return "No priority is named, so it cannot be said how much training there was on it."
    if reach is None:
        said = f"How many attendances at courses on “{priority}” there were in the same months is withheld."
    else:
        said = f"In the same months there {'was 1 attendance' if reach == 1 else f'were {reach:,} attendances'} at courses on “{priority}”."
    if not signals:
        return said
    return f"{said} A change at that time may be consistent with the training. The chart does not show that training was the reason."


def _list(labels: Sequence[str], what: str) -> str:
    if len(labels) > 4:
        return f"{len(labels)} {what}s"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")
