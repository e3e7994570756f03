"""Answering, and reading what was answered."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import current_app

from app.accounts.models import Person
from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation import jobs
from app.evaluation.models import Answer, AnswerDraft, Question, Response
from app.evaluation.rules import links
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import building
from app.evaluation.services.answering import save_draft, submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.services import make_link
from tests.builders import a_booking, a_session, a_trainer
from tests.client import Client


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


BEFORE = {"knowledge": "2", "sure_recognise": "7", "sure_respond": "", "sure_together": "none", "hope": ""}
AFTER = {"knowledge": "4", "knowledge_then": "1", "sure_recognise": "", "sure_respond": "10", "sure_together": "0", "engaging": "5",
         "improved_knowledge": "none", "useful_in_role": "3", "one_thing": "Ask the GP", "comment": "More time, please."}


def by_letter(*browsers, booking, stage):
    """The address of the questions for browsers that came by the link in the person's own letter."""
    secret = make_link(purpose=links.IN_LETTERS, subject=links.subject(booking.id, stage), person_id=booking.person_id,
                       expires_at=clock.now() + timedelta(days=1), now=clock.now())
    for browser in browsers:
        browser.get(f"/a/{secret}")
    return browsers[0].letter


def go_through(browser, address, given, **last):
    """Every screen of a questionnaire, as a browser sends it: what it was given, and what travels with the form. The last page."""
    page = browser.get(address).text
    for number, (code, value) in enumerate(given.items(), start=1):
        assert f"Question {number} of {len(given)}" in page
        fields = {**hidden(page), f"a-{code}": value, "go": "next", **(last if number == len(given) else {})}
        page = sent(browser, browser.post(address, fields))
    return page


def sent(browser, response):
    """The page after a form was sent, also where it leads on to another."""
    return (browser.follow(response) if response.status_code == 303 else response).text


