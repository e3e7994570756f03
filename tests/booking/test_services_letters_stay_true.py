"""What a letter says rests on more than its own booking: a yes that is missing, the other date of which it speaks, whether a session is sure, who
has to agree. When that changes before the letter leaves, what is still news leaves with the present facts. On both databases."""

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from app.accounts.services import say_where_somebody_works
from app.attendance import jobs as registers
from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.queries import notices
from app.booking.rules.policy import Notice
from app.booking.rules.reminding import reminded_at
from app.booking.services import Wish
from app.catalogue.models import SessionPart
from app.catalogue.rules import Approval, SessionStatus
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.london import london_date
from app.letters.emails import day_month, moment, when
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Language
from app.mail.services import send_again
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    all_left,
    book,
    broken,
    by_coordinator,
    give_back,
    letters,
    queued,
    settle,
    status,
)
from tests.booking.test_services_outdated_letters import change
from tests.builders import a_course, a_person, a_trainer

pytestmark = pytest.mark.usefixtures("app")
QUEUED, SENT, VOID = LetterStatus.QUEUED, LetterStatus.SENT, LetterStatus.VOID
YES = "They have said that they come."


def said(kind, person=None):
    """What the one letter of this kind that waits says."""
    (letter,) = letters(kind=kind, person=person, fate=QUEUED)
    return " ".join(letter.text.split())


def why_not_again(kind, person=None):
    with pytest.raises(Refused) as no:
        send_again(letter_id=letters(kind=kind, person=person)[-1].id, by="Marian Cole", reason="They lost it", now=NOW + 5 * HOUR)
    return str(no.value)


def comes(booking, now=NOW + 2 * HOUR):
    services.say_still_coming(booking_id=booking.id, by=booking.person.acting, now=now)


# A yes that is missing


@pytest.mark.parametrize("parts", [1, 2])
def test_a_new_time_that_waits_asks_nothing_and_promises_nothing_once_its_person_has_said_yes(parts):
    session = a_session(starts_in=3 * DAY)
    if parts == 2:
        with transaction() as writing:
            writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    booking = book(session)
    all_left()
    change(session, hours=1)
    assert queued() == ["times-changed", "calendar-entry"][:parts]
    comes(booking)
    assert sorted(queued()) == sorted(["place-confirmed", "calendar-entry"][:parts])
    text = said("place-confirmed")
    assert when(session.parts).english in text and "By now it counts as late" in text and "does not count as late" not in text
    entry = Calendar.from_ical(letters(kind="place-confirmed", fate=QUEUED)[0].calendar).walk("VEVENT")[0]
    assert entry.start == session.starts_at
    change(session, where="Library", now=NOW + 3 * HOUR)
    assert "Library" in said("place-confirmed") and letters(kind="times-changed", fate=QUEUED) == [] and broken() == []


def test_who_said_yes_before_the_new_time_could_be_told_is_not_reminded_of_it_too():
    session = a_session(starts_in=5 * DAY, course=a_course(joining_days=0))
    booking = book(session, now=NOW - 9 * DAY)
    all_left()
    change(session, hours=1)
    comes(booking)
    jobs.remind(NOW + 3 * HOUR)
    assert "reminder" not in queued()
    jobs.remind(reminded_at(session.starts_at, 1))
    assert "reminder" in queued()


def test_a_place_booked_by_another_is_confirmed_in_words_without_a_question_once_its_person_has_said_yes():
    booking = services.book_place(session_id=a_session(starts_in=3 * DAY).id, person_id=a_person().id, by="Lead", behalf=by_coordinator(), now=NOW)
    assert queued() == ["booked-for-you"]
    comes(booking)
    assert queued() == ["place-confirmed"] and "never late" not in said("place-confirmed")
    assert [letter.words for letter in letters(kind="booked-for-you")] == [YES]


