"""What letters that cannot leave mean for people: a reminder comes on the day itself, once, and an offer stands until its person could answer."""

from dataclasses import replace
from datetime import time
from itertools import count

import pytest
import sqlalchemy as sa

from app.accounts.models import Account
from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking import jobs
from app.booking.models import Booking
from app.booking.rules.reminding import reminded_at
from app.booking.services import Cancelling, cancel_sessions, change_session, undo_giving_back
from app.catalogue.rules import Approval
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.london import from_london, london_date
from app.core.post import MailServer
from app.letters.emails import moment
from app.mail import jobs as mail
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.rules.outgoing import Outcome
from app.mail.senders.smtp import SmtpSender
from app.mail.services import take_bounce
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    acts,
    book,
    broken,
    give_back,
    letters,
    settle,
    status,
)
from tests.builders import a_course, a_person
from tests.faults.smtpfault import smtp_server
from tests.letters.reports import a_report
from tests.mail.sending import SENDER, a_sender

pytestmark = pytest.mark.usefixtures("app")
NUMBERS = count()


@pytest.fixture
def mail_server():
    with smtp_server() as running:
        yield running


@pytest.fixture
def letters_leave(app, monkeypatch):
    """A mail server is named, so letters are not kept here."""
    monkeypatch.setitem(app.extensions, "office", replace(app.extensions["office"], letters_leave=True))


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
    assert subjects()[1:] == [("Tomorrow", LetterStatus.AMBIGUOUS)]


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


def an_offer(mail_server, **more):
    """One place is given back, the first who waits is offered it, and the second waits; all letters before that have left."""
    session, booked, waiting = a_full_session(waiting=2, **more)
    leaves(mail_server, NOW)
    give_back(booked[0], now=NOW)
    settle(session, NOW + 20 * MINUTE)
    return session, *waiting


def offers(booking):
    """What became of the letters with the offer, and until when each said that it stands."""
    return [(letter.status, letter.valid_until - NOW) for letter in letters(kind="offer", person=booking.person)]


def test_an_offer_whose_letter_could_not_leave_does_not_lapse_and_is_made_anew_until_it_does(mail_server, letters_leave):
    session, first, second = an_offer(mail_server)
    for hours in range(72):  # mail is down for three days
        settle(session, NOW + hours * HOUR + 21 * MINUTE)
        nothing_leaves(NOW + hours * HOUR + 22 * MINUTE)
    assert (status(first), first.lapses, status(second)) == ("offered", 0, "waiting")
    back = NOW + 72 * HOUR + 21 * MINUTE
    settle(session, back)
    assert mail_server.order.count(first.person.email) == 1  # that they joined the list
    assert first.person.email in leaves(mail_server, back) and not letters(kind="offer-lapsed")
    sent = [letter for letter in letters(kind="offer", person=first.person) if letter.status is LetterStatus.SENT]
    assert len(sent) == 1 and "could not leave in time" in sent[0].text and broken() == []
    end = sent[0].valid_until
    settle(session, end - MINUTE)
    assert status(first) == "offered" and end - back > 12 * HOUR
    settle(session, end)
    assert (status(first), status(second)) == ("lapsed", "offered"), "now the silence is theirs"


def test_an_offer_whose_letter_left_late_is_held_for_longer_and_one_that_left_in_good_time_lapses(mail_server, letters_leave):
    session, first, second = an_offer(mail_server)
    made = NOW + 20 * MINUTE
    leaves(mail_server, made + 12 * HOUR + MINUTE)
    settle(session, made + 24 * HOUR)
    assert (status(first), acts(first)[-1]) == ("offered", "offer")
    leaves(mail_server, made + 36 * HOUR)
    settle(session, made + 48 * HOUR)
    assert (status(first), first.lapses, status(second)) == ("lapsed", 1, "offered")
    assert [one for one, _until in offers(first)] == [LetterStatus.SENT] * 2 and broken() == []


