"""What a person does with their places in a real browser, on both databases: with script and without, on a phone, by keyboard, from a letter."""

import time
from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking import services
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval, Format
from app.core import clock
from app.core.db import db
from app.mail.services import make_link
from tests.browser.conftest import DESK, NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import PASSWORD, a_booking, a_course, a_person, a_session, an_account

pytestmark = pytest.mark.usefixtures("app")


def status_of(booking):
    db.session.rollback()
    return db.session.get(Booking, booking.id, populate_existing=True).status


def book(person, session, **more):
    return services.book_place(session_id=session.id, person_id=person.id, by=person.name, now=clock.now(), **more)


def heading(page):
    return page.locator("h1").inner_text()


def link(booking, purpose, *, minutes_old=10):
    """The address in a letter that left so long ago."""
    now = clock.now()
    secret = make_link(purpose=purpose, subject=f"booking:{booking.id}", person_id=None, expires_at=now + timedelta(days=9),
                       now=now - timedelta(minutes=minutes_old))
    db.session.rollback()
    return f"/a/{secret}"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_front_page_to_a_place_in_four_pages_and_a_minute(open_page, script):
    a_session(course=a_course(title="Child neglect"))
    an_account(Role.DELEGATE, email="ann@example.org")
    page = open_page(viewport=PHONE, script=script)
    visited = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    started = time.monotonic()
    page.goto("/")
    page.get_by_role("link", name="Child neglect").click()
    page.get_by_role("link", name="Book a place").click()
    page.get_by_label("E-mail address").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Book a place").click()
    assert heading(page) == "You have a place"
    pages = [url for url in visited if "/sign-in" not in url]
    assert len(pages) == 4 and time.monotonic() - started < 60, visited


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_place_goes_back_in_two_clicks_and_is_taken_again(open_page, script):
    person = a_person()
    booking = book(person, a_session(starts_in=timedelta(days=20)))
    page = open_page(an_account(Role.DELEGATE, person=person), viewport=PHONE, script=script)
    page.goto("/my-training")
    page.get_by_role("link", name="Give my place back").click()
    page.get_by_role("button", name="Give my place back").click()
    assert heading(page) == "You have given your place back" and status_of(booking) is BookingStatus.GIVEN_BACK
    page.get_by_role("button", name="Undo: I want my place").click()
    assert heading(page) == "You have a place" and status_of(booking) is BookingStatus.BOOKED


def test_a_place_is_moved_and_then_handed_to_a_colleague(open_page):
    person = a_person()
    booking = book(person, a_session(starts_in=timedelta(days=20)))
    a_session(course=booking.course_session.course, starts_in=timedelta(days=40))
    page = open_page(an_account(Role.DELEGATE, person=person), viewport=PHONE)
    page.goto(f"/bookings/{booking.ref}")
    page.get_by_role("link", name="move to another date").click()
    page.get_by_role("radio").check()
    page.get_by_role("button", name="Move my place").click()
    assert heading(page) == "You have a place" and status_of(booking) is BookingStatus.MOVED
    page.get_by_role("link", name="send a colleague").click()
    page.get_by_label("work e-mail address").fill("nia@example.org")
    page.get_by_role("button", name="Give my place to this colleague").click()
    page.get_by_label("First name").fill("Nia")
    page.get_by_label("Last name").fill("New")
    page.get_by_role("button", name="Give my place to this colleague").click()
    assert heading(page) == "A colleague goes in your place"


def test_joining_the_list_saying_whenever_leaving_and_taking_that_back(open_page):
    person = a_person()
    session = a_session(places=1)
    a_booking(session)
    page = open_page(an_account(Role.DELEGATE, person=person), viewport=PHONE)
    page.goto(f"/sessions/{session.ref}")
    page.get_by_role("link", name="Join the waiting list").click()
    page.get_by_role("button", name="Join the waiting list").click()
    assert heading(page) == "You are on the waiting list" and says(page, "1st of 1")
    page.get_by_role("button", name="Yes, whenever").click()
    assert says(page, "booked for you at once")
    page.get_by_role("link", name="Leave the waiting list").click()
    page.get_by_role("button", name="Leave the list").click()
    assert heading(page) == "You have left the waiting list"
    page.get_by_role("button", name="Undo: put me back on the list").click()
    assert heading(page) == "You are on the waiting list" and says(page, "1st of 1")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_letter_a_place_goes_back_in_two_taps_without_signing_in(open_page, script):
    booking = book(a_person(first_name="Amina", last_name="Yusuf"), a_session(starts_in=timedelta(days=20)))
    page = open_page(viewport=PHONE, script=script)
    started = time.monotonic()
    page.goto(link(booking, "booking"))
    assert says(page, "Amina Y.") and heading(page) == "Give your place back?" and "/answer?letter=" in page.url
    page.get_by_role("button", name="Give my place back").click()
    assert heading(page) == "You have given your place back" and time.monotonic() - started < 10
    page.get_by_role("button", name="Undo: I want my place").click()
    assert status_of(booking) is BookingStatus.BOOKED


