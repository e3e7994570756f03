"""Clocks that jump while reminders are written and sent by real processes, on SQLite and on PostgreSQL.

An hour, two days, ten minutes back, two hosts 90 seconds apart. Each jump starts processes that believe in another time: always by the option
`--at`, in which a job and `worker --once` act in every respect as
at that time; and where the program `faketime` is installed also by it, which moves the clock of the process under everything it does. Which of
the two there are is looked up when tests are collected, so that none is skipped.
"""

import os
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.booking import jobs, services
from app.core import clock, tokens
from app.core.db import db, transaction
from app.core.settings import ROOT
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import letters as writing
from tests.commands import FLASK, Command
from tests.conftest import SECRET
from tests.faults.counts import times
from tests.faults.smtpfault import smtp_server
from tests.faults.test_fault_reminders import anyhow, booked

FAKETIME = shutil.which("faketime")
WAYS = ("by --at", *(["by faketime"] if FAKETIME else []))
PEOPLE, ON_EACH = 24, 6
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMED = (timedelta(0), 2 * DAY, -10 * MINUTE)
APART = timedelta(seconds=90)


def jumps():
    """How far each clock is from the true time: the named ones first, others by chance from a fixed seed."""
    chosen = random.Random(23)
    return [*NAMED, *(timedelta(minutes=chosen.randint(-2 * 24 * 60, 2 * 24 * 60)) for _ in range(times(50, otherwise=0)))]


def starts(way, words, off, environ):
    """A command whose clock is so far off."""
    if way == "by faketime":
        command = [FAKETIME, "-f", f"{off.total_seconds():+.0f}s", *FLASK, *words]
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Command((*words, "--at", (clock.now() + off).isoformat()), environ, Path(environ["INSTANCE_PATH"]) / f"said-{tokens.reference()}")


def ends(commands):
    """Wait for these; each did what it was for."""
    said = [process.communicate(timeout=120)[0] for process in commands]
    assert [process.returncode for process in commands] == [0] * len(commands), said


@pytest.mark.parametrize("way", WAYS)
def test_clocks_that_jump_neither_double_nor_lose_a_letter(app, tmp_path, way, record_property):
    booked(PEOPLE, ON_EACH)
    with smtp_server() as server:
        environ = {key: value for key, value in os.environ.items() if key != "PUBLIC_URL"} | {
            "DATABASE_URL": db.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""), "INSTANCE_PATH": str(tmp_path),
            "SECRET_KEY": SECRET, "SMTP_URL": server.url, "MAIL_FROM": "Training <training@example.org>",
        }
        tried = jumps()
        for off in tried:
            ends([starts(way, ("run-job", "reminders"), off, environ), starts(way, ("worker", "--once"), off + APART, environ)])
            ends([starts(way, ("worker", "--once"), off + APART, environ)])  # the first may have looked before anything was written
        ends([starts(way, ("worker", "--once"), 2 * DAY + HOUR, environ)])  # what a clock that was ahead wrote for later is due by then
        letters = count()
        assert letters["reminder:7"] == letters["joining-instructions"] == PEOPLE, "none is missing"
        assert set(letters.values()) == {PEOPLE}, "and none is double"
        assert server.copies() == {1: sum(letters.values())}, "each left once"
    assert set(db.session.scalars(sa.select(Letter.status).distinct())) == {LetterStatus.SENT}
    record_property("tried", f"{len(tried)} jumps {way}: each letter once")


def count():
    """How many letters there are of each kind; reminders by how many days before."""
    db.session.rollback()
    found = {}
    for about, kind in db.session.execute(sa.select(Letter.about, Letter.kind)):
        name = f"reminder:{about.split(':')[3]}" if kind == "reminder" else kind
        found[name] = found.get(name, 0) + 1
    return found


def test_the_switch_without_the_key_a_clock_that_goes_back_doubles_letters(app, monkeypatch):
    """The canary: what the test above counts is seen to go wrong when a session is looked at again and no key keeps a letter single."""
    booked(ON_EACH, ON_EACH)
    monkeypatch.setattr(writing, "keep_letters", anyhow)
    monkeypatch.setattr("app.mail.queries.written", lambda abouts: set())
    for off in (timedelta(0), HOUR, -10 * MINUTE):
        jobs.remind(clock.now() + off)
        with transaction() as session:
            services.look_again(session)
    assert count()["reminder:7"] > ON_EACH
