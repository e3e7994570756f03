"""Who was absent is taken off a session's page without a look before and a look after that differ by one to four people."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.evaluation.rules.absent import without_absent
from app.evaluation.rules.shown import Sent, shown

ENDED = datetime(2026, 3, 2, 15, tzinfo=UTC)
CLOSES = ENDED + timedelta(days=28)


def look(people, day, marked, *, team=False):
    """Whom somebody sees on that day after the session, when those are `marked`; person n answered on their day."""
    there = [Sent(number, str(number), ENDED + timedelta(days=at), True) for number, at in enumerate(people) if at <= day]
    return without_absent(shown(there, CLOSES, ENDED + timedelta(days=day), team=team), marked, team=team)[0]


@pytest.mark.parametrize("team", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_no_two_looks_of_any_marks_and_days_differ_by_one_to_four_people(seed, team):
    rng = random.Random(seed)
    people = sorted(rng.choice((0, 1, 2, 5, 9, 20, 27, 33, 40, 50)) for _ in range(rng.randint(5, 24)))
    looks = []
    for day in (3, 10, 29, 45, 55 if team else 90):
        for absent in (set(), {rng.randrange(len(people))}, {rng.randrange(len(people)) for _ in range(3)}):
            seen = look(people, day, absent, team=team)
            assert not absent & {*seen.responses, *seen.everybody}
            looks.append(set(seen.responses))
    assert not [len(one - other) for one in looks for other in looks if other < one and 0 < len(one - other) < 5]
    assert not [seen for seen in looks if 0 < len(seen) < 5]


def test_with_one_who_was_absent_go_those_whose_answers_came_in_with_theirs():
    found = look([0] * 13, 30, {6})
    assert found.responses == [0, 1, 2, 3, 4] == found.everybody
    assert look([0] * 13, 30, set()).responses == list(range(13))


def test_absent_people_who_are_not_shown_yet_leave_alone():
    found = look([0] * 9, 3, {7})
    assert (found.responses, found.everybody) == ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 8])
