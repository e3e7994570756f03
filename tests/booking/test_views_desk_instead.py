"""A coordinator moves somebody to another date, or lets a colleague come instead: a page that says what it means, and one button."""

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db
from tests.booking.test_views_mine import words
from tests.builders import a_booking, a_course, a_person, a_session


@pytest.fixture
def desk(as_role):
    """A coordinator's browser."""
    return as_role(Role.COORDINATOR)


def on(session):
    db.session.rollback()
    return {one.person_id: one for one in db.session.query(Booking).filter_by(course_session_id=session.id)}


def test_somebody_is_moved_to_another_date_can_decline_it_and_has_the_first_place_again_as_the_page_said(desk):
    person, session = a_person(first_name="Amina", last_name="Yusuf"), a_session()
    other = a_session(course=session.course, starts_in=timedelta(days=30))
    booking = services.book_place(session_id=session.id, person_id=person.id, by="Amina", now=clock.now())
    assert "Move to another date" in words(desk.get(f"/desk/bookings/{booking.ref}"))
    page = desk.get(f"/desk/bookings/{booking.ref}/move")
    assert "can decline it. Then this place is theirs again if it is still free; if not, they stand at the front of the waiting list" in words(page)
    assert "Choose the date that they go to" in words(desk.post(f"/desk/bookings/{booking.ref}/move"))
    assert "has a place on the other date" in words(desk.follow(desk.post(f"/desk/bookings/{booking.ref}/move", {"to": other.ref})))
    new = on(other)[person.id]
    assert (on(session)[person.id].status, new.status) == (BookingStatus.MOVED, BookingStatus.BOOKED)
    new = on(other)[person.id]
    assert (new.booked_by_id, new.agreed_at) == (desk.person_id, None)
    services.decline(booking_id=new.id, by="Amina", now=clock.now())
    assert (on(session)[person.id].status, on(other)[person.id].status) == (BookingStatus.BOOKED, BookingStatus.GIVEN_BACK)


def test_without_another_date_or_a_place_there_is_no_button(desk):
    booking = a_booking(a_session())
    page = desk.get(f"/desk/bookings/{booking.ref}/move")
    assert "No other date of this course has places" in words(page) and "Move the place" not in page.text
    gone = a_booking(a_session(), status=BookingStatus.WAITING)
    for what in ("move", "substitute"):
        page = desk.get(f"/desk/bookings/{gone.ref}/{what}")
        assert "They have no place here" in words(page) and "<button" not in page.text.partition("<main")[2]


def test_a_colleague_comes_instead_once_the_page_has_named_them_and_is_checked_like_anybody(desk):
    booking, colleague = a_booking(a_session()), a_person(first_name="Ben", last_name="Okafor")
    address = f"/desk/bookings/{booking.ref}/substitute"
    assert "Nobody with this address is known here" in words(desk.post(address, {"email": "nobody@example.org"}))
    page = desk.post(address, {"email": colleague.email})
    assert "Ben Okafor is checked like anybody who books" in words(page) and "Give the place to Ben Okafor" in words(page)
    assert colleague.id not in on(booking.course_session)
    done = desk.follow(desk.post(address, {"email": colleague.email, "person": str(colleague.id)}))
    assert "Ben Okafor has the place now. Both are told" in words(done)
    assert on(booking.course_session)[colleague.id].status is BookingStatus.BOOKED
    assert on(booking.course_session)[booking.person_id].status is BookingStatus.SUBSTITUTED


def test_a_colleague_to_whom_the_course_is_not_open_is_refused_with_the_rule(desk):
    booking, colleague = a_booking(a_session(course=a_course(least_level=3))), a_person()
    page = desk.post(f"/desk/bookings/{booking.ref}/substitute", {"email": colleague.email, "person": str(colleague.id)})
    assert "This course is for level 3. We do not know their level" in words(page)
    assert on(booking.course_session)[booking.person_id].status is BookingStatus.BOOKED


def test_an_offer_is_taken_for_somebody_who_rings_and_the_history_says_by_whom(desk):
    session, person = a_session(places=1, course=a_course(approval=Approval.COORDINATOR)), a_person(first_name="Hari", last_name="Pillai")
    booking = a_booking(session, person, status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(hours=5))
    assert f"/desk/bookings/{booking.ref}/accept" in desk.get(f"/desk/sessions/{session.ref}").text
    assert "Nobody else has to agree" in words(desk.get(f"/desk/bookings/{booking.ref}/accept"))
    assert "Hari Pillai has the place." in words(desk.follow(desk.post(f"/desk/bookings/{booking.ref}/accept")))
    assert on(session)[person.id].status is BookingStatus.BOOKED
    event = db.session.query(BookingEvent).filter_by(booking_id=booking.id).order_by(BookingEvent.id.desc()).first()
    assert (event.act, event.by) == (Act.ACCEPT, db.session.get(Person, desk.person_id).name)
    gone = a_booking(a_session(places=1), status=BookingStatus.OFFERED, due_at=clock.now() - timedelta(minutes=1))
    assert "has gone to the next person" in words(desk.post(f"/desk/bookings/{gone.ref}/accept"))


@pytest.mark.parametrize("left", [0, 1])
def test_a_date_that_filled_meanwhile_is_said_at_the_field_of_the_desk(desk, left):
    session = a_session()
    full = a_session(course=session.course, places=1, starts_in=timedelta(days=20))
    for _ in range(left):
        a_session(course=session.course, starts_in=timedelta(days=30))
    booking = a_booking(session)
    a_booking(full)
    page = words(desk.post(f"/desk/bookings/{booking.ref}/move", {"to": full.ref}))
    assert "That date has filled, or is no longer open, so their place here stays." in page and "Not a valid choice" not in page
    assert on(session)[booking.person_id].status is BookingStatus.BOOKED


def test_a_number_that_is_none_is_answered_with_how_to_type_one(desk):
    session = a_session()
    page = words(desk.post(f"/desk/sessions/{session.ref}/extra-places", {"places": "twelve", "reason": "x"}))
    assert "Enter a whole number, like 12" in page and "Not a valid integer" not in page
