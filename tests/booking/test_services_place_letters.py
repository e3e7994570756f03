"""The letters that acts bring: once, in their transaction, and none that stopped being true. On both databases."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from app.accounts.models import Affiliation
from app.accounts.services import say_language
from app.booking import emails, jobs, services
from app.booking.models import Booking
from app.booking.rules import calendars
from app.booking.rules.reminding import reminded_at
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import Approval
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, rehearsal, transaction
from app.core.errors import Refused
from app.letters.emails import when
from app.mail.models import Link
from app.mail.office import office
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Language
from app.mail.services import save_wording
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
)
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")


def event(letter):
    """What the calendar that goes with the letter says: its method, its entry and the entry's sequence."""
    calendar = Calendar.from_ical(letter.calendar)
    (one,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), str(one["UID"]), int(one["SEQUENCE"])


def in_two_parts(session):
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    return session


def later(session, hours=1, **more):
    parts = [(part.starts_at + hours * HOUR, part.ends_at + hours * HOUR) for part in session.parts]
    facts = {"planned": Planned(parts, session.format, session.venue_or_link, None), "capacity": session.capacity, "by": "c", "now": NOW + HOUR, **more}
    services.change_session(session_id=session.id, **facts)


def test_a_booking_brings_its_letter_once_and_a_second_press_none():
    session, person = a_session(), a_person()
    book(session, person)
    book(session, person)
    assert [letter.kind for letter in letters()] == ["place-confirmed"]


def test_whoever_would_like_welsh_books_and_gets_the_welsh_wording_and_others_the_english_one():
    save_wording(kind="place-confirmed", language=Language.WELSH, subject="Mae gennych le: {course}", body=office().wording("place-confirmed").body, by="M", now=NOW)
    nia, ann, session = a_person(), a_person(), a_session()
    say_language(person_id=nia.id, language=Language.WELSH)
    book(session, nia)
    book(session, ann)
    welsh, english = letters()
    assert (welsh.person_id, welsh.language, welsh.subject) == (nia.id, Language.WELSH, f"Mae gennych le: {session.title}")
    assert (english.person_id, english.language) == (ann.id, Language.ENGLISH) and "Mae" not in english.subject


def test_what_is_undone_with_its_transaction_tells_nobody():
    session, person = a_session(), a_person()
    with rehearsal():
        book(session, person)
    with pytest.raises(Refused, match="Nobody was booked"):
        services.book_for_others(session_id=session.id, person_ids=[person.id, a_person().id], together=False, by="x", behalf=by_coordinator(), now=session.starts_at)
    assert letters() == []


def test_what_is_on_its_way_about_a_booking_that_is_gone_is_withdrawn():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    assert [(letter.kind, letter.status) for letter in letters(person=first.person)] == [("place-confirmed", LetterStatus.VOID), ("given-back", LetterStatus.QUEUED)]
    settle(session, NOW + HOUR)
    give_back(second, now=NOW + HOUR)
    assert queued(second.person) == []


def test_each_step_of_the_list_has_its_letter():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + HOUR)
    settle(session, NOW + 2 * DAY)
    services.rejoin(booking_id=second.id, by="x", now=NOW + 2 * DAY)
    services.accept_offer(booking_id=second.id, by="x", now=NOW + 2 * DAY)
    assert [letter.kind for letter in letters(person=second.person)] == ["list-joined", "offer", "offer-lapsed", "offer", "place-confirmed"]
    assert "1st of 1" in letters(kind="list-joined")[0].text


def test_the_way_of_a_request_is_told_to_the_person_and_to_the_manager():
    session, person = a_session(course=a_course(approval=Approval.BOTH), starts_in=20 * DAY), a_person()
    with transaction() as writing:
        writing.execute(sa.update(Affiliation).values(manager_email="boss@example.org"))
    booking = book(session, person)
    services.manager_agrees(booking_id=booking.id, by="m", now=NOW + MINUTE)
    services.refuse(booking_id=booking.id, reason="Cover is short.", by="c", now=NOW + HOUR)
    assert [(letter.kind, letter.address == person.email) for letter in letters()] == [
        ("request-made", True), ("approval-asked", False), ("request-made", True), ("request-refused", True)]
    assert "Cover is short." in " ".join(letters(kind="request-refused")[0].text.split())
    assert queued() == ["request-refused"]


