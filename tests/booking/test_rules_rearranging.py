"""What becomes of a session whose trainer cannot give it: other times as far apart, who gives what at the same time, and what a page carries."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.giving import Given, afterwards, besides, busy
from app.booking.rules.rearranging import Cancelling, Giving, Moving, Stands, carried, how, parts_from, read
from app.catalogue.rules import SessionStatus
from app.core.errors import Refused
from app.core.london import from_london, london

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = from_london(date(2027, 3, 22), time(9))


def test_a_session_that_moves_over_the_change_of_clocks_keeps_its_length_and_the_time_on_the_wall_of_its_other_parts():
    moved = parts_from([(NINE, NINE + 3 * HOUR), (NINE + DAY, NINE + DAY + 2 * HOUR)], date(2027, 3, 29), time(13, 30))
    assert [f"{london(starts):%d %H:%M}-{london(ends):%H:%M}" for starts, ends in moved] == ["29 13:30-16:30", "30 13:30-15:30"]


def test_a_part_cannot_begin_in_the_hour_that_clocks_skip():
    night = from_london(date(2027, 3, 20), time(1, 30))
    with pytest.raises(Refused, match=r"Clocks skip 01:30 on 28 March 2027. Choose another time."):
        parts_from([(night, night + HOUR), (night + DAY, night + DAY + HOUR)], date(2027, 3, 27), time(1, 30))


@given(st.integers(0, 40_000), st.integers(0, 60), st.integers(1, 8))
def test_a_session_moved_to_when_it_is_stays_as_it_is(hours, apart, lasts):
    start = NINE + hours * HOUR
    parts = [(start, start + lasts * HOUR), (start + (apart + 1) * DAY, start + (apart + 1) * DAY + HOUR)]
    again = london(start)
    if from_london(again.date(), again.time()) == start:  # not the second time that an hour is shown in autumn
        assert parts_from(parts, again.date(), again.time())[0] == parts[0]


SOON = datetime.fromtimestamp(1_800_000_000, UTC)
steps = st.one_of(
    st.builds(Cancelling, st.integers(1, 10**9 - 1), st.one_of(st.none(), st.integers(1, 10**9))), st.builds(Giving, st.integers(1, 9), st.integers(1, 10**9)),
    st.builds(Moving, st.integers(1, 9), st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))))


@given(st.lists(steps))
def test_what_a_page_carries_is_read_as_it_was(chosen):
    assert read(carried(chosen)) == chosen


@pytest.mark.parametrize("text", ["", "x", "1:y2", "1:at99999999999", "1:to", "-1:0", ":,:", "1:2:3"])
def test_what_no_page_carries_is_no_step(text):
    assert read(text) == []


def test_a_step_is_done_when_the_session_stands_so():
    stands = Stands(SessionStatus.SCHEDULED, 7, SOON)
    assert [step.is_done(stands) for step in (Giving(1, 7), Giving(1, 8), Moving(1, SOON), Moving(1, NINE), Cancelling(1))] == [
        True, False, True, False, False]
    assert Cancelling(1, 5).is_done(Stands(SessionStatus.CANCELLED, None, SOON))


def test_sessions_that_only_touch_are_not_at_the_same_time_and_what_the_act_itself_takes_away_is_not_counted():
    morning, after, over = ([(NINE + start * HOUR, NINE + (start + 3) * HOUR)] for start in (0, 3, 2))
    now = {1: Given(7, "A", morning), 2: Given(7, "B", after), 3: Given(8, "C", over), 4: Given(None, "D", over)}
    assert besides(1, now) == [] and busy(over, now) == {7, 8}
    theirs = afterwards(now, gone=(), others={3: 7}, moved={})
    assert besides(3, theirs) == [1, 2]
    assert besides(3, afterwards(now, gone=(1,), others={3: 7}, moved={2: [(NINE + DAY, NINE + DAY + HOUR)]})) == []
    assert besides(4, now) == []


def test_whatever_is_planned_otherwise_has_another_digest():
    plain = how(7, 9, [(NINE, NINE + HOUR)], "Hall")
    others = {how(8, 9, [(NINE, NINE + HOUR)], "Hall"), how(7, 8, [(NINE, NINE + HOUR)], "Hall"), how(7, 9, [(NINE, NINE + DAY)], "Hall"),
              how(7, 9, [(NINE, NINE + HOUR)], None)}
    assert plain not in others and len(others) == 4
