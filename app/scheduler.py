"""The worker's clock: looks every few seconds which jobs are due, and sends letters. The only place that knows APScheduler, which only ticks.

What is due, who does it and how it went stands in the database, so any number of workers may run.
"""

import logging
import os
import signal
import time
from collections import Counter
from datetime import UTC, timedelta
from threading import Event, Thread
from typing import Any

import click
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app import running
from app.core import clock, jobs, leases
from app.core.db import db
from app.core.jobs import Run
from app.mail import jobs as mail
from app.mail.rules.outgoing import Outcome
from app.timetable import TIMETABLE, Job

log = logging.getLogger(__name__)
LOOK_EVERY = 10
SEND_EVERY = 5
TICKS, AT_ONCE = 2, 2
"""Threads for looking and sending, and for jobs: however long jobs take, the timetable is looked at."""
STUCK_AFTER = 120
"""Seconds without a look at the timetable after which the process ends itself, so that whatever started it can start it again."""


def run_until_stopped() -> None:
    """Run the timetable and send letters until SIGTERM or Ctrl+C. A letter that is leaving is finished first."""
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stop())
    click.echo("The worker runs the timetable and sends letters, until SIGTERM or Ctrl+C.")
    worker.run()


class Worker:
    """One worker process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ticker = BlockingScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(TICKS), "jobs": ThreadPoolExecutor(AT_ONCE)})
        self.stopping = Event()
        self.running: dict[str, str] = {}
        self.looked_at = time.monotonic()
        self.told_at = float("-inf")

    def run(self) -> None:
        """Tick until stopped."""
        with self.app.app_context():
            jobs.make_known([jobs.LETTERS, *(job.name for job in TIMETABLE)], clock.now())
        tick: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None, "next_run_time": clock.now()}
        self.ticker.add_job(self.look, "interval", seconds=LOOK_EVERY, id="look", **tick)
        self.ticker.add_job(self.send, "interval", seconds=SEND_EVERY, id="send", **tick)
        Thread(target=self._watch, daemon=True).start()
        if not self.stopping.is_set():
            self.ticker.start()

    def stop(self) -> None:
        """End when what is being done is done."""
        self.stopping.set()
        if self.ticker.running:
            self.ticker.shutdown(wait=True)

    def look(self) -> None:
        """Start what is due, and hold on to what is running."""
        with self.app.app_context():
            try:
                if self.running:
                    jobs.keep(list(self.running.values()), running.LEASE)
                found = jobs.due({job.name: job.every for job in TIMETABLE}, clock.now())
            except SQLAlchemyError as error:
                log.error("the timetable cannot be read: %s", type(error).__name__)
                found = {}
        for job in TIMETABLE:
            if job.name in found and job.name not in self.running and not self.stopping.is_set():
                self.running[job.name] = leases.holder()
                self.ticker.add_job(self._do, args=(job, found[job.name]), id=job.name, executor="jobs", misfire_grace_time=None)
        self.looked_at = time.monotonic()

    def _do(self, job: Job, due_at: Any) -> None:
        try:
            with self.app.app_context():
                running.when_due(job, due_at, self.running[job.name], running.LEASE)
        except SQLAlchemyError as error:
            log.error("the job %s could not be run: %s", job.name, type(error).__name__)
        finally:
            del self.running[job.name]

    def send(self) -> None:
        """Send the letters that are due, when there is a way to send them; what happened is remembered, at rest once a minute."""
        with self.app.app_context():
            began, now = time.monotonic(), clock.now()
            try:
                carrier = mail.sender()
                tally = mail.send_due(carrier, clock.now, self.stopping) if carrier else Counter[Outcome]()
                if tally or began - self.told_at > 60:
                    took = int((time.monotonic() - began) * 1000)
                    jobs.note(jobs.LETTERS, Run(now, clock.now(), took, mail.words(carrier, tally)), next_run_at=now + timedelta(seconds=SEND_EVERY))
                    self.told_at = began
            except SQLAlchemyError as error:
                log.error("letters could not be sent: %s", type(error).__name__)
            finally:
                db.session.rollback()

    def _watch(self) -> None:
        while not self.stopping.wait(5):
            if time.monotonic() - self.looked_at > STUCK_AFTER:
                log.error("the timetable has stood still for %s seconds; the worker ends so that it can be started again", STUCK_AFTER)
                os._exit(1)