@pytest.mark.parametrize("left", [True, False])
def test_who_booked_for_somebody_is_not_lost_when_the_time_changes_before_the_letter_left(left):
    session = a_session(starts_in=20 * DAY)
    booking = services.book_place(session_id=session.id, person_id=a_person().id, by="Lead", behalf=by_coordinator(a_person(first_name="Marian")), now=NOW)
    if left:
        all_left()
    change(session, hours=1)
    assert queued(booking.person) == ["times-changed" if left else "booked-for-you"]
    text = said(queued(booking.person)[0], booking.person)
    assert when(session.parts).english in text and ("Marian" in text) is (not left)
    change(session, where="Library", now=NOW + 2 * HOUR)
    assert sorted(queued(booking.person)) == sorted(["times-changed" if left else "booked-for-you", "place-changed"])


@pytest.mark.parametrize("kind", ["times-changed", "booked-for-you", "still-coming"])
def test_a_question_that_was_answered_with_yes_does_not_go_again_and_brings_no_second_letter(kind):
    session = a_session(starts_in=5 * DAY, confirm_days=6)
    person = a_person()
    booking = services.book_place(session_id=session.id, person_id=person.id, by="x", now=NOW - 9 * DAY,
                                  behalf=by_coordinator() if kind == "booked-for-you" else None)
    if kind == "times-changed":
        change(session, hours=1)
    if kind == "still-coming":
        jobs.ask_still_coming(NOW + HOUR)
    all_left()
    assert letters(kind=kind, fate=SENT)
    comes(booking)
    assert YES in why_not_again(kind) and queued() == []


def test_who_has_said_that_they_come_is_not_asked_any_more_also_when_the_place_changes():
    session = a_session(starts_in=5 * DAY, confirm_days=6)
    booking = book(session, now=NOW - 9 * DAY)
    all_left()
    jobs.ask_still_coming(NOW + HOUR)
    assert queued() == ["still-coming"]
    comes(booking)
    assert queued() == []
    change(session, where="Library", now=NOW + 3 * HOUR)
    assert queued() == ["place-changed"]


def test_a_confirmation_that_says_that_a_return_is_not_late_says_so_only_until_the_yes():
    session = a_session(starts_in=2 * DAY)
    booking = book(session)
    change(session, hours=1)
    give_back(booking, now=NOW + HOUR + MINUTE)
    services.undo_giving_back(booking_id=booking.id, by=booking.person.acting, now=NOW + HOUR + 2 * MINUTE)
    assert "It does not count as late for you." in said("place-confirmed")
    comes(booking)
    assert "By now it counts as late" in said("place-confirmed")


@pytest.mark.parametrize("got", ["let in by the list", "agreed to"])
def test_who_was_let_in_after_the_deadline_reads_until_when_giving_back_is_in_time(got):
    session = a_session(starts_in=40 * HOUR, places=1, course=a_course(approval=Approval.COORDINATOR if got == "agreed to" else Approval.NOBODY))
    if got == "agreed to":
        booking = book(session)
        services.approve(booking_id=booking.id, by="c", now=NOW + HOUR)
    else:
        first, booking = book(session), book(session, wish=Wish(whenever=True))
        services.give_back(booking_id=first.id, by="x", now=NOW + 45 * MINUTE)
        settle(session, NOW + HOUR)
    until = NOW + 3 * HOUR
    assert f"Until {moment(until).english} it does not count as late." in said("place-confirmed", booking.person)
    assert [notices.notice_of(booking, at) for at in (until - MINUTE, until)] == [Notice.IN_TIME, Notice.LATE]


# Another date of which a letter speaks


def called_off(*, on_other=False, leaves=False):
    """Two dates of a course, of which the first was called off: its booking, and what its person has on the second."""
    course = a_course()
    first, other = a_session(course=course, starts_in=20 * DAY), a_session(course=course, starts_in=30 * DAY)
    booking = book(first)
    there = book(other, booking.person) if on_other else None
    all_left()
    services.cancel_session(session_id=first.id, reason="Snow", by="c", now=NOW + HOUR, other_id=other.id)
    if leaves:
        all_left()
    there = there or db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id)).one()
    return booking, there, other


