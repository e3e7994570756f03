"""Deadlines, notice, offers, undo and strikes, by the clocks and calendars that people live by. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules import policy
from app.booking.rules.policy import Notice, NoticeUnit, Policy, Standing
from app.core.london import LONDON, from_london, london

SHIPPED = Policy()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(day, hour=9, minute=30):
    """A moment by London's clock: `at("2026-03-05", 9)`."""
    return from_london(date.fromisoformat(day), time(hour, minute))


def last_in_time(starts_at, rules=SHIPPED):
    return f"{london(policy.last_minute_in_time(rules, starts_at)):%a %d %b %H:%M}"


MOMENTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2030-12-31"), timezones=st.just(UTC))
POLICIES = st.builds(
    Policy, notice=st.integers(0, 30), notice_unit=st.sampled_from(NoticeUnit), offer_hours=st.integers(1, 336),
    near_offer_hours=st.integers(1, 48), near_hours=st.integers(1, 336), no_offers_hours=st.integers(0, 48), undo_minutes=st.integers(0, 120),
    approval_days=st.integers(1, 30), strikes_note=st.integers(0, 5), strikes_ask=st.integers(0, 5), strike_months=st.integers(1, 60),
)


@pytest.mark.parametrize(("starts", "last"), [
    ("2026-03-05", "Mon 02 Mar 23:59"),  # a Thursday: three working days before it end on Monday
    ("2026-03-02", "Wed 25 Feb 23:59"),  # a Monday: the weekend does not count
    ("2026-04-08", "Wed 01 Apr 23:59"),  # the Wednesday after Easter: Good Friday and Easter Monday do not count
    ("2026-04-07", "Tue 31 Mar 23:59"),
    ("2026-05-27", "Thu 21 May 23:59"),  # after the spring bank holiday
    ("2026-12-31", "Thu 24 Dec 23:59"),  # Christmas Day, and Boxing Day in lieu on Monday the 28th
    ("2027-01-05", "Wed 30 Dec 23:59"),
])
def test_three_working_days_before_a_session_end_at_midnight(starts, last):
    assert last_in_time(at(starts)) == last


def test_the_deadline_does_not_depend_on_the_hour_of_the_session():
    assert last_in_time(at("2026-03-05", 8)) == last_in_time(at("2026-03-05", 20)) == "Mon 02 Mar 23:59"


def test_a_minute_to_midnight_on_the_cut_off_day_before_a_bank_holiday_is_in_time_and_midnight_is_late():
    starts_at = at("2026-05-28")  # Thursday; the bank holiday is Monday the 25th
    assert last_in_time(starts_at) == "Fri 22 May 23:59"
    assert policy.notice_given(SHIPPED, starts_at, at("2026-05-22", 23, 58)) is Notice.IN_TIME
    assert policy.notice_given(SHIPPED, starts_at, at("2026-05-23", 0, 0)) is Notice.LATE


def test_midnight_is_londons_also_when_the_clocks_change_in_between():
    assert policy.deadline(SHIPPED, at("2026-04-02")).astimezone(UTC) == datetime(2026, 3, 30, 23, tzinfo=UTC)  # summer time since the 29th
    assert policy.deadline(Policy(notice=5), at("2026-04-02")).astimezone(UTC) == datetime(2026, 3, 26, 0, tzinfo=UTC) + DAY


def test_in_hours_the_deadline_is_that_many_hours_before():
    assert policy.deadline(Policy(notice=48, notice_unit=NoticeUnit.HOURS), at("2026-03-05")) == at("2026-03-03")


def test_in_days_weekends_and_bank_holidays_count():
    assert last_in_time(at("2026-04-07"), Policy(notice=3, notice_unit=NoticeUnit.DAYS)) == "Sat 04 Apr 23:59"


@pytest.mark.parametrize("unit", NoticeUnit)
def test_without_any_notice_asked_everything_before_the_start_is_in_time(unit):
    starts_at = at("2026-03-05")
    assert policy.deadline(Policy(notice=0, notice_unit=unit), starts_at) == starts_at


@given(POLICIES, MOMENTS)
def test_a_deadline_is_never_after_the_start(rules, starts_at):
    assert policy.deadline(rules, starts_at) <= starts_at