def test_at_a_mass_cancellation_each_person_is_told_once_after_ten_minutes_with_the_place_held_elsewhere():
    course = a_course()
    session, (first,), (second,) = a_full_session(waiting=1, course=course, starts_in=10 * DAY)
    other = a_session(course=course, starts_in=20 * DAY)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW, other_id=other.id)
    assert [letter.person_id for letter in letters(kind="session-cancelled")] == [first.person_id, second.person_id]
    assert queued() == ["session-cancelled"] * 2
    told, waited = letters(kind="session-cancelled")
    assert told.due_at == NOW + 10 * MINUTE and "A place is held for you until" in told.text and "The reason: Snow" in told.text
    assert "Its waiting list has ended with it." in waited.text
    assert event(told)[0] == "CANCEL" and waited.calendar is None


def test_a_cancellation_taken_back_is_never_told():
    session, (_first,), _waiting = a_full_session(waiting=1, starts_in=10 * DAY)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 9 * MINUTE)
    assert [letter.status for letter in letters(kind="session-cancelled")] == [LetterStatus.VOID] * 2
    assert broken() == []


def test_every_part_of_a_session_has_its_entry_and_loses_it():
    session = in_two_parts(a_session(starts_in=20 * DAY))
    booking = book(session)
    begun = [event(letter) for letter in letters()]
    give_back(booking, now=NOW + HOUR)
    ended = [event(letter) for letter in letters(fate=LetterStatus.QUEUED)]
    assert [method for method, _uid, _sequence in begun + ended] == ["REQUEST", "REQUEST", "CANCEL", "CANCEL"]
    assert [uid for _method, uid, _sequence in begun] == [uid for _method, uid, _sequence in ended]


@pytest.mark.parametrize("act", ["cancelled", "substituted", "declined"])
def test_both_parts_leave_the_calendar_however_the_place_ends(act):
    session = in_two_parts(a_session(starts_in=20 * DAY))
    (booking,) = services.book_for_others(session_id=session.id, person_ids=[a_person().id], together=False, by="x", behalf=by_coordinator(), now=NOW)
    if act == "cancelled":
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + HOUR)
    elif act == "substituted":
        services.substitute(booking_id=booking.id, person_id=a_person().id, by="x", now=NOW + HOUR)
    else:
        services.decline(booking_id=booking.id, by="x", now=NOW + HOUR)
    gone = [event(letter) for letter in letters(fate=LetterStatus.QUEUED) if letter.calendar_method == "CANCEL"]
    assert sorted(re.search(r"-(\d)@", uid).group(1) for _method, uid, _sequence in gone) == ["1", "2"]


def test_each_letter_that_takes_a_part_out_of_a_calendar_says_which():
    course = a_course()
    session, other = in_two_parts(a_session(starts_in=20 * DAY, course=course)), a_session(starts_in=30 * DAY, course=course)
    booking = book(session)
    days = [when([part]).english for part in db.session.get_one(CourseSession, session.id, populate_existing=True).parts]
    services.move(booking_id=booking.id, to_session_id=other.id, by=booking.person.acting, now=NOW + HOUR)
    gone = [" ".join(letter.text.split()) for letter in letters(kind="taken-out")]
    assert [[day in text for day in days] for text in gone] == [[True, False], [False, True]]


def test_the_sequence_of_an_entry_rises_with_every_change():
    session = a_session(starts_in=20 * DAY)
    booking = book(session)
    all_left()
    later(session)
    all_left()
    parts = [(part.starts_at, part.ends_at) for part in session.parts]
    later(session, planned=Planned(parts, session.format, "Library", None), now=NOW + 2 * HOUR)
    all_left()
    give_back(booking, now=NOW + 3 * HOUR)
    all_left()
    services.undo_giving_back(booking_id=booking.id, by="x", now=NOW + 3 * HOUR + MINUTE)
    found = [event(letter) for letter in letters() if letter.calendar]
    sequences = [sequence for _method, _uid, sequence in found]
    assert [method for method, _uid, _sequence in found] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert sequences == sorted(set(sequences)) and len({uid for _method, uid, _sequence in found}) == 1


