"""Bookings without HTTP: the service beside its own statements raw, four processes on one SQLite file, a large cancellation, a large database."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import programme
import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from stage import BOTH, Database, Stage, rounds
from table import Row, at_least, at_most, exactly, middle

from app.core.db import db, prepare_engine
from app.core.purpose import to_write

ROUNDS = 5
EACH = 150
BOOKINGS_EACH = 10
"""How many bookings a person has, in a large database as in a small one."""


def beside_raw(stage: Stage) -> Iterator[Row]:
    """The service's bookings, then the very statements that it sent, with their values, on copies of the database.

    "Raw" is SQLAlchemy's connection with the finished text of each statement, as somebody would write it who wants neither objects nor rules;
    what the bare driver takes is said beside it.
    """
    for kind in BOTH:
        on = stage.database(kind)
        people = programme.people(on, 8)
        shares: dict[str, list[float]] = {"raw": [], "driver": []}
        service: list[float] = []
        statements = 0.0
        for number in rounds(ROUNDS + 1, least=4):
            sessions = programme.sessions(on, EACH // 8 + 1, places=100)
            wanted = [(sessions[at // 8][0], people.ids[at % 8]) for at in range(EACH)]
            copies = [stage.copy(on), stage.copy(on)]
            seconds, sent = _book_all(on, wanted)
            raw, driver = _replay_raw(copies[0], sent), _replay_by_driver(copies[1], sent)
            if number:  # the first round warms the caches
                shares["raw"].append(raw / seconds)
                shares["driver"].append(driver / seconds)
                service.append(EACH / seconds)
            statements = len(sent) / EACH
        yield at_least(f"booking service to its statements raw, {kind}", middle(shares["raw"]), 0.50, "%",
                       f"{middle(service):,.0f} bookings a second; {statements:.0f} statements each with BEGIN and COMMIT; "
                       f"to the bare driver {middle(shares['driver']) * 100:.0f} %")


def _book_all(on: Database, wanted: list[tuple[int, int]]) -> tuple[float, list[tuple[str, Any]]]:
    """Seconds for these bookings, and all that was sent for them. They are recorded as they go, which costs next to nothing."""
    sent: list[tuple[str, Any]] = []

    def heard(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, values))

    with on.app.app_context():
        db.session.remove()
        watched = {"before_cursor_execute": heard, "begin": lambda _c: sent.append(("BEGIN", ())),
                   "commit": lambda _c: sent.append(("COMMIT", ())), "rollback": lambda _c: sent.append(("ROLLBACK", ()))}
        for name, listener in watched.items():
            event.listen(db.engine, name, listener)
        programme.begin_clean()
        begun = time.perf_counter()
        for session_id, person_id in wanted:
            programme.book(session_id, person_id)
        seconds = time.perf_counter() - begun
        for name, listener in watched.items():
            event.remove(db.engine, name, listener)
        db.session.remove()
    return seconds, sent


def _replay_raw(url: str, sent: list[tuple[str, Any]]) -> float:
    """Seconds for the same statements through SQLAlchemy's connection, prepared as the product's."""
    engine = sa.create_engine(url)
    prepare_engine(engine)
    with to_write(), engine.connect() as connection:
        ends = {"COMMIT": connection.commit, "ROLLBACK": connection.rollback}
        begun = time.perf_counter()
        for statement, values in sent:
            if statement in ends:
                ends[statement]()
            elif statement != "BEGIN":  # it begins by itself
                result = connection.exec_driver_sql(statement, values)  # a list of values is a statement for many rows
                if result.returns_rows:
                    result.fetchall()
        seconds = time.perf_counter() - begun
    engine.dispose()
    return seconds


def _replay_by_driver(url: str, sent: list[tuple[str, Any]]) -> float:
    """Seconds for the same statements through the bare driver."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
    else:
        connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    begun = time.perf_counter()
    for statement, values in sent:
        cursor = connection.cursor()
        (cursor.executemany if isinstance(values, list) else cursor.execute)(statement, values)
        if cursor.description:
            cursor.fetchall()
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds


