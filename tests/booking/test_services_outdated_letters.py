"""Letters that stopped being true: what waits is withdrawn or written anew, and what has left is not sent again. On both databases."""

import re

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from app.accounts.services import say_language
from app.booking import jobs, services
from app.booking.rules.reminding import reminded_at
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from app.letters.emails import when
from app.mail.models import Link
from app.mail.office import office
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Language
from app.mail.services import save_wording, send_again
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, all_left, book, give_back, letters, queued
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
QUEUED = LetterStatus.QUEUED
TIME, PLACE = "The session has another time.", "It is held elsewhere now."


def change(session, *, where=None, hours=0, parts=None, now=NOW + HOUR):
    times = parts or [(part.starts_at + hours * HOUR, part.ends_at + hours * HOUR) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(times, session.format, where or session.venue_or_link, None), capacity=session.capacity,
                            by="c", now=now)


def why_not(kind, person=None):
    """Why the latest letter of this kind cannot go again."""
    with pytest.raises(Refused) as no:
        send_again(letter_id=letters(kind=kind, person=person)[-1].id, by="Marian Cole", reason="They lost it", now=NOW + 2 * HOUR)
    return str(no.value)


def may_go(kind, person=None):
    return send_again(letter_id=letters(kind=kind, person=person)[-1].id, by="Marian Cole", reason="They lost it", now=NOW + 2 * HOUR).status is QUEUED


@pytest.mark.parametrize(("act", "reason"), [
    ("given back", "The booking has changed since."), ("moved", "The booking has changed since."), ("another time", "The booking has changed since."),
    ("another place", PLACE), ("called off", "The session was cancelled."),
])
def test_a_confirmation_that_has_left_does_not_go_again_once_it_is_no_longer_true(act, reason):
    session = a_session(starts_in=20 * DAY)
    booking = book(session)
    all_left()
    before = len(letters())
    assert may_go("place-confirmed")
    if act == "given back":
        give_back(booking, now=NOW + HOUR)
    elif act == "moved":
        services.move(booking_id=booking.id, to_session_id=a_session(course=session.course, starts_in=30 * DAY).id, by="x", now=NOW + HOUR)
    elif act == "called off":
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + HOUR)
    else:
        change(session, hours=act == "another time", where="Library" if act == "another place" else None)
    first = letters(kind="place-confirmed")[0]
    with pytest.raises(Refused) as no:
        send_again(letter_id=first.id, by="Marian Cole", reason="They lost it", now=NOW + 2 * HOUR)
    assert str(no.value).startswith(f"This letter is no longer true: {reason} Send the person’s newest letter about it again")
    assert [letter.status for letter in letters(kind="place-confirmed")[:2]] == [LetterStatus.SENT, LetterStatus.VOID], "the copy that waited is withdrawn"
    assert len(letters()) > before


def test_after_a_return_is_undone_the_new_confirmation_goes_again_and_the_old_one_does_not():
    booking = book(a_session(starts_in=20 * DAY))
    all_left()
    give_back(booking, now=NOW + MINUTE)
    all_left()
    services.undo_giving_back(booking_id=booking.id, by="x", now=NOW + 2 * MINUTE)
    all_left()
    assert "changed since" in why_not("given-back") and may_go("place-confirmed")


def test_an_offer_that_was_answered_does_not_go_again():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    all_left()
    give_back(first, now=NOW - HOUR)
    services.settle_session(session_id=session.id, now=NOW)
    all_left()
    services.accept_offer(booking_id=second.id, by="x", now=NOW + HOUR)
    assert "changed since" in why_not("offer", second.person) and "changed since" in why_not("list-joined", second.person)


def test_with_another_link_alone_what_people_have_stays_true_as_the_address_is_ours():
    session = a_session(starts_in=20 * DAY, venue_or_link="https://meet.example/1")
    book(session)
    all_left()
    change(session, where="https://meet.example/2")
    assert may_go("place-confirmed")


