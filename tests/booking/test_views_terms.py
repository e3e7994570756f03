"""Every page that asks for a first yes shows the terms, with their version, that are agreed to with it; and says so only to who agreed."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db
from app.ui.filters import short_date
from tests.booking.test_views_letters import holding
from tests.builders import a_booking, a_course, a_person, a_session

ASKED = "By saying yes you agree to the terms"


@pytest.fixture
def said(app):
    """The day of the terms that hold, as a page says it."""
    return short_date(services.save_terms(text="Come on time.", by="c", now=clock.now()).starts_at)


def offered(person=None):
    return a_booking(a_session(places=1), person, status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(hours=20))


def booked_by_another(person=None):
    return a_booking(a_session(), person, booked_by_id=a_person().id)


@pytest.mark.parametrize("made", [offered, booked_by_another])
def test_the_page_of_a_place_shows_the_terms_until_the_person_has_said_yes(as_role, said, made):
    browser = as_role(Role.DELEGATE)
    booking = made(db.session.get_one(Person, browser.person_id))
    page = browser.get(f"/bookings/{booking.ref}").text
    assert f"{ASKED} of {said}" in page and "Come on time." in page and "You agreed to the terms" not in page
    yes = services.accept_offer if made is offered else services.say_still_coming
    yes(booking_id=booking.id, by="them", now=clock.now())
    page = browser.get(f"/bookings/{booking.ref}").text
    assert ASKED not in page and f"You agreed to the terms of {said}" in page


@pytest.mark.parametrize("made", [a_booking, booked_by_another])
def test_the_page_to_move_to_another_date_shows_the_terms_to_whoever_said_no_yes_yet_and_others_keep_theirs(as_role, said, made):
    browser = as_role(Role.DELEGATE)
    person, session = db.session.get_one(Person, browser.person_id), a_session()
    a_session(course=session.course, starts_in=timedelta(days=20))
    booking = services.book_place(session_id=session.id, person_id=person.id, by="them", now=clock.now()) if made is a_booking else a_booking(
        session, person, booked_by_id=a_person().id)
    services.save_terms(text="Come early.", by="c", now=clock.now())
    assert ("Come early." in browser.get(f"/bookings/{booking.ref}/move").text) == (made is booked_by_another)


def fields(page, action):
    """What the form with this button sends, from a page that stays open."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if action in one)
    return {name: value for tag in re.findall(r"<input[^>]*>", form) if 'type="hidden"' in tag
            for name, value in [[re.search(rf'{key}="([^"]*)"', tag).group(1) for key in ("name", "value")]]}


def waiting_near(person):
    session = a_session(places=2, starts_in=timedelta(hours=1))
    return a_booking(session, person, status=BookingStatus.WAITING)


def first_yes_by(made, button, answer):
    def opened(browser):
        booking = made(db.session.get_one(Person, browser.person_id))
        address = f"/bookings/{booking.ref}"
        page = browser.get(address).text
        return address, f"{address}/act", fields(page, button) | {"answer": answer}
    return opened


def booking_page(_browser):
    session = a_session()
    address = f"/sessions/{session.ref}/book"
    return address, address, fields(_browser.get(address).text, "Book") | {"whenever": "ask"}


def moving(browser):
    booking = booked_by_another(db.session.get_one(Person, browser.person_id))
    there = a_session(course=booking.course_session.course, starts_in=timedelta(days=20))
    address = f"/bookings/{booking.ref}/move"
    return address, address, fields(browser.get(address).text, "Move my place") | {"to": there.ref}


def first_date_for_who_takes_any(browser):
    """The first press is answered by an offer that somebody is made in that moment, and takes."""
    course = a_course()
    services.wait_for_course(course_id=course.id, person_id=browser.person_id, any_date=True, now=clock.now() - timedelta(hours=1))
    address = f"/sessions/{a_session(course=course).ref}/book"
    return address, address, fields(browser.get(address).text, "Book") | {"whenever": "ask"}


@pytest.mark.parametrize("opened", [
    booking_page, first_date_for_who_takes_any, moving, first_yes_by(offered, "Take the place", "take"), first_yes_by(booked_by_another, "Yes, I am coming", "coming"),
    first_yes_by(waiting_near, "Take the free place", "take_free")])
