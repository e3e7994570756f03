"""Answering each stage on a phone without script, scanning the code, raising a worry, and building a questionnaire; axe on every screen."""

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
from app.evaluation.models import Answer, Question, Response, Worry
from app.evaluation.rules import links
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import building
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.links import with_secrets
from app.mail.services import make_link
from tests.browser.conftest import DESK, NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer, an_account

AFTER = {"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4", "one_thing": ["Use the tool in supervision", "2"]}


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


def sound(page):
    """Axe finds nothing, and nothing scrolls sideways, as wide as the screen is."""
    assert wrong(page, widths=(page.viewport_size,)) == []


def sound_at_both_widths(page):
    """Neither on a desk nor on the narrowest phone, on which the next step is done."""
    assert wrong(page) == []


def go_on(page, checked, button="Next"):
    if checked:
        sound(page)
    page.get_by_role("button", name=button).click()


def answered(stage):
    db.session.rollback()
    rows = db.session.execute(sa.select(Question.code, Answer.number, Answer.text, Answer.choices).join(Answer, Answer.question_id == Question.id)
                              .join(Response, Response.id == Answer.response_id).where(Response.stage == stage, Response.current))
    return {code: text or number or choices for code, number, text, choices in rows}


def address(booking, stage):
    """The link in the person's own letter, or in that to their manager."""
    now, mark = clock.now(), ""
    if stage is Stage.MANAGER:
        mark = links.manager_mark(office().link_key, "sam@example.org")
        with transaction() as kept:
            kept.execute(sa.update(Affiliation).where(Affiliation.person_id == booking.person_id).values(manager_email="sam@example.org"))
    secret = make_link(purpose=links.IN_LETTERS, subject=links.subject(booking.id, stage, mark), person_id=booking.person_id,
                       expires_at=now + timedelta(days=1), now=now - timedelta(minutes=1))
    return f"/a/{secret}"


def came(starts_in):
    """Amina, who came to a session then, and her booking."""
    person = a_person(first_name="Amina", last_name="Yusuf")
    session = a_session(starts_in=starts_in, course=a_course(title="Using the sexual behaviour tool"))
    booking = a_booking(session, person)
    with transaction() as kept:
        kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=clock.now()))
    return booking


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_before_on_a_phone(open_page, asked, script):
    booking = a_booking(a_session())
    page = open_page(viewport=PHONE, script=script)
    page.goto(address(booking, Stage.BEFORE))
    go_on(page, script)
    assert says(page, "There is a problem")
    page.get_by_text("A little").click()
    go_on(page, script)
    page.get_by_text("7", exact=True).click()
    go_on(page, script)
    go_on(page, False)
    page.get_by_text("I'd rather not say").click()
    go_on(page, False)
    page.get_by_text("How to talk about it").click()
    go_on(page, script, "Send my answers")
    assert page.locator("h1").inner_text() == "Thank you. That was all."
    page.reload()
    assert says(page, "Thank you")
    assert answered(Stage.BEFORE) == {"knowledge": 2, "sure_recognise": 7, "hope": 3}


def test_after_on_the_narrowest_phone_begun_on_one_and_ended_on_another(open_page, asked):
    booking = came(timedelta(hours=-4))
    first, second = (open_page(viewport=NARROW) for _ in range(2))
    first.goto(address(booking, Stage.AFTER))
    first.get_by_text("Enough to work with on my own").click()
    go_on(first, True)
    first.get_by_text("Nothing yet").click()
    go_on(first, True)
    second.goto(address(booking, Stage.AFTER))
    assert says(second, "Question 3 of 10")
    for _ in range(3):
        second.get_by_text("8", exact=True).click()
        go_on(second, True)
    for _ in range(3):
        second.get_by_text("Strongly agree").click()
        go_on(second, True)
    second.get_by_role("textbox").fill("Use the tool in supervision")
    second.get_by_label("In the next month").check()
    go_on(second, True)
    go_on(second, True, "Back")
    assert second.get_by_role("textbox").input_value() == "Use the tool in supervision" and second.get_by_label("In the next month").is_checked()
    go_on(second, False)
    second.get_by_role("textbox").fill("More time, please.")
    second.get_by_label("Yes, without my name or role").check()
    go_on(second, True, "Send my answers")
    sound(second)
    found = answered(Stage.AFTER)
    assert len(found) == 10 and found["one_thing"] == "Use the tool in supervision" and found["knowledge_then"] == 1
    second.get_by_role("link", name="Change my answers").click()
    assert says(second, "You have answered before")


