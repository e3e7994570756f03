"""Letters reach the mail server once, whatever it does; only where its answer was lost may a second, equal copy go."""

import os
from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.core.post import MailServer
from app.mail import jobs
from app.mail.models import LetterEvent
from app.mail.rules.fates import LetterStatus
from app.mail.rules.outgoing import Outcome
from app.mail.senders.smtp import SmtpSender
from app.mail.services import Calendar, queue, take_bounce, void
from tests.faults.smtpfault import AFTER_THE_DOT, BEFORE_THE_DOT, GREETINGS, SECURING, TAKEN_IN_SILENCE, smtp_server
from tests.letters.reports import a_report
from tests.mail.sending import SENDER, a_sender, lapse, letters, send, statuses, until_settled
from tests.mail.wordings import FIELDS, NOON, a_draft

FULL = os.environ.get("UPLIFT_FAULTS") == "full"
MANY = 50 if FULL else 5
POSITIONS = (0, MANY // 2, MANY - 1) if FULL else (1,)


def test_a_letter_is_sent_as_text_html_and_calendar_in_one(app, mail_server):
    queue(a_draft(calendar=Calendar(lambda _language: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST"), fields={**FIELDS, "name": "Zoë"}), now=NOON)
    assert send(mail_server) == {Outcome.SENT: 1}
    mail = message_from_bytes(mail_server.raw[0], policy=policy.default)
    letter = letters()[0]
    assert letter.status is LetterStatus.SENT and letter.sent_at == NOON and letter.words == "250 ok"
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Training <training@example.org>", "person1@example.org", "You have a place: Neglect")
    assert mail["Message-ID"] == f"<{letter.ref}@example.org>" and mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    assert "Hello Zoë," in mail.get_body(("plain",)).get_content() and "Hello Zoë," in mail.get_body(("html",)).get_content()
    assert next(part for part in mail.walk() if part.get_content_type() == "text/calendar").get_param("method") == "REQUEST"


def test_what_is_not_due_waits_and_what_is_past_its_use_is_withdrawn(app, mail_server):
    queue(a_draft(1, due_at=NOON + timedelta(hours=1)), now=NOON)
    queue(a_draft(2, valid_until=NOON), now=NOON)
    assert send(mail_server) == {} and mail_server.order == []
    assert [letter.status for letter in letters()] == [LetterStatus.QUEUED, LetterStatus.VOID]
    assert send(mail_server, NOON + timedelta(hours=1)) == {Outcome.SENT: 1}


def test_what_may_have_arrived_is_never_said_to_be_withdrawn_as_it_was_too_late(app, mail_server):
    queue(a_draft(valid_until=NOON + timedelta(seconds=30)), now=NOON)
    mail_server.letters.append("end-drop")
    until_settled(mail_server)
    letter = letters()[0]
    assert (letter.status, letter.doubts, letter.next_try_at) == (LetterStatus.AMBIGUOUS, 1, None) and "may have arrived" in letter.words
    assert [event.status for event in letter.events] == [LetterStatus.AMBIGUOUS] * 2 and mail_server.copies() == {1: 1}


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("fault", BEFORE_THE_DOT)
def test_before_the_last_dot_a_fault_delays_one_letter_and_doubles_none(app, mail_server, fault, position):
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    mail_server.letters.extend(["ok"] * position + [fault])
    send(mail_server)
    refused = fault in ("rcpt-550", "data-554")
    assert statuses()[LetterStatus.SENT] == MANY - 1 and statuses()[LetterStatus.FAILED] == refused
    until_settled(mail_server)
    assert statuses() == ({LetterStatus.SENT: MANY - 1, LetterStatus.FAILED: 1} if refused else {LetterStatus.SENT: MANY})
    assert mail_server.copies() == {1: MANY - refused}


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("fault", AFTER_THE_DOT)
def test_after_the_last_dot_a_lost_answer_brings_at_most_one_more_copy_of_the_same_bytes(app, mail_server, fault, position):
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    mail_server.letters.extend(["ok"] * position + [fault])
    send(mail_server, deadline=1.0 if fault == "ok-drip" else 0.4)
    in_doubt = fault in (*TAKEN_IN_SILENCE, "end-lost")
    assert statuses()[LetterStatus.AMBIGUOUS] == in_doubt and sum(letter.doubts for letter in letters()) == in_doubt
    until_settled(mail_server)
    refused = fault == "end-552"
    assert statuses()[LetterStatus.SENT] == MANY - refused and statuses()[LetterStatus.FAILED] == refused
    twice = fault in TAKEN_IN_SILENCE
    assert mail_server.copies() == Counter({1: MANY - twice - refused, 2: int(twice)}) - Counter()
    assert all(len(set(digests)) == 1 for digests in mail_server.taken.values())


@pytest.mark.parametrize("fault", GREETINGS)
def test_a_server_that_does_not_answer_well_costs_a_minute_and_no_letter(app, mail_server, fault):
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    mail_server.greetings.append(fault)
    assert send(mail_server) == {Outcome.PUT_OFF: MANY} and mail_server.order == []
    assert {letter.next_try_at for letter in letters()} == {NOON + timedelta(minutes=1)} and all(letter.words for letter in letters())
    assert send(mail_server, NOON + timedelta(minutes=1)) == {Outcome.SENT: MANY}
    assert mail_server.copies() == {1: MANY}


@pytest.mark.parametrize("fault", SECURING)
def test_a_connection_that_cannot_be_secured_or_signed_in_costs_a_minute_and_no_letter(app, certificate, fault):
    theirs, trust = certificate
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    with smtp_server(tls=theirs, password=("jo", "word")) as server:
        server.greetings.append(fault)
        place = MailServer("smtp+starttls", *server.server_address, "jo", "word")
        now = [NOON]
        carrier = SmtpSender(place, sender=SENDER, deadline=1.5, trust=trust)
        assert jobs.send_due(carrier, lambda: now[0]) == {Outcome.PUT_OFF: MANY} and server.order == []
        assert {letter.next_try_at for letter in letters()} == {NOON + timedelta(minutes=1)} and sum(letter.doubts for letter in letters()) == 0
        now[0] += timedelta(minutes=1)
        assert jobs.send_due(carrier, lambda: now[0]) == {Outcome.SENT: MANY}
        assert server.copies() == {1: MANY} and all(server.secured)


def test_an_answer_lost_twice_is_not_tried_a_third_time(app, mail_server):
    queue(a_draft(), now=NOON)
    mail_server.letters.extend(["end-drop"] * 5)
    until_settled(mail_server)
    letter = letters()[0]
    assert (letter.status, letter.doubts, letter.next_try_at) == (LetterStatus.AMBIGUOUS, 2, None)
    assert mail_server.copies() == {2: 1} and len(set(*mail_server.taken.values())) == 1
    assert "not sent again by itself" in letter.words


@pytest.mark.parametrize("answer", ["354 again", "334 x", "151 later"])
def test_an_answer_after_the_last_dot_that_is_neither_yes_nor_no_leaves_the_letter_in_doubt(app, mail_server, answer):
    queue(a_draft(1), now=NOON)
    mail_server.letters.extend([f"end-{answer},"] * 9)
    until_settled(mail_server)
    letter = letters()[0]
    assert (letter.status, letter.doubts, mail_server.copies()) == (LetterStatus.AMBIGUOUS, 2, {2: 1}) and answer in letter.words
    assert mail_server.connections == 2, "whose turn it is nobody knows, so the conversation is over"


def test_one_bad_address_among_many_delays_nobody(app, mail_server):
    for number in range(MANY):
        queue(a_draft(number), now=NOON)
    mail_server.addresses["person2@example.org"] = "rcpt-550"
    assert send(mail_server) == {Outcome.SENT: MANY - 1, Outcome.REFUSED: 1}
    failed = next(letter for letter in letters() if letter.status is LetterStatus.FAILED)
    assert failed.address == "person2@example.org" and failed.words == "550 no such user here (in reply to RCPT TO command)"
    assert mail_server.connections == 1


@pytest.mark.parametrize("no", [
    "rcpt-554 5.7.1 relay access denied,", "rcpt-550 5.1.8 sender address rejected,", "rcpt-530 sign in first,", "rcpt-552 5.2.2 mailbox full,",
    "rcpt-550 4.2.2 mailbox full,", "data-554 5.7.1 sender not allowed,", "end-550 5.7.26 not authenticated,",
])
def test_what_a_server_has_against_us_or_that_may_pass_puts_a_letter_off_and_burns_none(app, mail_server, no):
    queue(a_draft(), now=NOON)
    mail_server.letters.append(no)
    assert send(mail_server) == {Outcome.PUT_OFF: 1} and no.partition("-")[2] in letters()[0].words
    until_settled(mail_server)
    assert letters()[0].status is LetterStatus.SENT


@pytest.mark.parametrize("no", ["rcpt-550 5.1.1", "rcpt-553", "end-554 5.6.0 not readable,"])
def test_what_is_said_of_the_receivers_address_or_of_the_letter_itself_is_for_good(app, mail_server, no):
    queue(a_draft(), now=NOON)
    mail_server.letters.append(no)
    assert send(mail_server) == {Outcome.REFUSED: 1} and letters()[0].status is LetterStatus.FAILED


def test_after_an_outage_of_three_days_what_is_still_true_goes_and_what_waited_longer_is_given_up(app, mail_server):
    queue(a_draft(1), now=NOON)
    queue(a_draft(2, valid_until=NOON + timedelta(days=1)), now=NOON)
    mail_server.greetings.extend(["refuse"] * 500)
    now = NOON
    pauses = []
    while now < NOON + timedelta(hours=70):
        send(mail_server, now)
        pauses.append(letters()[0].next_try_at - now)
        now = letters()[0].next_try_at
    assert pauses[:6] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60)]
    mail_server.greetings.clear()
    assert send(mail_server, now) == {Outcome.SENT: 1}
    assert [letter.status for letter in letters()] == [LetterStatus.SENT, LetterStatus.VOID]
    queue(a_draft(3, valid_until=None), now=now)
    mail_server.greetings.extend(["refuse"] * 500)
    ended = until_settled(mail_server, now)
    last = letters()[2]
    assert last.status is LetterStatus.FAILED and last.words.startswith("Given up after 72 hours.") and ended - now <= timedelta(hours=72)


def test_a_letter_withdrawn_after_it_was_claimed_does_not_leave(app, mail_server):
    for number in (1, 2):
        queue(a_draft(number), now=NOON)

    class Withdrawing(SmtpSender):
        def send(self, letter):
            void(concerns="booking:2", reason="The place was given back.", now=NOON)
            return super().send(letter)

    carrier = a_sender(mail_server, kind=Withdrawing)
    assert jobs.send_due(carrier, lambda: NOON) == {Outcome.SENT: 1}
    assert [letter.status for letter in letters()] == [LetterStatus.SENT, LetterStatus.VOID] and mail_server.order == ["person1@example.org"]


def test_a_letter_that_had_left_when_it_was_withdrawn_is_shown_as_sent(app, mail_server):
    queue(a_draft(), now=NOON)

    class TooLate(SmtpSender):
        def send(self, letter):
            answer = super().send(letter)
            assert void(concerns="booking:1", reason="The place was given back.", now=NOON) == 1
            return answer

    jobs.send_due(a_sender(mail_server, kind=TooLate), lambda: NOON)
    letter = letters()[0]
    assert letter.status is LetterStatus.SENT and [event.words for event in letter.events][-1] == "It had left already when it was withdrawn."


@pytest.mark.parametrize(("fault", "shown"), [("end-drop", LetterStatus.AMBIGUOUS), ("rcpt-450", LetterStatus.VOID), ("end-552", LetterStatus.VOID)])
def test_of_a_letter_that_was_withdrawn_while_it_was_leaving_it_is_known_whether_it_may_have_arrived(app, mail_server, fault, shown):
    queue(a_draft(), now=NOON)
    mail_server.letters.append(fault)

    class TooLate(SmtpSender):
        def send(self, letter):
            void(concerns="booking:1", reason="The place was given back.", now=NOON)
            return super().send(letter)

    jobs.send_due(a_sender(mail_server, kind=TooLate), lambda: NOON)
    assert (letters()[0].status, letters()[0].shown, letters()[0].next_try_at) == (LetterStatus.VOID, shown, None)
    failed = take_bounce(a_report(letters()[0]), now=NOON)
    assert letters()[0].shown is (LetterStatus.FAILED if shown is LetterStatus.AMBIGUOUS else shown) and bool(failed) is (shown is LetterStatus.AMBIGUOUS)


def test_letters_of_a_worker_that_stopped_go_back_and_the_one_it_had_begun_is_in_doubt(app, mail_server):
    for number in range(3):
        queue(a_draft(number), now=NOON)

    class Killed(SmtpSender):
        def send(self, letter):
            super().send(letter)
            raise SystemExit  # as near to kill -9 as one process can come: test_journey_workers.py does it in earnest

    left = a_sender(mail_server, kind=Killed)

    def dies():
        round_ = jobs._Round(left, lambda: NOON, jobs.Event())
        batch = jobs.delivering.claim(round_.holder, NOON)
        round_.carrier.ready()
        round_._turn(batch[0])
        round_._hand_over(batch[0])

    with pytest.raises(SystemExit):
        dies()
    left.close()
    assert send(mail_server) == {}, "others keep off until the lease has run out"
    lapse()
    assert send(mail_server) == {Outcome.SENT: 3}
    assert mail_server.copies() == {1: 2, 2: 1} and [letter.doubts for letter in letters()] == [1, 0, 0]
    assert all(len(set(digests)) == 1 for digests in mail_server.taken.values())
    assert "may have arrived" in db.session.scalars(sa.select(LetterEvent.words)).one()
