"""Answering from a link in a browser that keeps no cookies; and no page of another site answers in somebody's browser."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.evaluation.models import Response, Worry
from app.evaluation.rules.stages import Mode, Stage
from app.evaluation.services import building
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_session
from tests.client import Client
from tests.evaluation.test_views import AFTER, hidden, link
from tests.evaluation.test_views_collecting import raised, slide

OWN = [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}]
OTHERS = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost.example.org"},
          {"Origin": "https://localhost"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, {}]


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def over():
    return a_session(starts_in=timedelta(hours=-4))


@pytest.fixture
def bare(app):
    """A browser without cookies."""
    browser = Client(app)
    browser.inner = app.test_client(use_cookies=False)
    return browser


def go_through(browser, address, headers):
    """The last page of a questionnaire, of which each form is sent with these headers."""
    page = browser.get(address).text
    for code, value in AFTER.items():
        response = browser.post(address, {**hidden(page), f"a-{code}": value, "go": "next"}, headers=headers)
        page = browser.follow(response).text if response.status_code == 303 else response.text
    return page


def count(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


@pytest.mark.parametrize("headers", OWN)
def test_questions_are_answered_from_a_link_and_by_the_code_without_cookies(bare, asked, over, headers):
    assert "Thank you" in go_through(bare, link(a_booking(over), Stage.AFTER), headers) and count(Response) == 1
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    other = a_session(starts_in=timedelta(hours=-4))
    a_booking(other)
    a_booking(other)
    assert "can&rsquo;t be changed or deleted" in go_through(bare, slide(other), headers) and count(Response) == 2


def test_a_worry_is_raised_without_cookies(app, bare, asked, over):
    address = raised(Client(app), over)
    bare.get(address)
    page = bare.post(address, {"about": "child", "text": "A worry", "contact": ""}, headers=OWN[0]).text
    assert "Thank you for saying so" in page and count(Worry) == 1


@pytest.mark.parametrize("headers", OTHERS)
def test_a_form_that_another_site_sends_is_refused(bare, client, asked, over, headers):
    address = link(a_booking(over), Stage.AFTER)
    given = {"screen": "9", "go": "next", **{f"a-{code}": value for code, value in AFTER.items()}}
    bare.get(address)
    refused = bare.post(address, given, headers=headers)
    assert refused.status_code == 400 and "Your browser sent no cookie" in refused.text and "Allow cookies for this site" in refused.text
    client.get(address)
    assert client.post(address, {**given, "csrf_token": "made up"}, headers=headers).status_code == 400, "cookies are no help to another site"
    assert count(Response) == 0
    assert client.post(address, given, headers=headers).status_code == 303, "the page's own token is, whatever a browser says"


def test_a_letter_in_a_browser_that_keeps_no_cookies_says_what_to_do(bare, asked, over):
    page = bare.get("/answer?letter=0123456789ab")
    assert page.status_code == 404 and "your browser sent none" in page.text and "allow cookies for this site" in page.text
