"""Fifty who send one link's questions in the same moment leave one response that counts, and each of them is answered."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Response
from app.evaluation.rules.stages import Mode, Stage
from app.evaluation.services import building
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests import builders
from tests.faults.acts import rows_of, somebody
from tests.faults.counts import times
from tests.faults.crowds import OPENING, at_once
from tests.faults.flows_answers import GIVEN, letter_to

FIFTY = 50
ROUNDS = times(100, otherwise=2)
SENT = {"screen": "9", "go": "next", **{f"a-{code}": value for code, value in GIVEN.items()}}


def a_place(site, *, anonymous: bool = False) -> Booking:
    """A place on a session that is over; its course asks anonymously if it is to."""
    asked, course = ensure_questionnaires(now=clock.now())[Stage.AFTER], builders.a_course()
    if anonymous:
        own = building.copy_to_course(questionnaire_id=asked.questionnaire_id, course_id=course.id, now=clock.now())
        building.put_in_use(version_id=own.id, by="x", now=clock.now())
        building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    return builders.a_booking(builders.a_session(starts_in=timedelta(hours=-4), course=course), somebody(site))


def in_fifty_browsers(site, booking: Booking):
    """The last button of the questions in fifty browsers that have followed one letter's link: each with the form that it was given."""
    secret, browsers = letter_to(booking), [site.browser() for _ in range(FIFTY)]
    db.session.rollback()
    with ThreadPoolExecutor(OPENING) as threads:
        return browsers, list(threads.map(lambda browser: browser.form(browser.get(browser.get(f"/a/{secret}").location)), browsers))


def pressed_at_once(browsers, forms, **also: str):
    """What came back to each, when all press in the same moment."""
    return at_once([lambda browser=browser, form=form: browser.submit(form, also={**SENT, **also})
                    for browser, form in zip(browsers, forms, strict=True)])


def kept_of(session_id: int) -> tuple[int, int, int]:
    """(responses, those that count, answers of those that count)."""
    db.session.rollback()
    here = Response.course_session_id == session_id
    current = sa.select(Response.id).where(here, Response.current)
    return rows_of(Response, here), rows_of(Response, here, Response.current), rows_of(Answer, Answer.response_id.in_(current))


@pytest.mark.parametrize("forms_alike", [True, False], ids=["one form sent fifty times", "a form in each of fifty browsers"])
def test_fifty_submissions_of_one_link_leave_one_response_that_counts(served, forms_alike, record_property):
    for number in range(ROUNDS):
        booking = a_place(served)
        session_id, booking_id = booking.course_session_id, booking.id
        browsers, forms = in_fifty_browsers(served, booking)
        answers = pressed_at_once(browsers, forms, **({"key": f"one form {session_id}"} if forms_alike else {}))
        assert Counter(answer.status for answer in answers) == {303: FIFTY}, f"round {number}"
        responses, current, said = kept_of(session_id)
        assert (current, said) == (1, len(GIVEN)) and rows_of(AnswerDraft, AnswerDraft.booking_id == booking_id) == 0
        assert responses == 1, "the same answers again are no other response"
        served.close_browsers()
    record_property("tried", f"{ROUNDS} times {FIFTY} at once: one each time, {FIFTY} of {FIFTY} answered")


def test_fifty_who_say_different_things_leave_the_last_that_came_and_the_others_as_history(served):
    booking = a_place(served)
    session_id = booking.course_session_id
    browsers, forms = in_fifty_browsers(served, booking)
    answers = at_once([lambda at=at, browser=browser, form=form: browser.submit(form, also={**SENT, "a-comment": f"Browser {at}"})
                       for at, (browser, form) in enumerate(zip(browsers, forms, strict=True))])
    assert Counter(answer.status for answer in answers) == {303: FIFTY}
    assert kept_of(session_id) == (FIFTY, 1, len(GIVEN) + 1)
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Answer.text))).join(Response, Response.id == Answer.response_id)
                             .where(Response.course_session_id == session_id)) == FIFTY, "nothing that somebody was thanked for is gone"


def test_fifty_anonymous_submissions_of_one_link_leave_one_and_the_others_are_told(served, record_property):
    for _ in range(ROUNDS):
        booking = a_place(served, anonymous=True)
        session_id = booking.course_session_id
        answers = pressed_at_once(*in_fifty_browsers(served, booking))
        assert Counter(answer.status for answer in answers) == {303: 1, 200: FIFTY - 1}
        assert all("You have answered already" in answer.text for answer in answers if not answer.done)
        assert kept_of(session_id)[0] == 1 == rows_of(AnonymousTicket, AnonymousTicket.course_session_id == session_id)
        served.close_browsers()
    record_property("tried", f"{ROUNDS} times {FIFTY} at once: one each time, {FIFTY - 1} told")


def test_without_the_lock_and_the_index_several_count_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="lock", workers=4)  # a database of its own, as its index goes
    with site.app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX IF EXISTS uq_response_current")
        for _ in range(5):
            booking = a_place(site)
            session_id = booking.course_session_id
            browsers, forms = in_fifty_browsers(site, booking)
            at_once([lambda at=at, browser=browser, form=form: browser.submit(form, also={**SENT, "a-comment": f"Browser {at}"})
                     for at, (browser, form) in enumerate(zip(browsers, forms, strict=True))])
            site.close_browsers()
            if kept_of(session_id)[1] > 1:
                break
        assert kept_of(session_id)[1] > 1
        done = site.app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1 and "BROKEN  one-current-response" in done.output
