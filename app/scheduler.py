"""The worker's clock: wakes each job of the timetable at its time. The only place that knows APScheduler."""

import logging
import signal
from datetime import UTC
from typing import Any

from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask, current_app

from app.core import clock
from app.timetable import TIMETABLE, Job

log = logging.getLogger(__name__)


def run_until_stopped() -> None:
    """Run the timetable until SIGTERM or Ctrl+C. A job that fails is logged, and runs again at its next time."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    ticker = BlockingScheduler(timezone=UTC)
    for job in TIMETABLE:
        ticker.add_job(run, "interval", (app, job), seconds=job.every.total_seconds(), id=job.name, coalesce=True, max_instances=1,
                       misfire_grace_time=None, next_run_time=clock.now())

    def stop(_number: int, _frame: Any) -> None:
        ticker.shutdown(wait=True)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ticker.start()


def run(app: Flask, job: Job) -> None:
    """Do one job now, within the app; what it did, or how it failed, goes to the log."""
    with app.app_context():
        try:
            log.info("%s: %s", job.name, job.work(clock.now()))
        except Exception:
            log.exception("the job %s failed; it runs again in %s", job.name, job.every)
