"""What a manager says about somebody is that manager's until somebody reads it who may: another one who is named neither reads nor replaces it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import current_app

from app.accounts.services import say_where_somebody_works
from app.accounts.services.addresses import address_changed
from app.booking.rules.turnout import Turnout
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import AnswerDraft, Response
from app.evaluation.rules import links
from app.evaluation.rules.stages import Stage
from app.evaluation.services import inviting
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.links import with_secrets
from app.mail.services import make_link
from tests.builders import a_booking, a_person, a_session
from tests.client import Client
from tests.evaluation.test_views import hidden

WORDS = "What only the first manager has seen"


@pytest.fixture
def booking(app):
    """Somebody who came twelve weeks ago and names a manager."""
    ensure_questionnaires(now=clock.now())
    person = a_person(first_name="Amina", last_name="Yusuf")
    booking = a_booking(a_session(starts_in=timedelta(weeks=-12, days=-2)), person, turnout=Turnout.CAME)
    name(booking, "first@example.org")
    return booking


def name(booking, manager):
    agency_id = booking.person.affiliation.agency_id
    say_where_somebody_works(person_id=booking.person_id, agency_id=agency_id, job_title="x", now=clock.now(), manager_email=manager)


def manager(booking, address):
    """A browser that followed the link of the letter to this manager."""
    mark = links.manager_mark(office().link_key, address)
    secret = make_link(purpose=links.IN_LETTERS, subject=links.subject(booking.id, Stage.MANAGER, mark), person_id=None,
                       expires_at=clock.now() + timedelta(days=1), now=clock.now())
    browser = Client(current_app._get_current_object())
    browser.get(f"/a/{secret}")
    return browser


def begin(browser):
    page = browser.post(browser.letter, {**hidden(browser.get(browser.letter).text), "a-seen": "1", "go": "next"}).text
    return browser.post(browser.letter, {**hidden(page), "a-example": WORDS, "go": "next"}).text


def send(browser, words=WORDS):
    return browser.post(browser.letter, {"screen": "2", "a-seen": "1", "a-example": words, "a-support": "2", "go": "next"})


def counts():
    db.session.rollback()
    return tuple(db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (AnswerDraft, Response))


def test_the_letter_to_a_manager_opens_for_that_manager_and_they_go_on_and_change(booking):
    inviting.invite(session_id=booking.course_session_id, now=clock.now())
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == "questions-manager")).one()
    browser = Client(current_app._get_current_object())
    browser.get("/a/" + re.search(r"/a/([\w-]+)", with_secrets(letter.text, office().link_key)).group(1))
    assert "Question 3 of 3" in begin(browser) and "Question 3 of 3" in browser.get(browser.letter).text
    assert "Thank you" in browser.follow(send(browser)).text
    assert "You have answered before" in browser.get(browser.letter).text
    assert "Thank you" in browser.follow(send(browser, "And more")).text and counts() == (0, 2)


def test_another_manager_sees_nothing_of_what_the_one_before_has_begun(booking):
    first = manager(booking, "first@example.org")
    begin(first)
    name(booking, "second@example.org")
    second = manager(booking, "second@example.org")
    page = second.get(second.letter).text
    assert "Question 1 of" in page and WORDS not in page and " checked" not in page
    assert "Thank you" in second.follow(send(second, "My own")).text and counts() == (0, 1)


def test_the_link_of_a_manager_who_is_not_named_any_more_says_so_and_does_nothing(booking):
    first = manager(booking, "first@example.org")
    begin(first)
    for other in ("second@example.org", None):
        name(booking, other)
        for page in (first.get(first.letter).text, send(first).text):
            assert "Amina does not name you as their manager any more" in page and "Ask them to name you" in page and WORDS not in page
            assert "nobody reads that" in page and counts() == (1, 0)
    name(booking, "first@example.org")
    assert WORDS in first.get(first.letter).text, "named again, they go on"
    send(first)
    name(booking, "second@example.org")
    assert "What you sent stays, and Amina can read it" in first.get(first.letter).text


def test_another_manager_neither_reads_nor_replaces_what_the_one_before_sent(booking):
    send(manager(booking, "first@example.org"))
    name(booking, "second@example.org")
    second = manager(booking, "second@example.org")
    for page in (second.get(second.letter).text, send(second, "Instead").text):
        assert "answered already, by whoever was named as the manager before" in page and WORDS not in page
    assert counts() == (0, 1)


def test_a_manager_whose_address_changes_is_the_same_manager(booking):
    first = manager(booking, "first@example.org")
    begin(first)
    with transaction() as writing:
        address_changed(writing, 0, "first@example.org", "elsewhere@example.org")
    assert WORDS in first.get(first.letter).text
    send(first)
    with transaction() as writing:
        address_changed(writing, 0, "elsewhere@example.org", "again@example.org")
    assert "You have answered before" in first.get(first.letter).text


def test_a_letter_of_an_earlier_version_that_does_not_say_to_whom_it_went_shows_nothing_and_replaces_nothing(booking):
    begin(manager(booking, "first@example.org"))
    secret = make_link(purpose=links.IN_LETTERS, subject=links.subject(booking.id, Stage.MANAGER), person_id=None,
                       expires_at=clock.now() + timedelta(days=1), now=clock.now())
    browser = Client(current_app._get_current_object())
    browser.get(f"/a/{secret}")
    page = browser.get(browser.letter).text
    assert "Question 1 of" in page and WORDS not in page
    send(manager(booking, "first@example.org"))
    send(browser, "Instead")
    assert counts() == (0, 1)
