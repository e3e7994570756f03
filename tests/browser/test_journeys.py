"""What people come to do, in a real browser, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db
from app.evaluation.models import Response
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme
from tests.browser.conftest import NARROW, PHONE
from tests.browser.looking import says
from tests.builders import PASSWORD, a_booking, a_course, a_person, a_session, a_trainer, an_account
from tests.reporting.test_report_figures import DATA

pytestmark = pytest.mark.usefixtures("app")


def one(model):
    db.session.rollback()
    return db.session.scalars(sa.select(model)).one()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_delegate_signs_in_finds_books_and_gives_back_on_a_phone(open_page, script):
    a_session(course=a_course(title="Child neglect"))
    an_account(Role.DELEGATE, email="ann@example.org")
    page = open_page(viewport=PHONE, script=script)
    page.goto("/")
    page.get_by_label("Find a course").fill("neglect")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Child neglect").click()
    page.get_by_role("link", name="Book a place").click()
    page.get_by_label("E-mail address").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Book a place").click()
    assert page.locator("h1").inner_text() == "You have a place"
    assert one(Booking).status is BookingStatus.BOOKED
    page.get_by_role("link", name="Go to My training").click()
    page.get_by_role("link", name="Give my place back").click()
    page.get_by_role("button", name="Give my place back").click()
    assert page.locator("h1").inner_text() == "You have given your place back"
    assert one(Booking).status is BookingStatus.GIVEN_BACK


def test_a_trainer_marks_the_register_and_adds_a_walk_in(open_page):
    person = a_person()
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=person), places=5)
    a_booking(session)
    page = open_page(an_account(Role.TRAINER, person=person), viewport=PHONE)
    page.goto("/my-sessions?which=over")
    page.get_by_role("link", name="Register").click()
    page.get_by_text("Absent", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Add a person who came without booking").click()
    page.get_by_label("Work e-mail address").fill("nia@primary.example")
    page.get_by_label("First name").fill("Nia")
    page.get_by_label("Last name").fill("New")
    page.get_by_role("button", name="Add and mark as here").click()
    page.get_by_role("button", name="Finish the register").click()
    assert says(page, "The register is finished")
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(Attendance.outcome)), key=lambda outcome: outcome.value) == [Outcome.ATTENDED, Outcome.NO_SHOW]


def test_a_delegate_answers_before_and_after(open_page):
    ensure_questionnaires(now=clock.now())
    person = a_person()
    a_booking(a_session(), person)
    a_booking(a_session(starts_in=timedelta(hours=-4)), person)
    page = open_page(an_account(Role.DELEGATE, person=person), viewport=PHONE)
    page.goto("/my-training")
    page.get_by_role("link", name="Answer").nth(1).click()
    page.get_by_text("A little").click()
    for _ in range(4):
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send my answers").click()
    assert says(page, "Thank you. That was all.")
    page.goto("/my-training")
    page.get_by_role("link", name="Answer").click()
    page.get_by_text("Enough to work with on my own").click()
    for _ in range(5):
        page.get_by_role("button", name="Next").click()
    for _ in range(3):
        page.get_by_text("Agree", exact=True).click()
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Nothing to add").click()
    page.get_by_role("textbox").fill("It helped.")
    page.get_by_role("button", name="Send my answers").click()
    assert says(page, "Thank you. That was all.")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Response.id)).where(Response.current)) == 2


def test_a_coordinator_cancels_a_session(open_page):
    session = a_session()
    a_booking(session)
    page = open_page(an_account(Role.COORDINATOR))
    page.goto("/desk/sessions")
    page.get_by_role("link", name=session.title).click()
    page.get_by_role("link", name="Cancel the session").click()
    page.get_by_label("Why is it cancelled?").fill("The trainer is ill")
    page.get_by_role("button", name="Cancel the session and write to 1 person").click()
    assert says(page, "1 booking ended")
    assert one(Booking).status is BookingStatus.SESSION_CANCELLED


def test_an_author_downloads_the_word_report(open_page, tmp_path):
    import_programme(DATA, now=clock.now())
    page = open_page(an_account(Role.REPORT_AUTHOR))
    page.goto("/reports/annual")
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    download.value.save_as(tmp_path / "report.docx")
    assert download.value.suggested_filename == "training-2024-01-01-to-2024-12-31.docx"
    assert (tmp_path / "report.docx").read_bytes()[:2] == b"PK"


def test_a_place_is_booked_with_the_keyboard_alone(open_page):
    session = a_session()
    page = open_page(an_account(Role.DELEGATE), viewport=NARROW)
    page.goto(f"/sessions/{session.ref}")
    press_until(page, "Book a place")
    page.keyboard.press("Enter")
    page.wait_for_url("**/book")
    press_until(page, "Book a place")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bookings/**")
    assert page.locator("h1").inner_text() == "You have a place"


def press_until(page, name):
    """Go on with the tabulator until what has the focus is called so, and can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip() == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none' || getComputedStyle(document.activeElement).boxShadow !== 'none'")
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")
