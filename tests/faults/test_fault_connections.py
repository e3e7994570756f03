"""Connections keep what they are given, pages that are opened cannot write, and what meets others is tried again as a whole."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import request

from app.accounts.models import Partnership, SignIn
from app.accounts.rules import Role
from app.core import clock, purpose
from app.core import db as core_db
from app.core.db import bookkeeping, db, transaction
from app.ui import dispatch
from tests.builders import a_partnership
from tests.client import Client
from tests.conftest import make_app
from tests.faults.breaking import asked, held, renaming
from tests.faults.counts import times
from tests.faults.crowds import at_once


def test_each_connection_is_set_so_that_it_keeps_what_it_is_given(app, backend):
    with db.engine.connect() as connection:
        if backend == "sqlite":
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in core_db.PRAGMAS}
            assert found == {"busy_timeout": 5000, "foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "trusted_schema": 0, "cell_size_check": 1,
                             "secure_delete": 1, "wal_autocheckpoint": 4000}
            return
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in (*core_db.LIMITS, "transaction_isolation")}
        assert found == {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "30s",
                         "default_transaction_read_only": "on", "transaction_isolation": "read committed"}


def test_a_place_that_cannot_keep_a_log_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(core_db.PRAGMAS, "journal_mode", ("DELETE", "wal"))
    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path)
    with app.app_context(), pytest.raises(core_db.UnsafeDatabase, match="local disk"):
        db.session.execute(sa.text("SELECT 1"))


def by_statement():
    db.session.execute(sa.update(Partnership).values(name="changed"))
    db.session.commit()


def by_engine():
    with db.engine.begin() as connection:
        connection.execute(sa.update(Partnership).values(name="changed"))


def by_act():
    with transaction() as session:
        session.execute(sa.update(Partnership).values(name="changed"))


def by_the_door():
    with bookkeeping() as session:
        session.execute(sa.update(Partnership).values(name="changed"))


@pytest.mark.parametrize("write", [by_statement, by_engine, by_act])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_page_that_is_opened_cannot_write(app, planted, write, method):
    a_partnership(name="as it was")

    def view():
        write()
        return "written"

    other = planted(view, ["GET", "HEAD", "OPTIONS", "POST"])
    assert asked(other, method).status_code == 500
    assert db.session.scalar(sa.select(Partnership.name)) == "as it was"
    acts = write is by_act
    assert asked(other, "POST").status_code == (200 if acts else 500), "the same connection writes for a form, inside a transaction"
    db.session.rollback()
    assert db.session.scalar(sa.select(Partnership.name)) == ("changed" if acts else "as it was")


def test_without_the_protection_a_page_that_is_opened_acts(app, planted, monkeypatch):
    """The switch."""
    a_partnership(name="as it was")
    monkeypatch.setattr(dispatch, "SAFE_METHODS", frozenset())

    def view():
        by_act()
        return "written"

    assert asked(planted(view)).status_code == 200
    assert db.session.scalar(sa.select(Partnership.name)) == "changed"


def test_without_the_protection_a_page_writes_by_a_statement(app, planted, monkeypatch):
    """The switch: requests that are not told that they only read."""
    a_partnership(name="as it was")
    monkeypatch.setattr(purpose, "only_reads", lambda: False)

    def view():
        by_statement()
        return "written"

    assert asked(planted(view)).status_code == 200
    assert db.session.scalar(sa.select(Partnership.name)) == "changed"


def test_through_one_door_a_page_may_keep_its_notes(app, planted):
    a_partnership(name="as it was")

    def view():
        before = db.session.scalar(sa.select(Partnership))
        by_the_door()
        return before.name

    assert asked(planted(view)).text == "as it was", "what the page has read stays"
    assert db.session.scalar(sa.select(Partnership.name)) == "changed"


def test_who_opens_a_page_is_seen_once_a_minute(app):
    browser = Client(app).signed_in(Role.DELEGATE)
    long_ago = clock.now() - timedelta(minutes=5)
    with transaction() as session:
        session.execute(sa.update(SignIn).values(last_seen_at=long_ago))
    browser.get("/my-training")
    assert db.session.scalar(sa.select(SignIn.last_seen_at)) > long_ago


def test_a_note_that_cannot_be_kept_keeps_nobody_waiting(app, backend):
    browser = Client(app).signed_in(Role.DELEGATE)
    with transaction() as session:
        session.execute(sa.update(SignIn).values(last_seen_at=clock.now() - timedelta(minutes=5)))
    with held(SignIn.__table__):
        before = clock.now()
        assert browser.get("/my-training").status_code == 200
        assert (clock.now() - before).total_seconds() < 2


def test_what_meets_a_lock_is_tried_again_as_a_whole(app, planted, impatient):
    a_partnership(name="as it was")
    runs = []
    other = planted(renaming(runs))
    lock = held(Partnership.__table__)
    with other.app_context():
        lock.__enter__()
    timer = threading.Timer(0.25, lambda: lock.__exit__())
    timer.start()
    assert asked(other, "POST").text == "kept"
    timer.join()
    assert 1 < len(runs) <= dispatch.MOST_TRIES
    assert db.session.scalar(sa.select(Partnership.name)) == f"changed at try {len(runs)}"


def test_with_one_try_only_the_lock_is_what_people_see(app, planted, impatient, monkeypatch):
    """The switch."""
    monkeypatch.setattr(dispatch, "MOST_TRIES", 1)
    a_partnership(name="as it was")
    runs = []
    other = planted(renaming(runs))
    with other.app_context():
        lock = held(Partnership.__table__)
        lock.__enter__()
    answer = asked(other, "POST")
    lock.__exit__()
    assert (answer.status_code, answer.headers["Retry-After"], len(runs)) == (503, "5", 1)
    assert "Nothing was changed" in answer.text


def test_nothing_is_done_again_once_a_part_was_kept(app, planted, impatient):
    a_partnership(name="as it was")
    runs = []

    def view():
        with transaction() as session:
            session.add(Partnership(code=f"kept{len(runs)}", name="kept"))
        runs.append(1)
        with other.app_context(), held(Partnership.__table__), transaction() as session:
            session.execute(sa.update(Partnership).values(name="changed"))
        return "never"

    other = planted(view)
    answer = asked(other, "POST")
    assert (answer.status_code, len(runs)) == (503, 1)
    assert "cannot tell" in answer.text and "Nothing was changed" not in answer.text


def test_two_acts_that_wait_for_each_other_both_go_through(app, planted, backend):
    """A deadlock on PostgreSQL; on SQLite the second waits at its beginning."""
    first, second = a_partnership(name="first").id, a_partnership(name="second").id
    db.session.rollback()
    runs = []

    def view():
        order = [first, second] if request.args["way"] == "up" else [second, first]
        runs.append(1)
        with transaction() as session:
            for number in order:
                session.execute(sa.update(Partnership).where(Partnership.id == number).values(name=request.args["way"]))
                if number == order[0] and backend == "postgresql" and len(runs) <= 2:
                    meet.wait(5)
        return "kept"

    other = planted(view)
    for _ in range(times(100, otherwise=1)):
        meet = threading.Barrier(2)
        runs.clear()
        assert at_once([lambda way=way: asked(other, "POST", query_string={"way": way}).text for way in ("up", "down")]) == ["kept", "kept"]
        assert len(runs) == (3 if backend == "postgresql" else 2)


def test_a_pool_has_a_connection_for_every_thread_and_its_notes(app):
    assert db.engine.pool.size() + db.engine.pool._max_overflow >= 2 * core_db.THREADS
