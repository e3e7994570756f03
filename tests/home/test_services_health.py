"""The page for operators tells the truth within two minutes, and the desk says since when letters have not been sent."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.core import clock, jobs
from app.core.db import db, transaction
from app.core.jobs import JobRun, Run
from app.core.post import MailServer, Post
from app.mail.jobs import send_due
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue
from tests.client import Client
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import a_sender
from tests.mail.wordings import a_draft

MINUTE = timedelta(minutes=1)


@pytest.fixture
def app(app, monkeypatch):
    """The app with a mail server named, and a worker that is alive."""
    settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, post=Post(MailServer("smtp", "127.0.0.1", 1), sender="t@example.org")))
    jobs.make_known([jobs.HEARTBEAT, jobs.LETTERS], clock.now())
    for name in (jobs.HEARTBEAT, jobs.LETTERS):
        heard(name, timedelta())
    return app


def heard(name, ago):
    at = clock.now() - ago
    with transaction():
        jobs.note(name, Run(at, at, 1, "x"), next_run_at=clock.now())


def health(app):
    db.session.rollback()
    answer = app.test_client().get("/health")
    return answer.status_code, answer.json


def a_letter(*, due=timedelta(), sent=None, words="", number=1):
    """A letter that was due so long ago, and left so long ago if it did."""
    now = clock.now()
    letter = queue(a_draft(number, about=f"x:{number}:{due}", due_at=now - due, valid_until=None, kind="reminder", fields={
        "name": "A", "course": "C", "when": "W", "where": "", "ahead": "Tomorrow", "deadline": "D", "late": "", "manage": ""}), now=now - due)
    values = {"status": LetterStatus.SENT, "sent_at": now - sent, "next_try_at": None} if sent is not None else {"next_try_at": now + MINUTE, "words": words}
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id == letter.id).values(**values))


def test_all_is_well(app):
    a_letter(due=14 * MINUTE)
    status, told = health(app)
    assert status == 200 and told["status"] == "ok" and told["failing"] == [] and told["database"] == "answers"
    assert 0 <= told["worker_seconds"] < 60 and 14 * 60 <= told["oldest_due_letter_seconds"] < 15 * 60


def test_a_worker_that_was_not_heard_of_for_two_minutes_or_never_is_told(app):
    heard(jobs.HEARTBEAT, 3 * MINUTE)
    assert health(app)[0] == 503 and health(app)[1]["failing"] == ["worker"]
    with transaction() as session:
        session.execute(sa.delete(JobRun))
    status, told = health(app)
    assert status == 503 and told["failing"] == ["worker", "letters"] and told["worker_seconds"] is None


def test_letters_that_nobody_looks_after_or_that_do_not_leave_are_told(app):
    heard(jobs.LETTERS, 3 * MINUTE)
    assert health(app)[1]["failing"] == ["letters"]
    heard(jobs.LETTERS, timedelta())
    a_letter(number=1, due=60 * MINUTE, sent=30 * MINUTE)
    a_letter(number=2, due=40 * MINUTE)
    assert health(app)[0] == 200, "one bad address holds nobody up: another left since"
    a_letter(number=3, due=16 * MINUTE)
    assert health(app)[1]["failing"] == ["letters"]


@pytest.mark.parametrize(("no", "failing"), [
    ("rcpt-451 4.7.1 greylisted,", []), ("rcpt-451 4.3.0 lookup failed,", ["letters"]), ("rcpt-554 5.7.1 relay denied,", ["letters"]),
    ("mail-451 4.7.1", ["letters"]),
])
def test_one_receiver_whose_server_puts_letters_off_does_not_say_that_none_leave(app, no, failing):
    a_letter(due=16 * MINUTE)
    with smtp_server() as server:
        server.letters.append(no)
        send_due(a_sender(server), lambda: clock.now() + 2 * MINUTE)
    assert health(app)[1]["failing"] == failing


@pytest.mark.parametrize(("number", "failing"), [(1, []), (2, ["letters"])])
def test_letters_to_several_addresses_that_are_put_off_say_that_none_leave_whatever_the_words(app, number, failing):
    for one in range(number):
        a_letter(number=one, due=16 * MINUTE)
    with smtp_server() as server:
        server.letters.extend(["rcpt-450 cannot find your hostname,"] * number)
        send_due(a_sender(server), lambda: clock.now() + 2 * MINUTE)
    assert health(app)[1]["failing"] == failing


def test_several_addresses_that_are_put_off_while_others_get_theirs_do_not_say_that_none_leave(app):
    for one in range(3):
        a_letter(number=one, due=16 * MINUTE)
    with smtp_server() as server:
        server.letters.extend(["rcpt-450 mailbox is busy,"] * 2)
        send_due(a_sender(server), lambda: clock.now() + 2 * MINUTE)
    assert health(app)[1]["failing"] == []


def test_where_letters_are_kept_none_is_late(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], post=Post()))
    a_letter(due=timedelta(days=3))
    status, told = health(app)
    assert status == 200 and told["letters"] == "are kept here"


def test_a_database_that_does_not_answer_is_told_and_not_a_crash(app, monkeypatch):
    def away(*_):
        raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr("app.core.jobs.last_heard", away)
    status, told = health(app)
    assert status == 503 and told["failing"] == ["database"] and told["database"] == "away"


def test_it_is_cheap_and_names_nobody(app, counting):
    a_letter(due=MINUTE)
    browser = app.test_client()
    text = browser.get("/health").get_data(as_text=True)
    assert counting(lambda: browser.get("/health")) == 2 and "@" not in text and "Set-Cookie" not in browser.get("/health").headers


def test_the_desk_says_since_when_letters_have_not_been_sent(app):
    browser = Client(app).signed_in(Role.COORDINATOR)
    assert "have not been sent" not in browser.get("/desk").text
    a_letter(due=16 * MINUTE, words="450 later")
    page = browser.get("/desk").text
    assert "Letters have not been sent since" in page and "The mail server said: 450 later." in page
    heard(jobs.HEARTBEAT, 3 * MINUTE)
    assert "The worker that sends them does not run" in browser.get("/desk").text
