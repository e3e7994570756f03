"""What only a server does: it may forget, it may be restarted, and its answer to a commit may never come."""

import signal
import threading
import time

import pytest
import sqlalchemy as sa

from app.accounts.models import Partnership
from app.accounts.queries import partnerships
from app.accounts.rules import Role
from app.booking.models import Booking
from app.cli import database
from app.core import db as core_db
from app.core import pool
from app.core.db import db, transaction
from app.core.errors import OutcomeUnknown
from app.ui import dispatch
from tests import builders, postgres
from tests.builders import a_partnership, a_session
from tests.client import Client
from tests.conftest import make_app, new_database
from tests.faults.breaking import asked, from_outside, lost_in_commit, renaming
from tests.faults.conftest import sound
from tests.faults.counts import times
from tests.faults.crowds import about_to_book, accounts, again_while_busy
from tests.faults.procs import Served


@pytest.fixture
def backend():
    """These tests are about PostgreSQL."""
    return "postgresql"


def test_a_server_that_may_forget_is_complained_about_once(app, caplog):
    db.engine.dispose()
    other = sa.create_engine(db.engine.url)
    core_db.prepare_engine(other)
    for _ in range(2):
        with other.connect() as one, other.connect() as two:
            assert one.scalar(sa.text("SHOW fsync")) == two.scalar(sa.text("SHOW fsync"))
    off = [name for name in core_db.KEEPS if _shown(other, name) == "off"]
    other.dispose()
    assert [record.args[0] for record in caplog.records if "PostgreSQL runs with" in record.message] == off


def _shown(engine, name):
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"SHOW {name}").scalar()


@pytest.mark.parametrize("repeatable", [False, True])
def test_an_act_whose_end_nobody_knows_is_done_again_only_by_a_view_that_can_tell(app, planted, repeatable):
    a_partnership(name="as it was")
    runs = []
    view = renaming(runs)
    other = planted(dispatch.repeatable(view) if repeatable else view)
    with other.app_context(), lost_in_commit():
        answer = asked(other, "POST")
    assert len(runs) == (2 if repeatable else 1)
    assert answer.text == "kept" if repeatable else "My training" in answer.text and "cannot tell" in answer.text
    assert answer.status_code == (200 if repeatable else 503) and "Retry-After" not in answer.headers


def test_a_connection_lost_in_the_commit_is_its_own_failure(app):
    with lost_in_commit(), pytest.raises(OutcomeUnknown), transaction() as session:
        session.add(Partnership(code="x", name="x"))
    assert partnerships() == []


def test_a_stale_connection_is_replaced_before_anybody_notices(app):
    session = a_session()
    ref = session.ref
    browser = Client(app)
    browser.get(f"/sessions/{ref}")
    alone_in_the_pool()
    cut_off()
    time.sleep(pool.RESTED)
    assert browser.get(f"/sessions/{ref}").status_code == 200


def test_without_being_asked_a_stale_connection_is_noticed(app, monkeypatch):
    """The switch."""
    session = a_session()
    ref = session.ref
    alone_in_the_pool()
    monkeypatch.setattr(pool, "RESTED", 3600)
    cut_off()
    with pytest.raises(sa.exc.OperationalError):
        db.session.scalar(sa.text("SELECT 1"))
    db.session.rollback()
    assert Client(app).get(f"/sessions/{ref}").status_code == 200, "the next one is there again"


def alone_in_the_pool():
    """One connection rests in the pool, and nothing that happened before is held against it: after a connection broke, the pool
    replaces all older ones when they are next used, so that with several in it a stale one might be replaced without anybody asking it."""
    db.session.rollback()
    db.engine.dispose()
    db.session.scalar(sa.text("SELECT 1"))
    db.session.rollback()


def cut_off():
    """End every other connection to this database."""
    from_outside("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")


def test_a_connection_that_breaks_when_all_is_done_does_not_take_the_answer_back(app, planted):
    kept = a_partnership(name="as it was").id

    def view():
        with transaction() as session:
            session.get_one(Partnership, kept).name = "changed"
        name = db.session.get_one(Partnership, kept).name
        cut_off()
        return name

    db.session.rollback()
    answer = asked(planted(view), "POST")
    assert (answer.status_code, answer.text) == (200, "changed")


