"""How an indicator's months are read aloud: what was counted, which patterns are more than chance, and what that does not show."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby, takewhile
from typing import Any

from app.evidence.rules.run_charts import LIMITS_FROM, RULES_FROM, SHIFT
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


def patterns(chart: Mapping[str, Any], known: int) -> list[str]:
    """What the rules find in the months, a sentence each; that nothing stands out is said too."""
    if known < RULES_FROM:
        return [f"There {'is 1 month' if known == 1 else f'are {known} months'} with figures. From {LIMITS_FROM} on it can be said what is more than "
                "the usual ups and downs."]
    found = []
    outside = [point["label"] for point in chart["points"] if point["outside"]]
    if outside:
        found.append(f"{_list(outside)} {'lies' if len(outside) == 1 else 'lie'} further from the middle than chance alone would put "
                     f"{'it' if len(outside) == 1 else 'them'}.")
    shifted = [point for point in chart["points"] if point["shifted"]]
    for above, run in groupby(shifted, key=lambda point: bool(point["share"] > chart["centre"])):
        labels = [point["label"] for point in run]
        found.append(f"{labels[0]} to {labels[-1]}: {len(labels)} months running lie {'above' if above else 'below'} the middle; "
                     f"chance seldom gives {SHIFT} or more.")
    if "long_run" in chart["signals"] and not shifted:
        found.append(f"{chart['longest_run']} months running lie on one side of their median; chance usually gives up to "
                     f"{chart['longest_run_allowed']}.")
    if "few_crossings" in chart["signals"] and not shifted:
        found.append(f"The months cross their median {_times(chart['crossings'])}; chance usually gives {chart['crossings_expected']} crossings "
                     "or more.")
    return found or [USUAL]


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


def _list(labels: Sequence[str]) -> str:
    if len(labels) > 4:
        return f"{len(labels)} months"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")
