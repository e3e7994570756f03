"""Nobody says yes to a time that they were never shown: whatever changed since the page was opened is said before anything is done."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation, Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingNeed, HeldPlaces
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.ui.filters import full_date
from tests.booking.test_views_letters import holding
from tests.builders import a_booking, a_course, a_person, a_session, an_account
from tests.faults.browsing import forms

CHANGED = "The time of this session has changed since you opened the page"


@pytest.fixture
def browser(as_role):
    return as_role(Role.DELEGATE)


def form_with(answer, button):
    """What the form of this button sends as it stands."""
    return dict(next(form for form in forms(answer.text) if button in form.buttons).fields)


def move(session, by=timedelta(days=3)):
    """The coordinator moves the session."""
    db.session.rollback()
    kept = db.session.get_one(CourseSession, session.id)
    planned = Planned([(part.starts_at + by, part.ends_at + by) for part in kept.parts], kept.format, kept.venue_or_link, kept.trainer_id)
    services.change_session(session_id=session.id, planned=planned, capacity=kept.capacity, by="c", now=clock.now())
    return full_date(planned.parts[0][0])


def fresh(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def test_a_page_of_an_earlier_time_books_nothing_keeps_what_was_typed_and_books_when_the_new_time_was_read(browser):
    session = a_session(places=2)
    address = f"/sessions/{session.ref}/book"
    form = form_with(browser.get(address), "Book a place") | {"access": "A ramp, please"}
    day = move(session)
    page = browser.post(address, form)
    assert CHANGED in page.text and day in page.text and "A ramp, please" in page.text
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0
    browser.follow(browser.post(address, form_with(page, "Book a place")))
    assert db.session.scalar(sa.select(BookingNeed.access)) == "A ramp, please"


def test_a_form_that_says_nothing_of_times_books_as_ever(browser):
    session = a_session(places=2)
    move(session)
    browser.follow(browser.post(f"/sessions/{session.ref}/book", {"once": "a key"}))
    assert db.session.scalar(sa.select(Booking.status)) is BookingStatus.BOOKED


def test_a_form_sent_again_after_the_time_changed_has_the_answer_that_it_had(browser):
    session = a_session(places=2)
    address = f"/sessions/{session.ref}/book"
    form = form_with(browser.get(address), "Book a place")
    first = browser.post(address, form)
    move(session)
    assert browser.post(address, form).location == first.location


@pytest.mark.parametrize(("status", "button", "answer"), [
    (BookingStatus.BOOKED, "Yes, I am coming", "coming"), (BookingStatus.OFFERED, "Take the place", "take"),
    (BookingStatus.WAITING, "Yes, whenever: book me without asking", "whenever"),
])
def test_a_yes_on_the_page_of_a_booking_counts_only_for_the_time_that_it_showed(browser, status, button, answer):
    session = a_session(places=1)
    booking = a_booking(session, db.session.get_one(Person, browser.person_id), status=status, due_at=clock.now() + timedelta(hours=20)
                        if status is BookingStatus.OFFERED else None, booked_at=clock.now() - timedelta(days=1))
    if status is BookingStatus.WAITING:
        a_booking(session)
    move(session)
    form = form_with(browser.get(f"/bookings/{booking.ref}"), button) | {"answer": answer}
    day = move(session)
    page = browser.follow(browser.post(f"/bookings/{booking.ref}/act", form))
    assert CHANGED in page.text and day in page.text
    kept = fresh(booking)
    assert (kept.status, kept.agreed_at, kept.whenever) == (status, None, False)
    page = browser.follow(browser.post(f"/bookings/{booking.ref}/act", form_with(page, button) | {"answer": answer}))
    kept = fresh(booking)
    assert CHANGED not in page.text and (kept.agreed_at is not None or kept.whenever)


@pytest.mark.parametrize(("purpose", "status", "button", "answer"), [
    ("coming", BookingStatus.BOOKED, "Yes, I am coming", "coming"), ("offer", BookingStatus.OFFERED, "Take the place", "take"),
])
def test_a_yes_on_the_page_of_a_letter_counts_only_for_the_time_that_it_showed(client, purpose, status, button, answer):
    booking = a_booking(a_session(places=1), status=status, due_at=clock.now() + timedelta(hours=20) if status is BookingStatus.OFFERED else None,
                        booked_at=clock.now() - timedelta(days=1))
    move(booking.course_session)
    holding(client, booking, purpose)
    form = form_with(client.get(client.letter), button) | {"answer": answer}
    day = move(booking.course_session)
    page = client.post(client.letter, form)
    assert CHANGED in page.text and day in page.text and fresh(booking).agreed_at is None
    client.follow(client.post(client.letter, form_with(page, button) | {"answer": answer}))
    assert fresh(booking).agreed_at is not None and fresh(booking).status is BookingStatus.BOOKED


def test_a_place_moves_to_no_date_whose_time_changed_since_it_was_shown(browser):
    course = a_course()
    booking = a_booking(a_session(course=course), db.session.get_one(Person, browser.person_id))
    other, third = a_session(course=course, starts_in=timedelta(days=30)), a_session(course=course, starts_in=timedelta(days=40))
    address = f"/bookings/{booking.ref}/move"
    form = form_with(browser.get(address), "Move my place") | {"to": other.ref}
    day = move(other)
    page = browser.post(address, form)
    assert CHANGED in page.text and day.split(" ", 1)[1] in page.text and fresh(booking).status is BookingStatus.BOOKED
    move(third)
    browser.follow(browser.post(address, form_with(page, "Move my place") | {"to": other.ref}))
    assert fresh(booking).status is BookingStatus.MOVED


def test_a_manager_books_others_for_the_time_that_the_page_showed(as_role):
    manager, person, session = as_role(Role.COORDINATOR), a_person(), a_session(places=3)
    address = f"/sessions/{session.ref}/book-for-others"
    form = form_with(manager.get(address), "Book for them") | {"pasted": person.email, "act": "book"}
    move(session)
    page = manager.post(address, form)
    assert CHANGED in page.text and person.email in page.text and db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0
    manager.follow(manager.post(address, form_with(page, "Book for them") | {"pasted": person.email, "act": "book"}))
    assert db.session.scalar(sa.select(Booking.status)) is BookingStatus.BOOKED


def asking(manager=None):
    """A request that waits for a manager."""
    return a_booking(a_session(), manager and a_person_of(manager), status=BookingStatus.AWAITING_MANAGER, due_at=clock.now() + timedelta(days=2),
                     manager_email=manager or "boss@example.org")


def a_person_of(manager):
    person = a_person()
    person.affiliation.manager_email = manager
    db.session.commit()
    return person


@pytest.mark.parametrize("page", ["/my-team", "/my-team/requests/{ref}"])
def test_a_manager_agrees_only_to_the_time_that_the_page_showed(as_role, page):
    browser = as_role(Role.LINE_MANAGER)
    booking = asking(db.session.get_one(Person, browser.person_id).email)
    form = form_with(browser.get(page.format(ref=booking.ref)), "Yes, I agree" if "ref" in page else f"Agree: {booking.person.name}, {booking.course_session.title}")
    day = move(booking.course_session)
    answer = browser.post(f"/my-team/requests/{booking.ref}", form | {"act": "agree"})
    assert CHANGED in answer.text and day in answer.text and fresh(booking).status is BookingStatus.AWAITING_MANAGER
    browser.follow(browser.post(f"/my-team/requests/{booking.ref}", form_with(answer, "Yes, I agree") | {"act": "agree"}))
    assert fresh(booking).status is BookingStatus.BOOKED


def test_the_letter_that_asked_a_manager_before_the_time_changed_decides_nothing_and_says_that_there_is_a_later_one(client):
    booking = asking()
    db.session.execute(sa.update(Affiliation).where(Affiliation.person_id == booking.person_id).values(manager_email="boss@example.org"))
    db.session.commit()
    holding(client, booking, "approval", person=False)
    form = form_with(client.get(client.letter), "Yes, I agree") | {"answer": "agree"}
    assert form["times"] == "0"
    day = move(booking.course_session)
    page = client.post(client.letter, form)
    assert "There is a later letter about this request" in page.text and "Nobody answered in time" not in page.text and day in page.text
    assert fresh(booking).status is BookingStatus.AWAITING_MANAGER


def test_a_coordinator_agrees_only_to_the_time_that_the_page_showed(as_role):
    desk, booking = as_role(Role.COORDINATOR), asking()
    address = f"/desk/bookings/{booking.ref}/agree"
    form = form_with(desk.get(address), "Agree")
    move(booking.course_session)
    page = desk.post(address, form)
    assert CHANGED in page.text and fresh(booking).status is BookingStatus.AWAITING_MANAGER
    desk.follow(desk.post(address, form_with(page, "Agree")))
    assert fresh(booking).status is BookingStatus.BOOKED


def test_places_held_without_names_get_none_at_a_time_that_was_never_shown(client):
    me, session = a_person(), a_session(places=5, starts_in=timedelta(days=20))
    lead, colleague = client.signed_in_as(an_account(Role.AGENCY_LEAD, person=me)), a_person(agency=me.affiliation.agency)
    services.hold_places(session_id=session.id, agency_id=me.affiliation.agency_id, by_id=me.id, places=2, now=clock.now(),
                         releases_at=session.starts_at - timedelta(days=5))
    address = f"/my-agency/held/{db.session.scalar(sa.select(HeldPlaces.ref))}"
    form = form_with(lead.get(address), "Name them") | {"pasted": colleague.email, "act": "book"}
    day = move(session)
    page = lead.post(address, form)
    assert CHANGED in page.text and day in page.text and colleague.email in page.text
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0
    lead.follow(lead.post(address, form_with(page, "Name them") | {"act": "book"}))
    assert db.session.scalar(sa.select(Booking.person_id)) == colleague.id
