"""Each way to the questions and each reader of the answers, on a phone's width: by letter, by code, from My training, on paper; trainer,
coordinator, author and scrutineer. Axe on every page on the way."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.evaluation import jobs
from app.evaluation.models import AnonymousTicket, Response
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import building
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.links import with_secrets
from tests.browser.conftest import PHONE
from tests.browser.looking import says
from tests.browser.test_journeys_questions import AFTER, answered, go_on, sound
from tests.builders import PASSWORD, a_booking, a_course, a_finished_register, a_person, a_session, a_trainer, an_account
from tests.certificates.attending import HERE, finish
from tests.evidence import telling

WEEK = timedelta(weeks=1)


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


def letter_of(kind):
    """The only letter of a kind."""
    db.session.rollback()
    return db.session.scalars(sa.select(Letter).where(Letter.kind == kind)).one()


def open_letter(page, letter):
    """Follow the button of a letter."""
    page.goto("/a/" + re.search(r"/a/([\w-]+)", with_secrets(letter.text, office().link_key)).group(1))


def choose(page, *texts, checked=True):
    """Answer one screen after the other; nothing is chosen where there is no text."""
    for text in texts:
        if text:
            page.get_by_text(text, exact=True).first.click()
        go_on(page, checked)


def came_in_summer():
    """Amina's booking on a session of which the follow-up has just opened, with its register finished."""
    session = a_session(starts_in=-12 * WEEK - timedelta(days=2), course=a_course(title="Using the sexual behaviour tool"))
    booking = a_booking(session, a_person(first_name="Amina", last_name="Yusuf"))
    finish(session, (booking, HERE))
    return booking


def thanked(page):
    return page.locator("h1").inner_text() == "Thank you. That was all."


# -- the ways to the questions ----------------------------------------------------------------------------------------------------------------


def test_the_letter_before_a_session_leads_through_to_thank_you(open_page, asked):
    a_booking(a_session(starts_in=timedelta(days=1)))
    jobs.invite(clock.now())
    page = open_page(viewport=PHONE)
    open_letter(page, letter_of("questions-before"))
    choose(page, "A little", "7", None, "4")
    page.get_by_text("What to do, and when").click()
    go_on(page, True, "Send my answers")
    sound(page)
    assert thanked(page) and answered(Stage.BEFORE) == {"knowledge": 2, "sure_recognise": 7, "sure_together": 4, "hope": 2}


def test_the_letter_some_months_later_brings_back_what_somebody_said_they_would_do(open_page, asked):
    booking = came_in_summer()
    submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=AFTER, quoting=Quoting.NO,
           now=booking.course_session.ends_at)
    jobs.invite(clock.now())
    page = open_page(viewport=PHONE)
    open_letter(page, letter_of("questions-later"))
    assert "Use the tool in supervision" in page.locator("blockquote").inner_text()
    choose(page, "Yes", "I used a tool or checklist", "Enough to work with on my own", "8", "8", "8")
    page.get_by_role("textbox").fill("It changed how I ask.")
    page.get_by_label("Yes, with my role").check()
    go_on(page, True, "Send my answers")
    found = answered(Stage.FOLLOW_UP)
    assert thanked(page) and (found["one_thing_done"], found["used"], found["example"]) == (1, [1], "It changed how I ask.")


def test_a_managers_letter_needs_no_account_and_the_person_reads_what_was_answered(open_page, asked):
    booking = came_in_summer()
    person = booking.person
    with transaction() as kept:
        kept.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email="manager@agency.example"))
    jobs.invite(clock.now())
    letter = letter_of("questions-manager")
    assert letter.address == "manager@agency.example"
    page = open_page(viewport=PHONE)
    open_letter(page, letter)
    assert says(page, "Amina can see what you answer") and says(page, "no account")
    choose(page, "Yes, more than once")
    page.get_by_role("textbox").fill("She brings it to supervision.")
    go_on(page, True)
    page.get_by_text("Yes, in supervision").click()
    go_on(page, True, "Send my answers")
    sound(page)
    assert thanked(page)
    own = open_page(an_account(person=person), viewport=PHONE)
    own.goto("/my-training")
    sound(own)
    own.get_by_role("link", name=re.compile("What your manager answered")).click()
    sound(own)
    assert says(own, "She brings it to supervision.")


