"""Every page that asks for a first yes shows the terms, with their version, that are agreed to with it; and says so only to who agreed."""

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db
from app.ui.filters import short_date
from tests.booking.test_views_letters import holding
from tests.builders import a_booking, a_person, a_session

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


@pytest.mark.parametrize(("made", "purpose"), [(offered, "offer"), (booked_by_another, "booking"), (booked_by_another, "coming")])
def test_the_page_of_a_letter_that_asks_for_a_first_yes_shows_the_terms(client, said, made, purpose):
    holding(client, made(), purpose)
    assert f"{ASKED} of {said}" in client.get(client.letter).text


def test_where_nobody_wrote_terms_those_are_shown_that_came_with_it(client):
    holding(client, offered(), "offer")
    page = client.get(client.letter).text
    assert f"{ASKED}</summary>" in page and "A place is for you alone." in page