def test_a_confirmation_that_waits_is_written_anew_with_the_new_place():
    session = a_session(starts_in=20 * DAY)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    book(session)
    services.book_for_others(session_id=session.id, person_ids=[a_person().id], together=False, by="x", behalf=services.OnBehalf(a_person().id, coordinator=True),
                             now=NOW)
    change(session, where="County Hall")
    waiting = letters(fate=QUEUED)
    assert sorted(letter.kind for letter in waiting) == ["booked-for-you", *["calendar-entry"] * 2, *["place-changed"] * 2, "place-confirmed"]
    assert all("County Hall" in letter.text and "Town Hall" not in letter.text for letter in waiting)
    assert all("County Hall" in str(Calendar.from_ical(letter.calendar).walk("VEVENT")[0]["LOCATION"]) for letter in waiting)


def test_each_part_of_a_session_that_is_held_elsewhere_is_brought_up_to_date_in_peoples_calendars():
    session = a_session(starts_in=20 * DAY)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    booking = book(session)
    all_left()
    for place in ("County Hall", "Village Hall"):
        change(session, where=place)
    waiting = letters(person=booking.person, fate=QUEUED)
    assert sorted(letter.kind for letter in waiting) == ["calendar-entry", "place-changed"]
    entries = [Calendar.from_ical(letter.calendar).walk("VEVENT")[0] for letter in waiting]
    assert {str(entry["LOCATION"]) for entry in entries} == {"Village Hall"} and len({str(entry["UID"]) for entry in entries}) == 2


def told(course, *, now=NOW):
    """Somebody who asked to be told, and a new date of the course."""
    person = a_person()
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=False, now=now)
    session = a_session(course=course, status=SessionStatus.DRAFT, starts_in=30 * DAY)
    services.put_on_programme(session_id=session.id, by="c", now=now)
    return person, session


@pytest.mark.parametrize("act", ["another time", "another place", "called off and undone"])
def test_that_a_course_runs_again_is_told_as_it_is_when_it_leaves(act):
    person, session = told(a_course())
    if act == "called off and undone":
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + HOUR)
        assert queued(person) == []
        services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + HOUR + MINUTE)
    else:
        change(session, hours=2 * (act == "another time"), where="County Hall" if act == "another place" else None)
    assert [letter.status for letter in letters(kind="runs-again")] == [LetterStatus.VOID, QUEUED]
    old, new = letters(kind="runs-again")
    assert (old.fields != new.fields) == (act != "called off and undone") and ("County Hall" in new.text) == (act == "another place")
    assert new.valid_until == session.starts_at


def test_who_no_longer_asks_or_was_told_already_is_not_written_to_again():
    course = a_course()
    person, session = told(course)
    services.stop_waiting_for_course(course_id=course.id, person_id=person.id, now=NOW)
    change(session, hours=2)
    assert queued(person) == []
    heard, other = told(course)
    all_left()
    change(other, hours=2)
    assert queued(heard) == [] and why_not("runs-again", heard).startswith(f"This letter is no longer true: {TIME}")


def test_a_cancellation_that_is_undone_leaves_what_was_told_of_the_date_true():
    person, session = told(a_course())
    all_left()
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + HOUR)
    assert "was cancelled" in why_not("runs-again", person)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + HOUR + MINUTE)
    assert may_go("runs-again", person)


def test_a_part_that_is_no_more_leaves_the_calendar():
    session = a_session(starts_in=20 * DAY)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    booking = book(session)
    db.session.expire_all()
    gone = max(part.starts_at for part in session.parts)
    change(session, parts=[(session.starts_at, session.starts_at + 3 * HOUR)])
    found = {letter.kind: Calendar.from_ical(letter.calendar) for letter in letters(fate=QUEUED)}
    assert {kind: str(calendar["METHOD"]) for kind, calendar in found.items()} == {"times-changed": "REQUEST", "taken-out": "CANCEL"}
    (entry,) = found["taken-out"].walk("VEVENT")
    assert str(entry["UID"]).startswith(f"{booking.ref}-2@") and entry.start == gone and int(entry["SEQUENCE"]) == 3


def instructions(where):
    session = a_session(starts_in=20 * DAY, venue_or_link=where)
    book(session)
    services.remind(session_id=session.id, now=reminded_at(session.starts_at, 5))
    return letters(kind="joining-instructions")[-1]


def test_instructions_speak_of_an_address_to_join_only_where_there_is_one():
    room, online = instructions("Town Hall"), instructions("https://meet.example/1")
    assert "address to join" not in room.text and "Town Hall" in room.text
    assert "The address to join always leads to the present meeting" in " ".join(online.text.split()) and "/join/" in online.text
    assert re.search(r'<a href="http://localhost/join/[^"]+"', online.html)