def test_who_scans_the_code_of_confidential_questions_gets_a_letter_with_the_link(open_page, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    page = open_page(viewport=PHONE)
    page.goto(f"/q/{booking.course_session.ref}")
    sound(page)
    page.get_by_role("button", name="Send me my link").click()
    sound(page)
    page.get_by_label("Your work e-mail address").fill(booking.person.email)
    page.get_by_role("button", name="Send me my link").click()
    sound(page)
    open_letter(page, letter_of("questions-after"))
    assert says(page, "Question 1 of 10")


def test_who_scans_the_code_and_has_an_account_signs_in_and_is_back_at_the_questions(open_page, asked):
    account = an_account()
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)), account.person)
    email = account.person.email
    page = open_page(viewport=PHONE)
    page.goto(f"/q/{booking.course_session.ref}")
    page.get_by_role("link", name="Sign in").last.click()
    page.get_by_label("E-mail address").first.fill(email)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert says(page, "Question 1 of 10")
    sound(page)


def test_from_my_training_a_follow_up_is_answered_and_a_later_change_takes_its_place(open_page, asked):
    account = an_account()
    session = a_session(starts_in=-13 * WEEK)
    booking = a_booking(session, account.person)
    with transaction() as kept:
        kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at))
    page = open_page(account, viewport=PHONE)
    page.goto("/my-training")
    page.get_by_role("link", name="Answer").click()
    choose(page, "I went back to the materials", "A little", None, None, None)
    page.get_by_role("button", name="Nothing to add").click()
    sound(page)
    assert thanked(page)
    page.get_by_role("link", name="Change my answers").click()
    sound(page)
    choose(page, None, "Enough to work with, with help", None, None, None, checked=False)
    page.get_by_role("button", name="Nothing to add").click()
    assert thanked(page) and answered(Stage.FOLLOW_UP)["knowledge"] == 3
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 2, "the earlier one is kept as history"


# -- paper ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.TRAINER])
def test_sheets_are_found_from_the_register_printed_and_keyed_in(open_page, asked, role):
    account = an_account(role)
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=account.person))
    booking = a_booking(session, a_person(first_name="Amina", last_name="Yusuf"))
    page = open_page(account, viewport=PHONE)
    page.goto(f"/registers/{session.ref}")
    page.get_by_role("link", name="Sheets with the questions").click()
    sound(page)
    assert says(page, "Yes, with my role") and page.get_by_role("region", name=re.compile("Sheet of Amina Yusuf")).is_visible()
    page.get_by_role("link", name="Key in what was filled in on paper").click()
    sound(page)
    page.get_by_label("Whose form is it?").select_option(label=f"Amina Yusuf, {booking.ref}")
    for wording in ("How much do you know about the subject now?", "The course was engaging and interesting", "This will be useful in my role"):
        page.get_by_label(wording).select_option(index=4)
    page.get_by_role("textbox", name="Anything you want to tell us?").fill("It helped.")
    page.get_by_label("May we quote this in a report?").select_option(label="Yes, with my role")
    page.get_by_role("button", name="Keep it").click()
    sound(page)
    assert says(page, "improved knowledge about the subject: Nothing is chosen yet"), "and what was typed is still there"
    page.get_by_label("I now have improved knowledge").select_option(label="Left empty")
    page.get_by_role("button", name="Keep it").click()
    sound(page)
    assert says(page, "The answers of Amina Yusuf are kept") and says(page, "(keyed in)")
    db.session.rollback()
    response = db.session.scalars(sa.select(Response)).one()
    assert (response.booking_id, response.keyed_by_id, response.may_quote) == (booking.id, account.id, Quoting.WITH_ROLE)


