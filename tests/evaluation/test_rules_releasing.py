"""No one to four people can be singled out by taking pages, or the same page on two days, from each other in any way whatever."""

import os
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from random import Random

import pytest

from app.core.errors import Refused
from app.evaluation.rules import releasing
from app.evaluation.rules.answered import (
    FOLLOW_UP_SETTLED,
    SETTLED,
    Answers,
    Held,
    Scope,
    answered_again,
    by_session,
    choosable_sectors,
    counted,
    different,
    followed_up,
    looked_back,
    pairs,
    placed,
)
from app.evaluation.rules.releasing import Closing, Level, released, sector_groups

PRIME = (1 << 61) - 1
WORLDS = 2_000 if os.environ.get("UPLIFT_FAULTS") == "full" else 200
FORMS, SECTORS = ("virtual", "in_person"), ("police", "schools", "health", "council")


def world(rng):
    """Random sessions over two years with people, one row a person, so that rows are people."""
    sessions, rows = {}, []
    for number in range(rng.randint(4, 14)):
        ends_at = datetime(2023, 1, 5, tzinfo=UTC) + timedelta(days=rng.randint(0, 700), hours=number)
        sessions[number] = Held(number, rng.randint(1, 3), rng.choice(FORMS), ends_at.year, ends_at)
        for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 7, 9, 14))):
            before, then, after = (rng.choice((None, 1, 2, 3, 4, 5)) if rng.random() < 0.3 else rng.randint(1, 5) for _ in range(3))
            later = rng.randint(1, 5) if rng.random() < 0.5 else None
            rows.append((number, rng.choice(SECTORS[:rng.randint(1, 4)]), before, then, after, later, 1))
    return Answers(sessions, by_session(rows))


MEASURES = {
    pairs: lambda row: row[2] is not None and row[4] is not None,
    followed_up: lambda row: None not in (row[2], row[4], row[5]),
    looked_back: lambda row: None not in (row[2], row[3]),
    answered_again: lambda row: row[4] is not None,
    different: lambda row: (row[2] is None) != (row[4] is None),
}


def pages(found, measure, moments):
    """Every page that can be opened, at each of these moments, as the set of people on it; a session's own page once its answers are all in."""
    years, courses = ({None} | {getattr(held, what) for held in found.sessions.values()} for what in ("year", "course"))
    person = {id(row): index for index, row in enumerate(chain.from_iterable(found.by_session.values()))}
    told = MEASURES[measure]
    seen = set()
    for now in moments:
        places = placed(found, measure, now)
        scopes = [Scope(course, year, form) for course in courses for year in years for form in (None, *FORMS)]
        if measure is pairs:
            scopes += [Scope(year=year, sectors=group) for year in years - {None} for group in choosable_sectors(found, year, now)]
            for held in found.sessions.values():
                people = frozenset(person[id(row)] for row in found.by_session.get(held.session, ()) if told(row))
                if held.ends_at + SETTLED <= now and len(people) >= 5:
                    seen.add(people)
        for scope in scopes:
            scope.check()
            seen.add(frozenset(person[id(row)] for row in counted(found, scope, places) if told(row)))
    return seen - {frozenset()}


def singled_out(groups):
    """Groups of 1 to 4 people that some sum of pages, each taken any number of times, is just about; by linear algebra over a large prime.

    A group is such a sum if it is at right angles to everything that all pages are at right angles to. A random such vector does not
    add up to nothing over a group by chance.
    """
    people = sorted(set().union(*groups)) if groups else []
    kinds = {}
    for one in people:
        kinds.setdefault(tuple(one in group for group in groups), []).append(one)
    classes = list(kinds.items())
    vector = null_vector([[kind[place] * len(members) for kind, members in classes] for place in range(len(groups))], Random(1))
    small = [(len(members), value * len(members) % PRIME, members) for (_kind, members), value in zip(classes, vector, strict=True) if len(members) < 5]
    return [chosen for size in (1, 2, 3, 4) for chosen in combinations(small, size)
            if sum(one[0] for one in chosen) < 5 and sum(one[1] for one in chosen) % PRIME == 0]


