"""A trainer who looks at a session's answers on every day sees five people or more come in, or change, at a time."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from random import Random

import pytest

from app.evaluation.rules.shown import Sent, look, shown
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


def counts(numbers, moment, **more):
    rows = sent(*several(0, max(numbers), 1))
    return [len(shown(rows[:count], CLOSES, moment, **more).responses) for count in numbers]


def test_the_first_five_are_shown_at_once_and_then_the_latest_five_are_kept_back_until_it_closes():
    assert counts([0, 4, 5, 9, 10, 14, 15, 19, 20], at(100)) == [0, 0, 5, 5, 5, 5, 10, 10, 15]
    assert counts([4, 5, 10, 11, 14, 23], CLOSES) == [0, 5, 10, 11, 14, 23]


@pytest.mark.parametrize("people", [6, 7, 8, 9])
def test_of_six_to_nine_the_few_who_came_last_are_never_shown_beside_the_first_five(people):
    rows = sent(*several(0, people, 1))
    looks = [shown(rows, CLOSES, moment) for moment in (at(100), CLOSES, CLOSES + PAPER_LATER, CLOSES + 10 * LONG)]
    assert [look.responses for look in looks] == [[0, 1, 2, 3, 4]] * 4 and looks[-1].people == people


def test_who_also_reads_the_pages_of_courses_sees_a_session_whole_and_five_at_the_earliest_when_ten_are_there():
    assert counts([5, 9, 10, 14, 15], CLOSES, team=True) == [0, 0, 5, 5, 10]
    assert counts([4, 5, 6, 9, 13], CLOSES + PAPER_LATER, team=True) == [0, 5, 6, 9, 13]


def test_what_one_person_changes_waits_for_the_next_five():
    before = sent(*several(0, 12, 1))
    changed = sent(*several(0, 12, 1), ("p2", 50))
    assert shown(changed, CLOSES, at(60)).responses == shown(before, CLOSES, at(40)).responses == [0, 1, 2, 3, 4]
    more = sent(*several(0, 12, 1), ("p2", 50), *several(12, 15, 60))
    assert shown(more, CLOSES, at(90)).responses == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "the tenth came before it was changed"
    assert shown(more, CLOSES, CLOSES).responses[:4] == [0, 1, 12, 3]


def test_who_changes_an_answer_of_a_session_of_five_is_not_told_by_it():
    rows = sent(*several(0, 5, 1), ("p2", 50))
    assert shown(rows, CLOSES, CLOSES + PAPER_LATER).responses == [0, 1, 2, 3, 4]


def test_anonymous_answers_come_in_fives_by_themselves_and_of_six_to_nine_nobody_knows_the_first():
    def look(people, moment, **more):
        rows = [Sent(number, f"p{number}", ENDS, current=True, anonymous=True) for number in range(people)]
        return len(shown(rows, CLOSES, moment, **more).responses)

    end = CLOSES + PAPER_LATER
    assert [look(people, at(9)) for people in (5, 10)] == [5, 10] and [look(people, at(9), team=True) for people in (5, 10)] == [0, 10]
    assert [look(people, end) for people in (4, 5, 7, 9, 10, 17)] == [0, 5, 0, 0, 10, 17]
    assert [look(people, end, team=True) for people in (4, 5, 7, 9, 10, 17)] == [0, 5, 7, 9, 10, 17]


def test_confidential_and_anonymous_answers_of_one_session_wait_for_the_end():
    rows = [*sent(*several(0, 6, 1)), *(Sent(number, f"a{number}", ENDS, current=True, anonymous=True) for number in range(6, 12))]
    assert shown(rows, CLOSES, CLOSES).responses == [] and len(shown(rows, CLOSES, CLOSES + PAPER_LATER).responses) == 12


@pytest.mark.parametrize("team", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_people_who_answered_both_times_are_counted_in_steps_of_five_or_more_too(team, seed):
    """The attack: whoever came in between two looks, some of whom had answered before; how many are in the change never differs by one to four."""
    rng = Random(seed)
    hours = sorted(rng.randrange(1, 900) for _ in range(rng.randrange(3, 30)))
    rows = [Sent(number, f"p{number}", at(hour), current=True) for number, hour in enumerate(hours)]
    before = {number for number in range(len(rows)) if rng.random() < seed / 40}
    seen = []
    for day in (at(hour) for hour in range(0, 1400, 12)):
        found = shown([row for row in rows if row.at <= day], CLOSES, day, team=team)
        there, both = [one in before for one in found.responses], [one in before for one in found.everybody]
        seen.append(look(CLOSES, day, team=team).count_pairs(sum(there), sum(both), sum(both[:found.in_time]), anonymous=False))
    assert all(later - earlier >= 5 or later == earlier for earlier, later in pairwise(seen)), seen
    assert look(CLOSES, CLOSES, team=team).count_pairs(12, 12, 12, anonymous=True) == 0


def test_what_is_keyed_in_from_paper_after_it_closed_comes_in_fives():
    hours = LONG / timedelta(hours=1)
    rows = sent(*several(0, 7, 1), *several(7, 14, hours))
    assert [len(shown(rows[:count], CLOSES, CLOSES + timedelta(days=10)).responses) for count in (7, 8, 9, 10, 14)] == [5, 5, 5, 10, 10]
    assert len(shown(rows, CLOSES, CLOSES + PAPER_LATER).responses) == 10, "four are never shown alone"
    more = sent(*several(0, 12, 1), *several(12, 18, hours))
    assert [len(shown(more[:count], CLOSES, CLOSES + timedelta(days=10)).responses) for count in (12, 16, 17, 18)] == [12, 12, 17, 17]


def test_three_in_time_and_three_on_paper_are_shown_when_they_are_five():
    hours = LONG / timedelta(hours=1)
    rows = sent(*several(0, 3, 1), *several(3, 6, hours))
    assert [len(shown(rows[:count], CLOSES, CLOSES + timedelta(days=10)).responses) for count in (3, 4, 5, 6)] == [0, 0, 5, 5]


@pytest.mark.parametrize("team", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_no_day_taken_from_another_tells_of_fewer_than_five(seed, team):
    """The attack: every answer that was shown on one day and not, or otherwise, on any later one."""
    rng = Random(seed)
    rows = sorted(((f"p{rng.randrange(15)}", rng.randrange(1, 900)) for _ in range(rng.randrange(3, 40))), key=lambda row: row[1])
    rows = [(who, hours) for place, (who, hours) in enumerate(rows) if at(hours) < CLOSES or who not in {w for w, _h in rows[:place]}]
    days = [at(hours) for hours in range(0, 1400, 12)]
    seen = [frozenset(shown(sent(*[row for row in rows if at(row[1]) <= day]), CLOSES, day, team=team).responses) for day in days]
    for before, after in combinations(dict.fromkeys(seen), 2):
        assert len({rows[number][0] for number in after} - {rows[number][0] for number in before}) >= 5
        assert {rows[number][0] for number in before} <= {rows[number][0] for number in after}
