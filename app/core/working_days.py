"""Working days in England: Monday to Friday without bank holidays, the special ones of single years included."""

from datetime import date, datetime, time, timedelta
from functools import cache

from app.core.london import LONDON, london_date

SATURDAY = 5


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The days of the year on which banks in England are closed."""
    from holidays import country_holidays  # noqa: PLC0415  (needed only where a date is counted)

    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Whether people in England are at work that day."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def working_days_before(day: date, count: int) -> date:
    """The working day that lies so many working days before `day`, which itself does not count; `day` for none."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_after(day: date, count: int) -> date:
    """The working day that lies so many working days after `day`, which itself does not count; `day` for none."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def end_of_day(day: date) -> datetime:
    """Midnight in London at the end of the day: what happens before it happens on the day."""
    return datetime.combine(day + timedelta(days=1), time(), LONDON)


def end_of_working_day_after(moment: datetime, count: int) -> datetime:
    """Midnight in London at the end of the working day so many after the day of `moment`."""
    return end_of_day(working_days_after(london_date(moment), count))
