"""Everything that the annual figures are made of, as the database counts it: what is published of it is decided without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.core.periods import Period
from app.evaluation.queries import of_period
from app.evaluation.queries.of_programme import chosen_besides
from app.evaluation.rules.asked import AllChosen
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.standard import SHIPPED
from app.reporting import queries
from app.reporting.reports.on_pages import OnPages
from app.reporting.reports.practice import Told, told
from app.reporting.rules import fitting
from app.reporting.rules.counting import ATTENDANCES, Area, Tally

Rating = int | None


@dataclass(frozen=True)
class Partner:
    """A partnership, as people are counted by it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class SaidInPeriod:
    """What the period's answers add up to, by the area that people work in."""

    responses: dict[Area, int]
    numbers: list[tuple[Area, str, int, int]]
    """(area, question, number, people)."""
    ratings: list[tuple[int, Area, Rating, Rating, Rating, int]]
    """(session, area, knowledge before, after and at follow-up, people)."""
    later: dict[tuple[Area, Stage], int] = field(default_factory=dict)
    """How many answered months later, and how many managers did."""
    practice: list[tuple[Area, str, tuple[int, ...], int]] = field(default_factory=list)
    """(area, question, numbers of the options chosen, people) of what they say about practice."""
    kept_unseen: bool = False
    """Whether people rated themselves again months later whom no page of answers counts, as their sessions are small."""


@dataclass(frozen=True)
class Gathered:
    """The counts of a period."""

    partnerships: list[Partner]
    sessions: list[Any]
    courses: dict[int, Any]
    tags: list[tuple[int, str, str]]
    by_session: dict[int, Tally]
    by_agency: dict[int | None, Tally]
    distinct: tuple[int, dict[Area, int]]
    agencies: dict[int, Any]
    contributions: tuple[int, int]
    views: dict[str, int]
    views_before: dict[str, int]
    briefings: list[tuple[str, str]]
    registers_missing: int
    first_delivered: date | None
    said: SaidInPeriod
    own: AllChosen
    """What was answered to questions that are not among the standard ones."""
    told: Told


def gathered(period: Period, now: datetime, *, as_on_pages: bool = False) -> Gathered:
    """Count everything of the period, in a fixed number of statements; with `as_on_pages` of the answers those that the pages of answers count."""
    sessions = queries.sessions(period)
    courses = queries.courses({row.course_id for row in sessions})
    ratings, later, own = of_period.ratings(period), of_period.practice(period), chosen_besides(period, SHIPPED)
    numbers = of_period.numbers_after(period)
    unseen = False
    if as_on_pages:
        counted = OnPages(sessions, now)
        unseen = sum_of_three(counted.ratings(ratings)) < sum_of_three(ratings)
        ratings, later, own = counted.ratings(ratings), counted.practice(later), counted.own(own)
        numbers = counted.numbers(numbers, of_period.from_files(period))
    by_session = _tallies(queries.people_by_session(period))
    came = {session: tally.of(ATTENDANCES, {area for area, _kind in tally.cells}) for session, tally in by_session.items()}
    return Gathered(
        partnerships=[Partner(one.id, one.code, one.name) for one in queries.partnerships()], sessions=sessions, courses=courses,
        tags=queries.course_priorities(set(courses)), by_session=by_session,
        by_agency=_tallies(queries.people_by_agency(period)), distinct=queries.distinct_people(period), agencies=queries.agencies(),
        contributions=queries.contributions(period), views=queries.briefing_views(period),
        views_before=queries.briefing_views(period.a_year_earlier()), briefings=queries.briefings(),
        registers_missing=queries.registers_missing(period, now), first_delivered=queries.first_delivered(),
        said=SaidInPeriod(fitting.responses(of_period.responses_after(period), came), [row[1:] for row in numbers], fitting.ratings(ratings, came),
                          of_period.later_responses(period),
                          [(area, code, chosen, count) for _session, area, _stage, code, chosen, count in later], unseen),
        own=own, told=told(period, now),
    )


def sum_of_three(ratings: Iterable[tuple[int, Area, Rating, Rating, Rating, int]]) -> int:
    """How many people rated themselves before, after and again months later."""
    return sum(count for *_where, before, after, later, count in ratings if None not in (before, after, later))


def _tallies(rows: Iterable[tuple[Any, Area, str, int]]) -> dict[Any, Tally]:
    found: dict[Any, Tally] = {}
    for key, area, kind, count in rows:
        found.setdefault(key, Tally()).add(area, kind, count)
    return found
