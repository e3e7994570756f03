"""Working days in England: Monday to Friday without bank holidays, the special ones of single years included."""

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from app.core.london import LONDON, london_date

ROOT = Path(__file__).resolve().parents[2]
SATURDAY = 5


def bank_holidays(year: int) -> frozenset[date]:
    """The days of the year on which banks in England are closed."""
    return _of_the_century(year - year % 100).get(year, frozenset())


@cache
def _of_the_century(first: int) -> dict[int, frozenset[date]]:
    """Asked of a process that ends afterwards: the library holds the days of every country, which is 16 MiB."""
    done = subprocess.run([sys.executable, "-m", __name__, str(first)], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    by_year: dict[int, set[date]] = {}
    for line in done.stdout.split():
        day = date.fromisoformat(line)
        by_year.setdefault(day.year, set()).add(day)
    return {year: frozenset(days) for year, days in by_year.items()}


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


def _say(first: int) -> None:
    from holidays import country_holidays  # noqa: PLC0415  (see `_of_the_century`)

    for day in sorted(country_holidays("GB", subdiv="ENG", years=range(max(first, 1), first + 100))):
        sys.stdout.write(f"{day.isoformat()}\n")


if __name__ == "__main__":
    _say(int(sys.argv[1]))
