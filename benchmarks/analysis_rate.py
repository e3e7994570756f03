"""How long the analysis of a million answers takes, beside the GROUP BY that counts them, on the same data in the same run.

    .venv/bin/python benchmarks/analysis_rate.py [ANSWERS]

Exit status 1 when counting and analysis take more than 1.3 times as long as counting, or the paired part for 741 people more than 50 ms.
"""

import random
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
LIMIT, PAIRED_LIMIT = 1.3, 0.050
SESSION_SIZE = 25
ROUNDS = 5
CHANGE = "after - before"
GIVEN = "before IS NOT NULL AND after IS NOT NULL"


def main() -> int:
    """Make the answers, time each analysis and its counting in turn, print the medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    from app.evaluation.rules.statistics import paired  # noqa: PLC0415

    database = answers(count)
    paired.of_rows({(2, 3): 5, (3, 3): 2})  # SciPy is loaded before anything is timed
    rows = measured(database, "")
    database.execute("CREATE INDEX by_session ON answer (session, before, after)")
    database.execute("CREATE INDEX by_rating ON answer (before, after)")
    rows += measured(database, ", indexed")
    print(f"{count:,} answers in {count // SESSION_SIZE:,} sessions, SQLite in memory; medians of {ROUNDS}")
    print(f"{'analysis':<22}{'GROUP BY':>12}{'with analysis':>16}{'ratio':>8}{'limit':>8}")
    for name, raw, whole in rows:
        print(f"{name:<22}{raw:>10.3f} s{whole:>14.3f} s{whole / raw:>8.2f}{LIMIT:>8}")
    taken = of_741()
    print(f"paired part of 741 people {taken * 1000:>8.1f} ms   (limit {PAIRED_LIMIT * 1000:.0f} ms)")
    return 0 if all(whole / raw <= LIMIT for _name, raw, whole in rows) and taken <= PAIRED_LIMIT else 1


def answers(count: int) -> sqlite3.Connection:
    """A database with so many people's ratings before and after, one in seven of either not given."""
    rng = random.Random(8)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE answer (id INTEGER PRIMARY KEY, session INTEGER, before INTEGER, after INTEGER)")
    lift = [rng.gauss(0.7, 0.3) for _ in range(count // SESSION_SIZE + 1)]

    def one(number: int) -> tuple[int, int | None, int | None]:
        session = rng.randrange(count // SESSION_SIZE or 1)
        before = rng.choice((1, 2, 2, 2, 3, 3, 3, 4, 5))
        after = max(1, min(5, round(before + rng.gauss(lift[session], 0.9))))
        return session, before if rng.random() > 1 / 7 else None, after if rng.random() > 1 / 7 else None

    database.executemany("INSERT INTO answer (session, before, after) VALUES (?, ?, ?)", map(one, range(count)))
    return database


def measured(database: sqlite3.Connection, note: str) -> list[tuple[str, float, float]]:
    """Each analysis: its name, median seconds of counting alone, and of counting and analysis."""
    from app.evaluation.rules.statistics import paired, sessions  # noqa: PLC0415

    by_pair = "SELECT before, after, COUNT(*) FROM answer GROUP BY 1, 2"
    by_session = f"SELECT session, COUNT(*), SUM({CHANGE}), SUM(({CHANGE}) * ({CHANGE})) FROM answer WHERE {GIVEN} GROUP BY session"
    analyses: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "paired": (by_pair, lambda rows: paired.of_rows({row[:2]: row[2] for row in rows})),
        "by session": (by_session, lambda rows: sessions.cluster(sessions.Clustered(tuple(row[1:] for row in rows)))),
    }
    return [(name + note, *compared(database, statement, analyse)) for name, (statement, analyse) in analyses.items()]


def compared(database: sqlite3.Connection, statement: str, analyse: Callable[[Any], Any]) -> tuple[float, float]:
    """Median seconds of counting alone, and of counting and analysis."""
    raw, whole = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        database.execute(statement).fetchall()
        raw.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        analyse(database.execute(statement).fetchall())
        whole.append(time.perf_counter() - begun)
    return sorted(raw)[ROUNDS // 2], sorted(whole)[ROUNDS // 2]


def of_741() -> float:
    """Median seconds of the paired part for the 741 people of a year."""
    from app.evaluation.rules.statistics.paired import paired  # noqa: PLC0415

    table = [[20, 60, 40, 10, 0], [5, 80, 120, 60, 10], [0, 10, 120, 90, 20], [0, 2, 8, 50, 22], [0, 0, 0, 4, 10]]
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        paired(table)
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[ROUNDS // 2]


if __name__ == "__main__":
    sys.exit(main())