def test_the_letter_of_a_return_leads_to_where_it_can_be_undone():
    booking = book(a_session(starts_in=20 * DAY))
    give_back(booking)
    (letter,) = letters(kind="given-back")
    assert re.search(r"You can take it back until [^\n]*: http://localhost/a/~link-", letter.text)


def test_the_entry_in_a_calendar_is_in_the_letters_language_and_says_which():
    save_wording(kind="place-confirmed", language=Language.WELSH, subject="Mae gennych le: {course}", body=office().wording("place-confirmed").body, by="M", now=NOW)
    session, nia, ann = a_session(starts_in=20 * DAY, venue_or_link=None), a_person(), a_person()
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + DAY, ends_at=session.ends_at + DAY))
    say_language(person_id=nia.id, language=Language.WELSH)
    for person in (nia, ann):
        book(session, person)
    (welsh,), (english,) = (Calendar.from_ical(letters(kind="place-confirmed", person=person)[0].calendar).walk("VEVENT") for person in (nia, ann))
    assert (str(welsh["DESCRIPTION"]), welsh["DESCRIPTION"].params["LANGUAGE"]) == ("Os na allwch ddod, rhowch eich lle yn ôl.", "cy")
    assert (str(english["DESCRIPTION"]), english["DESCRIPTION"].params["LANGUAGE"]) == ("If you cannot come, please give your place back.", "en-GB")
    assert str(welsh["SUMMARY"]).endswith("(rhan 1 o 2)") and str(english["SUMMARY"]).endswith("(part 1 of 2)")
    assert (str(welsh["LOCATION"]), str(english["LOCATION"])) == ("Ar-lein", "Online")


def test_what_somebody_typed_makes_no_link_in_a_letter_about_a_place():
    session = a_session(starts_in=20 * DAY, course=a_course(title="- Neglect https://evil.example/1"), venue_or_link="> Hall https://evil.example/2")
    book(session, a_person(first_name="https://evil.example/3"))
    services.cancel_session(session_id=session.id, reason="> Snow\n- see https://evil.example/4", by="c", now=NOW + HOUR)
    jobs.settle(NOW + HOUR)
    assert {letter.kind for letter in letters()} == {"place-confirmed", "session-cancelled"}
    for letter in letters():
        assert 'href="https://evil' not in letter.html and "<li" not in letter.html and "https://evil.example/1" in letter.html
        assert "\ue005" not in letter.html + letter.text + letter.subject


def lapsed():
    """Somebody to whom an offer was made of which they were told, and who said nothing; what waits then."""
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first, now=NOW - 3 * DAY)
    services.settle_session(session_id=session.id, now=NOW - 3 * DAY + HOUR)
    all_left()
    services.settle_session(session_id=session.id, now=NOW)
    assert [letter.kind for letter in letters(fate=QUEUED, person=second.person)] == ["offer-lapsed"]
    return session, second


@pytest.mark.parametrize(("hours", "where"), [(48, None), (0, "County Hall"), (48, "County Hall")])
def test_who_did_not_answer_an_offer_reads_for_which_date_it_was_as_that_is_when_the_letter_leaves(hours, where):
    session, booking = lapsed()
    change(session, hours=hours, where=where)
    (letter,) = letters(fate=QUEUED, person=booking.person)
    session = db.session.get_one(CourseSession, session.id, populate_existing=True)
    assert when(session.parts).english in " ".join(letter.text.split()) and (where or session.venue_or_link) in letter.text
    assert "because you were offered a place on this session" in " ".join(letter.text.split())


def test_the_link_to_an_offer_that_lapsed_is_good_until_the_end_of_the_session_as_it_is():
    session, booking = lapsed()
    change(session, hours=20 * 24)
    ends_at = db.session.get_one(CourseSession, session.id, populate_existing=True).ends_at
    found = db.session.execute(sa.select(Link.purpose, Link.expires_at).where(Link.subject == f"booking:{booking.id}")).all()
    assert ("offer", ends_at) in [tuple(row) for row in found] and {row.expires_at for row in found} == {ends_at}