def test_an_offer_that_could_not_be_told_before_offers_end_goes_back_to_the_list_and_counts_against_nobody(mail_server, letters_leave):
    session, first, second = an_offer(mail_server, starts_in=4 * HOUR)
    settle(session, NOW + 110 * MINUTE)
    assert (status(first), status(second)) == ("offered", "waiting")
    settle(session, NOW + 2 * HOUR)
    assert (status(first), first.lapses, status(second), acts(first)[-1]) == ("waiting", 0, "waiting", "free")
    settle(session, NOW + 3 * HOUR)
    assert (status(first), broken()) == ("waiting", [])


def test_a_place_does_not_wait_for_an_address_that_gives_letters_back(mail_server, letters_leave):
    session, booked, (first, second) = a_full_session(waiting=2)
    mail_server.addresses[first.person.email] = "rcpt-550"
    leaves(mail_server, NOW)
    give_back(booked[0], now=NOW)
    settle(session, NOW + 20 * MINUTE)
    leaves(mail_server, NOW + 21 * MINUTE)
    settle(session, NOW + 25 * HOUR)
    assert (status(first), status(second), broken()) == ("lapsed", "offered", [])


@pytest.mark.parametrize("mail_first", [True, False])
def test_a_place_waits_once_only_for_an_address_whose_server_puts_off_this_one_alone(mail_server, letters_leave, mail_first):
    session, first, second = an_offer(mail_server)
    mail_server.addresses[first.person.email] = "rcpt-552 5.2.2 mailbox full,"
    for hours in range(49):
        now = NOW + 21 * MINUTE + hours * HOUR
        for step in (leaves, lambda _server, at: settle(session, at))[:: 1 if mail_first else -1]:
            step(mail_server, now)
        if hours == 25:
            assert (status(first), status(second)) == ("offered", "waiting"), "it may have been greylisting"
    assert (status(first), first.lapses, status(second), broken()) == ("lapsed", 1, "offered", [])


def test_an_offer_that_was_put_off_for_one_receiver_and_left_at_last_is_theirs_to_answer(mail_server, letters_leave):
    session, first, _second = an_offer(mail_server)
    mail_server.addresses[first.person.email] = "rcpt-450 4.2.1 later,"
    for hours in range(49):
        if hours == 40:
            del mail_server.addresses[first.person.email]
        settle(session, NOW + 21 * MINUTE + hours * HOUR)
        leaves(mail_server, NOW + 22 * MINUTE + hours * HOUR)
    assert [fate for fate, _until in offers(first)] == [LetterStatus.VOID, LetterStatus.SENT, LetterStatus.SENT]
    assert (status(first), first.lapses) == ("offered", 0), "the second left too late to be answered"


def test_silence_does_not_count_while_the_mail_server_refuses_what_we_send_to_whomever(mail_server, letters_leave):
    session, first, second = an_offer(mail_server)
    mail_server.letters.extend(["rcpt-554 5.7.1 relay access denied,"] * 100)
    for hours in range(30):
        leaves(mail_server, NOW + hours * HOUR + 21 * MINUTE)
    settle(session, NOW + 30 * HOUR)
    assert (status(first), first.lapses, status(second)) == ("offered", 0, "waiting")


@pytest.mark.parametrize("words", ["450 cannot find your hostname", "450 4.7.1 Client host rejected", "451 4.4.3 Temporary server error"])
def test_a_server_that_puts_everybody_off_for_days_takes_no_offer_from_anybody_whatever_its_words(mail_server, letters_leave, words):
    session, first, second = an_offer(mail_server)
    mail_server.letters.extend([f"rcpt-{words},"] * 2000)
    for hours in range(6 * 24):
        settle(session, NOW + 21 * MINUTE + hours * HOUR)
        leaves(mail_server, NOW + 22 * MINUTE + hours * HOUR)
    assert (status(first), first.lapses, status(second), broken()) == ("offered", 0, "waiting", [])


def test_silence_does_not_count_when_the_offer_came_back_because_of_the_address_that_we_write_from(mail_server, letters_leave):
    session, first, second = an_offer(mail_server)
    leaves(mail_server, NOW + 21 * MINUTE)
    take_bounce(a_report(letters(kind="offer")[0], status="5.1.8", words="550 5.1.8 bad outbound sender"), now=NOW + HOUR)
    settle(session, NOW + 25 * HOUR)
    assert (status(first), first.lapses, status(second)) == ("offered", 0, "waiting")