def four_writers(stage: Stage) -> Iterator[Row]:
    """Four processes book on one SQLite file as fast as they can, each booking timed with its wait for the lock."""
    on = stage.database("SQLite")
    people = programme.people(on, 8)
    sessions = programme.sessions(on, 4 * EACH // 4, places=100)
    wanted = [(number, person) for number, _ in sessions for person in people.ids]
    ran = [_writer(on, wanted[at::4][:2 * EACH], stage.folder) for at in range(4)]
    times: list[float] = []
    failures = 0
    for process in ran:
        out, _ = process.communicate(timeout=300)
        if process.returncode:
            raise RuntimeError("a writer broke off; the lines above say why")
        found = json.loads(out)
        times += found["times"]
        failures += found["failures"]
    times.sort()
    yield at_most("SQLite, 4 processes writing, p99 of a booking", times[int(len(times) * 0.99)] * 1000, 50, "ms",
                  f"{len(times):,} bookings; half within {times[len(times) // 2] * 1000:.1f} ms, slowest {times[-1] * 1000:.0f} ms")
    yield exactly("  failures", str(failures), "0")


def _writer(on: Database, wanted: list[tuple[int, int]], folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, __file__, on.url, str(folder), str(time.time() + 4)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    assert process.stdin
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    return process


def write_as_one_of_four(url: str, folder: str, start_at: float) -> None:
    """One writer: begins with the others, books what standard input names, prints seconds of each and how many failed."""
    from stage import SECRET, Settings, create_app  # noqa: PLC0415  (also the path, in a process of its own)

    wanted = json.loads(sys.stdin.readline())
    app = create_app(Settings(database_url=url, secret_key=SECRET, public_url="http://127.0.0.1", instance=Path(folder)))
    times: list[float] = []
    failures = 0
    with app.app_context():
        warm, timed = wanted[:10], wanted[10:]
        for session_id, person_id in warm:
            programme.book(session_id, person_id)
        time.sleep(max(0.0, start_at - time.time()))
        for session_id, person_id in timed:
            begun = time.perf_counter()
            try:
                programme.book(session_id, person_id)
            except sa.exc.DBAPIError:
                failures += 1
                db.session.rollback()
            times.append(time.perf_counter() - begun)
    json.dump({"times": times, "failures": failures}, sys.stdout)


def large_cancellation(stage: Stage) -> Iterator[Row]:
    """A session with 500 bookings and 200 people waiting is called off."""
    for kind in BOTH:
        on = stage.database(kind)
        people = programme.people(on, 700)
        seconds: list[float] = []
        ended = set()
        for _ in range(3):
            ((number, _ref),) = programme.sessions(on, 1, places=500, courses=1)
            programme.fill(on, number, people.ids)
            with on.app.app_context():
                begun = time.perf_counter()
                ended.add(programme.cancel(number))
                seconds.append(time.perf_counter() - begun)
        yield at_most(f"cancelling 500 bookings and 200 waiting, {kind}", middle(seconds), 1, "s", f"{', '.join(map(str, ended))} ended")


def growth(stage: Stage) -> Iterator[Row]:
    """The service's rate in a database with a million bookings beside one with ten thousand, rounds in turn."""
    for kind in BOTH:
        large, small = (_grown(stage, kind, count) for count in (1_000_000, 10_000))
        shares: list[float] = []
        rates: list[float] = []
        for _ in rounds(ROUNDS):
            found = [EACH / _book_new(*world) for world in (large, small)]
            shares.append(found[0] / found[1])
            rates.append(found[0])
        yield at_least(f"bookings with 1,000,000 to 10,000, {kind}", middle(shares), 0.90, "%",
                       f"{middle(rates):,.0f} bookings a second with a million")


def _grown(stage: Stage, kind: str, count: int) -> tuple[Database, list[int]]:
    on = stage.database(kind)
    people = programme.people(on, count // BOOKINGS_EACH)
    programme.bookings(on, count, people_ids=people.ids)
    programme.settle(on)
    world = on, people.ids[:8]
    _book_new(*world)
    return world


def _book_new(on: Database, person_ids: list[int]) -> float:
    sessions = programme.sessions(on, EACH // 8 + 1, places=100)
    return _book_all(on, [(sessions[at // 8][0], person_ids[at % 8]) for at in range(EACH)])[0]


if __name__ == "__main__":
    write_as_one_of_four(sys.argv[1], sys.argv[2], float(sys.argv[3]))