def hidden(page):
    """The hidden fields of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def test_a_delegate_answers_before_the_session(as_role, asked):
    browser = as_role(Role.DELEGATE)
    booking = a_booking(a_session(), db.session.get(Person, browser.person_id))
    address = f"/bookings/{booking.ref}/questions/before"
    assert "Nothing is chosen yet" in browser.post(address, {"screen": "0"}).text
    assert "Thank you. That was all." in go_through(browser, address, BEFORE)
    assert answers() == {("before", "knowledge"): 2, ("before", "sure_recognise"): 7}


def test_the_questions_after_are_answered_from_a_link_without_signing_in(client, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    page = go_through(client, link(booking, Stage.AFTER), AFTER, **{"quote-comment": "with_role"})
    assert "Thank you" in page and "Change my answers" not in page
    assert answers() == {
        ("after", "knowledge"): 4, ("after", "knowledge_then"): 1, ("after", "sure_respond"): 10, ("after", "sure_together"): 0, ("after", "engaging"): 5,
        ("after", "useful_in_role"): 3, ("after", "one_thing"): "Ask the GP", ("after", "comment"): "More time, please.",
    }
    assert db.session.scalars(sa.select(Response.may_quote)).one() is Quoting.WITH_ROLE
    assert db.session.scalar(sa.select(sa.func.count(AnswerDraft.booking_id))) == 0


def test_going_back_shows_what_was_said(client, asked):
    address = link(a_booking(a_session()), Stage.BEFORE)
    page = client.post(address, {**hidden(client.get(address).text), "a-knowledge": "3", "go": "next"}).text
    page = client.post(address, {**hidden(page), "a-sure_recognise": "9", "go": "back"}).text
    assert "Question 1 of 5" in page and re.search(r'value="3" checked', page)
    assert 'name="a-sure_recognise" value="9"' in page


def test_what_was_begun_is_gone_on_with_in_another_browser_and_counts_for_nothing(app, client, asked):
    other = Client(app)
    address = by_letter(client, other, booking=a_booking(a_session()), stage=Stage.BEFORE)
    client.post(address, {**hidden(client.get(address).text), "a-knowledge": "3", "go": "next"})
    assert answers() == {} and db.session.scalar(sa.select(sa.func.count(AnswerDraft.booking_id))) == 1
    page = other.get(address).text
    assert "Question 2 of 5" in page and 'name="a-knowledge" value="3"' in page
    for _ in range(4):
        page = sent(other, other.post(address, {**hidden(page), "go": "next"}))
    assert "Thank you" in page and answers() == {("before", "knowledge"): 3}
    assert "Thank you" in sent(client, client.post(address, {"screen": "9", "a-knowledge": "3", "go": "next"})), "and the first browser sends it too"
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 1


def test_a_draft_of_a_fortnight_ago_is_forgotten(client, asked):
    booking = a_booking(a_session())
    save_draft(booking_id=booking.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, key="k", given={"knowledge": "3"},
               now=clock.now() - timedelta(days=14, minutes=1))
    assert "Question 1 of 5" in client.get(link(booking, Stage.BEFORE)).text
    assert jobs.forget_drafts(clock.now()) == "1 drafts deleted"
    assert db.session.scalar(sa.select(sa.func.count(AnswerDraft.booking_id))) == 0


def test_an_error_stands_at_the_field_and_over_the_form_and_what_was_written_stays(client, asked):
    address = link(a_booking(a_session(starts_in=timedelta(hours=-4))), Stage.AFTER)
    given = {f"a-{code}": value for code, value in AFTER.items() if code != "comment"}
    page = client.post(address, {**given, "screen": "9", "a-comment": "x" * 5001, "go": "next"}).text
    assert 'href="#q">This has 5,001 characters' in page and 'id="q-error"' in page and "x" * 5001 in page
    assert answers() == {}


def test_answers_that_are_changed_take_the_place_of_the_earlier_ones_and_sending_twice_is_sending_once(client, asked):
    address = by_letter(client, booking=a_booking(a_session()), stage=Stage.BEFORE)
    for value in ("2", "2", "3"):
        client.post(address, {"screen": "4", "a-knowledge": value})
    assert answers() == {("before", "knowledge"): 3}
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 2
    assert "You have answered before" in client.get(address).text


def without_a_comment(asked):
    """The questions after a session have another version since, without the comment."""
    draft = building.begin_draft(questionnaire_id=asked[Stage.AFTER].questionnaire_id, shipped=False, now=clock.now())
    building.remove_question(question_id=next(one.id for one in draft.questions if one.code == "comment"))
    building.put_in_use(version_id=draft.id, by="a coordinator", now=clock.now())
    return draft


WORDS = "Much that I have thought about for long."


def test_what_somebody_writes_while_another_version_is_put_in_use_is_kept_with_the_version_that_they_see(client, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    address = by_letter(client, booking=booking, stage=Stage.AFTER)
    page = client.get(address).text
    for code, value in list(AFTER.items())[:-1]:
        page = client.post(address, {**hidden(page), f"a-{code}": value, "go": "next"}).text
    new = without_a_comment(asked)
    page = sent(client, client.post(address, {**hidden(page), "a-comment": WORDS, "go": "next"}))
    assert "Thank you" in page and answers()["after", "comment"] == WORDS
    assert db.session.scalars(sa.select(Response.version_id)).one() == asked[Stage.AFTER].id != new.id
    page = client.get(address).text
    assert "You have answered before" in page and f'name="a-comment" value="{WORDS}"' in page, "and changes it with that version too"


def test_what_somebody_has_begun_is_gone_on_with_elsewhere_in_the_version_that_they_began(app, client, asked):
    booking, other = a_booking(a_session(starts_in=timedelta(hours=-4))), Client(app)
    address = by_letter(client, other, booking=booking, stage=Stage.AFTER)
    save_draft(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, key="k", given={"comment": [WORDS]}, now=clock.now())
    without_a_comment(asked)
    page = other.get(address).text
    assert f"of {len(AFTER)}" in page and f'name="a-comment" value="{WORDS}"' in page
    page = other.post(address, {**hidden(page), "a-knowledge": "3", "go": "next"}).text
    assert f'name="a-comment" value="{WORDS}"' in page
    db.session.rollback()
    draft = db.session.scalars(sa.select(AnswerDraft)).one()
    assert draft.version_id == asked[Stage.AFTER].id and draft.given["comment"] == [WORDS]
    fresh = a_booking(a_session(starts_in=timedelta(hours=-4)))
    assert f"of {len(AFTER) - 1}" in Client(app).get(link(fresh, Stage.AFTER)).text, "who begins now is asked the new one"


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99999999999999999999", "draft", "other stage"])
def test_a_version_that_is_none_of_these_questions_is_not_answered(client, asked, version):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    draft = building.begin_draft(questionnaire_id=asked[Stage.AFTER].questionnaire_id, shipped=False, now=clock.now())
    version = {"draft": draft.id, "other stage": asked[Stage.BEFORE].id}.get(version, version)
    given = {f"a-{code}": value for code, value in AFTER.items()}
    assert "Thank you" in sent(client, client.post(link(booking, Stage.AFTER), {**given, "screen": "9", "version": version, "go": "next"}))
    assert db.session.scalars(sa.select(Response.version_id)).one() == asked[Stage.AFTER].id


def test_where_the_new_questions_are_anonymous_what_was_written_to_one_that_is_gone_is_shown_again(client, asked):
    session = a_session(starts_in=timedelta(hours=-4))
    address = by_letter(client, booking=a_booking(session), stage=Stage.AFTER)
    page = client.get(address).text
    own = building.copy_to_course(questionnaire_id=asked[Stage.AFTER].questionnaire_id, course_id=session.course_id, now=clock.now())
    building.remove_question(question_id=next(one.id for one in own.questions if one.code == "comment"))
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    building.put_in_use(version_id=own.id, by="a coordinator", now=clock.now())
    page = client.post(address, {**hidden(page), "a-knowledge": "3", "a-comment": WORDS, "go": "next"}).text
    assert "was changed a moment ago" in page and "Anonymous:" in page and WORDS in page and "not asked any more" in page
    assert answers() == {} and db.session.scalar(sa.select(sa.func.count(AnswerDraft.booking_id))) == 0


def test_where_the_new_questions_are_anonymous_none_that_was_never_asked_is_skipped(client, asked):
    session = a_session(starts_in=timedelta(hours=-4))
    address = by_letter(client, booking=a_booking(session), stage=Stage.AFTER)
    page = client.post(address, {**hidden(client.get(address).text), "a-knowledge": "3", "go": "next"}).text
    page = client.post(address, {**hidden(page), "a-knowledge_then": "2", "go": "next"}).text
    assert "Question 3 of" in page
    own = building.copy_to_course(questionnaire_id=asked[Stage.AFTER].questionnaire_id, course_id=session.course_id, now=clock.now())
    new = building.save_question(version_id=own.id, question_id=None, wish=building.Wish(kind="short_text", wording="Something new?"))
    for _ in range(len(AFTER) - 1):
        building.move_question(question_id=new.id, by=-1)
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    building.put_in_use(version_id=own.id, by="a coordinator", now=clock.now())
    page = client.post(address, {**hidden(page), "a-sure_recognise": "7", "go": "next"}).text
    assert "was changed a moment ago" in page and "Something new?" in page and "Question 2 of" in page
    assert 'name="a-sure_recognise" value="7"' in page


def test_a_link_that_the_trainer_gives_out_shows_nothing_of_what_somebody_said(app, client, asked):
    booking = a_booking(a_session())
    own = by_letter(client, booking=booking, stage=Stage.BEFORE)
    client.post(own, {**hidden(client.get(own).text), "a-knowledge": "3", "go": "next"})
    page = Client(app).get(link(booking, Stage.BEFORE)).text
    assert "Question 1 of 5" in page and " checked" not in page
    client.post(own, {"screen": "9", "a-knowledge": "3"})
    trainer = Client(app)
    trainer.post(link(booking, Stage.BEFORE), {"screen": "9", "a-knowledge": "1", "go": "next"})
    assert answers() == {("before", "knowledge"): 3}


def test_a_trainer_who_opens_and_sends_the_links_that_they_have_does_not_learn_who_has_answered(app, client, asked):
    """The page of the session shows what the first five said: who they are would be known from the links of the others."""
    session = a_session(starts_in=timedelta(hours=-4))
    silent, answered = a_booking(session), a_booking(session)
    own = by_letter(client, booking=answered, stage=Stage.AFTER)
    go_through(client, own, AFTER)

    def seen(booking):
        trainer, address = Client(app), link(booking, Stage.AFTER)
        first = trainer.get(address).text
        last = go_through(trainer, address, {**AFTER, "comment": "Of the trainer"})
        again = trainer.get(address).text
        return [re.sub(r'(name="(?:key|csrf_token)"[^>]* value=")[^"]*|/worry/[^"]*', "", page.replace(address, "")).partition("<main")[2]
                for page in (first, last, again)]

    of_silent, of_answered = seen(silent), seen(answered)
    assert of_silent == of_answered and "This link takes one answer" in of_silent[0] and "that answer stays" in of_silent[1]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 2, "what the person said stays, and there is nothing beside it"
    page = client.post(own, {"screen": "9", "go": "back", **hidden(client.get(own).text)}).text
    assert "More time, please." in page and "Of the trainer" not in page


def test_who_answers_confidentially_by_the_trainers_link_is_not_told_that_it_is_anonymous_or_saved_on_the_way(client, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    address = link(booking, Stage.AFTER)
    page = client.post(address, {**hidden(client.get(address).text), "a-knowledge": "3", "go": "next"}).text
    assert "Question 2 of" in page and "Saved as you go" not in page and db.session.scalar(sa.select(sa.func.count(AnswerDraft.booking_id))) == 0
    page = go_through(client, address, AFTER)
    assert "anonymous" not in page and "Change my answers" not in page and "by the link in the letter that you got" in page
    assert db.session.scalars(sa.select(Response.booking_id)).one() == booking.id
    own = by_letter(client, booking=booking, stage=Stage.AFTER)
    page = client.post(own, {**hidden(client.get(own).text), "a-knowledge": "3", "go": "next"}).text
    assert "Question 2 of" in page and "Saved as you go" in page


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
    client.post(link(booking, stage), {"screen": "9", **{f"a-{code}": value for code, value in AFTER.items()}})
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


@pytest.mark.parametrize(("count", "there", "gone"), [(4, "Fewer than 5 people", "Remark"), (7, "5 of 5</b> people rated", "Remark 6"), (15, "10 of 10</b> people rated", "Remark 14")])
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