@pytest.mark.parametrize(("hours", "where"), [(48, "Library"), (48, None), (0, "Library")])
def test_a_cancellation_that_waits_says_when_and_where_the_held_date_is_by_now(hours, where):
    booking, _there, other = called_off()
    (before,) = letters(kind="session-cancelled", fate=QUEUED)
    old, due_at = when(other.parts).english, before.due_at
    assert old in said("session-cancelled")
    change(other, hours=hours, where=where, now=NOW + HOUR + 3 * MINUTE)
    (after,) = letters(kind="session-cancelled", fate=QUEUED)
    text = said("session-cancelled")
    assert when(other.parts).english in text and (where or "Town Hall") in text and after.due_at == due_at
    assert (old in text) is (hours == 0) and "Cedwir lle i chi tan" in str(after.fields["instead"]["cy"]) and broken() == []
    services.undo_cancelling(session_ids=[booking.course_session_id], by="c", now=NOW + HOUR + 5 * MINUTE)
    assert letters(kind="session-cancelled", fate=QUEUED) == []


@pytest.mark.parametrize("act", ["another time", "another place", "taken", "called off"])
def test_a_cancellation_that_left_does_not_go_again_once_what_it_says_of_the_other_date_is_no_longer_true(act):
    _booking, there, other = called_off(leaves=True)
    assert send_again(letter_id=letters(kind="session-cancelled")[0].id, by="M", reason="They lost it", now=NOW + 2 * HOUR)
    if act == "taken":
        services.accept_offer(booking_id=there.id, by=there.person.acting, now=NOW + 3 * HOUR)
    elif act == "called off":
        services.cancel_session(session_id=other.id, reason="Flood", by="c", now=NOW + 3 * HOUR)
    else:
        change(other, hours=act == "another time", where="Library" if act == "another place" else None, now=NOW + 3 * HOUR)
    assert [letter.status for letter in letters(kind="session-cancelled")][:2] == [SENT, VOID], "the copy that waited is withdrawn, nobody is told twice"
    with pytest.raises(Refused, match="This letter is no longer true"):
        send_again(letter_id=letters(kind="session-cancelled")[0].id, by="M", reason="They lost it", now=NOW + 4 * HOUR)


def test_a_no_to_the_held_date_that_is_taken_back_while_the_cancellation_waits_is_said_by_that_letter_alone():
    booking, there, _other = called_off()
    give_back(there, now=NOW + HOUR + 2 * MINUTE)
    assert "Nothing is held for you on another date any more" in said("session-cancelled", booking.person)
    services.undo_giving_back(booking_id=there.id, by=there.person.acting, now=NOW + HOUR + 3 * MINUTE)
    assert queued(booking.person) == ["session-cancelled"] and "A place is held for you until" in said("session-cancelled", booking.person)
    services.undo_cancelling(session_ids=[booking.course_session_id], by="c", now=NOW + HOUR + 5 * MINUTE)
    assert queued(booking.person) == ["place-confirmed"] and (status(booking), status(there), broken()) == ("booked", "left_list", [])


def test_a_new_time_of_the_held_date_is_said_by_the_cancellation_alone_while_that_waits():
    booking, _there, other = called_off()
    change(other, hours=48, now=NOW + HOUR + 2 * MINUTE)
    assert queued(booking.person) == ["session-cancelled"]
    all_left()
    change(other, hours=24, now=NOW + 2 * HOUR)
    assert queued(booking.person) == ["offer"] and "another time than before" in said("offer", booking.person)


def test_a_no_that_is_taken_back_once_the_cancellation_has_left_is_told_with_the_offer():
    booking, there, _other = called_off(leaves=True)
    give_back(there, now=NOW + 2 * HOUR)
    services.undo_giving_back(booking_id=there.id, by=there.person.acting, now=NOW + 2 * HOUR + 2 * MINUTE)
    assert queued(booking.person) == ["offer"]


