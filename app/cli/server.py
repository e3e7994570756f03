"""Serving: the site under gunicorn, the worker beside it, and one job by hand."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click

from app.cli.speaking import plainly, refuse
from app.core import clock
from app.core.settings import ROOT, THREADS

STOP_WITHIN = 20
EARLIEST, LATEST = 2000, 2200
"""The years in which a job can be run as if it were then."""
WORKER = [sys.executable, "-m", "app.cli.worker_process"]


@click.command("serve")
@click.option("--bind", default="127.0.0.1:5000", show_default=True, help="The address and port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="How many processes answer requests.")
def serve(bind: str, workers: int) -> None:
    """Serve the site, with the worker beside it, until SIGTERM or Ctrl+C.

    When one of the two ends by itself the other is ended too, and the exit status is 1, so that whatever started this can start it again.
    """
    raise click.exceptions.Exit(_side_by_side((site_command(bind, workers), os.environ), (WORKER, _for_the_worker())))


def site_command(bind: str, workers: int, application: str = "wsgi:app") -> list[str]:
    """What starts the site: gunicorn with our settings, so many processes of a few threads each."""
    return [sys.executable, "-m", "gunicorn", "--config", str(Path(__file__).with_name("web_process.py")), "--bind", bind,
            "--workers", str(workers), "--worker-class", "app.cli.web_worker.Sharing", "--threads", str(THREADS), "--preload", "--no-control-socket",
            "--graceful-timeout", "10", "--worker-tmp-dir", _memory_folder(), "--log-level", "warning", application]


@click.command("worker")
@click.option("--once", is_flag=True, help="Send the letters that are queued and due, run no job of the timetable, and end.")
@click.option("--at", metavar="TIME", help="With --once: act as if it were this moment, such as 2026-03-01T09:00Z.")
def worker(once: bool, at: str | None) -> None:
    """Run the timetable and send letters: what the product does by itself, until SIGTERM or Ctrl+C.

    Any number of workers may run at once; each letter and each job is done by one of them.
    """
    if once:
        with plainly():
            _send_once(at)
        return
    if at is not None:
        raise click.UsageError("--at goes with --once")
    _become_the_worker()


def _become_the_worker() -> NoReturn:
    """Let a lean process take the place of this one, under the same number, so that whoever started it can stop it."""
    if os.name != "posix":
        sys.exit(subprocess.run(WORKER, check=False).returncode)
    os.execve(WORKER[0], WORKER, _for_the_worker())


def _for_the_worker() -> dict[str, str]:
    """The environment of the worker: its threads share two heaps of the C library, as each heap keeps what it freed."""
    return {"MALLOC_ARENA_MAX": "2", **os.environ}


def _send_once(at: str | None) -> None:
    from app.mail import jobs as mail  # noqa: PLC0415  (no web process opens a mail connection)
    from app.mail.queries import waiting  # noqa: PLC0415

    moment = None if at is None else _moment(at)
    carrier = mail.sender()
    if carrier is None:
        click.echo(f"Nothing was sent: no mail server is set (SMTP_URL). Letters kept here: {waiting(moment or clock.now()):,}.")
        return
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell that starts it in the background lets it ignore Ctrl+C
        signal.signal(number, signal.default_int_handler)
    click.echo(mail.words(carrier, mail.send_due(carrier, (lambda: moment) if moment else clock.now)))


@click.command("jobs")
def jobs() -> None:
    """List the jobs of the timetable: how often each runs, its last and next run, how long it took, its failures in a row, what it said."""
    from app.core.jobs import LETTERS, known  # noqa: PLC0415
    from app.timetable import TIMETABLE  # noqa: PLC0415  (jobs load what they need)

    every = {job.name: _span(job.every) for job in TIMETABLE} | {LETTERS: "always"}
    with plainly():
        kept = {run.name: run for run in known()}
    rows = [("job", "every", "last run", "took", "next run", "failed", "said")]
    for name, often in every.items():
        run = kept.get(name)
        if run is None:
            rows.append((name, often, "never", "", "at the start of a worker", "0", ""))
            continue
        took = "" if run.last_milliseconds is None else f"{run.last_milliseconds:,} ms"
        held = f"{run.last_words} (running: {run.held_by})" if run.held_by else run.last_words
        rows.append((name, often, _utc(run.last_started_at), took, _utc(run.next_run_at), str(run.failures_in_a_row), held))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[6]]).rstrip())


def _utc(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def _span(length: timedelta) -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return f"{seconds} s" if not minutes else f"{minutes} min" if minutes % 60 or seconds else f"{minutes // 60} h"


@click.command("run-job")
@click.argument("name")
@click.option("--at", metavar="TIME", help="Run it as if it were this moment, such as 2026-03-01T09:00Z. Now, unless given.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and undo all of it.")
def run_job(name: str, at: str | None, dry_run: bool) -> None:
    """Run the job NAME of the timetable once, now, and say what it did.

    Without the right NAME it lists the names there are. When another process is running the job nothing is done, and the status is 0.
    """
    from app import running  # noqa: PLC0415  (jobs load what they need)
    from app.timetable import TIMETABLE  # noqa: PLC0415

    by_name = {job.name: job for job in TIMETABLE}
    if name not in by_name:
        refuse(f"There is no job {name!r}. There are: {', '.join(sorted(by_name))}.")
    moment = None if at is None else _moment(at)
    with plainly():
        if dry_run:
            click.echo(f"It would say: {running.rehearsed(by_name[name], moment)}. Nothing was changed.")
            return
        run = running.by_hand(by_name[name], moment)
    if run is None:
        click.echo(f"Another process is running {name}, so nothing was done.")
    elif run.failed:
        refuse(f"{name} failed: {run.words}.")
    else:
        click.echo(run.words)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"{text!r} is not a moment; write it like 2026-03-01T09:00Z.")
    if moment.tzinfo is None:
        refuse(f"{text!r} has no time zone; write it like 2026-03-01T09:00Z.")
    if not EARLIEST <= moment.year < LATEST:
        refuse(f"{text!r} is too far away: there is nothing before {EARLIEST} or from {LATEST} on.")
    return moment


def _memory_folder() -> str:
    """Where gunicorn's heartbeat files are never held up by a slow disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(Path.cwd())


def _side_by_side(*commands: tuple[list[str], Mapping[str, str]]) -> int:
    """Run the commands, each in its environment, until one ends or we are told to stop; 0 when told, 1 when one ended by itself."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: told.append(received))
    running = [subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True) for command, environ in commands]
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


COMMANDS = (serve, worker, jobs, run_job)
