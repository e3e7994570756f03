"""Answering, and reading what was answered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import current_app

from app.accounts.models import Person
from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation.models import Answer, Question, Response
from app.evaluation.rules import links
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_session, a_trainer


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


def answers():
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Response.stage, Question.code, Answer.number, Answer.text).join(Answer, Answer.response_id == Response.id)
        .join(Question, Question.id == Answer.question_id).where(Response.current)
    )
    return {(stage.value, code): text if number is None else number for stage, code, number, text in rows}


def link(booking, stage):
    return f"/answer/{links.token(current_app.config['SECRET_KEY'], booking.id, stage)}"


def test_a_delegate_answers_before_in_one_screen(as_role, asked):
    browser = as_role(Role.DELEGATE)
    booking = a_booking(a_session(), db.session.get(Person, browser.person_id))
    address = f"/bookings/{booking.ref}/questions/before"
    assert "Question 1 of 1" in browser.get(address).text
    assert "Nothing is chosen yet" in browser.post(address, {"screen": "0"}).text
    assert "Thank you. That was all." in browser.post(address, {"screen": "0", "a-knowledge": "2"}).text
    assert answers() == {("before", "knowledge"): 2}


def test_the_questions_after_are_answered_from_a_link_without_signing_in(client, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    address = link(booking, Stage.AFTER)
    client.get(address)
    given = {}
    for screen, (code, value) in enumerate([("knowledge", "4"), ("engaging", "5"), ("improved_knowledge", "none"), ("useful_in_role", "3")]):
        given[f"a-{code}"] = value
        page = client.post(address, {"screen": str(screen), "go": "next", **given}).text
        assert f"Question {screen + 2} of 5" in page
    assert "Question 4 of 5" in client.post(address, {"screen": "4", "go": "back", **given}).text
    page = client.post(address, {"screen": "4", "go": "next", **given, "a-comment": "More time, please.", "may_quote": "with_role"}).text
    assert "Thank you" in page
    assert answers() == {("after", "knowledge"): 4, ("after", "engaging"): 5, ("after", "useful_in_role"): 3, ("after", "comment"): "More time, please."}
    assert db.session.scalars(sa.select(Response.may_quote)).one() is Quoting.WITH_ROLE


def test_answers_that_are_changed_take_the_place_of_the_earlier_ones_and_sending_twice_is_sending_once(client, asked):
    booking = a_booking(a_session())
    address = link(booking, Stage.BEFORE)
    for value in ("2", "2", "3"):
        client.post(address, {"screen": "0", "a-knowledge": value})
    assert answers() == {("before", "knowledge"): 3}
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 2
    assert "You have answered before" in client.get(address).text


def test_a_link_that_was_made_up_is_not_there(client, asked):
    booking = a_booking(a_session())
    made_up = links.token("another secret key", booking.id, Stage.BEFORE)
    for token in (made_up, "x", link(booking, Stage.BEFORE).removeprefix("/answer/") + "x"):
        assert client.get(f"/answer/{token}").status_code == 404


def test_somebody_elses_questions_are_not_there(as_role, asked):
    booking = a_booking(a_session())
    assert as_role(Role.DELEGATE).get(f"/bookings/{booking.ref}/questions/before").status_code == 404
    assert as_role(Role.DELEGATE).get(f"/bookings/{booking.ref}/questions/other").status_code == 404


@pytest.mark.parametrize(("starts_in", "stage", "said"), [
    (timedelta(hours=-4), Stage.BEFORE, "The session is over"), (timedelta(days=2), Stage.AFTER, "about to end"),
    (timedelta(days=-40), Stage.AFTER, "closed now"),
])
def test_questions_outside_their_time_say_so(client, asked, starts_in, stage, said):
    booking = a_booking(a_session(starts_in=starts_in))
    assert said in client.get(link(booking, stage)).text
    client.post(link(booking, stage), {"screen": "0", "a-knowledge": "2"})
    assert answers() == {}


def test_opening_a_link_changes_nothing(client, asked):
    booking = a_booking(a_session())
    client.get(link(booking, Stage.BEFORE))
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 0


def some_answers(session, asked, count):
    for number in range(count):
        booking = a_booking(session)
        now = session.starts_at - timedelta(hours=1)
        submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, given={"knowledge": "2"}, quoting=Quoting.NO, now=now)
        given = {"knowledge": "3", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4", "comment": f"Remark {number}"}
        submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=given, quoting=Quoting.NO, now=session.ends_at)


@pytest.mark.parametrize(("count", "there", "gone"), [(4, "Fewer than 5 people", "Remark"), (7, "5 of 5</b> people rated", "Remark 6"), (10, "10 of 10</b> people rated", "Fewer")])
def test_a_trainer_sees_fives_of_answers_without_names(as_role, asked, count, there, gone):
    browser = as_role(Role.TRAINER)
    session = a_session(starts_in=timedelta(hours=-4), places=20, trainer=a_trainer(person=db.session.get(Person, browser.person_id)))
    some_answers(session, asked, count)
    page = browser.get(f"/my-sessions/{session.ref}/answers").text
    assert there in page and gone not in page and "Example" not in page


def test_a_coordinator_gets_a_link_for_each_person(as_role, asked):
    session = a_session()
    booking = a_booking(session)
    page = as_role(Role.COORDINATOR).get(f"/desk/sessions/{session.ref}/questions").text
    assert link(booking, Stage.BEFORE) in page
