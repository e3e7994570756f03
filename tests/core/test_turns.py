"""Writing on SQLite goes in turn: nobody who has just written comes before somebody who waits."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from app.core.turns import begin_in_turn, gate_of

BEGIN = "BEGIN IMMEDIATE"


@pytest.fixture
def database(tmp_path):
    """The address of a database that several may write to."""
    path = tmp_path / "a.sqlite3"
    opened(path).execute("CREATE TABLE note (id INTEGER PRIMARY KEY)").connection.close()
    return path


@pytest.fixture
def gate(database):
    return gate_of(str(database))


def opened(path, wait=0):
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA busy_timeout={wait}")
    return connection


def waiting(act):
    """A thread that has begun to wait in `act`, and the list that says when it got through."""
    got = []
    thread = threading.Thread(target=lambda: got.append(act()))
    thread.start()
    time.sleep(0.3)
    assert not got, "it waits"
    return thread, got


def test_who_has_just_written_comes_after_who_waits(database, gate):
    writer, other = opened(database), opened(database)
    assert begin_in_turn(writer, gate, BEGIN, 1)
    thread, got = waiting(lambda: begin_in_turn(other, gate, BEGIN, 10))
    writer.execute("COMMIT")
    assert not begin_in_turn(writer, gate, BEGIN, 0), "it may not go again before the other"
    thread.join()
    assert got == [True]
    other.execute("COMMIT")
    assert begin_in_turn(writer, gate, BEGIN, 0)


def test_by_itself_sqlite_lets_who_has_just_written_go_again(database):
    """The switch; tried several times, as the other may wake in the very moment."""

    def goes_again():
        writer, other = opened(database), opened(database, wait=10_000)
        writer.execute(BEGIN)
        thread, got = waiting(lambda: other.execute(BEGIN).connection.execute("COMMIT"))
        writer.execute("COMMIT")
        first = begin_in_turn(writer, database.with_name("a gate of nobody else"), BEGIN, 0)
        if first:
            time.sleep(0.2)
            assert not got, "it waits on, although the lock was free meanwhile"
            writer.execute("COMMIT")
        thread.join()
        return first

    assert any(goes_again() for _ in range(5))


def test_who_waits_longer_than_allowed_is_told(database, gate):
    writer, other = opened(database), opened(database)
    assert begin_in_turn(writer, gate, BEGIN, 1)
    assert not begin_in_turn(other, gate, BEGIN, 0.05)
    writer.execute("COMMIT")
    assert begin_in_turn(other, gate, BEGIN, 0.05)


def test_a_killed_process_leaves_the_gate_open(database, gate):
    stands_in_it = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", stands_in_it, gate], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert not begin_in_turn(opened(database), gate, BEGIN, 0.05)
        process.kill()
        process.wait()
    assert begin_in_turn(opened(database), gate, BEGIN, 0)


def test_a_failure_that_is_not_about_locks_is_not_waited_for(database, gate):
    connection = opened(database)
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        begin_in_turn(connection, gate, "BEGIN SOMETHING", 10)
    place = os.open(gate, os.O_RDWR)
    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(place)


def test_a_database_in_memory_has_no_gate():
    assert gate_of(":memory:") is gate_of("") is gate_of(None) is None