@given(MOMENTS, st.integers(0, 20))
def test_one_working_day_more_is_never_a_later_deadline_and_lies_on_a_working_day(starts_at, days):
    shorter, longer = (policy.deadline(Policy(notice=count), starts_at) for count in (days, days + 1))
    assert longer < shorter or days == 0
    assert london(longer - HOUR).weekday() < 5


def test_the_words_of_a_notice_have_the_right_number():
    assert Policy().notice_words == "3 working days"
    assert Policy(notice=1).notice_words == "1 working day"
    assert Policy(notice=1, notice_unit=NoticeUnit.HOURS).notice_words == "1 hour"


LATE = at("2026-03-04")
STARTS = at("2026-03-05")


def test_a_late_return_is_late_and_a_reason_before_the_start_excuses_it():
    assert policy.notice_given(SHIPPED, STARTS, LATE) is Notice.LATE
    assert policy.notice_given(SHIPPED, STARTS, LATE, reason="   ") is Notice.LATE
    assert policy.notice_given(SHIPPED, STARTS, LATE, reason="child ill") is Notice.EXCUSED


def test_a_place_that_another_booked_and_nobody_agreed_to_is_never_late():
    assert policy.notice_given(SHIPPED, STARTS, LATE, asked_for_by_other=True) is Notice.IN_TIME


def test_nobody_is_late_who_did_not_say_yes_to_the_new_time():
    changed = at("2026-03-03")
    assert policy.notice_given(SHIPPED, STARTS, LATE, times_changed_at=changed, promised_at=at("2026-02-01")) is Notice.IN_TIME
    assert policy.notice_given(SHIPPED, STARTS, LATE, times_changed_at=changed, promised_at=None) is Notice.IN_TIME
    assert policy.notice_given(SHIPPED, STARTS, LATE, times_changed_at=changed, promised_at=changed) is Notice.LATE


@given(POLICIES, MOMENTS, st.integers(-40 * 24 * 60, -1))
def test_notice_is_in_time_exactly_before_the_deadline(rules, starts_at, minutes):
    now = starts_at + timedelta(minutes=minutes)
    assert (policy.notice_given(rules, starts_at, now) is Notice.IN_TIME) == (now < policy.deadline(rules, starts_at))


def test_an_offer_stands_a_day():
    now = at("2026-03-01")
    assert policy.offer_ends_at(SHIPPED, now + 49 * HOUR, now) == now + 24 * HOUR


def test_an_offer_stands_two_hours_when_the_session_is_nearer_than_two_days():
    now = at("2026-03-01")
    assert policy.offer_ends_at(SHIPPED, now + 48 * HOUR, now) == now + 2 * HOUR


def test_an_offer_never_stands_past_two_hours_before_the_start():
    now = at("2026-03-01")
    assert policy.offer_ends_at(SHIPPED, now + 3 * HOUR, now) == now + HOUR
    assert policy.offer_ends_at(SHIPPED, now + 2 * HOUR + timedelta(minutes=16), now) == now + timedelta(minutes=16)
    assert policy.offer_ends_at(SHIPPED, now + 2 * HOUR + timedelta(minutes=15), now) is None  # it would lapse before its letter is read
    assert policy.offer_ends_at(SHIPPED, now - HOUR, now) is None


@given(POLICIES, MOMENTS, st.integers(-1000, 100_000))
def test_an_offer_lies_ahead_and_ends_before_the_last_hours_or_is_not_made(rules, now, minutes):
    starts_at = now + timedelta(minutes=minutes)
    last = starts_at - rules.no_offers_hours * HOUR
    for ends_at in (policy.offer_ends_at(rules, starts_at, now), policy.hold_of_displaced_ends_at(rules, starts_at, now)):
        assert (ends_at is None) == (now >= last - timedelta(minutes=15))
        assert ends_at is None or now + timedelta(minutes=15) < ends_at <= last


@given(POLICIES, MOMENTS, st.integers(0, 100_000))
def test_a_request_never_stands_past_the_start(rules, now, minutes):
    starts_at = now + timedelta(minutes=minutes)
    assert now <= policy.request_ends_at(rules, starts_at, now) <= starts_at


