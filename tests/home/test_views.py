"""Where people come in."""

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking.rules.states import BookingStatus
from app.core.db import db
from tests.builders import a_booking, a_course, a_session


def test_the_front_page_shows_the_next_sessions_with_places(client):
    a_session(course=a_course(title="Soon"))
    full = a_session(course=a_course(title="Full one"), places=1)
    a_booking(full)
    page = client.get("/").text
    assert "Soon" in page and "Full one" not in page


def test_the_front_page_of_an_empty_programme_says_so(client):
    assert "No session has places at present" in client.get("/").text


@pytest.mark.parametrize(("role", "address"), [
    (Role.COORDINATOR, "/desk"), (Role.TRAINER, "/my-sessions"), (Role.REPORT_AUTHOR, "/reports/annual"),
    (Role.ADMINISTRATOR, "/desk/people"), (Role.DELEGATE, "/my-training"),
])
def test_signing_in_leads_each_role_to_its_work(as_role, role, address):
    assert as_role(role).get("/start").location == address


def test_my_training_without_anything_offers_a_course(as_role):
    assert "Nothing booked yet. 0 sessions have places at present." in as_role(Role.DELEGATE).get("/my-training").text


def test_my_training_shows_places_waiting_places_and_questions(as_role):
    browser = as_role(Role.DELEGATE)
    me = db.session.get(Person, browser.person_id)
    a_booking(a_session(course=a_course(title="Booked one")), me)
    waiting = a_session(course=a_course(title="Waited for"), places=1)
    a_booking(waiting)
    a_booking(waiting, status=BookingStatus.WAITING)
    a_booking(waiting, me, status=BookingStatus.WAITING)
    a_booking(a_session(course=a_course(title="Yesterday"), starts_in=timedelta(days=-1)), me)
    page = browser.get("/my-training").text
    assert "2nd of 2 waiting" in page and "2 things for you" in page and "Register not in yet" in page


def test_my_training_takes_as_many_statements_for_many_bookings_as_for_few(as_role, counting):
    browser = as_role(Role.DELEGATE)
    me = db.session.get(Person, browser.person_id)

    def some():
        a_booking(a_session(), me)
        a_booking(a_session(places=1), me, status=BookingStatus.WAITING)
        a_booking(a_session(starts_in=timedelta(days=-1)), me)

    some()
    few = counting(lambda: browser.get("/my-training"))
    for _ in range(12):
        some()
    assert counting(lambda: browser.get("/my-training")) == few


def test_the_desk_names_what_needs_a_coordinator(as_role):
    browser = as_role(Role.COORDINATOR)
    assert "Nothing needs you today" in browser.get("/desk").text
    a_session(course=a_course(title="Old one"), starts_in=timedelta(days=-2), trainer=None)
    a_session(course=a_course(title="Next one"))
    page = browser.get("/desk").text
    assert "2 things need you" in page and "1 register is missing" in page and "1 session without a trainer" in page


@pytest.mark.parametrize("address", ["/help", "/privacy", "/accessibility"])
def test_the_pages_about_the_service_are_open_to_everybody(client, address):
    assert client.get(address).status_code == 200
