"""What people do by the link in a letter: opening it changes nothing, a button does, and a program that presses buttons gives nobody's place away."""

import re
from datetime import timedelta

import pytest

from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter, Link
from app.mail.rules.outgoing import Answer, Outcome
from app.mail.services import delivering, forget_links, make_link
from tests.builders import a_booking, a_course, a_person, a_session
from tests.house.test_access import everything


def holding(client, booking, purpose, *, minutes_old=10, expires_in=timedelta(days=30), person=True):
    """The browser of somebody who followed the link of a letter that left so long ago."""
    now = clock.now() - timedelta(minutes=minutes_old)
    secret = make_link(purpose=purpose, subject=f"booking:{booking.id}", person_id=booking.person_id if person else None,
                       expires_at=clock.now() + expires_in, now=now)
    with transaction() as session:
        session.query(Letter).update({"sent_at": now})
    client.get(f"/a/{secret}")
    client.token = ""
    return client


def asked(person=None, **more):
    """A booking as somebody made it with the form."""
    person = person or a_person(first_name="Amina", last_name="Yusuf")
    return services.book_place(session_id=a_session(**more).id, person_id=person.id, by=person.name, now=clock.now())


def status_of(booking):
    db.session.rollback()
    return db.session.get(Booking, booking.id, populate_existing=True).status


@pytest.mark.parametrize("purpose", ["booking", "offer", "coming", "approval"])
@pytest.mark.parametrize("status", list(BookingStatus))
def test_opening_a_link_shows_a_page_for_every_state_and_changes_nothing(client, purpose, status):
    booking = a_booking(a_session(), status=status, due_at=clock.now() + timedelta(hours=1) if status is BookingStatus.OFFERED else None)
    holding(client, booking, purpose, person=purpose != "approval")
    before = everything()
    page = client.get(client.letter)
    assert page.status_code == 200 and page.text.count("<h1") == 1
    assert client.get(f"{client.letter}&keep=1").status_code == 200
    assert everything() == before


def test_a_place_is_given_back_and_taken_again_from_the_letter(client):
    booking = asked()
    holding(client, booking, "booking")
    page = client.get(client.letter).text
    assert "Give your place back?" in page and "Amina Y." in page and "Yusuf" not in page and "You are in good time" in page
    done = client.follow(client.post(client.letter, {"answer": "give_back"}))
    assert "<h1>You have given your place back</h1>" in done.text and "Undo: I want my place" in done.text
    assert status_of(booking) is BookingStatus.GIVEN_BACK
    client.follow(client.post(client.letter, {"answer": "undo"}))
    assert status_of(booking) is BookingStatus.BOOKED


def test_moving_from_the_letter_keeps_the_first_place_until_the_second_is_sure(client):
    booking = asked()
    other = a_session(course=booking.course_session.course, starts_in=timedelta(days=30))
    holding(client, booking, "booking")
    assert "Move to" in client.get(client.letter).text
    done = client.follow(client.post(client.letter, {"answer": "move", "to": other.ref}))
    assert "You have moved to another date" in done.text
    assert status_of(booking) is BookingStatus.MOVED


@pytest.mark.parametrize("answer", ["give_back", "decline"])
def test_a_button_pressed_right_after_the_letter_left_is_asked_once_more_with_nothing_chosen(client, answer):
    boss = a_person()
    me = a_person()
    behalf = OnBehalf(boss.id) if answer == "decline" else None
    booking = services.book_place(session_id=a_session().id, person_id=me.id, by=boss.name, now=clock.now(), behalf=behalf)
    holding(client, booking, "booking", minutes_old=0)
    again = client.post(client.letter, {"answer": answer})
    assert "Please say it once more" in again.text and "checked" not in again.text
    assert status_of(booking) is BookingStatus.BOOKED
    assert "Choose one of the two" in client.post(client.letter, {"answer": answer, "asked": "1"}).text
    kept = client.follow(client.post(client.letter, {"answer": answer, "asked": "1", "sure": "keep"}))
    assert "You keep your place" in kept.text and status_of(booking) is BookingStatus.BOOKED
    client.follow(client.post(client.letter, {"answer": answer, "asked": "1", "sure": "yes"}))
    assert status_of(booking) is BookingStatus.GIVEN_BACK


def test_the_switch_without_the_second_question_a_program_gives_the_place_away(client, monkeypatch):
    """The canary of the test above: what it protects against happens when the protection is off."""
    monkeypatch.setattr("app.booking.views.answering._too_fast", lambda link, booking: False)
    booking = asked()
    holding(client, booking, "booking", minutes_old=0)
    client.post(client.letter, {"answer": "give_back"})
    assert status_of(booking) is BookingStatus.GIVEN_BACK


