"""A period of days, as reports use it: a calendar year, April to March, a quarter, or any other."""

from dataclasses import dataclass
from datetime import date

YEARS = range(1900, 2201)
"""The years that a report can be asked for."""


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period cannot end before it begins")
        if self.first.year < YEARS.start or self.last.year >= YEARS.stop:
            raise ValueError(f"a period lies in the years {YEARS.start} to {YEARS.stop - 1}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def a_year_earlier(self) -> "Period":
        """The same span one year before; 29 February becomes 28, and a last day of February stays the last day."""
        return Period(_back_a_year(self.first), _back_a_year(self.last, last_of_month=True))

    @property
    def label(self) -> str:
        """As a reader says it: "2024", "April 2024 to March 2025", or the two dates."""
        first, last = self.first, self.last
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
            return str(first.year)
        if first.day == 1 and _is_last_of_month(last):
            if (first.year, first.month) == (last.year, last.month):
                return f"{first:%B %Y}"
            return f"{first:%B %Y} to {last:%B %Y}"
        return f"{self.dates}"

    @property
    def dates(self) -> str:
        """Both days in full: "1 January 2024 to 31 December 2024"."""
        return f"{self.first.day} {self.first:%B %Y} to {self.last.day} {self.last:%B %Y}"


def _is_last_of_month(day: date) -> bool:
    return day.month != date.fromordinal(day.toordinal() + 1).month


def _back_a_year(day: date, *, last_of_month: bool = False) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    back = date(day.year - 1, day.month, day.day)
    if last_of_month and day.month == 2 and _is_last_of_month(day) and not _is_last_of_month(back):
        return date(back.year, 2, 29)
    return back