def test_an_unanswered_request_ends_while_its_place_can_be_offered_or_at_the_start_when_that_leaves_less_time_than_an_offer_has():
    now = at("2026-03-02")
    assert policy.request_ends_at(SHIPPED, now + 5 * HOUR, now) == now + 2 * HOUR + timedelta(minutes=30)
    assert policy.request_ends_at(SHIPPED, now + 4 * HOUR + timedelta(minutes=30), now) == now + 2 * HOUR
    assert policy.request_ends_at(SHIPPED, now + 4 * HOUR + timedelta(minutes=29), now) == now + 4 * HOUR + timedelta(minutes=29)
    assert policy.request_ends_at(replace(SHIPPED, no_offers_hours=0), now + 5 * HOUR, now) == now + 4 * HOUR + timedelta(minutes=30)


def test_a_request_has_five_working_days_to_their_end():
    assert policy.request_ends_at(SHIPPED, at("2026-05-01"), at("2026-03-31")) == at("2026-04-10", 0, 0)  # over Easter
    assert policy.hold_of_displaced_ends_at(SHIPPED, at("2026-05-01"), at("2026-03-31")) == at("2026-04-10", 0, 0)


def test_a_return_can_be_undone_for_a_quarter_of_an_hour_but_not_in_the_last_two_hours():
    now = at("2026-03-01")
    assert policy.undo_ends_at(SHIPPED, now + 3 * HOUR, now) == now + timedelta(minutes=15)
    assert policy.undo_ends_at(SHIPPED, now + 2 * HOUR + timedelta(minutes=40), now) == now + timedelta(minutes=10)
    assert policy.undo_ends_at(SHIPPED, now + 2 * HOUR + timedelta(minutes=30), now) is None


@given(POLICIES, MOMENTS, st.integers(0, 10_000))
def test_what_is_held_for_an_undo_can_be_offered_to_somebody_afterwards(rules, now, minutes):
    starts_at = now + timedelta(minutes=minutes)
    ends_at = policy.undo_ends_at(rules, starts_at, now)
    assert ends_at is None or policy.offer_ends_at(rules, starts_at, ends_at + timedelta(minutes=10)) is not None


def test_silence_ends_half_way_from_the_question_to_the_start():
    asked = at("2026-03-01")
    assert policy.silence_ends_at(asked + 4 * DAY, asked) == asked + 2 * DAY
    assert policy.ask_coming_at(at("2026-03-05"), 4) == at("2026-03-01")


def test_missed_sessions_count_for_twelve_months_by_the_calendar():
    assert policy.strikes_since(SHIPPED, at("2026-03-15", 12, 0)) == at("2025-03-15", 12, 0)
    assert policy.strikes_since(Policy(strike_months=1), at("2026-01-10", 12, 0)) == at("2025-12-10", 12, 0)
    assert policy.strikes_since(Policy(strike_months=1), at("2026-03-31", 12, 0)) == at("2026-02-28", 12, 0)


@given(POLICIES, MOMENTS)
def test_the_window_of_missed_sessions_is_as_long_as_the_policy_says(rules, now):
    since = policy.strikes_since(rules, now)
    assert since < now and since.tzinfo is LONDON
    months = (london(now).year - since.year) * 12 + london(now).month - since.month
    assert months == rules.strike_months


@pytest.mark.parametrize(("strikes", "standing"), [(0, Standing.CLEAR), (1, Standing.CLEAR), (2, Standing.NOTE), (3, Standing.ASK_COORDINATOR), (9, Standing.ASK_COORDINATOR)])
def test_two_missed_sessions_are_noted_and_three_make_a_coordinator_look(strikes, standing):
    assert policy.standing_after(SHIPPED, strikes) is standing


@given(st.integers(0, 100))
def test_a_policy_without_numbers_notes_nothing_however_many_were_missed(strikes):
    assert policy.standing_after(Policy(strikes_note=0, strikes_ask=0), strikes) is Standing.CLEAR


@pytest.mark.parametrize(("today", "since"), [
    ("2026-03-31", "2025-03-31"), ("2026-03-29", "2025-03-29"), ("2024-02-29", "2023-02-28"), ("2026-05-15", "2025-05-15"),
])
def test_a_missed_session_counts_for_whole_months_to_the_day(today, since):
    assert london(policy.strikes_since(policy.Policy(strike_months=12), at(today))).date().isoformat() == since