def test_anonymous_sheets_are_keyed_in_without_saying_whose_they_are(open_page, asked):
    building.set_mode(questionnaire_id=asked[Stage.BEFORE].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    session = a_session(starts_in=timedelta(hours=-4))
    for _ in range(2):
        a_booking(session)
    page = open_page(an_account(Role.COORDINATOR), viewport=PHONE)
    page.goto(f"/my-sessions/{session.ref}/paper/before/sheets")
    sound(page)
    page.get_by_role("link", name="Key in what was filled in on paper").click()
    for _ in range(2):
        page.get_by_label("How much do you know about the subject today?").select_option(index=2)
        page.get_by_role("button", name="Keep it").click()
        sound(page)
        assert says(page, "It counts together with the next ones")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnonymousTicket)) == 2, "two sheets with the same marks are two people"


# -- the readers ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(asked):
    """A trainer with a session of last year of whose twelve people all have answered every stage, and their managers."""
    account = an_account(Role.TRAINER)
    session = a_session(starts_in=-40 * WEEK, places=20, trainer=a_trainer(person=account.person), course=a_course(title="Graded Care Profile 2"))
    for number in range(12):
        booking = a_booking(session)
        with transaction() as kept:
            kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at))
        given = {
            Stage.BEFORE: {"knowledge": "2", "hope": "1"},
            Stage.AFTER: {**AFTER, "knowledge": "4" if number < 6 else "2", "comment": f"Comment {number}"},
            Stage.FOLLOW_UP: {"knowledge": "4", "used": ["1"], "one_thing_done": "1", "example": "It helped."},
            Stage.MANAGER: {"seen": str(number % 2 + 2)},
        }
        times = {Stage.BEFORE: session.starts_at, Stage.AFTER: session.ends_at}
        for stage, said in given.items():
            submit(booking_id=booking.id, stage=stage, version_id=asked[stage].id, given=said, quoting=Quoting.ANONYMOUS,
                   now=times.get(stage, session.ends_at + 13 * WEEK))
    a_finished_register(session)
    return account, session


def read_through(page, *names):
    """Follow these links one after the other; every page is sound with all that can be folded open."""
    for name in names:
        page.get_by_role("link", name=name).first.click()
        for details in page.locator("main details").all():
            details.evaluate("one => one.open = true")
        sound(page)


def test_a_trainer_reads_what_people_said_from_my_sessions(open_page, told):
    page = open_page(told[0], viewport=PHONE)
    page.goto("/my-sessions")
    read_through(page, "Over", re.compile("^What people said"))
    text = page.locator("main").inner_text()
    assert "6 of 12 people rated their knowledge higher" in text and "What people say they will do" in text and "Comment 3" in text
    assert "Example" not in text, "no names"


def test_a_coordinator_and_an_author_read_the_programme_and_a_course(open_page, told):
    for role in (Role.COORDINATOR, Role.REPORT_AUTHOR):
        page = open_page(an_account(role), viewport=PHONE)
        page.goto("/desk" if role is Role.COORDINATOR else "/reports/annual")
        read_through(page, "Answers")
        text = page.locator("main").inner_text()
        assert "6 of 12" in text and "managers who could say" in text and "had named one thing to do" in text
        read_through(page, "Graded Care Profile 2")
        assert "What have you done differently since the course?" in page.locator("main").inner_text()


def test_an_author_goes_from_the_report_to_the_quotes_that_it_may_print(open_page, told):
    telling.approved()
    page = open_page(an_account(Role.REPORT_AUTHOR), viewport=PHONE)
    page.goto("/reports/annual")
    read_through(page, "Evidence", re.compile("^Approved"))
    assert telling.WORDING in page.locator("main").inner_text()


def test_a_scrutineer_reads_report_evidence_and_promises_and_changes_nothing(open_page, told):
    telling.approved()
    telling.approved("Nothing has changed for us.", direction=telling.Direction.AGAINST)
    telling.a_promise(due_in=-3)
    telling.an_indicator(figures=[(40, 100)] * 24)
    page = open_page(an_account(Role.SCRUTINEER), viewport=PHONE)
    page.goto("/evidence")
    sound(page)
    text = page.locator("main").inner_text()
    assert telling.WORDING in text and "Nothing has changed for us." in text
    read_through(page, "Indicators", "Referrals accepted first time", "Evidence", "Promised", "A case audit on professional curiosity", "Reports")
    assert page.locator("main form[method=post]").count() == 0
