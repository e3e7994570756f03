"""How long the annual figures take, beside the same aggregation by hand in SQL, on the same data in the same run.

    .venv/bin/python benchmarks/report_rate.py [BOOKINGS]

Exit status 1 when the figures take more than 1.5 times as long.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
LIMIT = 1.5

KIND = """CASE WHEN b.status = 'given_back' THEN 1 WHEN b.status = 'session_cancelled' THEN 2 WHEN b.status = 'walk_in' THEN 3
  WHEN a.outcome = 'attended' THEN 4 WHEN a.outcome = 'partly_attended' THEN 5 WHEN a.outcome = 'no_show' THEN 6
  WHEN a.outcome = 'excused' THEN 7 END"""
FROM = """FROM booking b LEFT JOIN attendance a ON a.booking_id = b.id JOIN course_session s ON s.id = b.course_session_id
  WHERE s.last_day BETWEEN '2024-01-01' AND '2024-12-31'"""
AREA = "COALESCE(a.partnership_id, b.partnership_id)"
BY_HAND = (
    f"SELECT b.course_session_id, {AREA}, {KIND}, COUNT(*) {FROM} GROUP BY 1, 2, 3",
    f"SELECT COALESCE(a.agency_id, b.agency_id), {AREA}, {KIND}, COUNT(*) {FROM} GROUP BY 1, 2, 3",
    f"SELECT COUNT(DISTINCT b.person_id) {FROM} AND a.outcome IN ('attended', 'partly_attended')",
    f"SELECT {AREA}, COUNT(DISTINCT b.person_id) {FROM} AND a.outcome IN ('attended', 'partly_attended') GROUP BY 1",
)


def main() -> int:
    """Make the data, time both three times each in turn, print the medians."""
    from import_rate import write  # noqa: PLC0415

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "year"
        folder.mkdir()
        write(folder, count)
        os.environ.update(INSTANCE_PATH=name, DATABASE_URL=f"sqlite:///{name}/report.sqlite3")
        for words in (["db", "upgrade"], ["import-programme", str(folder)]):
            subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, check=True, capture_output=True)
        figures, by_hand = measure()
    ratio = figures / by_hand
    print(f"bookings          {count:>12,}")
    print(f"annual figures    {figures:>12.2f} s")
    print(f"by hand in SQL    {by_hand:>12.2f} s")
    print(f"ratio             {ratio:>12.2f}   (limit {LIMIT})")
    return 0 if ratio <= LIMIT else 1


def measure() -> tuple[float, float]:
    """Median seconds of the figures and of the statements by hand."""
    import sqlalchemy as sa  # noqa: PLC0415

    from app.core import clock  # noqa: PLC0415
    from app.core.db import db  # noqa: PLC0415
    from app.core.periods import Period  # noqa: PLC0415
    from app.evaluation.rules.statistics import distributions  # noqa: PLC0415
    from app.factory import create_app  # noqa: PLC0415
    from app.reporting.reports import annual  # noqa: PLC0415
    from app.reporting.rules.counting import Audience  # noqa: PLC0415

    period = Period(date(2024, 1, 1), date(2024, 12, 31))
    times: dict[str, list[float]] = {"figures": [], "hand": []}
    with create_app().app_context():
        distributions.normal_below(0)
        for _ in range(4):
            begun = time.perf_counter()
            annual.figures(period=period, partnership_code=None, audience=Audience.PUBLICATION, now=clock.now())
            times["figures"].append(time.perf_counter() - begun)
            db.session.rollback()
            begun = time.perf_counter()
            for statement in BY_HAND:
                db.session.execute(sa.text(statement)).all()
            times["hand"].append(time.perf_counter() - begun)
    middle = {name: sorted(taken[1:])[1] for name, taken in times.items()}  # the first round warms the page cache
    return middle["figures"], middle["hand"]


if __name__ == "__main__":
    sys.exit(main())
