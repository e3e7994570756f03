"""Rounding, words and what may be printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reporting.rules import disclosure, wording
from app.reporting.rules.counting import ATTENDANCES, NO_SHOWS, Tally, total


@pytest.mark.parametrize(("count", "of", "said"), [(1, 8, 13), (1, 200, 1), (3, 8, 38), (242, 983, 25), (0, 7, 0), (7, 7, 100), (5, 0, None)])
def test_shares_are_rounded_half_up(count, of, said):
    assert wording.percent(count, of) == said


def test_numbers_are_said_for_none_one_and_many():
    assert [wording.many(n, "session") for n in (0, 1, 32, 1422, None)] == [
        "no sessions", "1 session", "32 sessions", "1,422 sessions", "a withheld number of sessions",
    ]


def test_about_one_in_is_said_only_of_enough_people():
    assert wording.one_in(242, 983) == "about 1 in 4"
    assert wording.one_in(2, 8) == ""
    assert wording.one_in(4, 100) == ""


def test_a_change_is_said_as_times():
    assert wording.times(464_130, 45_523) == "10.2 times as many as"
    assert wording.times(5, 5) == "as many as"


counts = st.lists(st.integers(0, 30), min_size=2, max_size=9)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12))
def test_rows_are_put_together_until_none_is_small_and_every_row_is_in_one(rows):
    tallies = [(index, Tally([(1, "attended", a), (2, "attended", b), (1, NO_SHOWS, c)])) for index, (a, b, c) in enumerate(rows)]
    parts = [[1], [2]]
    for together in (disclosure.put_together, disclosure.put_neighbours_together):
        groups = together(tallies, parts)
        if not groups:
            assert not disclosure.safe_in_each(total(tally for _, tally in tallies), (ATTENDANCES, NO_SHOWS), parts)
            continue
        assert sorted(index for group in groups for index in group) == list(range(len(rows)))
        for group in groups:
            assert disclosure.safe_in_each(total(tallies[index][1] for index in group), (ATTENDANCES, NO_SHOWS), parts)


@given(counts)
def test_no_withheld_category_can_be_worked_out_from_the_rest(numbers):
    named = {str(index): number for index, number in enumerate(numbers)}
    withheld = disclosure.withheld_categories([named])
    assert all(named[name] == 0 or named[name] >= 5 for name in named if name not in withheld)
    hidden = [named[name] for name in withheld if named[name]]
    left = sum(hidden)
    for number in hidden if len(hidden) < len([n for n in numbers if n]) else []:
        possible = range(1, left - (len(hidden) - 1) + 1)
        assert number in possible and len(possible) >= 5


@pytest.mark.parametrize(("counts", "alike"), [([0, 30, 0], True), ([7], True), ([6, 24], False), ([0, 0], False), ([], False)])
def test_everybody_in_one_category_are_all_alike(counts, alike):
    assert disclosure.all_alike(counts) is alike


def test_a_zero_is_always_printed_beside_withheld_numbers():
    assert disclosure.withheld_categories([{"1": 2, "2": 19, "3": 109, "4": 133, "5": 0}]) == {"1", "2"}
