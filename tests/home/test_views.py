"""Where people come in."""

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking import services
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.core import clock
from app.core.db import db, transaction
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer


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


@pytest.mark.parametrize(("outcome", "minutes", "year", "row"), [
    (Outcome.ATTENDED, None, "<strong>3 hours</strong> in", "3 hours</p>"), (Outcome.PARTLY_ATTENDED, 60, "<strong>1 hour</strong> in", "1 hour of 3 hours"),
    (Outcome.PARTLY_ATTENDED, None, "", "Nobody noted for how long."),
])
def test_my_training_counts_the_minutes_that_somebody_was_there_and_none_that_nobody_noted(as_role, outcome, minutes, year, row):
    browser = as_role(Role.DELEGATE)
    booking = a_booking(a_session(starts_in=-timedelta(hours=4)), db.session.get(Person, browser.person_id), turnout=Turnout.CAME)
    with transaction() as session:
        kept = session.get_one(Attendance, booking.id)
        kept.outcome, kept.minutes = outcome, minutes
    assert "</strong> in 2" not in browser.get("/my-training").text, "the register is not finished"
    with transaction() as session:
        session.add(Register(course_session_id=booking.course_session_id, version=1, finished_at=booking.course_session.ends_at))
    page = browser.get("/my-training").text
    assert row in page and (year in page if year else "</strong> in 2" not in page)


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


def test_each_kind_of_thing_at_the_desk_has_its_day_its_facts_and_one_button(as_role):
    browser = as_role(Role.COORDINATOR)
    trainer, now = a_trainer(), clock.now()
    a_session(course=a_course(title="Too small"), trainer=trainer, starts_in=timedelta(days=20), minimum=8, decide_on=clock.london_date(now + timedelta(days=3)))
    asked = a_booking(a_session(trainer=trainer), a_person(first_name="Nia"), status=BookingStatus.AWAITING_COORDINATOR, due_at=now + timedelta(days=2))
    offered = a_booking(a_session(trainer=trainer), status=BookingStatus.OFFERED, due_at=now + timedelta(minutes=1))
    left = a_booking(a_session(trainer=trainer), a_person(first_name="Gone"))
    services.free_place_of_leaver(booking_id=left.id, now=now)
    page = browser.get("/desk").text
    for said in ("session is too small", "the least is 8", "Nothing is cancelled by itself", "1 request to agree", "Nia", "1 offer ends today",
                 "1 place of somebody who left", "Gone", f"/desk/bookings/{asked.ref}/agree", f"/desk/bookings/{offered.ref}"):
        assert said in page, said
    assert "4 things need you" in page
    assert page.index("1 offer ends today") < page.index("1 request to agree") < page.index("session is too small") < page.index("1 place of somebody who left")


def test_a_session_whose_day_of_decision_has_passed_stays_an_alarm_and_is_not_cancelled(as_role):
    session = a_session(trainer=a_trainer(), starts_in=timedelta(days=9), minimum=8, decide_on=clock.london_date(clock.now() - timedelta(days=2)))
    page = as_role(Role.COORDINATOR).get("/desk").text
    assert "The day of decision was" in page and ", 1 of them today" in page
    db.session.refresh(session)
    assert session.status.value == "scheduled"


def test_the_desk_takes_as_many_statements_for_much_as_for_little(as_role, counting):
    browser = as_role(Role.COORDINATOR)

    def some():
        now = clock.now()
        a_session(starts_in=timedelta(days=-2))
        a_session(minimum=8)
        a_booking(a_session(), status=BookingStatus.AWAITING_COORDINATOR, due_at=now + timedelta(days=2))
        a_booking(a_session(), status=BookingStatus.OFFERED, due_at=now + timedelta(minutes=1))
        services.free_place_of_leaver(booking_id=a_booking(a_session()).id, now=now)

    some()
    few = counting(lambda: browser.get("/desk"))
    for _ in range(7):
        some()
    assert counting(lambda: browser.get("/desk")) == few <= 20


def test_waiting_lists_at_rest_are_on_the_desk_beside_sessions_without_a_trainer_each_counted_by_itself(as_role):
    desk, trainer = as_role(Role.COORDINATOR), a_trainer()
    for number in range(7):
        rests = a_session(course=a_course(title=f"Resting {number}"), trainer=trainer if number else None, list_rests=True, starts_in=timedelta(days=9 + number))
        a_booking(rests, status=BookingStatus.WAITING)
    a_session(course=a_course(title="Nobody waits"), trainer=trainer, list_rests=True)
    a_session(course=a_course(title="Untaught"))
    page = " ".join(desk.get("/desk").text.split())
    todo = page.partition("up-todo")[2].partition("Next sessions")[0]
    assert "7 waiting lists rest" in todo and "2 sessions without a trainer" in todo and "and 2 more" in todo
    assert "Resting 4" in todo and "Resting 5" not in todo and "Nobody waits" not in todo and "1 person waits and places are free" in todo
