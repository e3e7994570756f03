"""A letter that came back is marked, and a wrong address holds later letters until somebody says that it works."""

import mailbox
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.models import Person
from app.mail.office import open_office
from app.mail.rules import bounces
from app.mail.rules.fates import LetterStatus
from app.mail.services import address_works, queue, take_bounce
from tests.letters.reports import a_report
from tests.mail.sending import letters, send
from tests.mail.wordings import NOON, PLACE, REMINDER, a_draft


@pytest.mark.parametrize("whole", [True, False])
def test_a_wrong_address_fails_its_letter_and_holds_those_that_wait_and_those_to_come(app, mail_server, whole):
    sent = queue(a_draft(), now=NOON)
    queue(a_draft(about="later", due_at=NOON + timedelta(days=1)), now=NOON)
    send(mail_server)
    assert take_bounce(a_report(sent, whole=whole), now=NOON) is not None
    assert take_bounce(a_report(sent), now=NOON) is None, "the same report again changes nothing"
    queue(a_draft(about="last"), now=NOON)
    assert [letter.status for letter in letters()] == [LetterStatus.FAILED, LetterStatus.HELD, LetterStatus.HELD]
    assert letters()[0].words == "It came back: 5.1.1 550 5.1.1 no such user"
    assert address_works(address="person1@example.org", by="Marian Cole", now=NOON) == 2
    assert [letter.next_try_at for letter in letters()] == [None, NOON + timedelta(days=1), NOON]
    assert letters()[1].events[-1].words == "Marian Cole says that the address works."


@pytest.mark.parametrize(("status", "action", "fails", "holds"), [
    ("5.2.2", "failed", True, False), ("5.7.1", "failed", True, False), ("4.4.1", "delayed", False, False), ("5.1.10", "failed", True, True),
    ("5.1.7", "failed", True, False), ("5.1.8", "failed", True, False), ("5.1.9", "failed", True, False),
])
def test_only_what_is_said_of_the_address_holds_later_letters(app, mail_server, status, action, fails, holds):
    sent = queue(a_draft(), now=NOON)
    send(mail_server)
    take_bounce(a_report(sent, status=status, action=action), now=NOON)
    assert letters()[0].status is (LetterStatus.FAILED if fails else LetterStatus.SENT)
    assert queue(a_draft(about="later"), now=NOON).status is (LetterStatus.HELD if holds else LetterStatus.QUEUED)


@pytest.mark.parametrize(("words", "holds"), [("550 looks like spam", False), ("550 rejected by policy", False), ("550 no such user", True)])
def test_a_plain_550_holds_later_letters_only_where_its_words_are_of_the_address(app, mail_server, words, holds):
    sent = queue(a_draft(), now=NOON)
    send(mail_server)
    take_bounce(a_report(sent, status="5.0.0", words=words), now=NOON)
    assert letters()[0].status is LetterStatus.FAILED
    assert queue(a_draft(about="later"), now=NOON).status is (LetterStatus.HELD if holds else LetterStatus.QUEUED)


@pytest.mark.parametrize(("status", "words"), [
    ("4.4.7", "550 4.4.7 QUEUE.Expired; message expired"), ("4.2.2", "550 4.2.2 mailbox full"), ("4.0.0", "550-4.2.1 receiving mail too quickly"),
    ("5.0.0", "550 4.4.7 message expired"), ("4.4.1", "550 5.1.1 no such user"),
])
def test_a_report_that_a_server_gave_up_what_it_had_put_off_says_nothing_about_the_address(app, mail_server, status, words):
    sent = queue(a_draft(), now=NOON)
    send(mail_server)
    take_bounce(a_report(sent, status=status, words=words), now=NOON)
    assert letters()[0].status is LetterStatus.FAILED
    assert queue(a_draft(about="later"), now=NOON).status is LetterStatus.QUEUED


