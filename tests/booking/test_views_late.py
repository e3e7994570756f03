"""Whether giving a place back counts as late is said alike on every page, as the act answers it."""

import re
from datetime import timedelta

import pytest

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking
from app.booking.rules.policy import Notice
from app.booking.rules.states import BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.models import CourseSession
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.ui import filters
from tests.booking.test_views_letters import holding
from tests.builders import a_booking, a_person, a_session

NEAR, FAR = timedelta(hours=30), timedelta(days=20)
FREE, LATE = re.compile("does not count as late for you"), re.compile("a place given back( now)? counts as late|<strong>This is late", re.IGNORECASE)


@pytest.fixture
def mine(as_role):
    return as_role(Role.DELEGATE)


def of(browser):
    return db.session.get_one(Person, browser.person_id)


def booked_early(browser):
    """A place that one said yes to, and for which it is late now."""
    return a_booking(a_session(starts_in=NEAR), of(browser), booked_at=clock.now() - FAR)


def with_another_time(browser):
    booking = services.book_place(session_id=a_session(starts_in=FAR).id, person_id=browser.person_id, by="x", now=clock.now() - NEAR)
    session = booking.course_session
    parts = [(part.starts_at - FAR + NEAR, part.ends_at - FAR + NEAR) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(parts, session.format, session.venue_or_link, None), capacity=2, by="c", now=clock.now())
    return booking


def booked_by_another(browser):
    return services.book_place(session_id=a_session(starts_in=NEAR).id, person_id=browser.person_id, by="m", now=clock.now(), behalf=OnBehalf(a_person().id))


@pytest.mark.parametrize(("made", "says", "not_that", "notice"), [
    (booked_early, LATE, FREE, Notice.LATE), (with_another_time, FREE, LATE, Notice.IN_TIME), (booked_by_another, FREE, LATE, Notice.IN_TIME)])
def test_every_page_says_what_giving_back_comes_to(mine, made, says, not_that, notice):
    booking = made(mine)
    db.session.refresh(booking)
    for address in (f"/bookings/{booking.ref}", f"/bookings/{booking.ref}/give-back", "/my-training", f"/sessions/{booking.course_session.ref}"):
        page = mine.get(address).text
        assert says.search(page) and not not_that.search(page), address
    assert services.give_back(booking_id=booking.id, by="x", now=clock.now()) is notice


@pytest.mark.parametrize(("made", "late"), [(booked_early, True), (with_another_time, False), (booked_by_another, False)])
def test_who_gives_a_place_back_or_moves_it_for_somebody_reads_whether_it_is_late_for_them(mine, as_role, made, late):
    booking, desk = made(mine), as_role(Role.COORDINATOR)
    a_session(course=booking.course_session.course, starts_in=FAR + FAR)
    for act in ("give-back", "move"):
        page = desk.get(f"/desk/bookings/{booking.ref}/{act}").text
        assert "<button" in page and ("it was in time until" in page) is late, act


def test_whoever_takes_an_offer_after_the_deadline_reads_no_day_that_is_past(client):
    booking = a_booking(a_session(places=1, starts_in=NEAR), status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(hours=1))
    holding(client, booking, "offer")
    services.accept_offer(booking_id=booking.id, by="them", now=clock.now())
    page = client.get(client.letter).text
    assert "so a place given back counts as late" in page and "without it counting as late until" not in page


def test_until_when_giving_back_is_in_time_for_whom_the_list_let_in_after_the_deadline_stands_on_every_page(mine, as_role):
    session, manager, desk = a_session(places=1, starts_in=NEAR), as_role(Role.LINE_MANAGER), as_role(Role.COORDINATOR)
    accounts.say_where_somebody_works(person_id=mine.person_id, agency_id=None, job_title="x", manager_email=of(manager).email, now=clock.now())
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now() - FAR)
    wish = services.Wish(whenever=True)
    booking = services.book_place(session_id=session.id, person_id=mine.person_id, by="x", now=clock.now() - FAR, wish=wish)
    services.give_back(booking_id=first.id, by="x", now=clock.now() - timedelta(hours=1))
    services.settle_session(session_id=session.id, now=clock.now())
    limit = filters.until(clock.now() + timedelta(hours=2))
    for reader, address in (
        (mine, f"/bookings/{booking.ref}"), (mine, f"/bookings/{booking.ref}/give-back"), (mine, f"/sessions/{booking.course_session.ref}"),
        (mine, "/my-training"), (manager, f"/my-people/bookings/{booking.ref}/give-back"), (desk, f"/desk/bookings/{booking.ref}/give-back"),
    ):
        page = reader.get(address).text
        assert limit in page and not FREE.search(page) and not LATE.search(page), address


def test_from_any_letter_who_is_asked_whether_they_come_may_say_no_and_it_is_not_late(client):
    booking = services.book_place(session_id=a_session(starts_in=NEAR).id, person_id=a_person().id, by="x", now=clock.now() - FAR)
    with transaction() as writing:
        writing.get_one(CourseSession, booking.course_session_id).confirm_days = 2
    services.ask_still_coming(session_id=booking.course_session_id, now=clock.now())
    holding(client, booking, "booking")
    page = client.get(client.letter).text
    assert "Are you still coming?" in page and "after the time to give places back" not in page and "which counts as late" not in page
    client.post(client.letter, {"answer": "give_back"})
    db.session.rollback()
    assert db.session.get_one(Booking, booking.id, populate_existing=True).notice is Notice.IN_TIME


def test_my_training_asks_in_as_many_statements_what_is_late_however_much_is(mine, counting):
    for _ in range(2):
        booked_early(mine)
    mine.get("/my-training")
    few = counting(lambda: mine.get("/my-training"))
    for _ in range(5):
        booked_early(mine)
    assert counting(lambda: mine.get("/my-training")) == few
