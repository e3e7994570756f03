"""The order of the waiting list, whose turn it is, and why it is not somebody's. No database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.waiting import FIRST, NORMAL, Waiting, can_rejoin, in_order, next_turn, why_not_offered

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def one(number, joined=0, priority=NORMAL, **more):
    return Waiting(number, priority, NOON + timedelta(minutes=joined), **more)


LINES = st.lists(
    st.builds(one, st.integers(1, 10_000), st.integers(0, 3), st.sampled_from([FIRST, NORMAL]), eligible=st.booleans(), needs=st.integers(1, 3)),
    unique_by=lambda waiting: waiting.booking_id, max_size=8,
)


def test_priority_comes_before_time_and_time_before_the_order_of_the_database():
    line = [one(4, 0), one(3, 5), one(2, 5), one(1, 9, FIRST)]
    assert [waiting.booking_id for waiting in in_order(line)] == [1, 4, 2, 3]


@given(LINES, st.randoms())
def test_the_order_does_not_depend_on_how_the_line_was_read(line, chance):
    mixed = list(line)
    chance.shuffle(mixed)
    assert in_order(mixed) == in_order(line)


@given(LINES, st.integers(0, 3))
def test_everybody_before_the_chosen_has_a_reason_and_nobody_behind_is_named(line, free):
    turn = next_turn(line, lambda _one: free)
    ordered = in_order(line)
    if turn.chosen is None:
        assert [waiting for waiting, _why in turn.passed] == ordered
        assert not any(waiting.eligible and waiting.needs <= free for waiting in line)
        return
    place = ordered.index(turn.chosen)
    assert turn.chosen.eligible and turn.chosen.needs <= free
    assert [waiting for waiting, _why in turn.passed] == ordered[:place]
    assert all(why and (not waiting.eligible or waiting.needs > free) for waiting, why in turn.passed)


@given(LINES)
def test_nobody_who_is_eligible_is_passed_over_when_there_is_room(line):
    turn = next_turn(line, lambda _one: 99)
    assert turn.chosen == next((waiting for waiting in in_order(line) if waiting.eligible), None)


def test_a_group_waits_until_there_is_room_for_all_and_does_not_hold_up_those_behind():
    group, behind = one(1, 0, needs=3), one(2, 1)
    turn = next_turn([group, behind], lambda _one: 2)
    assert (turn.chosen, turn.passed) == (behind, ((group, "their group of 3 wants to come together and 2 places are free"),))
    assert next_turn([group, behind], lambda _one: 3).chosen == group


def test_the_reason_says_whether_the_course_a_quota_or_the_group_stands_in_the_way():
    line = [one(1, 0, eligible=False), one(2, 1), one(3, 2, needs=2), one(4, 3)]
    turn = next_turn(line, lambda waiting: 0 if waiting.booking_id == 2 else 1)
    assert [why for _waiting, why in turn.passed] == [
        "the course is not open to them at present", "the free places are kept for other agencies", "their group of 2 wants to come together and 1 place is free",
    ]
    assert turn.chosen == line[3]


def test_after_one_lapsed_offer_the_old_place_can_be_had_again_and_after_two_it_cannot():
    assert [can_rejoin(lapses) for lapses in (1, 2, 3)] == [True, False, False]


def test_a_group_that_can_never_come_together_is_said_to_be_so_and_does_not_hold_up_those_behind():
    group, behind = one(1, 0, needs=3, room=2), one(2, 1)
    turn = next_turn([group, behind], lambda _one: 1)
    assert (turn.chosen, turn.passed) == (behind, ((group, "their group of 3 wants to come together and never can: there is room for 2 of them"),))
    assert "room for none of them" in why_not_offered(one(1, 0, needs=3, room=0), 9)
