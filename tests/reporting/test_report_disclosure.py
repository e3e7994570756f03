"""What is published gives no small number of people away, not even to somebody who holds every report beside the others."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from app.core import clock
from app.core.periods import Period
from app.imports.services import import_programme
from app.reporting.rules import disclosure
from app.reporting.rules.counting import Audience
from tests.conftest import empty
from tests.imports.folders import written
from tests.imports.years import years
from tests.reporting.test_report_figures import figures

PERIOD = Period(date(2025, 1, 1), date(2025, 12, 31))
PEOPLE = ("attendances", "no_shows", "excused", "walk_ins", "partly_attended", "cancelled_by_delegate")
TABLES = ("by_agency", "by_sector", "by_course", "by_format", "by_month", "by_priority")
TOP = (*PEOPLE, "distinct_people", "bookings_on_cancelled_sessions")


def small(count):
    return count is not None and 0 < count < 5


def leaks(reports):
    """Every small number that is printed, or that taking printed numbers from each other gives."""
    whole, *parts = reports
    found = []
    for report in reports:
        found += [("top", key) for key in TOP if small(report[key])]
        for table in TABLES:
            rows = report[table] or []
            found += [(table, row["name"], key) for row in rows for key in PEOPLE if small(row[key])]
            for key in PEOPLE:
                cells = [row[key] for row in rows]
                left = None if None in cells or not cells or report[key] is None else report[key] - sum(cells)
                found += [(table, key, "rest")] if table != "by_priority" and small(left) else []
        answers = report["evaluation"]
        for asked in [*answers["statements"].values(), answers["knowledge"]["after"]]:
            found += [("answers", name) for name, count in asked.items() if small(count)]
            hidden = [name for name, count in asked.items() if count is None and name != "answered"]
            if asked["answered"] is not None and hidden:
                left = asked["answered"] - sum(count or 0 for name, count in asked.items() if name != "answered")
                found += [("answers", "one hidden")] if len(hidden) == 1 and left else []
        for counts in (report["practice"]["strengths"], report["practice"]["directions"]):
            found += [("practice", name) for name, count in counts.items() if small(count)]
            hidden = [name for name, count in counts.items() if count is None]
            found += [("practice", "one hidden")] if report["practice"]["examples"] is not None and len(hidden) == 1 else []
        found += [("practice", "examples")] if small(report["practice"]["examples"]) else []
        change = answers["knowledge"]["change"]
        found += [("change", key) for key in ("n_pairs", "n_only_before", "n_only_after", "n_neither", "up", "same", "down") if small(change[key])]
    for key in TOP:
        shown = [part[key] for part in parts]
        if whole[key] is not None and key != "distinct_people":
            found += [("whole less a part", key) for count in shown if count is not None and small(whole[key] - count)]
            found += [("not known", key)] if None not in shown and small(whole[key] - sum(shown)) else []
    for table in TABLES:
        for part in parts:
            same = {row["name"]: row for row in part[table] or []}
            for row in whole[table] or []:
                for key in PEOPLE:
                    other = same.get(row["name"], {}).get(key)
                    found += [(table, row["name"], key, "less a part")] if None not in (other, row[key]) and small(row[key] - other) else []
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(year=years(most_people=40))
def test_no_small_number_is_printed_or_can_be_worked_out(app, backend, year):
    rows, *_ = year
    assert leaks(published(app, backend, rows)) == []


def published(app, backend, rows):
    empty(app, backend)
    with TemporaryDirectory() as name:
        import_programme(written(Path(name) / "year", **rows), now=clock.now())
    return [figures(PERIOD, code, Audience.PUBLICATION) for code in (None, "north", "south")]


def test_with_the_threshold_taken_away_small_numbers_are_found(app, backend, monkeypatch):
    """The switch: the attack finds what the protection would have withheld."""
    monkeypatch.setattr(disclosure, "safe", lambda _count: True)
    bookings = [f"neg-1,p{number}@org.example,2024-12-01T10:00,attended,,," for number in range(3)]
    rows = {
        "people": [f"p{number}@org.example,P,{number},csc,Job,,north" for number in range(3)], "bookings": bookings, "evaluations": [],
        "sessions": ["neg-1,neg,2025-05-02T09:30,2025-05-02T12:30,Hall,9,,delivered,,"],
    }
    assert ("top", "attendances") in leaks(published(app, backend, rows))


@pytest.mark.parametrize("count", range(8))
def test_just_one_to_four_are_small(count):
    assert disclosure.safe(count) is (count in (0, 5, 6, 7))