def test_a_yes_is_to_the_terms_that_the_page_showed_and_others_are_shown_first(as_role, said, opened):
    browser = as_role(Role.DELEGATE)
    address, to, sends = opened(browser)
    second = services.save_terms(text="Come early.", by="c", now=clock.now()).id

    def agreed():
        db.session.rollback()
        return db.session.scalars(sa.select(Booking.terms_id).where(Booking.agreed_at.is_not(None))).all()

    before = agreed()
    answer = browser.post(to, sends)
    page = answer.text if answer.status_code == 200 else browser.follow(answer).text
    assert "The terms have changed since you opened the page" in page and agreed() == before
    assert "Come early." in page or "Come early." in browser.get(address).text
    assert browser.post(to, sends | {"terms": str(second)}).status_code == 302 and agreed() == [*before, second]


def kept(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def test_whoever_was_put_on_a_list_reads_the_terms_before_yes_whenever_and_they_are_kept(as_role, said):
    browser, session, long_ago = as_role(Role.DELEGATE), a_session(places=1, starts_in=timedelta(days=20)), clock.now() - timedelta(hours=2)
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=long_ago)
    waits = services.book_place(session_id=session.id, person_id=browser.person_id, by="m", now=long_ago, behalf=services.OnBehalf(a_person().id))
    address = f"/bookings/{waits.ref}"
    page = browser.get(address).text
    assert f"{ASKED} of {said}" in page and kept(waits).terms_id is None
    sends = fields(page, "Yes, whenever") | {"answer": "whenever"}
    second = services.save_terms(text="Come early.", by="c", now=clock.now()).id
    assert "The terms have changed since you opened the page" in browser.follow(browser.post(f"{address}/act", sends)).text
    assert not kept(waits).whenever
    browser.post(f"{address}/act", sends | {"terms": str(second)})
    assert kept(waits).whenever and ASKED not in browser.get(address).text
    services.give_back(booking_id=first.id, by="x", now=clock.now() - timedelta(hours=1))
    services.settle_session(session_id=session.id, now=clock.now())
    assert (kept(waits).status, kept(waits).terms_id) == (BookingStatus.BOOKED, second)


def test_who_joined_a_list_by_the_form_agreed_to_the_terms_there_and_keeps_those(as_role, said):
    browser, session = as_role(Role.DELEGATE), a_session(places=1, starts_in=timedelta(days=20))
    services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    waits = services.book_place(session_id=session.id, person_id=browser.person_id, by="them", now=clock.now())
    agreed = kept(waits).terms_id
    services.save_terms(text="Come early.", by="c", now=clock.now())
    assert agreed is not None and ASKED not in browser.get(f"/bookings/{waits.ref}").text
    services.say_whenever(booking_id=waits.id, whenever=True, by="them", now=clock.now())
    assert kept(waits).terms_id == agreed


def test_a_yes_from_a_letter_is_to_the_terms_that_its_page_showed(client, said):
    booking = offered()
    holding(client, booking, "offer")
    sends = fields(client.get(client.letter).text, "Take the place") | {"answer": "take"}
    services.save_terms(text="Come early.", by="c", now=clock.now())
    page = client.post(client.letter, sends).text
    assert "The terms have changed since you opened the page" in page and "Come early." in page
    db.session.rollback()
    assert db.session.get_one(Booking, booking.id, populate_existing=True).status is BookingStatus.OFFERED


@pytest.mark.parametrize(("made", "purpose"), [(offered, "offer"), (booked_by_another, "booking"), (booked_by_another, "coming")])
def test_the_page_of_a_letter_that_asks_for_a_first_yes_shows_the_terms(client, said, made, purpose):
    holding(client, made(), purpose)
    assert f"{ASKED} of {said}" in client.get(client.letter).text


def test_where_nobody_wrote_terms_those_are_shown_that_came_with_it(client):
    holding(client, offered(), "offer")
    page = client.get(client.letter).text
    assert f"{ASKED}</summary>" in page and "A place is for you alone." in page
