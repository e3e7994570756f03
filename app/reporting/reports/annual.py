"""The figures of the annual report for any period: counted in a fixed number of statements, and ready to be written as JSON."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.accounts.models import Partnership
from app.catalogue.rules import SessionStatus
from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.rules.statistics.shares import wilson
from app.reporting import queries
from app.reporting.reports import breakdowns
from app.reporting.reports.definitions import DEFINITIONS, OPAQUE, PRIORITIES_OVERLAP, SHARED
from app.reporting.reports.evaluation import evaluation
from app.reporting.reports.practice import practice
from app.reporting.rules import disclosure
from app.reporting.rules.counting import (
    ATTENDANCES,
    CANCELLED_BY_DELEGATE,
    EXCUSED,
    NO_SHOWS,
    ON_CANCELLED,
    PARTLY,
    WALK_INS,
    Area,
    Audience,
    Tally,
    total,
)

COUNTED = (ATTENDANCES, WALK_INS, PARTLY, NO_SHOWS, EXCUSED, CANCELLED_BY_DELEGATE, ON_CANCELLED)


def figures(*, period: Period, partnership_code: str | None, audience: Audience, now: datetime) -> dict[str, Any]:
    """Every figure of the period, each count with its base; `docs/annual-figures.md` describes the keys.

    With `partnership_code` people are counted by the area they work in; sessions and what else is shared stay whole.
    A number that may not be printed for this audience is None, and `withheld` says why.

    Raises:
        Refused: there is no such partnership.
    """
    partnership = _partnership(partnership_code)
    people = _people(period, partnership, audience)
    sessions = queries.sessions(period)
    courses = queries.courses({row.course_id for row in sessions})
    tags = queries.course_priorities(set(courses))
    counts = _people_counts(period, people)
    by_agency, by_sector = breakdowns.by_agency(people, queries.agencies())
    of_sessions = breakdowns.by_session(people, breakdowns.Sessions(sessions, courses, tags))
    reached, contacts = queries.contributions(period)
    attendances = counts[ATTENDANCES]
    answers = evaluation(period, people, attendances)
    told = practice(period, publication=people.publication, withheld=people.withheld, now=now)
    return {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat(), "label": period.label, "dates": period.dates},
        "partnership": {"code": partnership.code, "name": partnership.name} if partnership else None,
        "audience": audience.value,
        **_session_counts(sessions), **counts,
        "contributions": reached, "contribution_contacts": contacts,
        "contacts": None if attendances is None else attendances + contacts,
        "briefing_views": _briefing_views(period),
        "by_agency": by_agency, "by_sector": by_sector, **of_sessions,
        "evaluation": answers, "practice": told,
        "registers_missing": queries.registers_missing(period, now),
        "first_delivered": _iso(queries.first_delivered()),
        "withheld": people.withheld, "put_together": people.joined,
        "notes": [PRIORITIES_OVERLAP, *([SHARED, OPAQUE] if partnership else [])],
        "definitions": DEFINITIONS,
    }


def _partnership(code: str | None) -> Partnership | None:
    if code is None:
        return None
    there = queries.partnerships()
    found = [partnership for partnership in there if partnership.code == code]
    if not found:
        known = ", ".join(partnership.code for partnership in there) or "none yet"
        raise Refused(f"There is no partnership {code!r}. There are: {known}.")
    return found[0]


def _people(period: Period, partnership: Partnership | None, audience: Audience) -> breakdowns.People:
    by_session = _tallies(queries.people_by_session(period))
    areas: list[Area] = [known.id for known in queries.partnerships()]
    areas.append(None)
    return breakdowns.People(
        by_session=by_session, by_agency=_tallies(queries.people_by_agency(period)), areas=areas,
        shown=[partnership.id] if partnership else areas, publication=audience is Audience.PUBLICATION,
    )


def _tallies(rows: Iterable[tuple[Any, Area, str, int]]) -> dict[Any, Tally]:
    found: dict[Any, Tally] = {}
    for key, area, kind, count in rows:
        found.setdefault(key, Tally()).add(area, kind, count)
    return found


def _session_counts(sessions: list[Any]) -> dict[str, Any]:
    delivered = [row for row in sessions if row.status is SessionStatus.DELIVERED]
    cancelled = [row for row in sessions if row.status is SessionStatus.CANCELLED]
    offered = {row.course_id for row in delivered + cancelled}
    run = {row.course_id for row in delivered}
    reasons = Counter(row.cancel_reason or breakdowns.NOT_KNOWN for row in cancelled)
    return {
        "courses_offered": len(offered), "courses_delivered": len(run), "courses_never_run": len(offered - run),
        "sessions_delivered": len(delivered), "sessions_cancelled": len(cancelled),
        "cancellation_reasons": dict(reasons.most_common()), "places_cancelled": sum(row.capacity for row in cancelled),
    }


def _people_counts(period: Period, people: breakdowns.People) -> dict[str, Any]:
    """The counts of people at the top, and the no-show rate; None where a number is small, or would give a small one away."""
    everyone = total(people.by_session.values())
    counts: dict[str, int | None] = {measure: everyone.of(measure, people.shown) for measure in COUNTED}
    distinct, by_area = queries.distinct_people(period)
    counts["distinct_people"] = by_area.get(people.shown[0], 0) if people.of_one_area else distinct
    if people.publication:
        _withhold(counts, everyone, people, by_area)
    no_shows, attendances, walk_ins = counts[NO_SHOWS], counts[ATTENDANCES], counts[WALK_INS]
    of = None if no_shows is None or attendances is None or walk_ins is None else no_shows + attendances - walk_ins
    share = no_shows / of if of and no_shows is not None else None
    interval = list(wilson(no_shows, of)) if of is not None and no_shows is not None else [None, None]
    return {**counts, "no_show_rate": {"count": no_shows, "of": of, "share": share, "interval": interval}}


def _withhold(counts: dict[str, int | None], everyone: Tally, people: breakdowns.People, distinct: dict[Area, int]) -> None:
    """Empty what may not be printed."""
    for measure in COUNTED:
        if not disclosure.printable(measure, [everyone], people.parts):
            counts[measure] = None
            people.withheld[measure] = "some of the numbers are small"
    whole = [distinct.get(area, 0) for area in people.areas] if people.of_one_area else [counts["distinct_people"] or 0]
    if not all(disclosure.safe(cell) for cell in whole) or counts[ATTENDANCES] is None:
        counts["distinct_people"] = None
        people.withheld["distinct_people"] = "some of the numbers are small"


def _briefing_views(period: Period) -> dict[str, Any]:
    """Views of the period and of the same span a year earlier; none where there is no count on record, which is not the same as 0."""
    now, before = queries.briefing_views(period), queries.briefing_views(period.a_year_earlier())
    rows = [
        {"code": code, "title": title, "views": now.get(code), "previous": before.get(code)}
        for code, title in queries.briefings() if code in now or code in before
    ]
    return {"total": sum(now.values()), "previous": sum(before.values()) if before else None, "by_briefing": rows}


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


