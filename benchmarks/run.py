"""Every promise of speed and size, measured on this machine in one run: a table with the limit beside each figure.

    python3 dev.py bench [NAME ...]

Exit status 1 when a limit is missed. Without a name: all but those that are programs of their own (`LONGER`), which print tables of their own.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import booking_http
import booking_service
import due
import pages
import rest
from stage import ROOT, Stage
from table import Row, exactly, failed, heading, line

Measure = Callable[[Stage], Iterator[Row]]


def alone(script: str) -> Measure:
    """A measurement that is a program of its own: its limits are kept when it ends with 0."""

    def measure(_stage: Stage) -> Iterator[Row]:
        status = subprocess.run([sys.executable, ROOT / "benchmarks" / script], cwd=ROOT, check=False).returncode
        yield exactly(script, f"ended with {status}", "ended with 0")

    return measure


MEASURES: dict[str, Measure] = {
    "http": booking_http.over_http, "service": booking_service.beside_raw, "rush": booking_http.rush, "hot": booking_http.hot_session,
    "writers": booking_service.four_writers, "catalogue": pages.catalogue, "memory": pages.memory,
    "cancel": booking_service.large_cancellation, "growth": booking_service.growth, "due": due.due, "rest": rest.rest,
    "import": alone("import_rate.py"), "report": alone("report_rate.py"), "mail": alone("mail_rate.py"), "analysis": alone("analysis_rate.py"),
    "answers": alone("answers_page.py"), "coverage": alone("coverage.py"),
}
LONGER = ("import", "report", "mail", "analysis", "answers", "coverage")


def main(names: list[str]) -> int:
    """Measure what is named, or all; 1 when a limit was missed, 2 when a name is not one."""
    wrong = [name for name in names if name not in MEASURES]
    if wrong:
        print(f"There is no measurement {wrong[0]!r}. There are: {', '.join(MEASURES)}.")
        return 2
    begun = time.perf_counter()
    with Stage() as stage:
        print(f"{os.cpu_count()} processors, Python {platform.python_version()}, one fdatasync {fdatasync_milliseconds(stage.folder):.2f} ms "
              f"in instance/ and {fdatasync_milliseconds(Path(tempfile.gettempdir())):.2f} ms where PostgreSQL writes\n\n{heading()}", flush=True)
        rows = [row for name in names or MEASURES if names or name not in LONGER for row in measured(name, stage)]
    missed = sum(not row.ok for row in rows)
    print(f"\n{len(rows) - missed} of {len(rows)} within their limits, after {time.perf_counter() - begun:.0f} s")
    return 1 if missed else 0


def measured(name: str, stage: Stage) -> list[Row]:
    """The rows of one measurement, printed as they come; one that says why when it broke off."""
    rows = []
    try:
        for row in MEASURES[name](stage):
            rows.append(row)
            print(line(row), flush=True)
    except Exception as error:  # the other measurements go on
        rows.append(failed(name, " ".join(f"{type(error).__name__}: {error}".split())[:300]))
        print(line(rows[-1]), flush=True)
    return rows


def fdatasync_milliseconds(folder: Path) -> float:
    """How long this disk takes to keep 4 KiB, the middle of fifty tries."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return sorted(times)[25] * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