def null_vector(rows, rng):
    """A random vector that every row times gives 0, modulo a large prime."""
    pivots = {}
    for row in rows:
        left = [value % PRIME for value in row]
        for column, pivot in pivots.items():
            if left[column]:
                factor = left[column]
                left = [(a - factor * b) % PRIME for a, b in zip(left, pivot, strict=True)]
        column = next((place for place, value in enumerate(left) if value), None)
        if column is None:
            continue
        inverse = pow(left[column], -1, PRIME)
        left = [value * inverse % PRIME for value in left]
        for other, pivot in pivots.items():
            factor = pivot[column]
            pivots[other] = [(a - factor * b) % PRIME for a, b in zip(pivot, left, strict=True)]
        pivots[column] = left
    width = len(rows[0]) if rows else 0
    vector = [0 if place in pivots else rng.randrange(1, PRIME) for place in range(width)]
    for column, pivot in pivots.items():
        vector[column] = -sum(a * b for place, (a, b) in enumerate(zip(pivot, vector, strict=True)) if place != column) % PRIME
    return vector


def moments(found, after):
    """Each day on which something may change: a session closes, so long `after` it was held, or a year is over."""
    days = {held.ends_at + after for held in found.sessions.values()} | {datetime(year, 1, 1, tzinfo=UTC) for year in (2024, 2025, 2026, 2027)}
    return sorted(days)


def attacked(count, seed=7):
    rng = Random(seed)
    leaks = []
    for _ in range(count):
        found = world(rng)
        for measure in MEASURES:
            groups = pages(found, measure, moments(found, FOLLOW_UP_SETTLED if measure is followed_up else SETTLED))
            leaks += singled_out(sorted(groups, key=sorted))
    return leaks


def test_no_pages_of_any_day_taken_from_each_other_single_anybody_out(record_property):
    record_property("tried", f"{WORLDS} programmes, every page on every day that changes one, 4 figures")
    assert attacked(WORLDS) == []


def test_without_the_batches_somebody_is_singled_out(monkeypatch):
    """The switch: the attack finds what the rule prevents."""
    monkeypatch.setattr(releasing, "_safe", lambda _batch: True)
    assert attacked(5)


def test_without_looking_at_sectors_together_somebody_is_singled_out(monkeypatch):
    monkeypatch.setattr(releasing, "_apart", lambda _groups, _cells: True)
    monkeypatch.setattr(releasing, "ENOUGH", 1)
    assert attacked(20)


def closing(number, people, days=0, course=1, form="virtual", year=2024):
    return Closing(number, course, form, year, datetime(year, 1, 10, tzinfo=UTC) + timedelta(days=days), (people,))


def test_small_sessions_wait_for_each_other_in_the_order_in_which_they_closed():
    sessions = [closing(1, 3), closing(2, 12, 1), closing(3, 1, 2), closing(4, 1, 3), closing(5, 2, 4)]

    def days(count):
        return set(released(sessions, datetime(2024, 1, 10, tzinfo=UTC) + timedelta(days=count)))

    assert [days(count) for count in range(5)] == [set(), {2}, {2}, {1, 2, 3, 4}, {1, 2, 3, 4}]


def test_what_is_left_when_the_year_is_over_is_counted_on_larger_pages_only():
    sessions = [closing(1, 3), closing(2, 4, course=2), closing(3, 2, form="in_person"), closing(4, 9)]
    before, after = (released(sessions, datetime(year, 6, 1, tzinfo=UTC)) for year in (2024, 2025))
    assert set(before) == {4}
    assert {number: place.level for number, place in after.items()} == {4: Level.COURSE, 1: Level.FORMAT, 2: Level.FORMAT}


def test_each_figure_of_a_batch_is_none_or_five():
    one = Closing(1, 1, "virtual", 2024, datetime(2024, 1, 1, tzinfo=UTC), (9, 6, 3))
    assert released([one], datetime(2024, 6, 1, tzinfo=UTC)) == {}


@pytest.mark.parametrize(("cells", "groups"), [
    ({("a", "x"): 10, ("b", "y"): 10}, [("x",), ("y",)]),
    ({("a", "x"): 10, ("a", "y"): 3, ("b", "y"): 20}, []),
    ({("a", "x"): 10, ("a", "y"): 5, ("b", "y"): 20}, [("x",), ("y",)]),
    ({("a", "x"): 4, ("b", "y"): 30, ("c", "z"): 30}, [("x", "y"), ("z",)]),
    ({}, []),
])
def test_sectors_stand_alone_where_the_rest_of_their_batches_is_none_or_five(cells, groups):
    assert sorted(sector_groups(cells)) == groups


def test_a_sector_with_a_course_or_a_format_is_no_page():
    for scope in (Scope(course=1, year=2024, sectors=("x",)), Scope(form="virtual", year=2024, sectors=("x",)), Scope(sectors=("x",))):
        with pytest.raises(Refused, match="single people out"):
            scope.check()
