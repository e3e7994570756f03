"""What may have arrived is taken back in words: whoever may have read of a charge is told that it is gone."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Charge
from app.core.db import db, transaction
from app.mail import jobs as mail
from app.mail.rules.fates import LetterStatus
from app.mail.senders.smtp import SmtpSender
from tests.booking.acting import DAY, HOUR, NOW, a_session, book, give_back, letters, settle
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import a_sender

pytestmark = pytest.mark.usefixtures("app")
DUE = NOW + 4 * DAY


@pytest.fixture
def mail_server():
    with smtp_server() as running:
        yield running


def a_late_return_is_charged(mail_server):
    services.save_policy(partnership_id=None, starts_on=NOW.date(), facts={"charges": True, "late_pence": 2500}, now=NOW)
    session = a_session(starts_in=3 * DAY)
    give_back(book(session), now=NOW + HOUR)
    settle(session, NOW + 2 * HOUR)
    mail.send_due(a_sender(mail_server), lambda: NOW + 2 * HOUR)
    with transaction() as writing:
        services.charge_session(writing, session.id, now=DUE)


def waive(now):
    numbers = db.session.scalars(sa.select(Charge.id)).all()
    db.session.rollback()
    services.waive_charges(charge_ids=numbers, reason="court", by="c", now=now)


@pytest.mark.parametrize("tries", [1, 2])
def test_a_charge_whose_letter_is_in_doubt_is_said_to_be_gone_when_it_is_waived(mail_server, tries):
    a_late_return_is_charged(mail_server)
    mail_server.letters.extend(["end-drop"] * tries)
    for number in range(tries):
        mail.send_due(a_sender(mail_server), lambda at=DUE + number * HOUR: at)
    assert [letter.doubts for letter in letters(kind="charge")] == [tries]
    waive(DUE + 5 * HOUR)
    mail.send_due(a_sender(mail_server), lambda: DUE + 6 * HOUR)
    assert [letter.status for letter in letters(kind="charge-waived")] == [LetterStatus.SENT]


def test_a_charge_that_is_waived_in_the_moment_in_which_its_letter_leaves_is_said_to_be_gone(mail_server):
    a_late_return_is_charged(mail_server)

    class WaivedMeanwhile(SmtpSender):
        def send(self, letter):
            waive(DUE)
            return super().send(letter)

    mail.send_due(a_sender(mail_server, kind=WaivedMeanwhile), lambda: DUE)
    assert [letter.status for kind in ("charge", "charge-waived") for letter in letters(kind=kind)] == [LetterStatus.SENT] * 2


def test_of_a_charge_whose_letter_never_left_nobody_hears(mail_server):
    a_late_return_is_charged(mail_server)
    mail_server.greetings.append("refuse")
    mail.send_due(a_sender(mail_server), lambda: DUE)
    waive(DUE + HOUR)
    assert letters(kind="charge-waived") == [] and letters(kind="charge")[0].status is LetterStatus.VOID
