"""When a certificate is earned, how its names are written, and how hours add up."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.attendance.rules import Outcome
from app.certificates.rules.earning import Earned, Stay, Terms, earned, minutes_there
from app.certificates.rules.record import Entry, by_year, hours
from app.certificates.rules.serials import code_typed, number_of, serial

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=20)


def what(outcome, minutes=None, *, of=180, finished=True, percent=100, opened_first=False, opened=False, closes=LATER):
    return earned(Terms(percent, opened_first), Stay(outcome, minutes, of, finished), opened=opened, questions_close_at=closes, now=NOW)


@pytest.mark.parametrize(("percent", "minutes", "due"), [
    (100, 180, Earned.YES), (100, 179, Earned.TOO_SHORT), (80, 144, Earned.YES), (80, 143, Earned.TOO_SHORT), (33, 60, Earned.YES),
    (34, 61, Earned.TOO_SHORT), (34, 62, Earned.YES), (1, 1, Earned.TOO_SHORT), (1, 2, Earned.YES),
])
def test_the_share_of_minutes_is_compared_exactly(percent, minutes, due):
    assert what(Outcome.PARTLY_ATTENDED, minutes, percent=percent) is due


def test_whoever_was_here_without_a_number_was_here_the_whole_time():
    assert what(Outcome.ATTENDED) is Earned.YES
    assert minutes_there(Stay(Outcome.ATTENDED, None, 180, True)) == 180


def test_more_minutes_than_the_session_had_count_as_the_session():
    assert minutes_there(Stay(Outcome.ATTENDED, 999, 180, True)) == 180


def test_partly_without_a_number_is_no_guess():
    assert what(Outcome.PARTLY_ATTENDED, percent=1) is Earned.LENGTH_NOT_NOTED


@pytest.mark.parametrize("outcome", [Outcome.NO_SHOW, Outcome.EXCUSED])
def test_who_did_not_come_has_earned_none_whether_the_register_is_finished_or_not(outcome):
    assert what(outcome) is what(outcome, finished=False) is Earned.DID_NOT_COME


def test_nothing_is_earned_before_the_register_is_finished():
    assert what(Outcome.ATTENDED, finished=False) is what(None) is Earned.REGISTER_OPEN


def test_a_course_may_wait_for_the_questions_to_be_opened_but_not_for_answers_nor_beyond_their_end():
    assert what(Outcome.ATTENDED, opened_first=True) is Earned.QUESTIONS_NOT_OPENED
    assert what(Outcome.ATTENDED, opened_first=True, opened=True) is Earned.YES
    assert what(Outcome.ATTENDED, opened_first=True, closes=NOW) is Earned.YES
    assert what(Outcome.PARTLY_ATTENDED, 5, opened_first=True) is Earned.TOO_SHORT


def test_serial_numbers_count_the_issues_for_one_attendance():
    assert (number_of(2026, 123), serial("2026-000123", 1), serial("2026-000123", 2)) == ("2026-000123", "2026-000123", "2026-000123-2")


@pytest.mark.parametrize(("typed", "kept"), [
    ("abcd-efgh-jkmn-pqrs", "abcd-efgh-jkmn-pqrs"), ("  ABCD EFGH jkmnpqrs ", "abcd-efgh-jkmn-pqrs"), ("abcdefghjkmnpqr", ""), ("", ""),
    ("abcd-efgh-jkmn-pqrst", ""), ("abcd-efgh-jkmn-pqr%", ""), ("abcd-efgh-jkmn-pqrs'", ""), ("abcd-efgh-jkmn-pqrſ", ""), ("abc0-efgh-jkmn-pqrs", ""),
])
def test_a_code_is_read_as_people_type_it(typed, kept):
    assert code_typed(typed) == kept


def entry(day, minutes, of=180, title="A"):
    return Entry(title, 2, (day,), day, minutes, of, "ref")


def test_the_record_is_by_calendar_year_with_the_latest_first_and_guesses_no_minutes():
    years = by_year([entry(date(2025, 12, 31), 60), entry(date(2026, 1, 1), 180), entry(date(2026, 3, 1), None), entry(date(2026, 2, 1), 45)])
    assert [(year.number, year.minutes, year.not_noted, [one.last_day.month for one in year.entries]) for year in years] == [
        (2026, 225, 1, [3, 2, 1]), (2025, 60, 0, [12])]


def test_hours_for_a_spreadsheet_have_two_decimals():
    assert [str(hours(minutes)) for minutes in (180, 50, 0, None)] == ["3.00", "0.83", "0.00", "None"]
