"""What only a file does: one writer at a time, and a lock that somebody else may hold for long."""

import sqlite3
import threading
from contextlib import nullcontext

import pytest

from app.booking.rules.states import BookingStatus
from app.core import purpose
from app.core.db import db
from tests import builders
from tests.faults.counts import FULL
from tests.faults.crowds import about_to_book, accounts, at_once
from tests.faults.flows import FLOWS
from tests.faults.test_fault_races import counted


@pytest.fixture
def backend():
    """These tests are about SQLite."""
    return "sqlite"


def test_a_connection_that_only_reads_never_becomes_one_that_writes(app):
    """SQLite compiles every statement of a connection anew when it may write and then may not."""
    seen: dict[bool, set[int]] = {True: set(), False: set()}
    for reads in (True, False, True, False):
        with purpose.only_reading() if reads else nullcontext(), db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA query_only").scalar() == reads
            seen[reads].add(id(connection.connection.dbapi_connection))
    assert len(seen[True]) == len(seen[False]) == 1 and not seen[True] & seen[False]


class Writer:
    """Somebody else who holds the file's write lock for so many seconds or until the block ends, on a thread of its own."""

    def __init__(self, seconds):
        self.path, self.seconds = db.engine.url.database, seconds
        self.holds, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self):
        other = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        self.holds.set()
        self.let_go.wait(self.seconds)
        other.execute("ROLLBACK")
        other.close()

    def __enter__(self):
        self.thread.start()
        assert self.holds.wait(30)
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self.thread.join()


def test_a_lock_of_a_second_keeps_people_waiting_and_nothing_else(served):
    session = builders.a_session(places=3)
    buttons = about_to_book(served, session, accounts(served, 12))
    reader = served.browser()
    with Writer(1.5):
        answers = at_once(buttons)
    with Writer(30) as writer:
        assert reader.get("/courses").status == 200 and writer.thread.is_alive(), "reading goes on"
    assert {answer.status for answer in answers} == {302}
    assert (counted(session)[BookingStatus.BOOKED], counted(session)[BookingStatus.WAITING]) == (3, 9)


def test_a_lock_that_does_not_end_is_a_plain_page_and_its_button_does_it_afterwards(sites):
    """Locks are waited for as long as always in full, and shortly otherwise."""
    site = sites.get("sqlite") if FULL else sites.get("sqlite", unprotected="patience")
    with site.app.app_context():
        for name in ("book", "save_marks", "walk_in"):
            act = FLOWS[name](site)
            with Writer(60):
                answer = act.press()
                assert answer.status == 503 and "Nothing was changed" in answer.text and answer.headers["Retry-After"] == "5"
                assert act.times() == 0
                form = act.browser.form(answer, "Try again")
                assert dict(act.also).items() <= dict(form.fields).items(), "what was typed is on the page"
            assert act.browser.submit(form).done
            assert act.times() == 1
        site.close_browsers()