def test_of_what_was_held_only_what_is_of_use_still_is_said_to_go(app, mail_server):
    sent = queue(a_draft(), now=NOON)
    send(mail_server)
    take_bounce(a_report(sent), now=NOON)
    for days in (1, 3):
        queue(a_draft(about=f"of use for {days}", valid_until=NOON + timedelta(days=days)), now=NOON)
    later = NOON + timedelta(days=2)
    assert address_works(address="person1@example.org", by="Marian Cole", now=later) == 1 and send(mail_server, later).total() == 1


def test_a_report_about_a_letter_that_was_not_sent_changes_nothing(app):
    waiting = queue(a_draft(), now=NOON)
    assert take_bounce(a_report(waiting), now=NOON) is None and letters()[0].status is LetterStatus.QUEUED


@given(st.binary(max_size=2000))
def test_whatever_is_sent_as_a_report_is_read_without_falling_over(data):
    assert bounces.read(data) is None
    bounces.read(b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n' + data)


WEIRD = {
    "an open angle": lambda report: re.sub(rb"Message-ID: <[^>]*>", b"Message-ID: <", report),
    "an address literal": lambda report: re.sub(rb"Message-ID: <[^>]*>", b"Message-ID: <[]@>", report),
    "no such charset": lambda report: report.replace(b"Content-Type: text/rfc822-headers", b"Content-Type: text/rfc822-headers; charset=klingon"),
    "raw bytes": lambda report: report.replace(b"Subject:", b"Subject: \xff\xfe", 1),
}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("wrong", WEIRD)
def test_a_malformed_report_stops_no_other(app, mail_server, tmp_path, wrong, whole):
    sent = [queue(a_draft(number), now=NOON) for number in (1, 2)]
    send(mail_server)
    box = mailbox.mbox(tmp_path / "bounces")
    for message in (WEIRD[wrong](a_report(sent[0], whole=whole)), a_report(sent[1])):
        box.add(message)
    box.close()
    done = app.test_cli_runner().invoke(args=["take-bounces", str(tmp_path / "bounces")])
    assert (done.exit_code, letters()[1].status) == (0, LetterStatus.FAILED) and done.output.startswith("2 messages read, ")


def test_a_message_over_which_a_reader_falls_is_counted_and_logged_without_what_stood_in_it(app, tmp_path, caplog):
    def falls(message, _now):
        if b"secret" in message:
            raise IndexError("what the secret is")
        return False

    open_office(app, (PLACE, REMINDER), Person.__table__, readers=[falls])
    box = mailbox.mbox(tmp_path / "box")
    for text in (b"Subject: secret\r\n\r\nx\r\n", b"Subject: hello\r\n\r\nx\r\n"):
        box.add(text)
    box.close()
    done = app.test_cli_runner().invoke(args=["take-bounces", str(tmp_path / "box")])
    assert done.exit_code == 0 and done.output.startswith("2 messages read, 0 letters marked")
    assert "1 could not be read; the log says why." in done.output
    assert "IndexError" in caplog.text and "secret" not in caplog.text


def test_a_mailbox_or_one_message_is_read_by_the_command(app, mail_server, tmp_path):
    sent = [queue(a_draft(number), now=NOON) for number in (1, 2, 3)]
    send(mail_server)
    box = mailbox.mbox(tmp_path / "bounces")
    box.add(a_report(sent[0]))
    box.add(b"Subject: hello\r\n\r\nno report\r\n")
    box.flush()
    box.close()
    folder = mailbox.Maildir(tmp_path / "maildir")
    folder.add(a_report(sent[1]))
    (tmp_path / "one.eml").write_bytes(a_report(sent[2]))
    run = app.test_cli_runner()
    said = [run.invoke(args=["take-bounces", str(tmp_path / name)]).output for name in ("bounces", "maildir", "one.eml")]
    assert said == [f"{read} messages read, 1 letters marked as not delivered, 0 declined invitations asked about.\n" for read in (2, 1, 1)]
    assert run.invoke(args=["take-bounces", str(tmp_path / "nothing")]).exit_code == 1
