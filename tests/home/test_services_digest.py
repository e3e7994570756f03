"""The coordinator's morning letter: what the next working day brings, what went wrong, what waits; once a day, at half past seven."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.accounts.services import say_language
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.post import MailServer, Post
from app.home import jobs
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Language
from app.mail.services import save_wording
from app.mail.services.delivering import claim
from tests.builders import a_booking, a_course, a_session, a_trainer, an_account

THURSDAY, FRIDAY, SATURDAY = date(2027, 3, 4), date(2027, 3, 5), date(2027, 3, 6)


def at(day, hour=8, minute=0):
    return clock.from_london(day, time(hour, minute))


def on(day, hour=10, **more):
    return a_session(starts_in=at(day, hour) - clock.now() + timedelta(seconds=1), **{"trainer": a_trainer(), **more})


@pytest.fixture(autouse=True)
def coordinator(app, monkeypatch):
    """Somebody who gets the letter, where a mail server is named."""
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], post=Post(MailServer("smtp", "127.0.0.1", 1), sender="t@example.org")))
    return an_account(Role.COORDINATOR)


def digest():
    db.session.rollback()
    return db.session.scalars(sa.select(Letter).where(Letter.kind == "digest").order_by(Letter.id.desc()).limit(1)).one()


def lines(now):
    jobs.write_digests(now)
    return [line.strip(" -*•") for line in digest().fields["lines"]["en"].splitlines()]


def test_it_comes_at_half_past_seven_on_working_days_once():
    on(FRIDAY)
    assert jobs.write_digests(at(THURSDAY, 7, 29)) == "0 letters written"
    assert jobs.write_digests(at(THURSDAY, 7, 30)) == "1 letters written" and jobs.write_digests(at(THURSDAY, 9)) == "0 letters written"
    assert jobs.write_digests(at(SATURDAY)) == "0 letters written"
    assert jobs.write_digests(datetime.combine(date(2027, 3, 26), time(9), clock.LONDON)) == "0 letters written", "Good Friday"


def test_what_comes_up_after_noon_waits_for_the_next_morning():
    assert jobs.write_digests(at(THURSDAY)) == "0 letters written", "there is nothing to say"
    on(FRIDAY, 11)
    assert [jobs.write_digests(at(THURSDAY, hour)) for hour in (12, 22)] == ["0 letters written"] * 2
    assert jobs.write_digests(at(FRIDAY)) == "1 letters written"


def test_it_names_the_sessions_of_today_and_tomorrow_with_how_many_come():
    today, tomorrow, later = on(THURSDAY), on(FRIDAY, places=12), on(FRIDAY + timedelta(days=10))
    a_booking(tomorrow)
    a_booking(tomorrow, status=BookingStatus.WAITING)
    found = lines(at(THURSDAY))
    assert f"Today at 10:00: {today.title}, 0 of {today.capacity} booked" in found
    assert f"Tomorrow at 10:00: {tomorrow.title}, 1 of 12 booked" in found
    assert not any(later.title in line for line in found)


def test_on_a_friday_it_names_those_of_the_weekend_and_of_monday():
    saturday, monday, tuesday = (on(FRIDAY + timedelta(days=days)) for days in (1, 3, 4))
    found = " ".join(lines(at(FRIDAY)))
    assert f"Tomorrow at 10:00: {saturday.title}" in found and f"Monday at 10:00: {monday.title}" in found and tuesday.title not in found


def letter(status, **more):
    facts = {"ref": f"r{len(more)}{status.value}", "about": f"a:{status.value}", "kind": "digest", "address": "a@example.org", "subject": "s", "text": "t",
             "html": "h", "fields": {}, "wording_number": 0, "written_at": at(THURSDAY) - timedelta(days=2), "due_at": at(THURSDAY) - timedelta(days=2),
             "status": status, "words": "", "tries": 1, "doubts": 0}
    with transaction() as session:
        session.add(Letter(**facts | more))


def test_it_counts_letters_that_failed_that_are_held_and_that_have_waited_for_a_day():
    on(FRIDAY)
    letter(LetterStatus.FAILED, first_tried_at=at(THURSDAY) - timedelta(days=1), written_at=at(THURSDAY) - timedelta(days=40))
    letter(LetterStatus.HELD)
    letter(LetterStatus.QUEUED, next_try_at=at(THURSDAY))
    found = lines(at(THURSDAY))
    assert found[:3] == ["1 letter of the last week could not be delivered for certain", "1 letter is held, as its address does not work",
                         "1 letter has waited for more than a day"]
    assert digest().subject.startswith("3 things for you")


def test_a_held_letter_is_counted_as_long_as_it_is_of_use():
    on(FRIDAY)
    letter(LetterStatus.HELD, about="a:past", ref="past", valid_until=at(THURSDAY) - timedelta(days=1))
    letter(LetterStatus.HELD, about="a:coming", ref="coming", valid_until=at(THURSDAY) + timedelta(days=1))
    assert lines(at(THURSDAY))[0] == "1 letter is held, as its address does not work"


def test_it_counts_letters_that_were_withdrawn_as_they_could_not_leave_in_time():
    on(FRIDAY)
    letter(LetterStatus.QUEUED, next_try_at=at(THURSDAY) - timedelta(days=1), valid_until=at(THURSDAY, 0))
    assert claim("worker", at(THURSDAY, 7)) == []
    assert lines(at(THURSDAY))[0] == "1 letter of the last week was withdrawn, as it could not leave in time"
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.about == "a:queued").values(valid_until=at(THURSDAY) - timedelta(days=8)))
        session.execute(sa.delete(Letter).where(Letter.kind == "digest", Letter.about != "a:queued"))
    assert not any("withdrawn" in line for line in lines(at(THURSDAY, 9)))


def test_where_letters_are_kept_none_of_them_is_said_to_wait(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], post=Post()))
    on(FRIDAY)
    letter(LetterStatus.QUEUED, next_try_at=at(THURSDAY))
    assert not any("waited" in line for line in lines(at(THURSDAY)))


def test_a_failure_of_an_earlier_week_is_not_told_again():
    on(FRIDAY)
    letter(LetterStatus.FAILED, first_tried_at=at(THURSDAY) - timedelta(days=8))
    assert not any("delivered" in line for line in lines(at(THURSDAY)))


def test_it_counts_what_waits_for_a_person():
    a_booking(on(FRIDAY + timedelta(days=9)), status=BookingStatus.AWAITING_COORDINATOR)
    on(FRIDAY + timedelta(days=9), trainer=None)
    on(THURSDAY - timedelta(days=5))
    found = lines(at(THURSDAY))
    assert "1 request waits for an answer" in found and "1 coming session has no trainer" in found
    assert "1 register has been missing for three days or more" in found


@pytest.mark.parametrize(("days", "more", "told"), [
    (2, {}, True), (3, {}, False), (9, {"decide_on": THURSDAY + timedelta(days=2)}, True), (9, {"decide_on": THURSDAY + timedelta(days=3)}, False),
])
def test_a_session_that_is_too_small_is_decided_on_its_day_of_decision_and_without_one_on_its_own(days, more, told):
    on(THURSDAY + timedelta(days=days), minimum=5, **more)
    jobs.write_digests(at(THURSDAY))
    said = db.session.scalars(sa.select(Letter.fields).where(Letter.kind == "digest")).all()
    assert any("too few people" in one["lines"]["en"] for one in said) is told


def test_after_an_outage_of_three_days_only_the_newest_leaves():
    on(date(2027, 3, 18), trainer=None)
    for day in (2, 3, 4):
        jobs.write_digests(at(date(2027, 3, day)))
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.kind != "digest").values(status=LetterStatus.VOID, next_try_at=None))
    claimed = claim("worker", at(THURSDAY, 9))
    assert [letter.letter.subject for letter in claimed] == ["2 things for you for Thursday 4 March"]
    db.session.rollback()
    assert [letter.status for letter in db.session.scalars(sa.select(Letter).where(Letter.kind == "digest").order_by(Letter.id))] == [
        LetterStatus.VOID, LetterStatus.VOID, LetterStatus.SENDING]


def test_whoever_would_like_welsh_reads_each_line_in_welsh_and_a_title_as_it_was_typed(coordinator):
    say_language(person_id=coordinator.person_id, language=Language.WELSH)
    save_wording(kind="digest", language=Language.WELSH, subject="{count}", body="{lines}", by="M", now=at(THURSDAY))
    monday = on(date(2027, 3, 8), course=a_course(title="- https://evil.example"))
    a_booking(monday, status=BookingStatus.AWAITING_COORDINATOR)
    on(FRIDAY + timedelta(days=9), trainer=None)
    jobs.write_digests(at(FRIDAY))
    assert "- 1 cais yn aros am ateb\n- 1 sesiwn i ddod heb hyfforddwr\n- Dydd Llun am 10:00: - https://evil.example, 0 o 2 wedi archebu\n" in digest().text
    assert "<span" not in digest().html and "evil.example</a>" not in digest().html and digest().html.count("<li") == 3
