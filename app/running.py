"""One run of a job of the timetable: taken by one process, done, remembered; or rehearsed, with everything undone afterwards."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, jobs, leases
from app.core.db import db, rehearsal
from app.core.errors import Refused
from app.core.jobs import Run
from app.timetable import Job

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
"""So long whoever is gone without a word holds a job; whoever lives holds on to it."""
HOLD_ON_EVERY = 30


def when_due(job: Job, due_at: datetime, holder: str, lease: timedelta) -> None:
    """Run the job unless another process has it or did it meanwhile. How it failed is remembered; it runs again at its next time."""
    if not jobs.take(job.name, holder, lease, due_at=due_at):
        return
    now = clock.now()
    run = _work(job, now)
    jobs.let_go(job.name, holder, run, next_run_at=now + job.every)
    log.info("%s: %s", job.name, run.words)


def by_hand(job: Job, at: datetime | None) -> Run | None:
    """Run the job now, or as if it were `at`; none when another process has it. A run in another time never puts off the next real one."""
    now, holder = at or clock.now(), leases.holder()
    jobs.make_known([job.name], clock.now())
    if not jobs.take(job.name, holder, LEASE):
        return None
    run = None
    try:
        with _holding_on(holder):
            run = _work(job, now)
    finally:
        jobs.let_go(job.name, holder, run, next_run_at=None if at or run is None else now + job.every)
    return run


@contextmanager
def _holding_on(holder: str) -> Iterator[None]:
    """Renew the lease of this holder as long as the block lasts."""
    done = Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = Thread(target=_hold_on, args=(app, holder, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _hold_on(app: Flask, holder: str, done: Event) -> None:
    while not done.wait(HOLD_ON_EVERY):
        with app.app_context():
            try:
                jobs.keep([holder], LEASE)
            except SQLAlchemyError as error:
                log.warning("the job cannot be held on to: %s", type(error).__name__)


def rehearsed(job: Job, at: datetime | None) -> str:
    """What the job would do, with all of it undone."""
    with rehearsal():
        return job.work(at or clock.now())


def _work(job: Job, now: datetime) -> Run:
    began = time.monotonic()
    failed = False
    try:
        words = job.work(now)
    except Refused as no:
        words, failed = str(no), True
    except Exception as error:  # what went wrong is remembered, and the other jobs go on
        log.exception("the job %s failed", job.name)
        words, failed = f"{type(error).__name__}; the log says more", True
    finally:
        db.session.rollback()
    took = int((time.monotonic() - began) * 1000)
    return Run(now, now + timedelta(milliseconds=took), took, words[:1000], failed)
