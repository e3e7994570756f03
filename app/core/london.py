"""Wall clocks in London: the day and time at which people live, from and to the moments in UTC that are kept."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
YEARS = range(1990, 2101)
"""The years in which a day can lie that somebody writes, in a form, an address or a file: far from where a calendar ends."""


def london(moment: datetime) -> datetime:
    """The same moment as a wall clock in London shows it."""
    return moment.astimezone(LONDON)


def london_date(moment: datetime) -> date:
    """The day in London on which the moment falls."""
    return london(moment).date()


def from_london(day: date, at: time) -> datetime:
    """The moment in UTC at which clocks in London show this day and time; the first of the two when clocks go back."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def exists_in_london(day: date, at: time) -> bool:
    """Whether clocks in London ever show this day and time: the hour skipped in spring does not exist."""
    return london(from_london(day, at)).replace(tzinfo=None) == datetime.combine(day, at)