def test_the_sequence_rises_within_one_second_and_when_the_clock_is_put_back():
    session, at = a_session(starts_in=20 * DAY), NOW + HOUR
    booking = book(session)
    for number, now in enumerate((at, at + timedelta(milliseconds=400), at - 5 * MINUTE, at - DAY), start=1):
        parts = [(part.starts_at + number * HOUR, part.ends_at + number * HOUR) for part in session.parts]
        later(session, planned=Planned(parts, session.format, session.venue_or_link, None), now=now)
    give_back(booking, now=NOW - HOUR)
    services.undo_giving_back(booking_id=booking.id, by="x", now=NOW - HOUR)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW - HOUR)
    found = [event(letter) for letter in letters() if letter.calendar]
    sequences = [sequence for _method, _uid, sequence in found]
    assert [method for method, _uid, _sequence in found] == ["REQUEST"] * 5 + ["CANCEL", "REQUEST", "CANCEL"]
    assert sequences == sorted(set(sequences))


def sequences_by_a_clock_that_is_put_back(monkeypatch):
    """What calendars would read of four new times if the sequence were the seconds of a clock."""
    session, at = a_session(starts_in=20 * DAY), NOW + HOUR
    seconds = iter([int(moment.timestamp()) for moment in (NOW, at, at + timedelta(milliseconds=400), at - 5 * MINUTE, at - DAY)])
    monkeypatch.setattr(calendars, "sequence", lambda *_counters, **_more: next(seconds))
    book(session)
    for number in range(1, 5):
        parts = [(part.starts_at + number * HOUR, part.ends_at + number * HOUR) for part in session.parts]
        later(session, planned=Planned(parts, session.format, session.venue_or_link, None), now=at)
    return [event(letter)[2] for letter in letters() if letter.calendar]


def test_the_canary_a_sequence_by_the_clock_stands_still_and_falls(monkeypatch):
    sequences = sequences_by_a_clock_that_is_put_back(monkeypatch)
    assert len(sequences) == 5 and sequences[1] == sequences[2] and sequences[4] < sequences[1]


def test_a_new_time_is_told_to_each_as_it_concerns_them_and_nothing_with_the_old_time_leaves():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    old = when(session.parts).english
    later(session)
    assert {person.id: queued(person) for person in (first.person, second.person, third.person)} == {
        first.person_id: ["times-changed"], second.person_id: ["offer"], third.person_id: ["list-times-changed"]}
    new = when(db.session.get_one(CourseSession, session.id, populate_existing=True).parts).english
    leaving = [" ".join(letter.text.split()) for letter in letters(fate=LetterStatus.QUEUED)]
    assert [(new in text, old in text) for text in leaving] == [(True, False)] * 3


@pytest.mark.parametrize(("where", "place", "says"), [
    ("Town Hall, Room 3", "County Hall", "New time and place"), ("https://meet.example/old", "https://meet.example/new", "New time and address to join"),
    ("Town Hall, Room 3", "https://meet.example/new", "New time and place"), ("Town Hall, Room 3", "Town Hall, Room 3", "New time")])
def test_another_time_and_place_in_one_act_are_told_together_with_one_thing_to_do(where, place, says):
    session, (booked,), (offered, waits) = a_full_session(waiting=2, starts_in=20 * DAY, venue_or_link=where)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    later(session, planned=Planned([(session.starts_at + HOUR, session.ends_at + HOUR)], session.format, place, None), capacity=2)
    told = {booking.id: letters(person=booking.person, fate=LetterStatus.QUEUED) for booking in (booked, offered, waits)}
    assert [len(found) for found in told.values()] == [1, 1, 1]
    ((one,), (offer,), (list_,)) = told.values()
    assert one.subject.startswith(f"{says}: please say whether you can still come") and f"{says} for {session.title}:" in " ".join(one.text.split())
    assert list_.subject.startswith(f"{says}: ") and f"{says} for {session.title}, for which you are waiting" in " ".join(list_.text.split())
    news = {"New time": "another time than before", "New time and place": "another time and another place than before",
            "New time and address to join": "another time and another address to join than before"}
    assert f"The session has {news[says]}." in " ".join(offer.text.split())
    assert (session.times_version, session.place_version) == (1, int(where != place))
    if not place.startswith("http"):
        assert all(place in letter.text for letter in (one, offer, list_))


