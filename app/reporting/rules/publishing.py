"""Of which periods there is a report for publication, and of which answers stand in one: so that no two reports, and no two days on which the
same report is opened, can be taken from each other and leave a few people.

Periods that overlap, even quarters of a year, leave what lies in one and not in the other: small numbers that each of them withholds. So what is
published is of calendar years, which do not overlap, once nothing of them grows any more. Answers are small numbers inside as well as
outside: a period of one day would tell who answered what. So they are told of such years only, also to those who may see any period.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, SETTLED
from app.reporting.rules import periods

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Answers:
    """Which answers a report tells, and why not the others (empty: it tells all); and whether it counts the sessions that the pages of answers
    count, so that a report and a page cannot be taken from each other either."""

    after: bool = True
    later: bool = True
    why: str = ""
    as_on_pages: bool = False


ALL = Answers()


def whole_year(period: Period) -> bool:
    """Whether it is a calendar year."""
    return (period.first, period.last) == (date(period.first.year, 1, 1), date(period.first.year, 12, 31))


def settled_on(period: Period) -> date:
    """From when nothing of the period grows any more but what is answered months later: questions have closed, paper is keyed in."""
    return period.last + ONE_DAY + SETTLED


def later_settled_on(period: Period) -> date:
    """From when nobody can be asked any more about a session of the period."""
    return period.last + ONE_DAY + FOLLOW_UP_SETTLED


def check(period: Period, today: date) -> None:
    """Whether there is a report of this period for publication.

    Raises:
        Refused: there is none, and what to do instead.
    """
    if not whole_year(period):
        raise Refused("Reports for publication are of whole calendar years. Two that overlap could be taken from each other, which would leave the "
                      "few people who are in one of them only. Choose a year from the list, or “Inside the partnership” for these days.")
    if today < settled_on(period):
        raise Refused(f"There is no report of {period.label} for publication before {_said(settled_on(period))}, when its answers and registers are "
                      "all in. Opened on two days it would tell of the few people who came in between. Choose an earlier year, or “Inside the "
                      "partnership”.")


def answers_told(period: Period, today: date) -> Answers:
    """Which answers a report of this period tells."""
    if not whole_year(period):
        return Answers(after=False, later=False, why="What people answered is told of whole calendar years only: with any days, what one person "
                                                     "answered could be worked out. Choose a year to read it.")
    if today < settled_on(period):
        return Answers(after=False, later=False, why=f"Answers may still come, so they are told from {_said(settled_on(period))} on. What has come "
                                                     "so far of sessions whose questions have closed stands on the page of all answers.")
    if today < later_settled_on(period):
        return Answers(later=False, as_on_pages=True, why="What people and their managers answer months later may still come, so it is told from "
                                        f"{_said(later_settled_on(period))} on.")
    return Answers(as_on_pages=True)


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def years(first: date, last: date, today: date) -> list[Period]:
    """The calendar years between these days of which there is a report for publication, latest first."""
    return [period for period in periods.calendar_years(first, last) if settled_on(period) <= today]