def test_where_letters_are_kept_here_an_offer_lapses_by_its_time_alone(mail_server):
    session, first, second = an_offer(mail_server)
    settle(session, NOW + 25 * HOUR)
    assert (status(first), status(second)) == ("lapsed", "offered")


def test_that_only_the_worker_knows_of_a_mail_server_makes_no_difference(mail_server):
    session, first, _second = an_offer(mail_server)
    nothing_leaves(NOW + 21 * MINUTE)
    settle(session, NOW + 25 * HOUR)
    assert status(first) == "offered"


def test_who_took_their_no_back_knows_of_the_offer(mail_server, letters_leave):
    session, first, _second = an_offer(mail_server)
    give_back(first, now=NOW + HOUR)
    undo_giving_back(booking_id=first.id, by=first.person.acting, now=NOW + HOUR + MINUTE)
    settle(session, NOW + 26 * HOUR)
    assert status(first) == "lapsed"


@pytest.mark.parametrize("left", [True, False])
def test_whose_no_another_took_back_loses_the_offer_by_silence_only_if_its_letter_left(mail_server, letters_leave, left):
    session, first, second = an_offer(mail_server)
    leaves(mail_server, NOW + 21 * MINUTE)
    give_back(first, now=NOW + HOUR)
    undo_giving_back(booking_id=first.id, by="Marian Cole", now=NOW + HOUR + MINUTE)
    (leaves if left else lambda _server, now: nothing_leaves(now))(mail_server, NOW + HOUR + 2 * MINUTE)
    settle(session, NOW + 26 * HOUR)
    assert (status(first), first.lapses, status(second)) == (("lapsed", 1, "offered") if left else ("offered", 0, "waiting")) and broken() == []


def test_the_desk_says_whose_letter_with_an_offer_has_not_left(mail_server, letters_leave, as_role):
    session, _first, _second = an_offer(mail_server, starts_in=20 * DAY)
    says, page = "the letter about it has not left yet", f"/desk/sessions/{session.ref}"
    desk = as_role(Role.COORDINATOR)
    assert says in desk.get(page).text
    leaves(mail_server, NOW + 21 * MINUTE)
    assert says not in desk.get(page).text


def test_the_desk_says_so_too_of_a_place_that_is_held_for_somebody_displaced_whose_letter_is_about_the_cancellation(mail_server, letters_leave, as_role):
    course = a_course()
    first, other = a_session(course=course), a_session(course=course, starts_in=20 * DAY)
    book(first)
    cancel_sessions(cancelling=[Cancelling(first.id, other.id)], reason="Snow", by="c", now=NOW)
    says, page = "the letter about it has not left yet", f"/desk/sessions/{other.ref}"
    desk = as_role(Role.COORDINATOR)
    assert says in desk.get(page).text
    leaves(mail_server, NOW + 11 * MINUTE)
    assert says not in desk.get(page).text


def a_request(mail_server, *, starts_in=40 * DAY):
    """Somebody's request that waits for their manager, of which both are to be told; everything written before has left."""
    person, boss = a_person(), f"boss{next(NUMBERS)}@example.org"
    say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email=boss, now=NOW - DAY)
    leaves(mail_server, NOW - HOUR)
    return book(a_session(starts_in=starts_in, course=a_course(approval=Approval.MANAGER)), person, now=NOW), boss


def due(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id).due_at


def test_a_request_does_not_end_while_our_letter_to_the_manager_could_not_leave_and_both_read_until_when_it_stands_now(mail_server, letters_leave):
    booking, boss = a_request(mail_server)
    first_end = due(booking)
    for end in (first_end - MINUTE, first_end):
        settle(booking.course_session, end)
        nothing_leaves(end)
    assert (status(booking), acts(booking)) == ("awaiting_manager", ["ask", "ask"]) and due(booking) - first_end >= 5 * DAY
    back = first_end + HOUR
    assert sorted(leaves(mail_server, back)[-2:]) == sorted([boss, booking.person.email])
    until = moment(due(booking) - MINUTE).english
    for kind in ("approval-asked", "request-made"):
        (letter,) = letters(kind=kind, fate=LetterStatus.SENT)
        assert f"{until}" in letter.text and "there is more time to answer" in " ".join(letter.text.split()) and letter.fields["news"]["cy"]
    settle(booking.course_session, due(booking))
    assert (status(booking), acts(booking)[-1]) == ("lapsed", "no_answer") and broken() == [], "now the silence is the manager's"


