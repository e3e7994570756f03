"""The hours of training that a person may count for their profession, by calendar year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Entry:
    """One session somebody came to. `minutes` is none where they came in part and nobody noted for how long; `of` is its whole length."""

    title: str
    level: int | None
    days: tuple[date, ...]
    last_day: date
    minutes: int | None
    of: int
    booking_ref: str
    serial: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Year:
    """A calendar year of the record, its latest session first."""

    number: int
    entries: tuple[Entry, ...]

    @property
    def minutes(self) -> int:
        """Minutes of training in the year, as far as they were noted."""
        return sum(entry.minutes or 0 for entry in self.entries)

    @property
    def not_noted(self) -> int:
        """Sessions of which nobody noted how long the person was there."""
        return sum(entry.minutes is None for entry in self.entries)


def by_year(entries: Iterable[Entry]) -> list[Year]:
    """The record, latest year first. A session belongs to the year in which it ended."""
    years: dict[int, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.last_day, one.title), reverse=True):
        years.setdefault(entry.last_day.year, []).append(entry)
    return [Year(number, tuple(found)) for number, found in years.items()]


def hours(minutes: int | None) -> Decimal | None:
    """Minutes as hours with two decimals, for a spreadsheet."""
    return None if minutes is None else (Decimal(minutes) / 60).quantize(Decimal("0.01"))