def test_a_request_that_goes_again_as_the_session_moved_says_so_to_both():
    person = a_person()
    with transaction() as writing:
        writing.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email="boss@example.org"))
    db.session.expire_all()
    session = a_session(course=a_course(approval=Approval.MANAGER), starts_in=30 * DAY)
    book(session, person)
    later(session, planned=Planned([(session.starts_at + HOUR, session.ends_at + HOUR)], session.format, "County Hall", None))
    found = letters(fate=LetterStatus.QUEUED)
    assert sorted(letter.kind for letter in found) == ["approval-asked", "request-made"]
    assert all("another time and another place than before" in " ".join(letter.text.split()) for letter in found)


def reminded(session, now):
    return services.remind(session_id=session.id, now=now)


def nine(session, days):
    """Nine in the morning so many days before the session."""
    return reminded_at(session.starts_at, days)


def test_reminders_come_seven_days_and_a_day_before_and_instructions_five_days_before_each_once():
    session = a_session(starts_in=20 * DAY)
    person = book(session).person
    written = [reminded(session, nine(session, days) + minutes * MINUTE) for days in (8, 7, 6, 5, 4, 1) for minutes in (0, 1)]
    assert written == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert [letter.kind for letter in letters(person=person)][1:] == ["reminder", "joining-instructions", "reminder"]
    assert [letter.subject.partition(":")[0] for letter in letters(kind="reminder")][1] == "Tomorrow"


@pytest.mark.parametrize(("contact", "sender", "organiser", "method"), [
    ("team@example.org", "post@example.org", "mailto:team@example.org", "REQUEST"), ("", "post@example.org", "mailto:post@example.org", "REQUEST"),
    ("", "", "mailto:no-reply@localhost", "REQUEST"),
])
def test_an_invitation_says_who_invites(app, monkeypatch, contact, sender, organiser, method):
    house = replace(office().house, contact_email=contact, sender=sender)
    monkeypatch.setitem(app.extensions, "office", replace(office(), house=house))
    person = book(a_session(starts_in=20 * DAY)).person
    (letter,) = letters(person=person)
    (one,) = Calendar.from_ical(letter.calendar).walk("VEVENT")
    assert (letter.calendar_method, event(letter)[0], one.get("ORGANIZER"), "ATTENDEE" in one) == (method, method, organiser, True)


def test_a_letter_that_comes_when_it_is_late_already_does_not_say_until_when_it_was_in_time():
    session = a_session(starts_in=12 * DAY)
    book(session, a_person())
    for days in (7, 5, 1):
        jobs.remind(reminded_at(session.starts_at, days))
    said = [letter.text for letter in letters() if letter.kind in ("place-confirmed", "reminder", "joining-instructions")]
    assert ["it does not count as late." in text for text in said] == [True, True, True, False]
    assert ["By now it counts as late" in text for text in said] == [False, False, False, True]


def test_nobody_is_reminded_who_got_the_place_after_the_reminder_was_due():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    due = nine(session, 7)
    give_back(first, now=due)
    settle(session, due + HOUR)
    services.accept_offer(booking_id=second.id, by="x", now=due + HOUR)
    assert reminded(session, due + 2 * HOUR) == 0
    assert reminded(session, nine(session, 1)) == 2  # the day before, and how to join


