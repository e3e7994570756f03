"""What letters are for, from the letter itself, in a real browser on both databases: no sign-in where none is needed, and the desk sees who has what."""

import re
from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.rules.reminding import reminded_at
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db
from app.mail import jobs as mail
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules import links
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import says
from tests.builders import PASSWORD, a_course, a_person, a_session, an_account
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import a_sender

pytestmark = pytest.mark.usefixtures("app")


def letters(kind, session=None):
    db.session.rollback()
    found = db.session.scalars(sa.select(Letter).where(Letter.kind == kind).order_by(Letter.id)).all()
    return [letter for letter in found if session is None or f"session:{session.id}" in {one.subject for one in letter.concerns}]


def opens(page, letter):
    """Somebody opens the letter and follows its button, an hour after it left."""
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE link SET made_at = :at"), {"at": _an_hour_ago()})
    html = links.with_secrets(letter.html, office().link_key)
    page.goto(re.findall(r'href="http://localhost(/a/[^"]+)"', html)[-1])


def _an_hour_ago():
    before = clock.now() - timedelta(hours=1)
    return before if db.engine.dialect.name == "postgresql" else Letter.sent_at.type.process_bind_param(before, db.engine.dialect)


def heading(page):
    return page.get_by_role("heading", level=1).inner_text()


def status_of(booking):
    db.session.rollback()
    return db.session.get(Booking, booking.id, populate_existing=True).status


def book(session, person):
    return services.book_place(session_id=session.id, person_id=person.id, by=person.name, now=clock.now())


def test_the_confirmation_comes_with_an_entry_for_the_calendar_that_leads_to_the_present_meeting(open_page):
    person = a_person(email="ann@example.org")
    session = a_session(starts_in=timedelta(days=20), venue_or_link="https://meet.example/old", course=a_course(title="Neglect"))
    page = open_page(an_account(Role.DELEGATE, person=person), viewport=PHONE, script=False)
    page.goto(f"/sessions/{session.ref}")
    page.get_by_role("link", name="Book a place").click()
    page.get_by_role("button", name=re.compile("Book")).click()
    assert heading(page) == "You have a place"
    (letter,) = letters("place-confirmed")
    (entry,) = Calendar.from_ical(letter.calendar).walk("VEVENT")
    assert entry.decoded("DTSTART") == session.starts_at and str(entry["SUMMARY"]) == "Neglect" and "meet.example" not in letter.calendar
    assert str(entry["LOCATION"]).startswith("http://localhost/join/")


def test_a_reminder_leads_to_one_page_on_which_the_place_goes_back_without_signing_in(open_page):
    session = a_session(starts_in=timedelta(days=9))
    booking = book(session, a_person())
    jobs.remind(reminded_at(session.starts_at, 7))
    page = open_page(viewport=PHONE, script=False)
    opens(page, letters("reminder")[0])
    page.get_by_role("button", name="Give my place back").click()
    assert heading(page) == "You have given your place back" and status_of(booking) is BookingStatus.GIVEN_BACK
    assert page.get_by_role("button", name="Sign out").count() == 0


def test_a_manager_agrees_from_the_letter_without_an_account(open_page):
    person = a_person(first_name="Amina", last_name="Yusuf")
    say_where_somebody_works(person_id=person.id, agency_id=person.affiliation.agency_id, job_title="x", manager_email="dev@example.org", now=clock.now())
    booking = book(a_session(course=a_course(approval=Approval.MANAGER), starts_in=timedelta(days=20)), person)
    page = open_page(viewport=PHONE, script=False)
    opens(page, letters("approval-asked")[0])
    assert heading(page) == "Can Amina Yusuf take this place?" and status_of(booking) is BookingStatus.AWAITING_MANAGER
    page.get_by_role("button", name=re.compile("^Yes")).click()
    assert status_of(booking) is BookingStatus.BOOKED and len(letters("place-confirmed")) == 1


def test_the_night_before_a_link_is_changed_the_desk_sees_who_has_it_and_the_old_entry_leads_there(open_page):
    tomorrow = clock.from_london(clock.london_date(clock.now()) + timedelta(days=1), time(10))
    session = a_session(starts_in=tomorrow - clock.now(), venue_or_link="https://meet.example/old", places=9, course=a_course(title="Neglect"))
    people = [a_person(email=f"{name}@example.org") for name in ("ann", "bob")]
    there = [book(session, person) for person in people]
    desk = open_page(an_account(Role.COORDINATOR), viewport=DESK, script=False)
    desk.goto(f"/desk/sessions/{session.ref}/change")
    desk.get_by_label(re.compile("Place, or address")).fill("https://meet.example/new")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_role("button", name="Save and tell 2 people").click()
    with smtp_server() as server:
        server.addresses["bob@example.org"] = "rcpt-450"
        mail.send_due(a_sender(server, deadline=5), clock.now)
    desk.goto(f"/desk/sessions/{session.ref}")
    desk.get_by_role("link", name="Letters about this session").click()
    rows = {row.get_by_role("cell").first.inner_text(): row.inner_text() for row in desk.get_by_role("row", name=re.compile("New place")).all()}
    assert "Sent" in rows["ann@example.org"] or "sent" in rows["ann@example.org"]
    assert "450 not now" in rows["bob@example.org"]
    entry = Calendar.from_ical(next(letter for letter in letters("place-confirmed") if letter.address == "ann@example.org").calendar).walk("VEVENT")[0]
    assert str(entry["LOCATION"]) == f"http://localhost/join/{there[0].ref}"
    ann = open_page(an_account(Role.DELEGATE, person=people[0]), viewport=PHONE, script=False)
    answer = ann.request.get(f"/join/{there[0].ref}", max_redirects=0)
    assert "https://meet.example/new" in (answer.headers.get("location", "") + answer.text())


def test_signing_in_by_a_letter_works_in_the_browser_that_asked_and_shows_a_code_elsewhere(open_page):
    an_account(Role.DELEGATE, person=a_person(email="ann@example.org"))
    laptop, phone = open_page(viewport=DESK, script=False), open_page(viewport=PHONE, script=False)
    laptop.goto("/sign-in")
    laptop.get_by_role("link", name="Sign in by a letter").click()
    laptop.get_by_label("E-mail address").fill("ann@example.org")
    laptop.get_by_role("button", name="Send me a link").click()
    opens(phone, letters("sign-in-link")[0])
    code = heading(phone).removeprefix("Your code is ")
    laptop.get_by_label("Code").fill(code)
    laptop.get_by_role("button", name="Sign in").click()
    laptop.get_by_role("button", name="Sign out").wait_for()
    assert phone.get_by_role("button", name="Sign out").count() == 0


def test_a_forgotten_password_is_replaced_from_the_letter(open_page):
    an_account(Role.DELEGATE, person=a_person(email="ann@example.org"))
    page = open_page(viewport=PHONE, script=False)
    page.goto("/sign-in/forgotten")
    page.get_by_label("E-mail address").fill("ann@example.org")
    page.get_by_role("button", name="Send me a link").click()
    opens(page, letters("password-reset")[0])
    page.get_by_label("New password").fill("three unlikely words")
    page.get_by_role("button", name="Save the new password").click()
    for password, said in ((PASSWORD, "is not right"), ("three unlikely words", "Sign out")):
        page.get_by_label("E-mail address").fill("ann@example.org")
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        assert says(page, said)