def test_the_follow_up_begins_with_ones_own_sentence_and_asks_what_got_in_the_way_only_then(open_page, asked):
    booking = came(timedelta(weeks=-13))
    submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=AFTER, quoting=Quoting.NO, now=booking.course_session.ends_at)
    page = open_page(viewport=PHONE)
    page.goto(address(booking, Stage.FOLLOW_UP))
    assert "Use the tool in supervision" in page.locator("blockquote").inner_text()
    page.get_by_text("Partly").click()
    go_on(page, True)
    assert says(page, "of 7")
    page.get_by_text("Nothing yet").click()
    go_on(page, True)
    assert page.locator("h1").inner_text().endswith("What got in the way?") and says(page, "of 8")
    page.get_by_role("textbox").fill("No time")
    go_on(page, True)
    page.get_by_text("Enough to work with, with help").click()
    for _ in range(4):
        go_on(page, False)
    go_on(page, True, "Nothing to add")
    assert says(page, "Thank you")
    assert answered(Stage.FOLLOW_UP) == {"one_thing_done": 2, "used": [7], "barrier": "No time", "knowledge": 3}


def test_a_manager_answers_from_the_letter_without_an_account(open_page, asked):
    booking = came(timedelta(weeks=-13))
    page = open_page(viewport=PHONE)
    page.goto(address(booking, Stage.MANAGER))
    assert says(page, "Have you seen Amina use what the course taught?") and says(page, "Amina Yusuf")
    page.get_by_text("Yes, once").click()
    go_on(page, True)
    page.get_by_role("textbox").fill("She brought the tool to a strategy meeting")
    go_on(page, True)
    page.get_by_text("Yes, in supervision").click()
    go_on(page, True, "Send my answers")
    assert says(page, "Thank you")
    assert answered(Stage.MANAGER) == {"seen": 2, "example": "She brought the tool to a strategy meeting", "support": 1}


def test_the_code_leads_to_anonymous_questions(open_page, asked):
    person = a_person()
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=person))
    a_booking(session)
    for stage in (Stage.BEFORE, Stage.AFTER):
        building.set_mode(questionnaire_id=asked[stage].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    trainer = open_page(an_account(Role.TRAINER, person=person), viewport=DESK)
    trainer.goto(f"/my-sessions/{session.ref}/code")
    sound(trainer)
    page = open_page(viewport=PHONE, script=False)
    page.goto("/q/" + re.search(r"/q/([\w-]+/\w+)", trainer.content()).group(1))
    for text in ("A little", None, None, None, None, "Agree", "Agree", "Agree", None):
        if text:
            page.get_by_text(text, exact=True).click()
        go_on(page, False)
    page.get_by_label("A phrase of your own, if you like").fill("Elm Street, badger")
    go_on(page, False, "Send my answers")
    assert says(page, "can’t be changed or deleted")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Response.id)).where(Response.anonymous)) == 1


def test_a_worry_is_raised_from_beside_a_question(open_page, asked):
    page = open_page(viewport=PHONE)
    page.goto(address(a_booking(a_session(starts_in=timedelta(hours=-4))), Stage.AFTER))
    page.get_by_text("A little").click()
    for text in (None, None, None, None, None, "Agree", "Agree", "Agree"):
        if text:
            page.get_by_text(text, exact=True).click()
        go_on(page, False)
    page.get_by_role("link", name="say so here").click()
    sound(page)
    page.get_by_label("I need support myself").check()
    page.get_by_label("What should the safeguarding contact know?").fill("It brought something back.")
    page.get_by_role("button", name="Send it").click()
    assert says(page, "Thank you for saying so")
    sound(page)
    db.session.rollback()
    assert db.session.scalars(sa.select(Worry)).one().text == "It brought something back."


def test_a_letters_button_opens_the_questions(open_page, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    jobs.invite(clock.now())
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == "questions-after")).one()
    page = open_page(viewport=PHONE)
    page.goto("/a/" + re.search(r"/a/([\w-]+)", with_secrets(letter.text, office().link_key)).group(1))
    assert says(page, "Question 1 of 10") and booking.ref not in page.url
    sound(page)


def test_a_coordinator_builds_a_questionnaire(open_page, asked):
    course = a_course(title="Graded Care Profile 2")
    page = open_page(an_account(Role.COORDINATOR), viewport=NARROW)
    page.goto("/desk/questionnaires")
    sound_at_both_widths(page)
    page.get_by_role("link", name="After the session").click()
    sound_at_both_widths(page)
    page.get_by_label("Course").select_option(label="Graded Care Profile 2")
    page.get_by_role("button", name="Copy").click()
    sound_at_both_widths(page)
    page.get_by_role("link", name="One of several options").click()
    sound_at_both_widths(page)
    page.get_by_label("Question", exact=True).fill("Was the room right?")
    page.get_by_label("Options").fill("Yes\nNo")
    page.get_by_text("Ask it only after certain answers").click()
    page.get_by_label("The course was engaging and interesting 1. Strongly disagree").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name=re.compile("^Up.*Was the room right")).click()
    page.get_by_role("link", name="See it as on a phone").click()
    sound_at_both_widths(page)
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Put it in use").click()
    sound_at_both_widths(page)
    page.get_by_role("button", name="Put it in use").click()
    assert says(page, "It is in use")
    session = a_session(course=course, starts_in=timedelta(hours=-4))
    page.goto(f"/my-sessions/{session.ref}/paper/after")
    sound_at_both_widths(page)
    page.goto("/desk/safeguarding-contacts")
    sound_at_both_widths(page)
