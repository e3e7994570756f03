"""What must be true of letters is true of those that the acts make, and a row that breaks it is found."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.mail.invariants import INVARIANTS
from app.mail.services import Act, LinkTo, end_links, queue, take_bounce, void
from tests.letters.reports import a_report
from tests.mail.breaking import BROKEN
from tests.mail.sending import send
from tests.mail.wordings import NOON, a_draft


@pytest.fixture
def kept(app, mail_server):
    """A letter in each state, and links that are alive, used and too old."""
    mail_server.letters.extend(["ok", "rcpt-550", "end-drop", "rcpt-450"])
    act = Act("Give it back", LinkTo("give-back", "booking:1", NOON + timedelta(days=9)))
    written = [queue(a_draft(number, act=act), now=NOON) for number in range(6)]
    send(mail_server)
    void(concerns="booking:5", reason="The place was given back.", now=NOON)
    queue(a_draft(7, to="nobody"), now=NOON)
    queue(a_draft(8, act=act, due_at=NOON + timedelta(days=1)), now=NOON)
    take_bounce(a_report(written[4]), now=NOON)
    end_links(subject="booking:2", reason="used", now=NOON)


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda one: one.name)
def test_an_invariant_of_letters_holds_and_can_be_seen_broken(kept, invariant):
    db.session.rollback()
    with db.engine.connect() as connection:
        assert invariant.rows(connection, NOON) == []
        connection.execute(sa.text(BROKEN[invariant.name]))
        rows = invariant.rows(connection, NOON)
        connection.rollback()
    assert rows and all("@" not in str(row) for row in rows)