def test_a_connection_that_broke_while_nothing_was_asked_is_no_reason_to_fail(app, planted):
    kept, runs = a_partnership(name="as it was").id, []

    def view():
        runs.append(db.session.get_one(Partnership, kept).name)
        if len(runs) == 1:
            cut_off()
        with transaction() as session:
            session.get_one(Partnership, kept).name = "changed"
        return "kept"

    db.session.rollback()
    assert asked(planted(view), "POST").text == "kept"


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_wire_cut_at_the_commit_is_said_to_be_unknown_and_is_kept_wholly_or_not_at_all(app, wire, cut):
    line, other = wire
    for number in range(times(100, otherwise=8)):
        kept = f"{cut}{number}"
        with other.app_context():
            line.cut = cut
            with pytest.raises(OutcomeUnknown), transaction() as session:
                session.add(Partnership(code=kept, name=kept))
            with transaction() as session:  # and the next goes through, over another connection
                session.add(Partnership(code=f"next {kept}", name=kept))
        db.session.rollback()
        there = set(db.session.scalars(sa.select(Partnership.code).where(Partnership.name == kept)))
        assert there == ({f"next {kept}"} if cut == "before" else {f"next {kept}", kept})


def test_what_a_person_reads_then_does_not_say_that_nothing_was_changed(app, wire):
    line, other = wire
    with other.app_context():
        browser = Client(other).signed_in(Role.ADMINISTRATOR)
        form = {"code": "P1", "name": "Area"}
        browser.get("/desk/partnerships/new")
        line.cut = "after"
        answer = browser.post("/desk/partnerships/new", form)
        assert answer.status_code == 503 and "cannot tell" in answer.text and "My training" in answer.text and "Nothing was changed" not in answer.text


def test_a_server_that_is_restarted_under_load_is_back_within_ten_seconds_and_has_lost_nothing(tmp_path, record_property):
    """People book all the while; who reads that it could not be done just now presses the button on that page."""
    with postgres.server_of_our_own(keeps=True) as own_server:
        lost, recoveries, kept = _restarted(own_server, tmp_path, times=times(20, otherwise=2))
    assert lost == set(), "every acknowledged booking is there"
    record_property("tried", f"{len(recoveries)} restarts, {kept} bookings acknowledged, 0 lost, back after {max(recoveries):.2f} s at most")


def test_a_server_that_does_not_wait_for_its_log_loses_what_people_were_told(tmp_path):
    """The switch: this is what the warning at the start is about."""
    with postgres.server_of_our_own(keeps=False) as own_server:
        assert any(_restarted(own_server, tmp_path / str(number), times=1)[0] for number in range(3))


def _restarted(own_server, folder, *, times):
    """Acknowledged bookings that are gone after so many restarts under load, how long each took, and how many bookings were acknowledged."""
    folder.mkdir(exist_ok=True)
    with new_database(own_server.url, "uplift_restarts") as url:
        app = make_app(url, folder)
        database.upgrade(app)
        site = Served(app, url, folder)
        try:
            with app.app_context():
                return _restart_under_load(site, own_server, times)
        finally:
            site.stop()
            with app.app_context():
                db.engine.dispose()


def _restart_under_load(site, own_server, often):
    stop, acts, answered, broken = threading.Event(), [], [], []
    session = builders.a_session(places=5)
    buttons = about_to_book(site, session, accounts(site, 150 + 100 * often))
    left = list(zip(buttons, site.opened[-len(buttons):], strict=True))

    def somebody():
        while left and not stop.is_set():
            button, browser = left.pop()
            try:
                answer = again_while_busy(button, browser, pause=0.1)()
            except Exception as error:
                broken.append(error)
                return
            acts.append(answer)
            answered.append(time.monotonic())
            browser.close()

    people = [threading.Thread(target=somebody) for _ in range(8)]
    for person in people:
        person.start()
    recoveries = []
    for number in range(often):
        time.sleep(0.5)
        own_server.stop(signal.SIGINT if number % 2 else signal.SIGQUIT)
        own_server.start()
        started, seen = time.monotonic(), len(answered)
        while len(answered) == seen and time.monotonic() < started + 15 and left:
            time.sleep(0.01)
        recoveries.append(time.monotonic() - started)
    stop.set()
    for person in people:
        person.join()
    site.close_browsers()
    if broken:
        raise broken[0]
    assert max(recoveries) < 10, recoveries
    assert {answer.status for answer in acts} == {302}, site.said()[-5000:]
    db.session.rollback()
    kept = set(db.session.scalars(sa.select(Booking.ref).where(Booking.course_session_id == session.id)))
    sound(site.app)
    return {answer.location.split("/")[2].split("?")[0] for answer in acts} - kept, recoveries, len(acts)
