"""The standard questionnaires take less than a minute before a session and less than three after it, on a phone without script."""

from datetime import timedelta

import pytest

from app.core import clock
from app.evaluation.rules.stages import Stage
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.browser.conftest import PHONE
from tests.browser.pace import Pace, seconds
from tests.browser.test_journeys_questions import address, came


@pytest.fixture
def walk(app, open_page):
    """`walk(stage, answers)`: somebody's way through a stage, tapping each answer (text to type is a tuple), and what it took."""
    ensure_questionnaires(now=clock.now())

    def through(stage, answers):
        booking = came({Stage.BEFORE: timedelta(days=2), Stage.AFTER: timedelta(hours=-4), Stage.MANAGER: timedelta(weeks=-13)}[stage])
        page = open_page(viewport=PHONE, script=False)
        page.goto(address(booking, stage))
        pace = Pace(page)
        for answer in answers:
            pace.look()
            if isinstance(answer, tuple):
                pace.type(page.get_by_role("textbox"), answer[0])
                for label in answer[1:]:
                    pace.tap(page.get_by_label(label))
            elif answer:
                pace.tap(page.get_by_text(answer, exact=True).first)
            pace.tap(page.locator("main button").first)
        assert page.locator("h1").inner_text() == "Thank you. That was all."
        return pace

    return through


def test_the_time_follows_from_words_taps_and_pages():
    assert seconds(words=240, taps=0, pages=0, typed=0) == 60 and seconds(words=0, taps=2, pages=2, typed=36) == 64


def test_before_takes_at_most_a_minute_for_somebody_who_answers_everything(walk, record_property):
    pace = walk(Stage.BEFORE, ["A little", "6", "4", "7", "What to do, and when"])
    record_property("tried", f"{pace.pages} screens, {pace.words} words, {pace.taps} taps: {pace.took:.0f} s")
    assert (pace.pages, pace.taps, pace.typed) == (5, 10, 0) and pace.took <= 60


def test_after_takes_at_most_three_minutes_with_two_sentences_of_ones_own(walk, record_property):
    pace = walk(Stage.AFTER, ["Enough to work with on my own", "A little", "8", "7", "8", "Strongly agree", "Agree", "Agree",
                              ("Use the tool in my next supervision with the team", "In the next month"),
                              ("More time to practise in small groups would have helped me.", "Yes, without my name or role")])
    record_property("tried", f"{pace.pages} screens, {pace.words} words, {pace.taps} taps, {pace.typed} words typed: {pace.took:.0f} s")
    assert (pace.pages, pace.taps, pace.typed) == (10, 22, 21) and pace.took <= 180


def test_a_manager_takes_at_most_a_minute(walk, record_property):
    pace = walk(Stage.MANAGER, ["Yes, once", ("She brought it to supervision.",), "Yes, in supervision"])
    record_property("tried", f"{pace.pages} screens, {pace.words} words, {pace.taps} taps, {pace.typed} words typed: {pace.took:.0f} s")
    assert pace.pages == 3 and pace.took <= 60
