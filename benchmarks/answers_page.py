"""How long the page of all courses takes: for the real year of 741 attendances, and for many answers beside the statements that count them.

    .venv/bin/python benchmarks/answers_page.py [PEOPLE]

Each of the PEOPLE gives two answers, one in three a third. Nothing is kept from one round to the next. Exit status 1 when the real year's
page takes more than 150 ms, its paired part more than 50 ms, or counting and analysis of PEOPLE's answers more than 1.3 times as long
as counting them.
"""

import gc
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
PAGE_LIMIT, PAIRED_LIMIT, LIMIT = 0.150, 0.050, 1.3
ROUNDS, SESSION_SIZE, COURSES = 5, 25, 20


def main() -> int:
    """Measure the real year, then the many, and print the medians."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(INSTANCE_PATH=name, DATABASE_URL=f"sqlite:///{name}/page.sqlite3", SECRET_KEY="for measuring only " * 3)
        _flask("db", "upgrade")
        _flask("import-programme", str(ROOT / "app" / "demo" / "programme-2024"))
        page, paired = of_the_real_year()
        fill(f"{name}/page.sqlite3", people)
        counting, analysis = of_many()
    ratio = (counting + analysis) / counting
    print(f"page of all courses, 741 attendances {page * 1000:>8.0f} ms   (limit {PAGE_LIMIT * 1000:.0f} ms)")
    print(f"  of it the paired part              {paired * 1000:>8.1f} ms   (limit {PAIRED_LIMIT * 1000:.0f} ms)")
    print(f"{people:,} people's answers, SQLite: counted in {counting:.2f} s, analysed in {analysis:.2f} s, ratio {ratio:.2f}   (limit {LIMIT})")
    return 0 if page <= PAGE_LIMIT and paired <= PAIRED_LIMIT and ratio <= LIMIT else 1


def _flask(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, check=True, capture_output=True)


def of_the_real_year() -> tuple[float, float]:
    """Median seconds of the page as a reader gets it, and of its paired analysis."""
    from app.core import clock  # noqa: PLC0415
    from app.evaluation.queries import kept, of_programme  # noqa: PLC0415
    from app.evaluation.rules import answered, figures  # noqa: PLC0415
    from app.evaluation.rules.statistics import paired  # noqa: PLC0415
    from app.factory import create_app  # noqa: PLC0415
    from tests.builders import Role, an_account  # noqa: PLC0415
    from tests.client import Client  # noqa: PLC0415

    app = create_app()
    with app.app_context():
        browser = Client(app).signed_in_as(an_account(Role.REPORT_AUTHOR))

        def page() -> None:
            kept.forget()
            browser.get("/desk/answers?year=2024")

        page()
        now, found = clock.now(), of_programme.answers(year=2024)
        table = figures.figures(found, answered.Scope(year=2024), now).change["transition"]
        return median(page), median(lambda: paired.paired(table))


def of_many() -> tuple[float, float]:
    """Median seconds of counting, and of analysing what was counted."""
    from app.core import clock  # noqa: PLC0415
    from app.core.db import db  # noqa: PLC0415
    from app.evaluation.queries import of_programme  # noqa: PLC0415
    from app.evaluation.rules import answered, figures  # noqa: PLC0415
    from app.factory import create_app  # noqa: PLC0415

    app = create_app()
    gc.collect()
    gc.freeze()  # as web processes do
    with app.app_context():
        found: list[Any] = []

        def count() -> None:
            found[:] = [of_programme.answers()]
            db.session.rollback()

        counting = median(count)
        return counting, median(lambda: figures.figures(found[0], answered.Scope(), clock.now()))


def median(act: Callable[[], None]) -> float:
    """The middle of several rounds, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[ROUNDS // 2]


def fill(path: str, people: int) -> None:
    """Sessions over three years, with people who answered before, after and, one in three, months later."""
    rng, database = random.Random(8), sqlite3.connect(path)
    questions = dict(database.execute(
        "SELECT q.stage, question.id FROM question JOIN questionnaire_version v ON v.id = question.version_id "
        "JOIN questionnaire q ON q.id = v.questionnaire_id WHERE code = 'knowledge'"))
    versions = dict(database.execute("SELECT q.stage, v.id FROM questionnaire_version v JOIN questionnaire q ON q.id = v.questionnaire_id"))
    courses = [row[0] for row in database.execute("SELECT id FROM course ORDER BY id LIMIT ?", (COURSES,))]
    agencies = [row[0] for row in database.execute("SELECT id FROM agency")]
    person = database.execute("SELECT max(id) FROM person").fetchone()[0]
    first = 1_000_000
    count = people // SESSION_SIZE
    ends = [datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=26_000 * n / count) for n in range(count)]
    database.executemany(
        "INSERT INTO course_session (id, ref, course_id, starts_at, ends_at, last_day, format, capacity, status) "
        "VALUES (?,?,?,?,?,?,?,30,'delivered')",
        ((first + n, f"many-{n}", courses[n % len(courses)], f"{at - timedelta(hours=3):%Y-%m-%d %H:%M:%S.%f}", f"{at:%Y-%m-%d %H:%M:%S.%f}",
          f"{at:%Y-%m-%d}", rng.choice(("virtual", "in_person"))) for n, at in enumerate(ends)))
    database.executemany(
        "INSERT INTO person (id, email, first_name, last_name) VALUES (?, ?, 'A', 'B')",
        ((person + 1 + n, f"many{n}@example.org") for n in range(people)))
    database.executemany(
        "INSERT INTO booking (id, ref, course_session_id, person_id, status, agency_id) VALUES (?,?,?,?,'booked',?)",
        ((first + n, f"many-b{n}", first + n % len(ends), person + 1 + n, rng.choice(agencies)) for n in range(people)))
    responses, given, number = [], [], first
    for n in range(people):
        before = rng.choice((1, 2, 2, 2, 3, 3, 3, 4, 5))
        after = max(1, min(5, round(before + rng.gauss(0.7, 0.9))))
        for stage, rating, likely in (("before", before, 6 / 7), ("after", after, 6 / 7), ("follow_up", max(1, after - (n % 3 == 0)), 1 / 3)):
            if rng.random() < likely:
                number += 1
                responses.append((number, versions[stage], first + n % len(ends), stage, f"many-b{n}", first + n))
                given.append((number, questions[stage], rating))
    database.executemany(
        "INSERT INTO response (id, version_id, course_session_id, stage, respondent, booking_id, submitted_at, may_quote, current) "
        "VALUES (?,?,?,?,?,?,'2024-01-01 00:00:00.000000','no',1)", responses)
    database.executemany("INSERT INTO answer (response_id, question_id, number) VALUES (?,?,?)", given)
    database.commit()
    database.execute("ANALYZE")
    database.close()


if __name__ == "__main__":
    sys.exit(main())
