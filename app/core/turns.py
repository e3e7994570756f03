"""Whose turn it is to write on SQLite, which itself knows no queue: who has waited long comes before who has just written.

SQLite lets those who wait try again after growing pauses, so that a process that writes without a pause can keep another out for seconds.
Here all go through a gate one at a time, and only who stands in the gate asks for the write lock: whoever has just written queues again.
The gate is a lock of the operating system on a file of its own, so that it opens when its holder is killed. The threads of a process queue
inside it first: each that tried at the gate by itself would take the interpreter from the one that writes, thousands of times a second.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # only Windows has none; there SQLite's own way of waiting remains
    fcntl = None  # type: ignore[assignment]

PAUSE, SHORT_PAUSE = 0.004, 0.001
"""Seconds between two tries: at the gate, and for who stands in it or has waited at it for long."""
LONG = 0.02
"""Seconds after which somebody has waited for long."""

_queues: dict[Path, threading.Lock] = {}


def gate_of(database: str | None) -> Path | None:
    """The gate of this database file; none when it is in memory."""
    if fcntl is None or not database or database == ":memory:":
        return None
    return Path(f"{database}-gate")


def begin_in_turn(connection: sqlite3.Connection, gate: Path, statement: str, patience: float) -> bool:
    """Begin to write with this statement when it is this connection's turn; false when that took longer than `patience` seconds.

    The connection's own waiting time must be 0.
    """
    return in_turn(gate, lambda: _begun(connection, statement), patience)


def in_turn(gate: Path, done: Callable[[], bool], patience: float) -> bool:
    """Try until `done` says that it is, with nobody else in the gate; false when that took longer than `patience` seconds."""
    began = time.monotonic()
    queue = _queues.setdefault(gate, threading.Lock())
    if not queue.acquire(timeout=patience):
        return False
    try:
        return _at_gate(gate, done, began, patience)
    finally:
        queue.release()


def _at_gate(gate: Path, done: Callable[[], bool], began: float, patience: float) -> bool:
    place = os.open(gate, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return _until(lambda: _entered(place), began, patience, LONG) and _until(done, began, patience, 0)
    finally:
        os.close(place)


def _until(done: Callable[[], bool], began: float, patience: float, long: float) -> bool:
    while not done():
        waited = time.monotonic() - began
        if waited > patience:
            return False
        time.sleep(PAUSE if waited < long else SHORT_PAUSE)
    return True


def _entered(place: int) -> bool:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begun(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
