"""Commands as somebody types them: what they say, and the exit status that a script can rely on."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from app.cli import MODULES
from app.core import clock
from app.core import jobs as kept_jobs
from app.core.db import db
from app.core.settings import ROOT, from_environment
from app.factory import create_app
from app.mail.services import Draft, queue
from app.timetable import TIMETABLE
from tests.commands import FLASK
from tests.conftest import untouched
from tests.faults.smtpfault import smtp_server


@pytest.fixture
def environ(tmp_path):
    """The environment of an installation of its own."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL")}
    return kept | {"INSTANCE_PATH": str(tmp_path / "instance")}


@pytest.fixture
def process(environ):
    """Runs `flask --app wsgi …` on it as a process."""

    def call(*words, given="", **more):
        return subprocess.run([*FLASK, *map(str, words)], cwd=ROOT, env={**environ, **more}, input=given, capture_output=True, text=True, check=False)

    return call


@pytest.fixture
def run(environ, monkeypatch):
    """Runs the same on it inside this process, which need not start for each: what is typed, what is said and the exit status are the same."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")  # set by Flask, to be taken back afterwards
    app = create_app(from_environment(environ))
    group, runner = FlaskGroup(create_app=lambda: app), CliRunner()

    def call(*words, given=""):
        done = runner.invoke(group, [*map(str, words)], input=given, prog_name="flask")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done

    call.app = app
    yield call
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def up_to_date(environ, sqlite_app):
    """Gives that installation its database, as `db upgrade` leaves it."""
    instance = Path(environ["INSTANCE_PATH"])
    instance.mkdir(exist_ok=True)
    shutil.copyfile(untouched(sqlite_app), instance / "uplift.sqlite3")


@pytest.mark.parametrize("words", [
    ("add-account",), ("import-programme",), ("report", "annual"), ("serve",), ("worker",), ("run-job",), ("jobs",), ("check",), ("load-demo",),
    ("db", "upgrade"), ("analyse",), ("take-bounces",),
])
def test_every_command_explains_itself(run, words):
    done = run(*words, "--help")
    assert done.exit_code == 0 and len(done.stdout) > 100


def test_all_commands_are_listed_with_a_word_on_each(run):
    listed = {line.split()[0]: line.split()[1:] for line in run("--help").stdout.partition("Commands:\n")[2].splitlines()}
    assert {"db", *MODULES} <= set(listed) and all(listed.values())
    assert [name for name in MODULES if run(name, "--help").stdout.startswith(f"Usage: flask {name} ")] == [*MODULES]


def test_a_setting_that_cannot_work_is_one_sentence_without_a_traceback(process):
    done = process("run-job", "x", DATABASE_URL="mysql://x")
    assert done.returncode == 1 and done.stderr.startswith("DATABASE_URL must begin") and "Traceback" not in done.stderr


def test_a_database_that_was_not_set_up_says_what_to_run(run):
    done = run("add-account", "a@example.org", "--role", "delegate", "--password-stdin", given="a long password\n")
    assert (done.exit_code, done.stderr) == (1, "The database has not been set up. Run first: flask --app wsgi db upgrade\n")


def test_a_year_goes_in_and_its_report_comes_out(run, process, tmp_path):
    assert process("db", "upgrade").returncode == 0
    first = process("import-programme", ROOT / "app" / "demo" / "programme-2024")
    assert first.returncode == 0 and first.stdout.startswith("The programme is in: 3,220 rows added")
    assert "Checking bookings.csv" in first.stderr
    assert run("import-programme", ROOT / "app" / "demo" / "programme-2024").stdout.startswith("Nothing to do: all 3,220 rows are here already.")
    period = ("--from", "2024-01-01", "--to", "2024-12-31")
    figures = json.loads(process("report", "annual", *period, "--format", "json").stdout)
    assert (figures["attendances"], figures["no_show_rate"]["of"]) == (741, 983)
    out = tmp_path / "report.docx"
    assert run("report", "annual", *period, "--format", "docx", "--out", out).exit_code == 0 and out.stat().st_size > 10_000
    quarter = run("report", "annual", "--from", "2024-01-01", "--to", "2024-03-31", "--format", "json")
    assert quarter.exit_code == 0 and "Take care. Reports for publication are of whole calendar years" in quarter.stderr
    for words in (("--partnership", "nowhere"), ("--out", tmp_path / "no" / "where.json")):
        refused = run("report", "annual", *period, "--format", "json", *words)
        assert refused.exit_code == 1 and "Traceback" not in refused.stderr
    assert run("report", "annual", "--from", "31/31/2024", "--to", "2024-12-31", "--format", "json").exit_code == 2
    bad = run("import-programme", tmp_path)
    assert bad.exit_code == 1 and "partnerships.csv:1: header: the file is missing" in bad.stdout


def test_accounts_are_added_together_or_not_at_all(up_to_date, run):
    add = ("add-account", "jo@primary.example", "sam@example.org", "--role", "administrator", "--role", "coordinator", "--password-stdin")
    assert "too short" in run(*add, given="short\n").stderr
    assert run("add-account", "jo@primary.example", "not an address", "--role", "delegate", "--password-stdin", given="a long password\n").exit_code == 1
    done = run(*add, given="a long password\n")
    assert done.exit_code == 0 and done.stdout.count("can sign in as administrator, coordinator") == 2
    assert run("add-account", "jo@primary.example", "--role", "king", "--password-stdin").exit_code == 2


def test_the_demonstration_is_not_loaded_into_a_real_database(run):
    done = run("load-demo")
    assert done.exit_code == 1 and "not a demonstration" in done.stderr


def test_a_job_runs_by_hand_and_an_unknown_one_lists_those_there_are(up_to_date, run):
    assert run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00Z").exit_code == 0
    assert ", forget-ended-sign-ins, " in run("run-job", "x").stderr
    assert "no time zone" in run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00").stderr
    for absurd in ("0001-01-01T00:00+14:00", "9999-12-31T23:59Z", "1999-12-31T23:59Z"):
        done = run("run-job", "reminders", "--at", absurd)
        assert done.exit_code == 1 and f"{absurd!r} is too far away" in done.stderr
    with run.app.app_context():
        assert kept_jobs.take("forget-ended-sign-ins", "another process", timedelta(hours=1)), "nobody holds it"


def test_a_job_that_another_process_runs_is_left_alone_and_that_is_no_failure(up_to_date, run):
    run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00Z")
    with run.app.app_context():
        assert kept_jobs.take("forget-ended-sign-ins", "another process", timedelta(hours=1))
    done = run("run-job", "forget-ended-sign-ins")
    assert (done.exit_code, done.stdout) == (0, "Another process is running forget-ended-sign-ins, so nothing was done.\n")
    listed = next(line for line in run("jobs").stdout.splitlines() if line.startswith("forget-ended-sign-ins"))
    assert listed.endswith("0 rows forgotten (running: another process)")


def test_each_job_says_its_last_and_next_run_how_long_it_took_and_how_often_it_failed(up_to_date, run):
    run("run-job", "reminders")
    head, *lines = run("jobs").stdout.splitlines()
    assert head.split() == ["job", "every", "last", "run", "took", "next", "run", "failed", "said"]
    assert re.fullmatch(r"reminders +5 min +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ) +\d+ ms +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ) +0 +0 letters written",
                        next(line for line in lines if line.startswith("reminders")))
    assert {job.name for job in TIMETABLE} <= {line.split()[0] for line in lines}


def test_a_worker_that_sends_once_sends_what_is_due_by_then_and_runs_no_job(up_to_date, environ, run, process):
    with run.app.app_context():
        now = clock.now()
        for number, due_at in enumerate((now, now + timedelta(days=2))):
            queue(Draft(f"x:{number}", "address-changed", "ann@example.org", {"name": "Ann", "address": "a…@x", "contact": "c"}, due_at=due_at), now=now)
    with smtp_server() as server:
        setting = {"SMTP_URL": server.url, "MAIL_FROM": "training@example.org"}
        assert process("worker", "--once", **setting).stdout == "Letters: 1 sent.\n"
        assert process("worker", "--once", "--at", (now + timedelta(days=3)).isoformat(), **setting).stdout == "Letters: 1 sent.\n"
    assert all(line.split()[-1] == "0" or "never" in line for line in run("jobs").stdout.splitlines()[1:])


def test_jobs_are_listed_with_how_they_went_and_letters_wait_without_a_mail_server(up_to_date, run, process):
    assert "never" in run("jobs").stdout
    assert run("run-job", "forget-ended-sign-ins", "--dry-run").stdout == "It would say: 0 rows forgotten. Nothing was changed.\n"
    run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00Z")
    listed = next(line for line in run("jobs").stdout.splitlines() if line.startswith("forget-ended-sign-ins"))
    assert "2026-01-01 09:00:00Z" in listed and listed.endswith("0 rows forgotten")
    assert "no mail server is set (SMTP_URL). Letters kept here: 0." in run("worker", "--once", "--at", "2026-01-01T09:00Z").stdout
    assert run("worker", "--at", "2026-01-01T09:00Z").exit_code == 2
    assert process("worker", "--once", SMTP_URL="smtp://127.0.0.1:9").stderr.startswith("MAIL_FROM is missing")


def test_the_site_and_its_worker_are_served_and_end_cleanly(environ, up_to_date):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*FLASK, "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert answers(f"http://127.0.0.1:{port}/help")
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0, said.decode()
    finally:
        server.terminate()  # which ends what it has started too
        server.communicate(timeout=60)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/help", timeout=2)


RUNS_EVERY_JOB = """
import sys
from app import scheduler
from app.cli import worker_process
from app.core import clock
from wsgi import app
with app.app_context():
    for job in scheduler.TIMETABLE:
        job.work(clock.now())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
LARGE = {"alembic", "mako", "pygments", "typst", "segno", "altair", "vl_convert", "docx", "openpyxl", "scipy", "numpy", "holidays", "authlib", "icalendar"}


def test_a_worker_that_has_drawn_nothing_has_loaded_none_of_the_large_libraries(environ, up_to_date):
    done = subprocess.run([sys.executable, "-c", RUNS_EVERY_JOB], cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "apscheduler" in loaded and loaded & LARGE == set()


def test_the_worker_takes_the_place_of_the_command_that_started_it_and_ends_cleanly(environ, up_to_date, run):
    worker = subprocess.Popen([*FLASK, "worker"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + 60
        while "a worker is alive" not in run("jobs").stdout:
            assert time.monotonic() < until and worker.poll() is None
            time.sleep(0.1)
        assert b"app.cli.worker_process" in Path(f"/proc/{worker.pid}/cmdline").read_bytes()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        said, _ = worker.communicate()
    assert said == "The worker runs the timetable and sends letters, until SIGTERM or Ctrl+C.\n"


def answers(url):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status == 200
        except OSError:
            time.sleep(0.1)
    return False
