"""Each job's work is done once by however many workers, and how it went is remembered."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import running
from app.core import clock, jobs, leases
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.jobs import JobRun
from app.mail.models import Letter
from app.mail.services import queue
from app.timetable import Job
from tests.mail.wordings import NOON, a_draft

HOUR = timedelta(hours=1)


def a_job(work=lambda now: "done"):
    return Job("x", HOUR, work)


def kept():
    db.session.rollback()
    return db.session.scalars(sa.select(JobRun)).one()


def test_of_many_workers_that_find_a_job_due_one_does_it(app):
    did = []
    due_at = clock.now()
    jobs.make_known(["x"], due_at)

    def look(_):
        with app.app_context():
            running.when_due(a_job(lambda now: did.append(now) or "done"), due_at, leases.holder(), HOUR)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(16)))
    assert len(did) == 1 and kept().last_words == "done" and kept().next_run_at == did[0] + HOUR and kept().lease_until is None


def test_a_job_is_due_at_its_time_and_when_the_clock_was_put_back(app):
    every = {"x": HOUR}
    jobs.make_known(["x"], NOON)
    jobs.make_known(["x"], NOON + HOUR)
    assert jobs.due(every, NOON - timedelta(seconds=1)) == {} and jobs.due(every, NOON) == {"x": NOON}
    assert jobs.due(every, NOON - timedelta(days=2)) == {"x": NOON}
    assert jobs.take("x", "one", HOUR) and jobs.due(every, NOON) == {} and not jobs.take("x", "two", HOUR)
    with transaction() as session:
        session.execute(sa.update(JobRun).values(lease_until=clock.now() - timedelta(seconds=1)))
    assert jobs.due(every, NOON) == {"x": NOON}, "whoever held it is gone"


def test_a_worker_at_work_keeps_its_hold(app):
    jobs.make_known(["x"], NOON)
    jobs.take("x", "one", timedelta(seconds=-1))
    jobs.keep(["one"], HOUR)
    assert not jobs.take("x", "two", HOUR)


@pytest.mark.parametrize(("error", "words"), [(Refused("The file is missing."), "The file is missing."), (ZeroDivisionError("a name"), "ZeroDivisionError; the log says more")])
def test_failures_in_a_row_are_counted_with_their_words_and_without_what_they_held(app, error, words):
    def fails(_now):
        raise error

    for _ in range(2):
        assert running.by_hand(a_job(fails), None).failed
    assert (kept().failures_in_a_row, kept().last_words) == (2, words)
    running.by_hand(a_job(), None)
    assert (kept().failures_in_a_row, kept().last_words) == (0, "done")


def test_by_hand_as_at_another_time_a_job_is_given_that_time_and_its_next_real_run_stays(app):
    far = clock.now() + timedelta(days=400)
    run = running.by_hand(a_job(lambda now: f"as at {now.isoformat()}"), far)
    assert run.words == f"as at {far.isoformat()}" and kept().last_started_at == far
    assert kept().next_run_at <= clock.now()


def test_by_hand_nothing_is_done_while_another_process_has_the_job(app):
    jobs.make_known(["x"], NOON)
    jobs.take("x", "another", HOUR)
    assert running.by_hand(a_job(), None) is None and kept().held_by == "another"


def held_until():
    with db.engine.connect() as connection:
        return connection.execute(sa.select(JobRun.lease_until).where(JobRun.name == "x")).scalar()


def test_by_hand_a_job_is_held_for_two_minutes_and_held_on_to_while_it_is_at_work(app, monkeypatch):
    monkeypatch.setattr(running, "HOLD_ON_EVERY", 0.02)
    seen = []

    def work(_now):
        seen.append(held_until())
        until = time.monotonic() + 10
        while held_until() == seen[0] and time.monotonic() < until:
            time.sleep(0.02)
        seen.append(held_until())
        return "done"

    began = clock.now()
    assert running.by_hand(a_job(work), None).words == "done" and held_until() is None
    assert seen[0] < seen[1] and seen[0] - began < timedelta(minutes=2, seconds=30), "whoever is killed holds it no longer than that"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OverflowError])
def test_a_job_by_hand_that_is_ended_or_fails_is_held_no_longer(app, error):
    def ends(_now):
        raise error

    with suppress(KeyboardInterrupt, SystemExit):
        running.by_hand(a_job(ends), None)
    assert (held_until(), kept().held_by) == (None, None)


def test_a_rehearsal_changes_nothing(app):
    def work(now):
        queue(a_draft(), now=now)
        return f"{db.session.query(Letter).count()} written"

    assert running.rehearsed(a_job(work), NOON) == "1 written"
    assert db.session.query(Letter).count() == 0 and db.session.query(JobRun).count() == 0


def test_silence_of_the_worker_is_told_after_two_minutes(app):
    assert jobs.silent_since(NOON) is None, "nothing was ever started"
    jobs.make_known([jobs.HEARTBEAT], NOON)
    assert jobs.silent_since(NOON + timedelta(minutes=1)) is None
    assert jobs.silent_since(NOON + timedelta(minutes=3)) == NOON
