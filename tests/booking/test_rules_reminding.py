"""Reminders by London's clock: across both clock changes and after an outage. No database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.reminding import days_ahead, due_now, reminded_at
from app.core.london import from_london, london, london_date

CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29)]
MOMENTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2030-12-31"), timezones=st.just(UTC))
DAYS = st.lists(st.integers(1, 60), unique=True, max_size=4)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("after", range(-1, 8))
@pytest.mark.parametrize("days", [1, 7])
def test_a_reminder_is_due_at_nine_by_the_clock_whatever_the_clocks_do_in_between(change, after, days):
    starts_at = from_london(change + timedelta(days=after), time(9, 30))
    due = london(reminded_at(starts_at, days))
    assert (due.date(), due.time()) == (change + timedelta(days=after - days), time(9))


def test_the_day_before_goes_by_the_calendar_and_not_by_24_hours():
    monday = from_london(date(2026, 3, 30), time(9, 30))  # the clocks go forward on the Sunday before
    assert monday - reminded_at(monday, 2) == timedelta(days=2, minutes=-30)
    assert reminded_at(monday, 2).astimezone(UTC).hour == 9 and reminded_at(monday, 1).astimezone(UTC).hour == 8


@given(MOMENTS, DAYS, st.integers(-70 * 24, 24))
def test_what_is_due_is_the_latest_that_has_come_and_nothing_from_the_start_on(starts_at, days, hours):
    now = starts_at + timedelta(hours=hours)
    due = due_now(starts_at, days, now)
    passed = [day for day in days if reminded_at(starts_at, day) <= now]
    assert due == (min(passed) if passed and now < starts_at else None)


def test_after_an_outage_of_three_days_only_the_reminder_that_is_still_useful_is_due():
    starts_at = from_london(date(2026, 6, 11), time(9, 30))
    assert due_now(starts_at, (7, 1), from_london(date(2026, 6, 4), time(8, 59))) is None
    assert due_now(starts_at, (7, 1), from_london(date(2026, 6, 7), time(12))) == 7
    assert due_now(starts_at, (7, 5, 1), from_london(date(2026, 6, 10), time(12))) == 1
    assert due_now(starts_at, (7, 1), starts_at) is None


@given(MOMENTS, st.integers(0, 60))
def test_the_days_that_are_left_are_those_of_the_calendar(starts_at, days):
    morning = from_london(london_date(starts_at) - timedelta(days=days), time(0, 30))
    assert days_ahead(starts_at, morning) == days
