"""Thousands of reminders that fall due at once, and four workers started in the same second: none is missing, none is double."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.rules.reminding import due_now
from app.booking.rules.states import BookingStatus
from app.core import clock, tokens
from app.core.db import db, transaction
from app.core.settings import ROOT
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import letters as writing
from tests.builders import a_course, a_session
from tests.conftest import SECRET
from tests.faults.counts import times
from tests.faults.smtpfault import smtp_server

MANY = times(10_000, otherwise=120)
ON_EACH = times(100, otherwise=12)
WITHIN = times(900, otherwise=120)
"""Seconds after which the workers should have done all."""


def booked(count=MANY, on_each=ON_EACH):
    """So many people with places, all of whom are due a reminder and their joining instructions now."""
    starts_in = timedelta(days=3)
    sessions = [a_session(starts_in=starts_in, course=a_course(), places=on_each).id for _ in range(count // on_each)]
    long_ago = clock.now() - timedelta(days=60)
    with transaction() as session:
        session.execute(sa.insert(Person), [{"email": f"p{number}@example.org", "first_name": "Ann", "last_name": f"E{number}"} for number in range(count)])
        people = session.scalars(sa.select(Person.id).where(Person.email.like("p%@example.org")).order_by(Person.id)).all()
        session.execute(sa.insert(Booking), [
            {"ref": ref, "course_session_id": sessions[number // on_each], "person_id": people[number], "status": BookingStatus.BOOKED,
             "booked_at": long_ago} for number, ref in enumerate(tokens.references(count))])
    assert due_now(datetime.now(UTC) + starts_in, (7, 1), clock.now()) == 7
    return sessions


def written():
    db.session.rollback()
    return dict(db.session.execute(sa.select(Letter.kind, sa.func.count()).group_by(Letter.kind)).all())


@pytest.fixture
def workers(app, tmp_path):
    """`workers(count, url)`: so many `flask --app wsgi worker`, started in the same second; ended afterwards by their ids."""
    running = []

    def start(count, url):
        environ = {key: value for key, value in os.environ.items() if key != "PUBLIC_URL"} | {
            "DATABASE_URL": db.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""), "INSTANCE_PATH": str(tmp_path),
            "SECRET_KEY": SECRET, "SMTP_URL": url, "MAIL_FROM": "Training <training@example.org>",
        }
        with (tmp_path / "said").open("wb") as said:
            running.extend(subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT, env=environ, stdout=said, stderr=said)
                           for _ in range(count))
        return running

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in running:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_four_workers_write_and_send_every_reminder_once(app, workers, record_property):
    booked()
    with smtp_server() as server:
        workers(4, server.url)
        until = time.monotonic() + WITHIN
        while time.monotonic() < until and len(server.taken) < 2 * MANY:
            time.sleep(0.2)
        time.sleep(1)
        assert server.copies() == {1: 2 * MANY}
    assert written() == {"reminder": MANY, "joining-instructions": MANY}
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Letter.status).distinct())) == {LetterStatus.SENT}
    record_property("tried", f"{MANY:,} reminders by 4 workers started in the same second: each once")


def anyhow(written, *, now):
    """Keep these letters whatever was written before: each under a key of its own."""
    return {one.about: db.session.scalar(sa.insert(Letter).values(**{**one.row, "about": f"{one.about}:{tokens.reference()}"}).returning(Letter.id))
            for one in written}


def all_at_once(app, count=4):
    def tick(_):
        with app.app_context():
            return jobs.remind(clock.now())

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(tick, range(count)))


def test_without_the_lease_that_saves_work_the_keys_still_keep_each_reminder_single(app):
    booked(60, 6)
    all_at_once(app)
    assert written() == {"reminder": 60, "joining-instructions": 60} and services.sessions_to_remind(clock.now()) == []


def test_the_switch_without_the_lock_and_the_key_reminders_are_written_more_than_once(app, monkeypatch):
    """The canary: what the test above counts is seen to go wrong when nothing protects it."""
    booked(12, 6)
    monkeypatch.setattr(writing, "keep_letters", anyhow)
    for _ in range(2):
        all_at_once(app, 2)
        with transaction() as session:
            services.look_again(session)
    assert written()["reminder"] > 12