def test_a_request_of_which_the_manager_heard_in_time_ends_and_one_of_which_they_heard_late_is_asked_anew_with_a_new_link(mail_server, letters_leave):
    in_time, late = a_request(mail_server), None
    leaves(mail_server, NOW)
    late = a_request(mail_server)
    leaves(mail_server, due(late[0]) - DAY)
    for booking, _boss in (in_time, late):
        settle(booking.course_session, due(booking))
    assert [status(booking) for booking, _boss in (in_time, late)] == ["lapsed", "awaiting_manager"]
    assert len([letter for letter in letters(kind="approval-asked") if letter.address == late[1]]) == 2 and broken() == []


def test_a_request_to_a_manager_whose_letter_stays_here_while_others_leave_is_asked_once_more_and_then_the_coordinators(mail_server, letters_leave):
    booking, boss = a_request(mail_server)
    mail_server.addresses[boss] = "rcpt-550 5.7.1 not from you,"
    for _round in range(2):
        a_request(mail_server, starts_in=50 * DAY)
        leaves(mail_server, due(booking) - 4 * DAY)
        settle(booking.course_session, due(booking))
    assert (status(booking), acts(booking)) == ("awaiting_coordinator", ["ask", "ask", "pass_on"]) and broken() == []


def test_where_letters_are_kept_here_a_request_ends_by_its_time_alone(mail_server):
    booking, _boss = a_request(mail_server)
    settle(booking.course_session, due(booking))
    assert status(booking) == "lapsed"


def test_the_page_of_a_request_says_that_our_letter_to_the_manager_has_not_left_yet(mail_server, letters_leave, as_role):
    client = as_role(Role.DELEGATE)
    booking, _boss = a_request(mail_server)
    with transaction() as writing:
        writing.execute(sa.update(Booking).where(Booking.id == booking.id).values(person_id=db.session.scalars(sa.select(Account.person_id).order_by(Account.id.desc())).first()))
    says, page = "Our letter to them has not left yet", f"/bookings/{booking.ref}"
    assert says in client.get(page).text
    leaves(mail_server, NOW + MINUTE)
    assert says not in client.get(page).text


@pytest.mark.parametrize("no", ["rcpt-550 5.7.1 blocked by our policy,", "end-550 looks like spam,"])
def test_a_place_waits_once_only_for_a_letter_that_stays_here_while_others_leave(mail_server, letters_leave, no):
    session, first, second = an_offer(mail_server)
    mail_server.addresses[first.person.email] = no
    for hours in range(49):
        now = NOW + 21 * MINUTE + hours * HOUR
        if hours % 4 == 0:
            book(a_session(starts_in=60 * DAY), now=now)
        leaves(mail_server, now)
        settle(session, now)
        if hours == 25:
            assert (status(first), status(second)) == ("offered", "waiting"), "it may pass"
    assert (status(first), first.lapses, status(second), broken()) == ("lapsed", 1, "offered", [])


@pytest.mark.parametrize("fate", [LetterStatus.QUEUED, LetterStatus.HELD, LetterStatus.SENDING, LetterStatus.AMBIGUOUS, LetterStatus.FAILED])
def test_nobody_loses_a_place_by_silence_whose_question_has_not_left_for_certain(app, fate):
    session = a_session(starts_in=20 * DAY, confirm_days=10, places=3)
    booking = book(session, now=NOW)
    asked = NOW + 11 * DAY
    jobs.ask_still_coming(asked)
    assert acts(booking)[-1] == "ask_coming"
    with transaction() as writing:
        writing.execute(sa.update(Letter).where(Letter.kind == "still-coming").values(status=fate))
    settle(session, due(booking))
    assert (status(booking), acts(booking)[-1]) == ("booked", "keep")