def test_one_letter_about_several_sessions_follows_what_is_held_and_speaks_of_no_other_session():
    course = a_course()
    first, other, second = a_session(course=course, starts_in=20 * DAY), a_session(course=course, starts_in=30 * DAY), a_session(starts_in=12 * DAY)
    person = a_person()
    for one in (first, second):
        book(one, person)
    all_left()
    services.cancel_sessions(cancelling=[services.Cancelling(second.id), services.Cancelling(first.id, other.id)], reason="Snow", by="c", now=NOW + HOUR)
    change(other, hours=48, now=NOW + HOUR + 2 * MINUTE)
    text = said("sessions-cancelled", person)
    assert when(other.parts).english in text and "2 sessions" in text
    services.cancel_session(session_id=other.id, reason="Flood", by="c", now=NOW + HOUR + 4 * MINUTE)
    text = said("sessions-cancelled", person)
    assert "Nothing is held for you on another date any more" in text and "2 sessions" in text and "Flood" not in text
    services.undo_cancelling(session_ids=[first.id, second.id], by="c", now=NOW + HOUR + 6 * MINUTE)
    assert letters(kind="sessions-cancelled", fate=QUEUED) == [] and broken() == []


def test_a_cancellation_does_not_speak_of_another_date_that_was_given_back_and_does_when_that_is_undone():
    _booking, there, _other = called_off(on_other=True)
    assert "You are on another date of the course already" in said("session-cancelled")
    give_back(there, now=NOW + HOUR + 3 * MINUTE)
    assert "You are told when the course runs again" in said("session-cancelled")
    services.undo_giving_back(booking_id=there.id, by=there.person.acting, now=NOW + HOUR + 4 * MINUTE)
    assert "You are on another date of the course already" in said("session-cancelled")


def both_dates():
    """Somebody who took the held date, and has the first as well since its cancellation was undone."""
    booking, there, other = called_off()
    services.accept_offer(booking_id=there.id, by=there.person.acting, now=NOW + HOUR + 2 * MINUTE)
    services.undo_cancelling(session_ids=[booking.course_session_id], by="c", now=NOW + HOUR + 5 * MINUTE)
    assert "two-dates" in queued(booking.person)
    return booking, there, other


def test_who_gave_one_of_two_dates_back_before_they_could_be_asked_reads_only_that_the_first_takes_place():
    booking, there, _other = both_dates()
    give_back(there, now=NOW + HOUR + 6 * MINUTE)
    assert sorted(queued(booking.person)) == ["given-back", "place-confirmed"]
    assert when(booking.course_session.parts).english in said("place-confirmed", booking.person)
    assert (status(booking), status(there), broken()) == ("booked", "given_back", [])


def test_who_gave_the_first_of_two_dates_back_is_not_asked_which_they_want():
    booking, there, _other = both_dates()
    give_back(booking, now=NOW + HOUR + 6 * MINUTE)
    assert sorted(queued(booking.person)) == ["given-back", "place-confirmed"]
    assert when(there.course_session.parts).english in said("place-confirmed", booking.person)


@pytest.mark.parametrize("which", ["first", "other"])
@pytest.mark.parametrize(("hours", "where"), [(48, None), (0, "Library")])
def test_the_question_which_of_two_dates_says_when_and_where_both_are_by_now(which, hours, where):
    booking, _there, other = both_dates()
    session = other if which == "other" else booking.course_session
    change(session, hours=hours, where=where, now=NOW + HOUR + 6 * MINUTE)
    text = said("two-dates", booking.person)
    assert when(session.parts).english in text and (where or "Town Hall") in text


def test_the_question_which_of_two_dates_does_not_go_again_once_one_was_given_back():
    booking, there, _other = both_dates()
    all_left()
    give_back(there, now=NOW + 2 * HOUR)
    assert "changed since" in why_not_again("two-dates", booking.person) and queued(booking.person) == ["given-back"]


# Offers and requests


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("who", ["another", "themselves"])
def test_an_offer_that_is_had_again_is_told_anew(left, who):
    session, (first,), (waits,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + 20 * MINUTE)
    if left:
        all_left()
    give_back(waits, now=NOW + HOUR)
    by = waits.person.acting if who == "themselves" else "Marian Cole"
    services.undo_giving_back(booking_id=waits.id, by=by, now=NOW + HOUR + MINUTE, behalf_id=None if who == "themselves" else a_person().id)
    assert status(waits) == "offered" and moment(db.session.get_one(Booking, waits.id).due_at).english in said("offer", waits.person)
    assert broken() == []


