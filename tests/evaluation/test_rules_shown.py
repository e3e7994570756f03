"""A trainer who looks at a session's answers on every day sees five people or more come in, or change, at a time."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from app.evaluation.rules.shown import Sent, shown
from app.evaluation.rules.windows import LONG, PAPER_LATER

ENDS = datetime(2024, 3, 1, 12, tzinfo=UTC)
CLOSES = ENDS + LONG


def at(hours):
    return ENDS + timedelta(hours=hours)


def sent(*rows):
    """(whose, hours after the session); the last of each person is current."""
    last = {who: number for number, (who, _hours) in enumerate(rows)}
    return [Sent(number, who, at(hours), last[who] == number) for number, (who, hours) in enumerate(rows)]


def several(first, last, hours):
    return [(f"p{number}", hours + number) for number in range(first, last)]


def test_people_come_in_fives_and_all_when_it_closes():
    rows = sent(*several(0, 8, 1))
    assert [len(shown(rows[:count], CLOSES, at(100)).responses) for count in range(9)] == [0, 0, 0, 0, 0, 5, 5, 5, 5]
    assert len(shown(rows, CLOSES, CLOSES).responses) == 8


def test_what_one_person_changes_waits_for_the_next_five():
    before = sent(*several(0, 7, 1))
    changed = sent(*several(0, 7, 1), ("p2", 50))
    assert shown(changed, CLOSES, at(60)).responses == shown(before, CLOSES, at(40)).responses == [0, 1, 2, 3, 4]
    more = sent(*several(0, 7, 1), ("p2", 50), *several(7, 10, 60))
    assert shown(more, CLOSES, at(90)).responses == [0, 1, 7, 3, 4, 5, 6, 8, 9, 10]


def test_what_is_keyed_in_from_paper_after_it_closed_comes_in_fives_and_the_rest_when_no_more_can_come():
    hours = LONG / timedelta(hours=1)
    rows = sent(*several(0, 7, 1), *several(7, 14, hours))
    counts = [len(shown(rows[:count], CLOSES, CLOSES + timedelta(days=10)).responses) for count in (7, 8, 11, 12, 14)]
    assert counts == [7, 7, 7, 12, 12]
    assert len(shown(rows, CLOSES, CLOSES + PAPER_LATER).responses) == 14


def test_three_in_time_and_three_on_paper_are_shown_when_they_are_five():
    hours = LONG / timedelta(hours=1)
    rows = sent(*several(0, 3, 1), *several(3, 6, hours))
    assert [len(shown(rows[:count], CLOSES, CLOSES + timedelta(days=10)).responses) for count in (3, 4, 5, 6)] == [0, 0, 5, 5]


@pytest.mark.parametrize("seed", range(60))
def test_no_day_taken_from_another_tells_of_fewer_than_five_until_the_last_are_in(seed):
    """The attack: every answer that was shown on one day and not, or otherwise, on the next."""
    rng = Random(seed)
    rows = sorted(((f"p{rng.randrange(15)}", rng.randrange(1, 900)) for _ in range(rng.randrange(3, 40))), key=lambda row: row[1])
    rows = [(who, hours) for place, (who, hours) in enumerate(rows) if at(hours) < CLOSES or who not in {w for w, _h in rows[:place]}]
    days = [at(hours) for hours in range(0, 1400, 12)]
    seen = [set(shown(sent(*[row for row in rows if at(row[1]) <= day]), CLOSES, day).responses) for day in days]
    for day, before, after in zip(days[1:], seen, seen[1:], strict=False):
        last = day - timedelta(hours=12) < CLOSES <= day or day >= CLOSES + PAPER_LATER
        assert last or before == after or len({rows[number][0] for number in after} - {rows[number][0] for number in before}) >= 5
