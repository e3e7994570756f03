"""What letters that cannot leave mean for people: a reminder comes on the day itself, once."""

from datetime import time

import pytest

from app.booking import jobs
from app.booking.rules.reminding import reminded_at
from app.booking.services import change_session
from app.catalogue.services import Planned
from app.core.london import from_london, london_date
from app.core.post import MailServer
from app.mail import jobs as mail
from app.mail.rules.fates import LetterStatus
from app.mail.rules.outgoing import Outcome
from app.mail.senders.smtp import SmtpSender
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, letters
from tests.builders import a_course
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import SENDER, a_sender

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def mail_server():
    with smtp_server() as running:
        yield running


def nothing_leaves(now):
    """The worker tries to send, and nobody answers."""
    tally = mail.send_due(SmtpSender(MailServer("smtp", "127.0.0.1", 9), sender=SENDER, deadline=0.4), lambda: now)
    assert Outcome.SENT not in tally


def leaves(server, now):
    """The worker sends what is due; whom it went to."""
    before = len(server.order)
    mail.send_due(a_sender(server), lambda: now)
    return server.order[before:]


def a_session_at(hour, **more):
    """A session at this hour of a day, with one person who was reminded of it seven days before."""
    day = from_london(london_date(NOW + 12 * DAY), time(hour))
    session = a_session(starts_in=day - NOW, course=a_course(joining_days=0), places=9, **more)
    return session, book(session, now=NOW - 3 * HOUR)


def subjects():
    return [(letter.subject.partition(":")[0], letter.status) for letter in letters(kind="reminder")]


@pytest.mark.parametrize("hour", [8, 13])
def test_a_reminder_of_the_day_before_that_could_not_leave_goes_on_the_day_itself_once(mail_server, hour):
    session, booking = a_session_at(hour)
    eve = reminded_at(session.starts_at, 1)
    jobs.remind(eve - 6 * DAY)
    leaves(mail_server, eve - 6 * DAY + MINUTE)
    jobs.remind(eve)
    midnight = from_london(london_date(session.starts_at), time())
    at = eve + MINUTE
    while at < session.starts_at:  # mail is down until an hour before
        jobs.remind(at)
        (nothing_leaves if at < session.starts_at - HOUR else lambda now: leaves(mail_server, now))(at)
        at += 20 * MINUTE
    assert mail_server.order.count(booking.person.email) >= 2
    assert subjects()[1:] == [("Tomorrow", LetterStatus.VOID), ("Today", LetterStatus.SENT)]
    late, today = letters(kind="reminder")[1:]
    assert late.words == "It could not leave in time: by then it was of no use any more." and late.valid_until == midnight
    assert today.valid_until == session.starts_at and broken() == []


def test_a_reminder_that_left_or_may_have_arrived_is_not_followed_by_one_on_the_day(mail_server):
    session, _booking = a_session_at(13)
    eve, midnight = reminded_at(session.starts_at, 1), from_london(london_date(session.starts_at), time())
    jobs.remind(eve - 6 * DAY)
    leaves(mail_server, eve - 6 * DAY)
    jobs.remind(eve)
    mail_server.letters.append("end-lost")
    mail.send_due(a_sender(mail_server), lambda: midnight - 5 * MINUTE)
    assert subjects()[1:] == [("Tomorrow", LetterStatus.AMBIGUOUS)]
    for hours in range(13):
        jobs.remind(midnight + hours * HOUR)
        leaves(mail_server, midnight + hours * HOUR)
    assert subjects()[1:] == [("Tomorrow", LetterStatus.VOID)]


def test_a_reminder_on_the_day_is_of_the_session_as_it_is_and_not_of_one_that_was_moved(mail_server):
    session, _booking = a_session_at(13)
    eve, midnight = reminded_at(session.starts_at, 1), from_london(london_date(session.starts_at), time())
    jobs.remind(eve)
    nothing_leaves(eve + MINUTE)
    moved = Planned([(part.starts_at + DAY, part.ends_at + DAY) for part in session.parts], session.format, session.venue_or_link, session.trainer_id)
    change_session(session_id=session.id, planned=moved, capacity=session.capacity, by="c", now=eve + HOUR)
    for hours in range(0, 36, 3):
        jobs.remind(midnight + hours * HOUR)
    today = [letter for letter in letters(kind="reminder") if letter.subject.startswith("Today")]
    assert [(letter.valid_until, letter.status) for letter in today] == [(session.starts_at, LetterStatus.QUEUED)]