def test_a_request_that_waits_to_be_told_names_the_manager_who_has_it_by_now():
    person = a_person()
    for number, address in enumerate(("old.boss@example.org", "new.boss@example.org")):
        say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email=address, now=NOW + number * HOUR)
        if not number:
            booking = book(a_session(starts_in=20 * DAY, course=a_course(approval=Approval.MANAGER)), person)
    assert [letter.address for letter in letters(kind="approval-asked", fate=QUEUED)] == ["new.boss@example.org"]
    text = said("request-made", person)
    assert "new.boss@example.org has until" in text and "old.boss" not in text and status(booking) == "awaiting_manager"


def test_the_place_on_a_list_is_said_with_the_moment_at_which_it_was_so():
    _session, _there, waiting = a_full_session(waiting=3)
    joined = moment(waiting[2].booked_at)
    (letter,) = letters(kind="list-joined", person=waiting[2].person)
    assert f"You are 3rd of 3 (at {joined.english}) on its waiting list." in " ".join(letter.text.split())
    assert letter.fields["position"]["cy"] == f"rhif 3 o 3 ({joined.said(Language.WELSH)})"


# What is said of a session, and of a course


def test_that_a_session_is_not_sure_is_said_only_as_long_as_that_is_so():
    session = a_session(starts_in=20 * DAY)
    rules = {"tentative": True, "decide_on": london_date(NOW + 5 * DAY)}
    services.set_booking_rules(session_id=session.id, rules=rules, by="c", now=NOW)
    told, waits = book(session), None
    all_left()
    waits = book(session)
    services.set_booking_rules(session_id=session.id, rules=rules | {"decide_on": london_date(NOW + 9 * DAY)}, by="c", now=NOW + HOUR)
    assert "that is decided by" in said("place-confirmed", waits.person) and "no longer true" in why_not_again("place-confirmed", told.person)
    services.set_booking_rules(session_id=session.id, rules={"tentative": False}, by="c", now=NOW + 2 * HOUR)
    assert "not sure" not in said("place-confirmed", waits.person) and queued(told.person) == []


@pytest.mark.parametrize("kind", ["place-confirmed", "booked-for-you", "moved"])
def test_a_confirmation_that_waits_says_so_when_its_session_is_no_longer_sure(kind):
    course = a_course()
    session = a_session(starts_in=20 * DAY, course=course)
    if kind == "booked-for-you":
        person = services.book_place(session_id=session.id, person_id=a_person().id, by="Lead", behalf=by_coordinator(), now=NOW).person
    else:
        person = book(a_session(starts_in=15 * DAY, course=course) if kind == "moved" else session).person
    if kind == "moved":
        all_left()
        (booking,) = db.session.scalars(sa.select(Booking).where(Booking.person_id == person.id)).all()
        services.move(booking_id=booking.id, to_session_id=session.id, by=person.acting, now=NOW + MINUTE)
    assert "not sure" not in said(kind, person)
    decide_on = london_date(NOW + 5 * DAY)
    services.set_booking_rules(session_id=session.id, rules={"tentative": True, "decide_on": decide_on}, by="c", now=NOW + HOUR)
    assert f"It is not sure yet that this session takes place; that is decided by {day_month(decide_on).english}" in said(kind, person)
    services.set_booking_rules(session_id=session.id, rules={"tentative": False}, by="c", now=NOW + 2 * HOUR)
    assert "not sure" not in said(kind, person) and broken() == []


def test_other_rules_of_booking_leave_letters_as_they_are():
    session = a_session(starts_in=20 * DAY)
    book(session)
    all_left()
    book(session)
    services.set_booking_rules(session_id=session.id, rules={"minimum": 4, "decide_on": london_date(NOW + 5 * DAY)}, by="c", now=NOW + HOUR)
    assert [letter.status for letter in letters(kind="place-confirmed")] == [SENT, QUEUED]
    assert send_again(letter_id=letters()[0].id, by="M", reason="lost", now=NOW + HOUR)


