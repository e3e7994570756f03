"""What pages say of who acted, of a colleague who is to go instead, of a group that was offered places, and of waiting for a course."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import facts
from app.booking.rules.states import BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db
from tests.builders import a_course, a_person, a_session, an_account

DAY = timedelta(days=1)


@pytest.fixture
def me(as_role):
    """A delegate's browser."""
    return as_role(Role.DELEGATE)


def person_of(browser):
    return db.session.get(Person, browser.person_id)


def words(page):
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)).replace("&rsquo;", "’").replace("&#39;", "'")


def book(person, session):
    return services.book_place(session_id=session.id, person_id=person.id, by=person.acting, now=clock.now())


def test_what_a_namesake_did_is_not_said_to_be_ones_own_doing(me):
    booking = book(person_of(me), a_session())
    mine = person_of(me)
    namesake = a_person(first_name=mine.first_name, last_name=mine.last_name)
    services.give_back(booking_id=booking.id, by=namesake.acting, now=clock.now())
    assert "Your place was given back" in words(me.get(f"/bookings/{booking.ref}"))


def test_a_colleague_who_needs_a_yes_is_not_said_to_go_until_there_is_one(me):
    booking = book(person_of(me), a_session(course=a_course(approval=Approval.COORDINATOR)))
    a_person(email="colin@example.org", first_name="Colin", last_name="Cole")
    me.post(f"/bookings/{booking.ref}/substitute", {"email": "colin@example.org"})
    page = words(me.get(f"/bookings/{booking.ref}"))
    assert "You have named a colleague to go instead" in page and "Colin Cole goes instead of you once the coordinator has agreed" in page
    new = services.book_place(session_id=booking.course_session_id, person_id=db.session.query(Person).filter_by(email="colin@example.org").one().id,
                              by="x", now=clock.now())
    assert new.status is BookingStatus.AWAITING_COORDINATOR
    services.refuse(booking_id=new.id, reason="", by="c", now=clock.now())
    page = words(me.get(f"/bookings/{booking.ref}"))
    assert "It was not agreed that Colin Cole goes instead of you" in page and "A colleague goes in your place" not in page


def test_each_of_a_group_reads_that_they_wait_together_and_then_that_each_answers_alone(app, me):
    session, booker = a_session(places=1), a_person()
    book(a_person(), session)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=clock.now())
    first = services.book_for_others(session_id=session.id, person_ids=[me.person_id, a_person().id], together=True, by="b",
                                     behalf=OnBehalf(booker.id), now=clock.now())
    (mine,) = (one for one in first if one.person_id == me.person_id)
    assert "1 other of your group waits with you" in words(me.get(f"/bookings/{mine.ref}"))
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=clock.now())
    assert "Each of you answers alone" in words(me.get(f"/bookings/{mine.ref}"))
    (other,) = (one for one in first if one.person_id != me.person_id)
    services.give_back(booking_id=other.id, by="x", now=clock.now())
    assert "of your group" not in words(me.get(f"/bookings/{mine.ref}"))


def test_who_gives_up_a_date_reads_that_they_wait_for_another_and_how_they_have_waited(me, as_role):
    course = a_course()
    session = a_session(course=course, places=1)
    me.post(f"/courses/{course.code}/wait", {"answer": "any"})
    offer = facts.live_booking(session.id, me.person_id)
    assert "You go on waiting for the other dates of the course" in words(me.get(f"/bookings/{offer.ref}"))
    me.post(f"/bookings/{offer.ref}/act", {"answer": "take"})
    assert "Has a place, so the wait is over" in words(me.get(f"/courses/{course.code}"))
    me.post(f"/bookings/{offer.ref}/give-back")
    assert "You wait for this course: any other date will do" in words(me.get(f"/bookings/{offer.ref}"))
    assert "Waits again, as before" in words(me.get(f"/courses/{course.code}"))
    assert f"{course.title}: Waits again, as before" in words(as_role(Role.COORDINATOR).get(f"/desk/people/{me.person_id}/bookings"))
    stranger = an_account()
    assert "Waits again" not in words(type(me)(me.app).signed_in_as(stranger).get(f"/courses/{course.code}"))
