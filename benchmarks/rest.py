"""What the worker costs when there is nothing to do: processor and memory of the real process, over a database with a million bookings.

BENCH_BOOKINGS takes another number of bookings, BENCH_REST another number of seconds, to try the measurement itself.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from due import BOOKINGS, filled
from memory import unique_mebibytes
from stage import BOTH, ROOT, SECRET, Database, Stage
from table import Row, at_most

from app.core import jobs
from app.core.db import db
from app.timetable import TIMETABLE

SECONDS = int(os.environ.get("BENCH_REST", "60"))
MOST_PROCESSOR, MOST_MEBIBYTES = 0.01, 90
FIRST_RUN = 600
"""Seconds within which every job must have run once; with a million bookings the first look takes its time."""


def rest(stage: Stage) -> Iterator[Row]:
    """The share of one processor, and the unique memory, of a worker that ticks over a million bookings with nothing to do."""
    for kind in BOTH:
        on = filled(stage, kind)
        with worker(on) as pid:
            before = _processor_seconds(pid)
            time.sleep(SECONDS)
            share = (_processor_seconds(pid) - before) / SECONDS
            memory = unique_mebibytes(pid)
        yield at_most(f"processor of a worker at rest, {kind}", share, MOST_PROCESSOR, "%", f"over {SECONDS} s, {BOOKINGS:,} bookings; {share:.2%}")
        yield at_most(f"unique memory of a worker at rest, {kind}", memory, MOST_MEBIBYTES, "MiB", "after its jobs have run once")


@contextmanager
def worker(on: Database) -> Iterator[int]:
    """A worker process on this database, once each of its jobs has run; its id."""
    environ = {**os.environ, "DATABASE_URL": on.url, "SECRET_KEY": SECRET, "INSTANCE_PATH": str(on.app.extensions["settings"].instance)}
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT, env=environ)
    try:
        _wait_for_first_run(on, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for_first_run(on: Database, process: "subprocess.Popen[bytes]") -> None:
    names, until = {job.name for job in TIMETABLE}, time.monotonic() + FIRST_RUN
    while time.monotonic() < until and process.poll() is None:
        time.sleep(1)
        with on.app.app_context():
            ran = {run.name for run in jobs.known() if run.last_ended_at is not None}
            db.session.rollback()
        if names <= ran:
            return
    raise RuntimeError("the worker did not run each of its jobs")


def _processor_seconds(pid: int) -> float:
    """Seconds of processor time that the process has used, in its own name and the system's; programs that it started are counted too."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[11:15]) / os.sysconf("SC_CLK_TCK")
