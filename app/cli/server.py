"""Serving: the site under gunicorn, the worker beside it, and one job by hand."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import click

from app.cli.speaking import plainly, refuse
from app.core import clock
from app.core.settings import ROOT, THREADS

STOP_WITHIN = 20


@click.command("serve")
@click.option("--bind", default="127.0.0.1:5000", show_default=True, help="The address and port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="How many processes answer requests.")
def serve(bind: str, workers: int) -> None:
    """Serve the site, with the worker beside it, until SIGTERM or Ctrl+C.

    When one of the two ends by itself the other is ended too, and the exit status is 1, so that whatever started this can start it again.
    """
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    raise click.exceptions.Exit(_side_by_side(site_command(bind, workers), worker))


def site_command(bind: str, workers: int, application: str = "wsgi:app") -> list[str]:
    """What starts the site: gunicorn with our settings, so many processes of a few threads each."""
    return [sys.executable, "-m", "gunicorn", "--bind", bind, "--workers", str(workers), "--worker-class", "gthread", "--threads",
            str(THREADS), "--preload", "--no-control-socket", "--graceful-timeout", "10", "--worker-tmp-dir", _memory_folder(), "--log-level", "warning",
            application]


@click.command("worker")
def worker() -> None:
    """Run the timetable alone: what the product does by itself, each job at its time, until SIGTERM or Ctrl+C."""
    from app import scheduler  # noqa: PLC0415  (APScheduler is needed by this command only)

    scheduler.run_until_stopped()


@click.command("run-job")
@click.argument("name")
@click.option("--at", metavar="TIME", help="Run it as if it were this moment, such as 2026-03-01T09:00Z. Now, unless given.")
def run_job(name: str, at: str | None) -> None:
    """Run the job NAME of the timetable once, now, and say what it did.

    Without the right NAME it lists the names there are.
    """
    from app.timetable import TIMETABLE  # noqa: PLC0415  (jobs load what they need)

    jobs = {job.name: job for job in TIMETABLE}
    if name not in jobs:
        refuse(f"There is no job {name!r}. There are: {', '.join(sorted(jobs))}.")
    with plainly():
        click.echo(jobs[name].work(_moment(at)))


def _moment(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"{text!r} is not a moment; write it like 2026-03-01T09:00Z.")
    if moment.tzinfo is None:
        refuse(f"{text!r} has no time zone; write it like 2026-03-01T09:00Z.")
    return moment


def _memory_folder() -> str:
    """Where gunicorn's heartbeat files are never held up by a slow disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(Path.cwd())


def _side_by_side(*commands: list[str]) -> int:
    """Run the commands until one ends or we are told to stop; 0 when told, 1 when one ended by itself."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: told.append(received))
    running = [subprocess.Popen(command, cwd=ROOT, start_new_session=True) for command in commands]
    while not told and all(process.poll() is None for process in running):
        time.sleep(0.1)
    for process in running:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOP_WITHIN
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return 0 if told else 1


COMMANDS = (serve, worker, run_job)
