"""What training changed in practice, as far as it was told and approved; and what reports promised to show later."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.periods import Period
from app.evidence.models import Promise
from app.evidence.queries import ApprovedQuote, approved_counts, approved_quotes, promised_until
from app.evidence.rules.words import STRONGEST_FIRST, Direction, Strength
from app.reporting.rules import disclosure

Counts = dict[str, int]


@dataclass(frozen=True)
class Told:
    """What was told and approved in a period: how many examples of each strength and direction, those that may be quoted, and open promises."""

    counts: Mapping[tuple[Strength, Direction], int]
    quotes: Sequence[ApprovedQuote]
    promises: Sequence[Promise]


def told(period: Period, now: datetime) -> Told:
    """Read it. Quotes come through `approved_quotes` and nothing else."""
    today = clock.london_date(now)
    return Told(approved_counts(period, today=today), approved_quotes(period, today=today), promised_until(period.last))


def practice(found: Told, *, exact: bool, withheld: dict[str, str]) -> dict[str, Any]:
    """The `practice` part of the annual figures: examples counted by strength and direction, quotes, open promises.

    Unless numbers are to be `exact`, one that may not be printed is None, and `withheld` is told why. Quotes can be counted by whoever reads them:
    so what is not quoted must not be small either, and they bear their strength and direction only where counting these tells nothing withheld.
    """
    strengths = {strength.value: sum(count for (one, _), count in found.counts.items() if one is strength) for strength in STRONGEST_FIRST}
    directions = {direction.value: sum(count for (_, one), count in found.counts.items() if one is direction) for direction in Direction}
    total = sum(strengths.values())
    shown = exact or (disclosure.safe(total) and disclosure.safe(_rest(total, found.quotes)))
    if not shown:
        withheld["practice"] = "few examples were approved, or few of those that were approved may not be quoted"
    of_strength = exact or (shown and _tell_nothing(strengths, Counter(quote.strength.value for quote in found.quotes)))
    of_direction = exact or (shown and _tell_nothing(directions, Counter(quote.direction.value for quote in found.quotes)))
    if found.quotes and not (of_strength and of_direction):
        withheld["practice.quotes"] = "how strong a quote is, or for what it speaks, would give away numbers that are small"
    return {
        "examples": total if shown else None,
        "strengths": _shown("practice.strengths", strengths, withheld, exact=exact, shown=shown),
        "directions": _shown("practice.directions", directions, withheld, exact=exact, shown=shown),
        "quotes": [
            {"wording": quote.wording, "signed": quote.signed, "theme": quote.theme.value,
             "strength": quote.strength.value if of_strength else None, "direction": quote.direction.value if of_direction else None}
            for quote in (found.quotes if of_strength else sorted(found.quotes, key=lambda quote: (quote.told_on, quote.example_id)))
        ],
        "promises": [
            {"what": promise.what, "promised_in": promise.promised_in, "due_on": promise.due_on.isoformat(), "owner": promise.owner}
            for promise in found.promises
        ],
    }


def _rest(total: int, quotes: Sequence[ApprovedQuote]) -> int:
    """How many examples are counted and not quoted."""
    return total - len(quotes)


def _tell_nothing(counts: Counts, quoted: Mapping[str, int]) -> bool:
    """Whether quotes can be counted by this: neither how many there are of each kind nor how many of these are not quoted is small."""
    return all(disclosure.safe(count) and disclosure.safe(count - quoted[name]) for name, count in counts.items())


def _shown(key: str, counts: Counts, withheld: dict[str, str], *, exact: bool, shown: bool) -> Mapping[str, int | None]:
    """The counts, without those that are small and those that would give them away."""
    if not shown:
        return dict.fromkeys(counts)
    if exact:
        return counts
    small = disclosure.withheld_categories([counts])
    if small:
        withheld[f"{key}: {', '.join(sorted(small))}"] = "some of the numbers are small, and the rest would give them away"
    return {name: None if name in small else count for name, count in counts.items()}
