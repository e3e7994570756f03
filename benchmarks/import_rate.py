"""How fast bookings are imported, beside a plain `executemany` of the same rows, and with how much memory.

    .venv/bin/python benchmarks/import_rate.py [BOOKINGS]

Prints rates and their ratio, and the peak memory beside its limit; exit status 1 when the limit is passed.
"""

import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
MOST_MEMORY = 400
WORDS = ["attended"] * 14 + ["no_show"] * 4 + ["cancelled"] * 2


def write(folder: Path, count: int) -> None:
    """A year of so many bookings, of a tenth as many people, on sessions of 200."""
    from app.imports.rules.files import FILES  # noqa: PLC0415

    chance = random.Random(1)
    people, sessions = max(200, count // 10), max(1, count // 200)
    rows: dict[str, list[str]] = {file.name: [] for file in FILES}
    rows["partnerships.csv"] = ["north,North", "south,South"]
    rows["agencies.csv"] = [f"a{n},Agency {n},Sector {n % 7},north" for n in range(40)]
    rows["courses.csv"] = [f"c{n},Course {n},About,2,virtual,180,,," for n in range(30)]
    areas = ("north", "south")
    rows["people.csv"] = [f"p{n}@org{n % 40}.example,First{n},Last{n},a{n % 40},Job {n % 25},,{areas[n % 2]}" for n in range(people)]
    first = datetime(2024, 1, 8, 9, 30)  # noqa: DTZ001  (local, as in the file)
    for number in range(sessions):
        starts = first + timedelta(days=number % 350)
        ends = starts + timedelta(hours=3)
        rows["sessions.csv"].append(f"s{number},c{number % 30},{starts:%Y-%m-%dT%H:%M},{ends:%Y-%m-%dT%H:%M},,300,,delivered,,")
    for number in range(count):
        word = chance.choice(WORDS)
        ended = "2024-01-02T10:00" if word == "cancelled" else ""
        session, place = divmod(number, 200)
        person = (place + session * 131) % people
        booked = f"2024-01-01T{10 + number % 10}:{number % 60:02}"
        rows["bookings.csv"].append(f"s{min(session, sessions - 1)},p{person}@org{person % 40}.example,{booked},{word},{ended},,")
    for file in FILES:
        (folder / file.name).write_text("\n".join([file.header, *rows[file.name]]) + "\n", encoding="utf-8")


def main() -> int:
    """Write, import in a process of its own, insert plainly; print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "year"
        folder.mkdir()
        write(folder, count)
        environ = {**os.environ, "INSTANCE_PATH": name, "DATABASE_URL": f"sqlite:///{name}/import.sqlite3"}
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=environ, check=True, capture_output=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        begun = time.perf_counter()
        done = subprocess.run([*flask, "import-programme", str(folder)], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        whole = time.perf_counter() - begun
        if done.returncode:
            print(done.stdout[:2000], done.stderr[:2000])
            return 1
        memory = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
        plain = plainly(Path(name) / "import.sqlite3", Path(name) / "plain.sqlite3")
    print(f"bookings                {count:>12,}")
    print(f"import, all checks      {whole:>12.1f} s   {count / whole:>10,.0f} a second")
    print(f"plain executemany       {plain:>12.1f} s   {count / plain:>10,.0f} a second")
    print(f"ratio                   {whole / plain:>12.1f}")
    print(f"peak memory             {memory:>12.0f} MiB (limit {MOST_MEMORY})")
    return 0 if memory < MOST_MEMORY else 1


def plainly(source: Path, target: Path) -> float:
    """Seconds for the same rows of bookings, their events and marks, into the same tables with one executemany each."""
    read = sqlite3.connect(source)
    written = sqlite3.connect(target)
    for (sql,) in read.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ('booking', 'booking_event', 'attendance')"):
        written.execute(sql)
    rows = {table: read.execute(f"SELECT * FROM {table}").fetchall() for table in ("booking", "booking_event", "attendance")}
    begun = time.perf_counter()
    with written:
        for table, given in rows.items():
            if given:
                written.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(given[0]))})", given)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