def test_after_an_outage_of_three_days_what_is_useful_goes_and_says_the_day():
    session = a_session(starts_in=20 * DAY)
    book(session)
    assert reminded(session, nine(session, 4)) == 2
    (letter,) = letters(kind="reminder")
    day = clock.london(session.starts_at)
    assert letter.subject.startswith(f"On {day:%A} {day.day} {day:%B}: ")
    assert letter.valid_until == nine(session, 1)
    assert reminded(session, session.starts_at) == 0


def test_a_reminder_that_is_kept_back_past_its_day_is_of_no_use():
    session = a_session(starts_in=20 * DAY)
    book(session)
    reminded(session, nine(session, 1))
    (letter,) = letters(kind="reminder")
    assert letter.valid_until <= session.starts_at
    assert clock.london_date(letter.valid_until) == clock.london_date(session.starts_at)


def test_after_a_change_of_time_the_old_reminder_is_withdrawn_and_people_are_reminded_of_the_new_one_the_day_before():
    session = a_session(starts_in=20 * DAY)
    book(session)
    due = nine(session, 7)
    reminded(session, due)
    later(session, now=due + HOUR)
    assert reminded(session, due + 2 * HOUR) == 0 and len(letters(kind="times-changed")) == 1
    assert reminded(session, nine(session, 1)) == 2  # and what they need, which was not due before
    assert [letter.status for letter in letters(kind="reminder")] == [LetterStatus.VOID, LetterStatus.QUEUED]


def asked(session, *, sent, after=MINUTE):
    """Ask whether people still come; the question leaves so long afterwards, or does not."""
    ask = session.starts_at - 3 * DAY
    with transaction() as writing:
        writing.execute(sa.text("UPDATE course_session SET confirm_days = 3"))
    jobs.ask_still_coming(ask)
    if sent:
        with transaction():
            for letter in letters(kind="still-coming"):
                letter.status, letter.next_try_at, letter.sent_at = LetterStatus.SENT, None, ask + after
    return ask


@pytest.mark.parametrize(("sent", "after", "comes"), [(True, HOUR, "released"), (True, 35 * HOUR, "booked"), (False, HOUR, "booked")],
                         ids=["delivered", "delivered an hour before the end", "not delivered"])
def test_silence_releases_a_place_only_when_the_question_was_delivered_in_time_to_answer_it(sent, after, comes):
    session = a_session(starts_in=20 * DAY)
    first, second = book(session), book(session)
    ask = asked(session, sent=sent, after=after)
    services.say_still_coming(booking_id=second.id, by="x", now=ask + HOUR)
    jobs.settle(ask + 2 * DAY)
    db.session.rollback()
    assert [db.session.get_one(Booking, one.id).status.value for one in (first, second)] == [comes, "booked"]
    assert len(letters(kind="place-released")) == (comes == "released")


def test_no_place_is_released_when_the_silence_is_found_after_the_start():
    session = a_session(starts_in=20 * DAY)
    booking = book(session)
    asked(session, sent=True)
    jobs.settle(session.starts_at + HOUR)
    db.session.rollback()
    kept = db.session.get_one(Booking, booking.id)
    assert (kept.status.value, kept.due_at) == ("booked", None)


@pytest.mark.parametrize("days", [-2, 40])
def test_the_link_of_a_letter_is_good_until_the_end_of_the_session_as_it_is_also_when_a_new_time_is_told_to_nobody(days):
    session = a_session(starts_in=5 * DAY)
    booking, returned = book(session), book(session)
    give_back(returned)
    before = session.ends_at
    times = [(part.starts_at + days * DAY, part.ends_at + days * DAY) for part in session.parts]
    with transaction() as writing, emails.not_telling(writing):
        services.change_session(session_id=session.id, planned=Planned(times, session.format, session.venue_or_link, None), capacity=session.capacity,
                                by="c", now=NOW + HOUR)
    db.session.rollback()
    found = {subject: set(db.session.scalars(sa.select(Link.expires_at).where(Link.subject == subject)))
             for subject in (f"booking:{booking.id}", f"booking:{returned.id}")}
    assert found == {f"booking:{booking.id}": {before + days * DAY}, f"booking:{returned.id}": {before + days * DAY}}
