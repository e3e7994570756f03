"""The figures of the annual report for any period: counted in a fixed number of statements, and ready to be written as JSON."""

from collections import Counter
from datetime import datetime
from typing import Any

from app.catalogue.rules import SessionStatus
from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.rules.statistics.shares import wilson
from app.reporting.reports import breakdowns
from app.reporting.reports.courses_beside import courses_beside
from app.reporting.reports.definitions import DEFINITIONS, OPAQUE, PRIORITIES_OVERLAP, SHARED
from app.reporting.reports.evaluation import evaluation
from app.reporting.reports.gathering import Gathered, Partner, gathered
from app.reporting.reports.own_questions import own_questions
from app.reporting.reports.practice import practice
from app.reporting.reports.practice_answers import practice_answers
from app.reporting.rules import disclosure, rounding
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
from app.reporting.rules.publishing import ALL, Answers

COUNTED = (ATTENDANCES, WALK_INS, PARTLY, NO_SHOWS, EXCUSED, CANCELLED_BY_DELEGATE, ON_CANCELLED)


def figures(
    *, period: Period, partnership_code: str | None, audience: Audience, now: datetime, told: Answers = ALL
) -> dict[str, Any]:
    """Every figure of the period, each count with its base; `docs/annual-figures.md` describes the keys.

    With `partnership_code` people are counted by the area they work in; sessions and what else is shared stay whole.
    A number that may not be printed for this audience is None, and `withheld` says why. `told` says which answers there are.

    Raises:
        Refused: there is no such partnership.
    """
    counts = gathered(period, now, as_on_pages=told.as_on_pages)
    return composed(counts, period=period, partnership_code=partnership_code, audience=audience, told=told)


def composed(
    counts: Gathered, *, period: Period, partnership_code: str | None, audience: Audience, told: Answers = ALL
) -> dict[str, Any]:
    """The same from what was counted: what may be published of it is decided here, for every way of writing it.

    Raises:
        Refused: there is no such partnership.
    """
    partnership = _partnership(counts, partnership_code)
    people = _people(counts, partnership, audience)
    totals = _people_counts(counts, people)
    by_agency, by_sector = breakdowns.by_agency(people, counts.agencies)
    of_sessions = breakdowns.by_session(people, breakdowns.Sessions(counts.sessions, counts.courses, counts.tags))
    reached, contacts = counts.contributions
    attendances = totals[ATTENDANCES]
    exact = audience is Audience.INTERNAL
    answers = evaluation(counts.said, people, attendances, told)
    answers["courses"] = courses_beside(counts, people, exact=exact and told.after)
    in_practice = practice(counts.told, exact=exact, withheld=people.withheld)
    in_practice["answers"] = practice_answers(counts.said, people, told=told.later)
    found = {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat(), "label": period.label, "dates": period.dates},
        "partnership": {"code": partnership.code, "name": partnership.name} if partnership else None,
        "audience": audience.value,
        **_session_counts(counts.sessions), **totals,
        "contributions": reached, "contribution_contacts": contacts,
        "contacts": None if attendances is None else attendances + contacts,
        "briefing_views": _briefing_views(counts),
        "by_agency": by_agency, "by_sector": by_sector, **of_sessions,
        "evaluation": answers, "own_questions": own_questions(counts, people, audience, told), "practice": in_practice,
        "answers_told": {"after": told.after, "later": told.later, "why": told.why},
        "registers_missing": counts.registers_missing,
        "first_delivered": counts.first_delivered.isoformat() if counts.first_delivered else None,
        "withheld": people.withheld, "put_together": people.joined,
        "notes": [PRIORITIES_OVERLAP, *([SHARED, OPAQUE] if partnership else [])],
        "definitions": DEFINITIONS,
    }
    return rounding.rounded(found) if audience is Audience.ROUNDED else found


def _partnership(counts: Gathered, code: str | None) -> Partner | None:
    if code is None:
        return None
    found = [partnership for partnership in counts.partnerships if partnership.code == code]
    if not found:
        known = ", ".join(partnership.code for partnership in counts.partnerships) or "none yet"
        raise Refused(f"There is no partnership {code!r}. There are: {known}.")
    return found[0]


def _people(counts: Gathered, partnership: Partner | None, audience: Audience) -> breakdowns.People:
    areas: list[Area] = [known.id for known in counts.partnerships]
    areas.append(None)
    return breakdowns.People(
        by_session=counts.by_session, by_agency=counts.by_agency, areas=areas,
        shown=[partnership.id] if partnership else areas, publication=audience is Audience.PUBLICATION,
    )


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


def _people_counts(found: Gathered, people: breakdowns.People) -> dict[str, Any]:
    """The counts of people at the top, and the no-show rate; None where a number is small, or would give a small one away."""
    everyone = total(people.by_session.values())
    counts: dict[str, int | None] = {measure: everyone.of(measure, people.shown) for measure in COUNTED}
    distinct, by_area = found.distinct
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


def _briefing_views(counts: Gathered) -> dict[str, Any]:
    """Views of the period and of the same span a year earlier; none where there is no count on record, which is not the same as 0."""
    now, before = counts.views, counts.views_before
    rows = [
        {"code": code, "title": title, "views": now.get(code), "previous": before.get(code)}
        for code, title in counts.briefings if code in now or code in before
    ]
    return {"total": sum(now.values()) if now else None, "previous": sum(before.values()) if before else None, "by_briefing": rows}
