"""Sending in tests: a mail server of one's own, and the hours going by."""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from app.core.db import db, transaction
from app.core.post import MailServer
from app.mail import jobs
from app.mail.models import Letter
from app.mail.senders.smtp import SmtpSender
from tests.mail.wordings import NOON

SENDER = "Training <training@example.org>"


def a_sender(mail_server, deadline=0.4, kind=SmtpSender):
    """What carries letters to this server."""
    return kind(MailServer("smtp", "127.0.0.1", mail_server.server_address[1]), sender=SENDER, deadline=deadline)


def send(mail_server, now=NOON, deadline=0.4):
    """Send what is due at this moment."""
    return jobs.send_due(a_sender(mail_server, deadline), lambda: now)


def letters():
    """All letters, as the database has them now."""
    db.session.rollback()
    return db.session.scalars(sa.select(Letter).order_by(Letter.id)).all()


def statuses():
    """How many letters there are in each state."""
    return Counter(letter.status for letter in letters())


def until_settled(mail_server, now=NOON):
    """Live through the hours until nothing is left to do; the moment at which that was so."""
    for _ in range(200):
        send(mail_server, now)
        left = [letter.next_try_at for letter in letters() if letter.next_try_at is not None]
        if not left:
            return now
        now = max(now, min(left))
    raise AssertionError("letters are still waiting")


def lapse():
    """Let the leases of workers that are gone run out."""
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.lease_until.is_not(None)).values(lease_until=NOON - timedelta(days=900)))
