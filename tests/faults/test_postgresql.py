"""What only a server does: it may forget, it may be restarted, and its answer to a commit may never come."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Partnership
from app.accounts.queries import partnerships
from app.core import db as core_db
from app.core.db import db, transaction
from app.core.errors import OutcomeUnknown
from app.ui import dispatch
from tests.builders import a_partnership, a_session
from tests.client import Client
from tests.faults.breaking import asked, from_outside, lost_in_commit, renaming


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
    browser = Client(app)
    browser.get(f"/sessions/{session.ref}")
    db.session.rollback()
    from_outside("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
    assert browser.get(f"/sessions/{session.ref}").status_code == 200
