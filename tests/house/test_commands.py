"""Commands as somebody types them: what they say, and the exit status that a script can rely on."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import untouched

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    """Runs `flask --app wsgi …` on an installation of its own."""
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL")}
    environ["INSTANCE_PATH"] = str(tmp_path / "instance")

    def call(*words, given="", **more):
        return subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *map(str, words)], cwd=ROOT, env={**environ, **more},
                              input=given, capture_output=True, text=True, check=False)

    call.environ = environ
    return call


@pytest.fixture
def up_to_date(run, sqlite_app):
    """Gives that installation its database, as `db upgrade` leaves it."""
    instance = Path(run.environ["INSTANCE_PATH"])
    instance.mkdir()
    shutil.copyfile(untouched(sqlite_app), instance / "uplift.sqlite3")


@pytest.mark.parametrize("words", [
    ("add-account",), ("import-programme",), ("report", "annual"), ("serve",), ("worker",), ("run-job",), ("jobs",), ("check",), ("load-demo",),
    ("db", "upgrade"), ("analyse",),
])
def test_every_command_explains_itself(run, words):
    done = run(*words, "--help")
    assert done.returncode == 0 and len(done.stdout) > 100


def test_a_setting_that_cannot_work_is_one_sentence_without_a_traceback(run):
    done = run("run-job", "x", DATABASE_URL="mysql://x")
    assert done.returncode == 1 and done.stderr.startswith("DATABASE_URL must begin") and "Traceback" not in done.stderr


def test_a_database_that_was_not_set_up_says_what_to_run(run):
    done = run("add-account", "a@example.org", "--role", "delegate", "--password-stdin", given="a long password\n")
    assert (done.returncode, done.stderr) == (1, "The database has not been set up. Run first: flask --app wsgi db upgrade\n")


def test_a_year_goes_in_and_its_report_comes_out(run, tmp_path):
    assert run("db", "upgrade").returncode == 0
    first = run("import-programme", ROOT / "app" / "demo" / "programme-2024")
    assert first.returncode == 0 and first.stdout.startswith("The programme is in: 3,220 rows added")
    assert "Checking bookings.csv" in first.stderr
    assert run("import-programme", ROOT / "app" / "demo" / "programme-2024").stdout.startswith("Nothing to do: all 3,220 rows are here already.")
    period = ("--from", "2024-01-01", "--to", "2024-12-31")
    figures = json.loads(run("report", "annual", *period, "--format", "json").stdout)
    assert (figures["attendances"], figures["no_show_rate"]["of"]) == (741, 983)
    out = tmp_path / "report.docx"
    assert run("report", "annual", *period, "--format", "docx", "--out", out).returncode == 0 and out.stat().st_size > 10_000
    quarter = run("report", "annual", "--from", "2024-01-01", "--to", "2024-03-31", "--format", "json")
    assert quarter.returncode == 0 and "Take care. Reports for publication are of whole calendar years" in quarter.stderr
    for words in (("--partnership", "nowhere"), ("--out", tmp_path / "no" / "where.json")):
        refused = run("report", "annual", *period, "--format", "json", *words)
        assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert run("report", "annual", "--from", "31/31/2024", "--to", "2024-12-31", "--format", "json").returncode == 2
    bad = run("import-programme", tmp_path)
    assert bad.returncode == 1 and "partnerships.csv:1: header: the file is missing" in bad.stdout


def test_accounts_are_added_together_or_not_at_all(run, up_to_date):
    add = ("add-account", "jo@primary.example", "sam@example.org", "--role", "administrator", "--role", "coordinator", "--password-stdin")
    assert "too short" in run(*add, given="short\n").stderr
    assert run("add-account", "jo@primary.example", "not an address", "--role", "delegate", "--password-stdin", given="a long password\n").returncode == 1
    done = run(*add, given="a long password\n")
    assert done.returncode == 0 and done.stdout.count("can sign in as administrator, coordinator") == 2
    assert run("add-account", "jo@primary.example", "--role", "king", "--password-stdin").returncode == 2


def test_the_demonstration_is_not_loaded_into_a_real_database(run):
    done = run("load-demo")
    assert done.returncode == 1 and "not a demonstration" in done.stderr


def test_a_job_runs_by_hand_and_an_unknown_one_lists_those_there_are(run, up_to_date):
    assert run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00Z").returncode == 0
    assert ", forget-ended-sign-ins, " in run("run-job", "x").stderr
    assert "no time zone" in run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00").stderr


def test_jobs_are_listed_with_how_they_went_and_letters_wait_without_a_mail_server(run, up_to_date):
    assert "never" in run("jobs").stdout
    assert run("run-job", "forget-ended-sign-ins", "--dry-run").stdout == "It would say: 0 rows forgotten. Nothing was changed.\n"
    run("run-job", "forget-ended-sign-ins", "--at", "2026-01-01T09:00Z")
    listed = next(line for line in run("jobs").stdout.splitlines() if line.startswith("forget-ended-sign-ins"))
    assert "2026-01-01 09:00:00Z" in listed and listed.endswith("0 rows forgotten")
    assert "no mail server is set (SMTP_URL). Letters kept here: 0." in run("worker", "--once", "--at", "2026-01-01T09:00Z").stdout
    assert run("worker", "--at", "2026-01-01T09:00Z").returncode == 2
    assert run("worker", "--once", SMTP_URL="smtp://127.0.0.1:9").stderr.startswith("MAIL_FROM is missing")


def test_the_site_and_its_worker_are_served_and_end_cleanly(run, up_to_date):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"],
                              cwd=ROOT, env=run.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert answers(f"http://127.0.0.1:{port}/help")
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0, said.decode()
    finally:
        server.kill()
        server.wait()
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


def test_a_worker_that_has_drawn_nothing_has_loaded_none_of_the_large_libraries(run):
    run("db", "upgrade")
    done = subprocess.run([sys.executable, "-c", RUNS_EVERY_JOB], cwd=ROOT, env=run.environ, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "apscheduler" in loaded and loaded & LARGE == set()


def test_the_worker_takes_the_place_of_the_command_that_started_it_and_ends_cleanly(run):
    run("db", "upgrade")
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT, env=run.environ,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + 60
        while "a worker is alive" not in run("jobs").stdout:
            assert time.monotonic() < until and worker.poll() is None
        assert b"app.cli.worker_process" in Path(f"/proc/{worker.pid}/cmdline").read_bytes()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        said, _ = worker.communicate()
    assert said == "The worker runs the timetable and sends letters, until SIGTERM or Ctrl+C.\n"


def answers(url):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status == 200
        except OSError:
            time.sleep(0.1)
    return False
