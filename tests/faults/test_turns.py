"""Who asks first for the write lock has it first, and who gives up is not waited for."""

import threading
import time

import pytest
import sqlalchemy as sa

from app.accounts.models import Partnership
from app.core import db as core_db
from app.core.db import db, transaction
from app.core.turns import Turns, try_until


def waiting(turns, count):
    """So many threads that wait for their turn, each known to have queued before the next; the order in which they had it."""
    had, threads = [], []

    def one(number):
        if turns.take(10):
            had.append(number)
            turns.leave()

    for number in range(count):
        threads.append(threading.Thread(target=one, args=(number,)))
        threads[-1].start()
        assert try_until(lambda expected=number + 1: len(turns._waiting) == expected, time.monotonic() + 5)
    return had, threads


def test_turns_come_in_the_order_in_which_they_were_asked_for():
    turns = Turns()
    assert turns.take(0)
    had, threads = waiting(turns, 20)
    turns.leave()
    for thread in threads:
        thread.join()
    assert had == list(range(20)) and turns.take(0)


def test_who_gives_up_leaves_the_queue_to_the_others():
    turns = Turns()
    assert turns.take(0) and not turns.take(0.01)
    had, threads = waiting(turns, 1)
    turns.leave()
    threads[0].join()
    assert had == [0]


def test_trying_ends_when_its_time_is_over():
    assert try_until(lambda: True, 0) and not try_until(lambda: False, time.monotonic() + 0.01)


def write(app, number, done):
    with app.app_context(), transaction() as session:
        session.add(Partnership(code=f"P{number}", name="x"))
        done.append(number)


def test_writers_of_a_process_are_served_in_their_order_and_a_failed_one_holds_up_nobody(app):
    done, threads = [], []
    with transaction():
        for number in range(12):
            threads.append(threading.Thread(target=write, args=(app, number, done)))
            threads[-1].start()
            time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert done == list(range(12))
    with pytest.raises(ZeroDivisionError), transaction():
        raise ZeroDivisionError
    write(app, 12, done)
    assert done[-1] == 12


def test_without_the_queue_newcomers_overtake(app, monkeypatch):
    """The switch: SQLite's own waiting serves whoever happens to ask at the right moment."""
    orders = []
    monkeypatch.setattr(Turns, "take", lambda self, seconds: False)
    monkeypatch.setattr(core_db, "try_until", lambda works, until: works())
    monkeypatch.setattr(core_db, "QUIETLY", 5000)
    for round_ in range(5):
        done, threads = [], []
        with transaction():
            for number in range(12):
                threads.append(threading.Thread(target=write, args=(app, 100 * round_ + number, done)))
                threads[-1].start()
                time.sleep(0.02)
        for thread in threads:
            thread.join()
        orders.append(done == sorted(done))
    assert not all(orders)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Partnership)) == 60
