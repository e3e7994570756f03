"""No-shows ahead: sessions are forecast, people are not."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.imports.services import import_programme
from tests.builders import a_booking, a_course, a_person, a_session, an_agency
from tests.reporting.test_report_figures import DATA


@pytest.fixture
def coordinator(as_role):
    return as_role(Role.COORDINATOR)


def text(browser):
    return browser.get("/desk/no-shows-ahead").text


def held(course, people, booked, absent, days_ago):
    """A past session with its finished register."""
    session = a_session(course=course, starts_in=timedelta(days=-days_ago), places=20, status=SessionStatus.DELIVERED)
    bookings = [a_booking(session, people[number], booked_at=session.starts_at - timedelta(days=30)) for number in range(booked)]
    with transaction() as db_session:
        for number, booking in enumerate(bookings):
            db_session.add(Attendance(booking_id=booking.id, outcome=Outcome.NO_SHOW if number < absent else Outcome.ATTENDED, marked_at=session.ends_at))
        db_session.add(Register(course_session_id=session.id, finished_at=session.ends_at))
    return session


def test_without_a_history_it_says_that_it_assumes(coordinator):
    a_session()
    page = text(coordinator)
    assert "starting assumption: about 1 in 4" in page and "0 past sessions could be compared" in page
    assert "Fewer than 5 are booked: it would be about single people" in page


def test_nothing_to_come_is_said(coordinator):
    assert "No session is on the programme" in text(coordinator)


def test_the_real_year_gives_a_range_extra_places_and_how_good_it_was(coordinator):
    import_programme(DATA, now=clock.now())
    agency = an_agency()
    session = a_session(places=20, course=a_course())
    for _ in range(20):
        a_booking(session, a_person(agency=agency))
    for _ in range(6):
        a_booking(session, a_person(agency=agency), status=BookingStatus.WAITING)
    page = text(coordinator)
    assert "of the 20</td>" in page and "extra place" in page and "chances in 100 of too many people" in page
    assert "With 20 places taken, which is all of them: too many people cannot come; about" in page and "With 22 places taken: about" in page
    assert "the forecast, made from what was known a week before, was within 3 people in" in page
    assert "What was expected beside what happened" in page


def test_of_a_session_that_is_half_empty_it_is_not_said_that_two_places_will_be(coordinator):
    """What is worked out for a full room is said as that."""
    import_programme(DATA, now=clock.now())
    session, agency = a_session(places=30), an_agency()
    for _ in range(14):
        a_booking(session, a_person(agency=agency))
    page = text(coordinator)
    assert "14 of 30" in page and "With 30 places taken, which is all of them" in page and "As it is" not in page


def test_a_newly_finished_register_changes_what_is_learnt(coordinator):
    agency = an_agency()
    people = [a_person(agency=agency) for _ in range(20)]
    course = a_course()
    for number in range(3):
        held(course, people, 20, 5, 30 + number)
    assert "<b>15 of 60</b>" in text(coordinator)
    held(course, people, 20, 20, 20)
    assert "<b>35 of 80</b>" in text(coordinator)


def test_no_person_and_no_single_chance_is_on_the_page(coordinator):
    agency = an_agency(name="The only agency")
    people = [a_person(agency=agency, last_name=f"Namesake{number}") for number in range(20)]
    course = a_course()
    for number in range(10):
        held(course, people, 20, 4, 30 + number)
    session = a_session(places=20, course=course)
    for person in people[:4]:
        a_booking(session, person)
    assert "Namesake" not in text(coordinator) and "to 4 of the 4" not in text(coordinator) and "The only agency" not in text(coordinator)
    for person in people[4:]:
        a_booking(session, person)
    page = text(coordinator)
    assert "Namesake" not in page and "of the 20</td>" in page


def test_only_coordinators_may_look(as_role):
    assert as_role(Role.TRAINER, Role.REPORT_AUTHOR).get("/desk/no-shows-ahead", checked=False).status_code == 403


def test_the_desk_its_session_page_and_the_trainer_read_what_to_expect(as_role, coordinator):
    agency, course = an_agency(), a_course()
    people = [a_person(agency=agency) for _ in range(20)]
    for number in range(10):
        held(course, people, 20, 4, 30 + number)
    browser = as_role(Role.TRAINER)
    session = a_session(places=20, course=course, trainer=db.session.get(Person, browser.person_id))
    for person in people[:4]:
        a_booking(session, person)
    for page in (coordinator.get("/desk"), coordinator.get(f"/desk/sessions/{session.ref}"), browser.get("/my-sessions")):
        assert "to 4 of" not in page.text and "Likely to come:" not in page.text, "of four people it would be about single ones"
    for person in people[4:]:
        a_booking(session, person)
    low, high = re.search(r">(\d+) to (\d+) of the 20</td>", text(coordinator)).groups()
    assert f'data-h="Likely to come">{low} to {high}</td>' in coordinator.get("/desk").text
    page = coordinator.get(f"/desk/sessions/{session.ref}").text
    assert f"Likely to come: <strong>{low} to {high}</strong> of the 20 booked" in page and f"/desk/no-shows-ahead#{session.ref}" in page
    assert f"Likely to come: {low} to {high} of the 20 with a place" in browser.get("/my-sessions").text


def test_where_more_came_than_there_were_places_it_says_whom_it_counts(coordinator):
    course, people = a_course(), [a_person() for _ in range(7)]
    for number in range(20):
        session = held(course, people, 5, 0, 10 + 7 * number)
        session.capacity = 5
        for person in people[5:]:
            booking = a_booking(session, person, status=BookingStatus.WALK_IN)
            db.session.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at))
        db.session.commit()
    page = text(coordinator)
    assert "More of those who were booked came than there were places in 0; whoever walked in is not counted." in page and "More people came" not in page