@pytest.mark.parametrize("same", [True, False])
def test_a_browser_that_answered_a_letter_before_is_asked_once_more_as_well(client, same):
    """A program that checks letters may keep cookies, and has the letters of many people, also several of one."""
    person = a_person(first_name="Amina", last_name="Yusuf")
    first, second = asked(person), asked(person if same else None)
    holding(client, first, "booking")
    client.post(client.letter, {"answer": "give_back"})
    holding(client, second, "booking", minutes_old=0)
    assert "Please say it once more" in client.post(client.letter, {"answer": "give_back"}).text
    assert (status_of(first), status_of(second)) == (BookingStatus.GIVEN_BACK, BookingStatus.BOOKED)


@pytest.mark.parametrize(("seconds", "again"), [(1, True), (59, True), (61, False)])
def test_a_letter_that_may_have_arrived_is_one_that_left_then(client, seconds, again):
    booking, now = asked(), clock.now()
    secret = make_link(purpose="booking", subject=f"booking:{booking.id}", person_id=booking.person_id, expires_at=now + timedelta(days=9),
                       now=now - timedelta(minutes=10))
    with transaction():
        for one in delivering.claim("worker", now):
            left = now - timedelta(seconds=seconds)
            assert delivering.begin(one, "worker", "t@example.org", left)
            delivering.settle(one, Answer(Outcome.DOUBTFUL, "no answer after the last dot"), "worker", left)
    client.get(f"/a/{secret}")
    client.token = ""
    assert ("Please say it once more" in client.post(client.letter, {"answer": "give_back"}).text) is again
    assert status_of(booking) is (BookingStatus.BOOKED if again else BookingStatus.GIVEN_BACK)


def test_a_move_right_after_the_letter_is_asked_once_more_and_then_goes_where_it_was_to_go(client):
    booking = asked()
    other = a_session(course=booking.course_session.course, starts_in=timedelta(days=30))
    holding(client, booking, "booking", minutes_old=0)
    page = client.post(client.letter, {"answer": "move", "to": other.ref}).text
    assert "do you give this place up for the other date?" in page and status_of(booking) is BookingStatus.BOOKED
    assert re.search(rf'name="to"[^>]*value="{other.ref}"', page)
    client.post(client.letter, {"answer": "move", "to": other.ref, "asked": "1", "sure": "yes"})
    assert status_of(booking) is BookingStatus.MOVED


def test_of_two_letters_that_are_open_at_once_each_page_acts_on_its_own(client):
    first, second = asked(), asked(a_person(first_name="Bob"))
    one = holding(client, first, "booking").letter
    other = holding(client, second, "booking").letter
    assert one != other and "Amina Y." in client.get(one).text and "Bob" in client.get(other).text
    assert client.post(one, {"answer": "give_back"}).location == one
    assert (status_of(first), status_of(second)) == (BookingStatus.GIVEN_BACK, BookingStatus.BOOKED)
    assert "You have given your place back" in client.get(one).text and "Give your place back?" in client.get(other).text


def test_a_post_without_the_cookie_or_without_the_token_does_nothing(client, app):
    booking = asked()
    holding(client, booking, "booking")
    client.get(client.letter)
    assert client._send("POST", client.letter, data={"answer": "give_back"}).status_code == 400
    client.inner.delete_cookie(f"link-{client.letter[-12:]}", domain="localhost")
    assert "We do not know this link" in client.post(client.letter, {"answer": "give_back"}).text
    assert status_of(booking) is BookingStatus.BOOKED


def test_a_link_is_good_for_its_purpose_only(client):
    booking = asked()
    holding(client, booking, "offer")
    assert client.post(client.letter, {"answer": "agree"}).status_code == 200
    holding(client, booking, "coming")
    client.post(client.letter, {"answer": "move", "to": a_session(course=booking.course_session.course, starts_in=timedelta(days=30)).ref})
    assert status_of(booking) is BookingStatus.BOOKED


def offered():
    """Somebody to whom the place of another is offered."""
    session = a_session(places=1, starts_in=timedelta(days=20))
    has = services.book_place(session_id=session.id, person_id=a_person().id, by="X", now=clock.now())
    me = a_person(first_name="Amina", last_name="Yusuf")
    waits = services.book_place(session_id=session.id, person_id=me.id, by=me.name, now=clock.now())
    services.give_back(booking_id=has.id, by="X", now=clock.now() - timedelta(minutes=20))
    services.settle_session(session_id=session.id, now=clock.now())
    assert status_of(waits) is BookingStatus.OFFERED
    return db.session.get(Booking, waits.id)