def test_a_program_that_opens_the_letter_runs_its_script_and_presses_the_first_button_gives_nothing_away(open_page):
    booking = book(a_person(), a_session(starts_in=timedelta(days=20)))
    page = open_page(viewport=DESK)
    page.goto(link(booking, "booking", minutes_old=0))
    page.wait_for_timeout(300)
    assert status_of(booking) is BookingStatus.BOOKED
    for _ in range(2):
        page.locator("main form button").first.click()
    assert heading(page) == "Please say it once more" and status_of(booking) is BookingStatus.BOOKED
    page.get_by_label("Yes, that is what I want").check()
    page.get_by_role("button", name="Go on").click()
    assert heading(page) == "You have given your place back"


def test_a_manager_says_no_from_the_letter_with_a_reason(open_page):
    person = a_person(first_name="Amina", last_name="Yusuf")
    at = person.affiliation
    say_where_somebody_works(person_id=person.id, agency_id=at.agency_id, job_title="x", manager_email="dev@example.org", now=clock.now())
    booking = book(person, a_session(course=a_course(approval=Approval.MANAGER)))
    page = open_page(viewport=PHONE)
    page.goto(link(booking, "approval"))
    assert heading(page) == "Can Amina Yusuf take this place?"
    page.get_by_text("No, not this time").click()
    page.get_by_label("Why? (optional)").fill("Too short of staff")
    page.get_by_role("button", name="Say no").click()
    assert heading(page) == "This request was not agreed" and status_of(booking) is BookingStatus.REFUSED


@pytest.fixture
def places(app):
    """Somebody with a place in every state, and the addresses of all pages about it."""
    boss, me = a_person(first_name="Dev"), a_person(first_name="Amina")
    at = me.affiliation
    say_where_somebody_works(person_id=me.id, agency_id=at.agency_id, job_title="Social worker", manager_email=boss.email, level=2, now=clock.now())
    course = a_course(title="A course with a rather long title about safeguarding", format=Format.IN_PERSON)
    free, full = a_session(course=course, starts_in=timedelta(days=20)), a_session(course=course, places=1, starts_in=timedelta(days=30))
    a_booking(full)
    asked = a_session(course=a_course(approval=Approval.MANAGER))
    closed = a_session(course=a_course(least_level=3))
    addresses = ["/my-training", "/my-details", f"/courses/{course.code}", f"/sessions/{free.ref}", f"/sessions/{full.ref}", f"/sessions/{asked.ref}",
                 f"/sessions/{closed.ref}", f"/sessions/{free.ref}/book", f"/sessions/{full.ref}/book", f"/sessions/{asked.ref}/book"]
    bookings = [book(me, a_session(course=course, starts_in=timedelta(days=40))), book(me, a_session(starts_in=timedelta(hours=20))),
                book(me, a_session(course=a_course(approval=Approval.MANAGER))), book(me, a_session(), behalf=OnBehalf(boss.id))]
    for status in BookingStatus:
        due_at = clock.now() + timedelta(hours=1) if status in (BookingStatus.OFFERED, BookingStatus.GIVEN_BACK) else None
        bookings.append(a_booking(a_session(), me, status=status, due_at=due_at, lapses=int(status is BookingStatus.LAPSED)))
    over = a_booking(a_session(starts_in=timedelta(days=-2)), me, turnout=Turnout.MISSED)
    services.wait_for_course(course_id=course.id, person_id=me.id, any_date=True, now=clock.now())
    addresses += [f"/bookings/{one.ref}" for one in bookings] + [f"/bookings/{over.ref}/apologies"]
    addresses += [f"/bookings/{bookings[0].ref}/{rest}" for rest in ("give-back", "move", "substitute", "needs")] + [f"/bookings/{bookings[1].ref}/give-back"]
    letters = [link(bookings[0], "booking"), link(bookings[1], "booking"), link(bookings[2], "approval"), link(bookings[3], "booking")]
    letters += [link(one, purpose) for one in bookings[4:] for purpose in ("offer", "coming")]
    account = an_account(Role.DELEGATE, person=me)
    db.session.rollback()
    return account, addresses, [*letters, "/a/a-link-that-nobody-ever-made-in-any-letter"]


def test_axe_finds_nothing_on_any_page_of_places_and_none_scrolls_sideways(places, open_page):
    account, addresses, letters = places
    signed_in, from_letter = open_page(account, viewport=NARROW), open_page(viewport=NARROW)
    found = []
    for page in (signed_in, from_letter):
        page.on("pageerror", lambda error: found.append(str(error)))
    for page, listed in ((signed_in, addresses), (from_letter, letters)):
        for address in listed:
            page.goto(address)
            found += wrong(page, address)
    assert found == []