def waits_for_dates(person, course):
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=False, now=NOW)
    session = a_session(course=course, status=SessionStatus.DRAFT, starts_in=30 * DAY)
    services.put_on_programme(session_id=session.id, by="c", now=NOW)
    return session


@pytest.mark.parametrize("left", [True, False])
def test_who_no_longer_wants_to_be_told_is_not_told_that_a_course_runs_again(left):
    person, course = a_person(), a_course()
    waits_for_dates(person, course)
    if left:
        all_left()
    services.stop_waiting_for_course(course_id=course.id, person_id=person.id, now=NOW + HOUR)
    assert queued(person) == [] and ("no longer true" if left else "withdrawn") in why_not_again("runs-again", person)


@pytest.mark.parametrize("left", [True, False])
def test_who_gave_up_the_place_by_which_their_wait_ended_is_told_the_dates_that_they_missed_meanwhile(left):
    person, course = a_person(), a_course()
    session, there = waits_for_dates(person, course), a_session(course=course, starts_in=20 * DAY)
    if left:
        all_left()
    booking = book(there, person, now=NOW + HOUR)
    assert "runs-again" not in queued(person)
    give_back(booking, now=NOW + 2 * HOUR)
    assert queued(person).count("runs-again") == (0 if left else 1)
    assert send_again(letter_id=letters(kind="runs-again")[0].id, by="M", reason="lost", now=NOW + 3 * HOUR) if left else (
        when(session.parts).english in said("runs-again", person))


def test_a_trainers_list_that_waits_names_nobody_who_gave_back_since():
    session = a_session(starts_in=20 * HOUR, trainer=a_trainer())
    stays, goes = book(session, a_person(first_name="Stella")), book(session, a_person(first_name="Gus"))
    registers.send_trainer_lists(NOW)
    give_back(goes, now=NOW + HOUR)
    assert letters(kind="trainer-list", fate=QUEUED) == []
    assert registers.send_trainer_lists(NOW + HOUR) == "1 lists written" and registers.send_trainer_lists(NOW + HOUR) == "0 lists written"
    text = said("trainer-list")
    assert "Stella" in text and "Gus" not in text and status(stays) == "booked"
    all_left()
    book(session, now=NOW + 2 * HOUR)
    assert "Who comes has changed" in why_not_again("trainer-list") and registers.send_trainer_lists(NOW + 2 * HOUR) == "0 lists written"


def has_two_by_us():
    """Somebody has two dates, as the first was called off, they took the other, and the first takes place after all."""
    course = a_course()
    here, there = a_session(course=course, starts_in=20 * DAY), a_session(course=course, starts_in=30 * DAY)
    first = book(here)
    all_left()
    services.cancel_session(session_id=here.id, reason="Snow", by="c", now=NOW, other_id=there.id)
    other = db.session.scalars(sa.select(Booking).where(Booking.person_id == first.person_id, Booking.course_session_id == there.id)).one()
    services.accept_offer(booking_id=other.id, by=first.person.acting, now=NOW + MINUTE)
    services.undo_cancelling(session_ids=[here.id], by="c", now=NOW + 2 * MINUTE)
    all_left()
    return first, other


def test_who_has_two_dates_by_us_reads_for_how_long_giving_one_back_is_not_late():
    first, other = has_two_by_us()
    at = NOW + 19 * DAY
    jobs.remind(at)
    assert "It does not count as late as long as you have the other date of the course too, and that is still to come." in said("reminder")
    assert letters(kind="reminder", fate=QUEUED)[0].fields["late"]["cy"].startswith("Nid yw’n cyfrif fel hwyr cyhyd")
    services.give_back(booking_id=other.id, by=other.person.acting, now=at + MINUTE)
    assert notices.notice_of(db.session.get_one(Booking, first.id), at + 2 * MINUTE) is Notice.LATE
