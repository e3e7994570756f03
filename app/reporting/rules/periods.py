"""The periods that can be picked: calendar years, April to March, and quarters, over what is on record."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.core.periods import Period


def on_record(first: date, last: date) -> list[Period]:
    """Every calendar year, April-to-March year and quarter that holds a day from the first to the last; latest first."""
    found = [period for year in range(last.year, first.year - 2, -1) for period in _of_year(year)]
    return [period for period in found if period.first <= last and period.last >= first]


def _of_year(year: int) -> Iterator[Period]:
    yield Period(date(year, 1, 1), date(year, 12, 31))
    yield Period(date(year, 4, 1), date(year + 1, 3, 31))
    for month in (10, 7, 4, 1):
        after = date(year + month // 10, (month + 3 - 1) % 12 + 1, 1)
        yield Period(date(year, month, 1), after - timedelta(days=1))


def calendar_years(first: date, last: date) -> list[Period]:
    """Every calendar year from the first day to the last, latest first."""
    return [calendar_year(date(year, 1, 1)) for year in range(last.year, first.year - 1, -1)]


def calendar_year(day: date) -> Period:
    """The calendar year that holds the day."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))
