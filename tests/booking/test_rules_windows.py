"""The days of booking and of decision of a session that moves. No database."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.windows import kept_until, moved_with
from app.core.london import london, london_date

START = datetime(2026, 6, 18, 9, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.integers(0, 360 * 24 * 4).map(lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + quarters * timedelta(minutes=15))


@given(moments, moments, st.integers(1, 4000), st.integers(1, 4000), st.integers(0, 60))
def test_after_a_move_every_day_is_possible_whatever_was_before(before, after, open_hours, closed_hours, decided_days):
    days = {"opens_at": before - timedelta(hours=open_hours + closed_hours), "closes_at": before - timedelta(hours=closed_hours),
            "decide_on": london_date(before) - decided_days * DAY}
    now = {**days, **moved_with(days, before, after)}
    assert now["closes_at"] <= after and now["opens_at"] < after and now["decide_on"] <= london_date(after)
    assert now["opens_at"] <= now["closes_at"] + timedelta(hours=1), "clocks may change between the two"
    for name, day in days.items():
        assert now[name] == day or now[name] < day, f"{name} moved without need"


def test_a_beginning_that_would_lie_after_the_moved_end_moves_too():
    days = {"opens_at": START - 12 * DAY, "closes_at": START - DAY, "decide_on": None}
    assert moved_with(days, START, START - 11 * DAY) == {"opens_at": START - 23 * DAY, "closes_at": START - 12 * DAY}


def test_nine_oclock_stays_nine_oclock_when_clocks_change_between_the_two():
    closes_at = datetime(2026, 6, 15, 8, tzinfo=UTC)
    new = moved_with({"closes_at": closes_at}, START, datetime(2026, 3, 19, 10, tzinfo=UTC))["closes_at"]
    assert (london(closes_at).hour, london(new).hour, london(new).date()) == (9, 9, date(2026, 3, 16))


@given(moments, moments, st.integers(3, 4000), st.integers(0, 4000))
def test_what_is_kept_goes_back_before_the_new_start_not_later_than_was_said_and_in_time_where_that_can_be(before, after, hours, ahead):
    now, until, last = before - timedelta(hours=hours + ahead), before - timedelta(hours=hours), after - timedelta(hours=2)
    new = kept_until(until, before, after, last=last, now=now)
    assert new <= max(until, after) and (new <= until or new in (last, after))
    assert new == until or now >= last or now < new <= last