def test_an_offer_is_taken_from_the_letter_and_twice_is_once(client):
    booking = offered()
    holding(client, booking, "offer")
    assert "A place is free for you" in client.get(client.letter).text
    for _ in range(2):
        assert "<h1>You have a place</h1>" in client.follow(client.post(client.letter, {"answer": "take"})).text
    events = db.session.query(BookingEvent).filter_by(booking_id=booking.id, act=Act.ACCEPT).count()
    assert (status_of(booking), events) == (BookingStatus.BOOKED, 1)


def test_leaving_the_list_from_a_letter_can_be_undone_there(client):
    session = a_session(places=1, starts_in=timedelta(days=20))
    services.book_place(session_id=session.id, person_id=a_person().id, by="X", now=clock.now())
    waits = services.book_place(session_id=session.id, person_id=a_person().id, by="me", now=clock.now())
    holding(client, waits, "booking")
    assert "For 15 minutes you can undo it and stand where you stood" in client.get(client.letter).text
    client.follow(client.post(client.letter, {"answer": "give_back"}))
    page = client.get(client.letter).text
    assert status_of(waits) is BookingStatus.LEFT_LIST
    assert "You have left the waiting list" in page and "you can stand on the list again where you stood" in page
    page = client.follow(client.post(client.letter, {"answer": "undo"})).text
    assert status_of(waits) is BookingStatus.WAITING and "<h1>You are on the waiting list</h1>" in page and "1st of 1" in page


def test_no_thank_you_takes_a_person_off_the_list_and_never_gives_back_a_place_that_was_taken(client):
    booking = offered()
    holding(client, booking, "offer")
    client.get(client.letter)
    client.follow(client.post(client.letter, {"answer": "no"}))
    assert status_of(booking) is BookingStatus.LEFT_LIST
    page = client.get(client.letter).text
    assert "You have said no to this place" in page and "Undo: hold it for me again" in page and "Then it goes to the next person" in page
    assert "A place is free for you" in client.follow(client.post(client.letter, {"answer": "undo"})).text
    assert status_of(booking) is BookingStatus.OFFERED
    client.post(client.letter, {"answer": "no"})
    taken = offered()
    services.accept_offer(booking_id=taken.id, by="me", now=clock.now())
    holding(client, taken, "offer")
    assert "not on offer to you any more" in client.post(client.letter, {"answer": "no"}).text
    assert status_of(taken) is BookingStatus.BOOKED


def test_an_offer_whose_time_has_passed_says_so_and_leads_back_to_the_list_once(client):
    booking = offered()
    with transaction() as session:
        session.get(Booking, booking.id).due_at = clock.now() - timedelta(minutes=1)
    holding(client, booking, "offer")
    page = client.get(client.letter).text
    assert "This place has gone to the next person" in page and "Join the list again" in page
    assert "gone to the next person" in client.post(client.letter, {"answer": "take"}).text
    client.follow(client.post(client.letter, {"answer": "rejoin"}))
    assert status_of(booking) in (BookingStatus.WAITING, BookingStatus.OFFERED)


def to_agree(**more):
    """A request that waits for the manager."""
    person = a_person(first_name="Amina", last_name="Yusuf")
    with transaction() as session:
        person.affiliation.manager_email = "dev.chandra@example.org"
        session.merge(person.affiliation)
    return asked(person, course=a_course(approval=Approval.MANAGER), **more)


@pytest.mark.parametrize(("answer", "more", "status", "said"), [
    ("agree", {}, BookingStatus.BOOKED, "Amina Yusuf has the place"),
    ("refuse", {"more": "Too short of staff"}, BookingStatus.REFUSED, "This request was not agreed"),
    ("not_manager", {}, BookingStatus.AWAITING_COORDINATOR, "The coordinator decides now"),
])
def test_a_manager_answers_without_an_account(client, answer, more, status, said):
    booking = to_agree()
    assert status_of(booking) is BookingStatus.AWAITING_MANAGER
    holding(client, booking, "approval", person=False)
    page = client.get(client.letter).text
    assert "Can Amina Yusuf take this place?" in page and "Yes, I agree" in page and "I am not Amina" in page
    assert said in client.follow(client.post(client.letter, {"answer": answer, **more})).text
    assert status_of(booking) is status
    assert "Yes, I agree" not in client.get(client.letter).text


def test_a_manager_who_comes_too_late_reads_what_became_of_it(client):
    booking = to_agree()
    with transaction() as session:
        session.get_one(Booking, booking.id).due_at = clock.now() - timedelta(seconds=1)
    holding(client, booking, "approval", person=False, expires_in=timedelta(seconds=-1))
    assert "The time for this answer has passed" in client.get(client.letter).text
    client.post(client.letter, {"answer": "agree"})
    assert status_of(booking) is BookingStatus.AWAITING_MANAGER


