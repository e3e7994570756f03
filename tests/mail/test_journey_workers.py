"""Real worker processes, at once and killed in earnest: nothing is missing, nothing is double that could be known."""

import os
import signal
import subprocess
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.core.jobs import known
from app.core.settings import ROOT
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue
from tests.commands import FLASK, Command
from tests.conftest import SECRET
from tests.mail.sending import SENDER, lapse, letters, statuses
from tests.mail.wordings import NOON, a_draft

FULL = os.environ.get("UPLIFT_FAULTS") == "full"
MANY = 10_000 if FULL else 200
FOREVER = "until told to stop"
PHASES = ("mail-hang", "rcpt-hang", "data-hang", "body-hang", "end-hang") if FULL else ("rcpt-hang", "end-hang")


@pytest.fixture
def start(app, mail_server, tmp_path):
    """Starts `flask --app wsgi worker`, with --once unless told otherwise, on the test's database; whatever still runs in the end is ended."""
    environ = {key: value for key, value in os.environ.items() if key not in ("PUBLIC_URL",)} | {
        "DATABASE_URL": db.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""), "INSTANCE_PATH": str(tmp_path),
        "SECRET_KEY": SECRET, "SMTP_URL": mail_server.url, "MAIL_FROM": SENDER,
    }
    running = []

    def begin(*words):
        db.session.rollback()  # PostgreSQL ends a connection that stays in a transaction while it waits for the workers
        if words == (FOREVER,):
            process = subprocess.Popen([*FLASK, "worker"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        else:
            process = Command(("worker", "--once", "--at", NOON.isoformat()), environ, tmp_path / f"said-{len(running)}")
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_four_workers_at_once_send_every_letter_once(app, mail_server, start):
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    workers = [start() for _ in range(4)]
    said = [worker.communicate(timeout=600)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, said
    assert statuses() == {LetterStatus.SENT: MANY} and mail_server.copies() == {1: MANY}


@pytest.mark.parametrize("phase", PHASES)
def test_a_worker_killed_in_the_middle_of_a_letter_leaves_that_one_in_doubt_and_no_other(app, mail_server, start, phase):
    for number in range(8):
        queue(a_draft(number), now=NOON)
    mail_server.letters.extend(["ok"] * 3 + [phase])
    first = start()
    assert mail_server.hung.wait(60), first.poll()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert statuses() == {LetterStatus.SENT: 3, LetterStatus.SENDING: 5}
    lapse()
    second = start()
    assert "5 sent" in second.communicate(timeout=60)[0]
    assert [letter.doubts for letter in letters()] == [0, 0, 0, 1, 0, 0, 0, 0] and statuses() == {LetterStatus.SENT: 8}
    assert mail_server.copies() == ({1: 7, 2: 1} if phase == "end-hang" else {1: 8})
    assert all(len(set(digests)) == 1 for digests in mail_server.taken.values())


@pytest.mark.parametrize("greeting", ["silent", "hang-ehlo"])
def test_a_worker_killed_before_the_first_letter_leaves_none_in_doubt(app, mail_server, start, greeting):
    for number in range(8):
        queue(a_draft(number), now=NOON)
    mail_server.greetings.append(greeting)
    first = start()
    assert mail_server.hung.wait(60), first.poll()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert statuses() == {LetterStatus.SENDING: 8}
    lapse()
    assert "8 sent" in start().communicate(timeout=60)[0]
    assert statuses() == {LetterStatus.SENT: 8} and sum(letter.doubts for letter in letters()) == 0 and mail_server.copies() == {1: 8}


@pytest.mark.parametrize("after", [0.02 * step for step in range(200)] if FULL else [0.1])
def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_one_letter_at_most(app, mail_server, start, after):
    count = 300 if FULL else 60
    for number in range(count):
        queue(a_draft(number), now=NOON)
    first = start()
    assert mail_server.begun.wait(60)
    time.sleep(after)
    first.kill()
    first.wait()
    lapse()
    start().communicate(timeout=120)
    assert statuses() == {LetterStatus.SENT: count}
    copies = mail_server.copies()
    assert copies[1] + copies[2] == count and copies[2] <= 1 and sum(letter.doubts for letter in letters()) <= 1


def known_now():
    db.session.rollback()
    return known()


def all_ran():
    runs = known_now()
    return bool(runs) and all(run.last_ended_at for run in runs)


def test_workers_beside_each_other_do_the_timetable_and_send_until_they_are_told_to_stop(app, mail_server, start, tmp_path):
    queue(a_draft(valid_until=None), now=NOON - timedelta(days=365))
    with transaction() as session:
        session.execute(sa.update(Letter).values(next_try_at=clock.now()))
    workers = [start(FOREVER) for _ in range(2)]
    assert all("until SIGTERM" in worker.stdout.readline() for worker in workers), "each can be told to stop from here on"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (mail_server.order and all_ran()):
        time.sleep(0.2)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(30) for worker in workers] == [0, 0]
    runs = {run.name: run for run in known_now()}
    assert runs["heartbeat"].last_words == "a worker is alive" and {run.failures_in_a_row for run in runs.values()} == {0}
    assert mail_server.copies() == {1: 1} and all(run.held_by is None for run in runs.values())


def test_a_worker_that_is_told_to_stop_finishes_its_letter_and_gives_the_others_back(app, mail_server, start):
    for number in range(5):
        queue(a_draft(number), now=NOON)
    mail_server.letters.extend(["ok", "rcpt-hang"])
    process = start()
    assert mail_server.hung.wait(60)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert statuses()[LetterStatus.SENT] == 1 and statuses()[LetterStatus.QUEUED] >= 3
