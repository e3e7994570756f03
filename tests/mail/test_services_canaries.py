"""The switches: each takes one protection away, and what it protects is seen to break."""

import smtplib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.core import jobs as timetable
from app.core import leases
from app.core.db import db
from app.mail import jobs, queries
from app.mail.models import Letter
from app.mail.rules import fates
from app.mail.rules.fates import LetterStatus
from app.mail.senders import smtp
from app.mail.services import delivering, keeping, queue
from tests.mail.sending import a_sender, letters, send, statuses, until_settled
from tests.mail.wordings import NOON, a_draft


def test_without_the_unique_key_a_letter_is_written_more_than_once(app, monkeypatch):
    seen = queries.before_writing
    monkeypatch.setattr(queries, "before_writing", lambda drafts: replace(seen(drafts), written=frozenset()))
    plain = sa.insert(Letter.__table__).returning(Letter.__table__.c.about, Letter.__table__.c.id)
    monkeypatch.setattr(keeping, "_once", lambda _dialect: plain)
    keeping._whole.cache_clear()
    queue(a_draft(), now=NOON)
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)unique"):
        queue(a_draft(), now=NOON)
    keeping._whole.cache_clear()


def test_without_a_claim_two_workers_send_the_same_letters(app, mail_server, monkeypatch):
    for number in range(30):
        queue(a_draft(number), now=NOON)

    both, seen = threading.Barrier(2, timeout=20), set()

    def unclaimed(holder, now, *, most=50):
        rows = db.session.execute(sa.select(Letter.__table__).where(Letter.status == LetterStatus.QUEUED)).all()
        if threading.get_ident() not in seen:  # both look before either sends
            seen.add(threading.get_ident())
            both.wait()
        return [delivering._claimed(row) for row in rows]

    monkeypatch.setattr(delivering, "claim", unclaimed)
    monkeypatch.setattr(delivering, "begin", lambda *_: True)

    def work(_):
        with app.app_context():
            jobs.send_due(a_sender(mail_server, deadline=20), lambda: NOON)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert sum(count for copies, count in mail_server.copies().items() if copies > 1) > 0


def test_without_a_bound_on_doubts_a_letter_arrives_again_and_again(app, mail_server, monkeypatch):
    monkeypatch.setattr(fates, "MOST_DOUBTS", 99)
    queue(a_draft(), now=NOON)
    mail_server.letters.extend(["end-drop"] * 4)
    until_settled(mail_server)
    assert mail_server.copies() == {5: 1}


def test_if_a_lost_answer_counted_as_none_nobody_would_see_that_a_letter_may_be_double(app, mail_server, monkeypatch):
    monkeypatch.setattr(smtp._Progress, "__setattr__", lambda self, name, value: object.__setattr__(self, name, False))
    queue(a_draft(), now=NOON)
    mail_server.letters.append("end-drop")
    until_settled(mail_server)
    assert mail_server.copies() == {2: 1} and letters()[0].doubts == 0


def test_with_a_deadline_for_each_byte_a_server_that_drips_holds_everything_up(app, mail_server, monkeypatch):
    monkeypatch.setattr(smtp._Conversation, "getreply", lambda self: smtplib.SMTP.getreply(self))
    queue(a_draft(), now=NOON)
    mail_server.letters.append("rcpt-drip")
    began = time.monotonic()
    send(mail_server)
    assert time.monotonic() - began > 2 and statuses() == {LetterStatus.SENT: 1}


def test_without_its_lease_a_job_is_done_by_several(app, monkeypatch):
    timetable.make_known(["x"], NOON)
    monkeypatch.setattr(leases, "now", lambda: sa.func.coalesce(sa.null(), leases.ends_in(delivering.LEASE * 9)))
    taken = [timetable.take("x", leases.holder(), delivering.LEASE) for _ in range(3)]
    assert taken == [True, True, True]