def test_still_coming_is_said_in_one_tap(client):
    booking = asked(starts_in=timedelta(days=10), confirm_days=12)
    with transaction() as session:
        session.get(Booking, booking.id).agreed_at = clock.now() - timedelta(days=5)
    services.ask_still_coming(session_id=booking.course_session_id, now=clock.now() - timedelta(minutes=5))
    holding(client, booking, "coming")
    assert "Are you still coming?" in client.get(client.letter).text
    done = client.follow(client.post(client.letter, {"answer": "coming"}))
    assert "We know that you are coming" in done.text
    db.session.rollback()
    assert db.session.get(Booking, booking.id).due_at is None


def test_an_old_link_says_what_happened_and_what_to_do_now(client):
    booking = asked()
    holding(client, booking, "booking", expires_in=timedelta(seconds=-1))
    page = client.get(client.letter).text
    assert "This link is too old to be used." in page and booking.course_session.title in page and "My training" in page
    client.post(client.letter, {"answer": "give_back"})
    assert status_of(booking) is BookingStatus.BOOKED
    other = type(client)(client.app)
    assert "your browser sent none. Open the link in your letter again" in other.get("/answer").text
    other.get("/sign-in")
    assert "We do not know this link" in other.get("/answer").text


def test_a_link_of_another_person_does_not_open_the_booking(client):
    booking = asked()
    holding(client, booking, "booking")
    with transaction() as session:
        session.query(Link).update({"person_id": a_person().id})
    assert "does not work any more" in client.get(client.letter).text


def test_a_manager_who_was_asked_and_is_none_any_more_passes_the_request_on_and_decides_nothing(client):
    person = a_person(first_name="Amina", last_name="Yusuf")
    person.affiliation.manager_email = "old@example.org"
    db.session.commit()
    booking = asked(person, course=a_course(approval=Approval.MANAGER))
    person.affiliation.manager_email = "new@example.org"
    db.session.commit()
    holding(client, booking, "approval", person=False)
    for answer in ("agree", "refuse"):
        assert "no longer names you as their manager" in client.post(client.letter, {"answer": answer}).text
        assert status_of(booking) is BookingStatus.AWAITING_MANAGER
    client.follow(client.post(client.letter, {"answer": "not_manager"}))
    assert status_of(booking) is BookingStatus.AWAITING_COORDINATOR


def test_a_link_whose_time_is_long_over_says_so_and_what_to_do_now_until_it_is_forgotten(client):
    booking = asked()
    holding(client, booking, "booking", expires_in=-timedelta(days=89))
    forget_links(now=clock.now())
    assert "This link is too old to be used" in client.get(client.letter).text
    forget_links(now=clock.now() + timedelta(days=2))
    page = client.get(client.letter).text
    assert "It may be more than three months old" in page and 'href="/my-training"' in page


def test_while_a_session_is_under_way_a_new_time_of_a_later_part_is_answered_by_a_yes_or_by_apologies(client):
    course_session = a_session(starts_in=timedelta(days=-1))
    booking = a_booking(course_session, booked_at=clock.now() - timedelta(days=30))
    with transaction() as session:
        kept = session.get_one(CourseSession, course_session.id)
        later = clock.now() + timedelta(days=6)
        session.add(SessionPart(course_session_id=kept.id, starts_at=later, ends_at=later + timedelta(hours=2)))
        kept.ends_at, kept.last_day, kept.times_changed_at = later + timedelta(hours=2), later.date(), clock.now() - timedelta(hours=2)
    holding(client, booking, "coming")
    page = client.get(client.letter).text
    assert "Can you still come?" in page and "send my apologies" in page and "give my place back" not in page
    assert client.post(client.letter, {"answer": "coming"}).status_code == 302
    assert db.session.query(BookingEvent).filter_by(booking_id=booking.id, act=Act.STILL_COMING).count() == 1
    assert "Can you still come?" not in client.get(client.letter).text


@pytest.mark.parametrize("asks", ["the person", "a colleague"])
def test_a_manager_reads_on_the_page_who_asked_for_whom(client, asks):
    ann, bea = a_person(first_name="Ann", last_name="Lee"), a_person(first_name="Bea", last_name="Cole")
    with transaction():
        bea.affiliation.manager_email = "dev.chandra@example.org"
    behalf = OnBehalf(ann.id) if asks == "a colleague" else None
    booking = services.book_place(session_id=a_session(course=a_course(approval=Approval.MANAGER)).id, person_id=bea.id, by=(ann if behalf else bea).name, now=clock.now(), behalf=behalf)
    holding(client, booking, "approval", person=False)
    page = client.get(client.letter).text
    assert ("Ann Lee asked for Bea on" if behalf else "<p>Bea asked on") in page and "You are named as Bea&rsquo;s manager." in page
