"""A button in a page that a letter leads to, when the connection breaks in its commit: the page says what came of it, and it is done once."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, Person, SignIn
from app.accounts.rules import code_of
from app.accounts.services import ask_for_new_password, ask_for_sign_in, ask_to_change_address, has_password
from app.booking.models import BookingEvent
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db
from app.core.tokens import digest
from app.mail.models import Letter
from app.mail.office import office
from app.ui import dispatch
from tests.accounts.test_views_by_letter import way_in
from tests.booking.test_views_letters import asked, holding, status_of
from tests.builders import an_account
from tests.client import Client

CUTS = ("before", "after")
"""The database hears nothing of the commit; it does it, and nobody hears so."""


@pytest.fixture
def backend():
    """Only between a server and us can an answer be lost."""
    return "postgresql"


@pytest.fixture
def browser(wire):
    """A browser on the site that speaks with the database over the wire."""
    return Client(wire[1])


def at_the_page(browser, wire, kind, cut):
    """Open the page of the latest letter's link; the next commit is cut."""
    browser.follow(browser.get(way_in(kind)))
    wire[0].cut = cut


def count(column, *conditions):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(column)).where(*conditions))


@pytest.mark.parametrize("cut", CUTS)
def test_whoever_signs_in_by_a_letter_is_signed_in_once(browser, wire, cut):
    account = an_account()
    secret = ask_for_sign_in(email=account.person.email, network="", now=clock.now())
    browser.inner.set_cookie("asked", secret, domain="localhost")
    at_the_page(browser, wire, "sign-in-link", cut)
    answer = browser.post(browser.letter)
    assert answer.status_code == 303 and account.person.email in browser.get("/my-details").text
    assert count(SignIn.id) == 1


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("spares", (0, 1), ids=("the try", "the sign-in"))
def test_whoever_types_the_code_is_signed_in_once_whichever_commit_is_cut(browser, wire, cut, spares):
    account = an_account()
    secret = ask_for_sign_in(email=account.person.email, network="", now=clock.now())
    browser.inner.set_cookie("asked", secret, domain="localhost")
    browser.get("/sign-in/code")
    wire[0].cut, wire[0].spares = cut, spares
    answer = browser.post("/sign-in/code", {"code": code_of(digest(secret), office().link_key)})
    assert wire[0].cut == "" and answer.status_code == 303 and account.person.email in browser.get("/my-details").text
    assert count(SignIn.id) == 1


def test_a_wrong_code_is_said_to_be_wrong_when_the_count_of_the_try_was_lost(browser, wire):
    secret = ask_for_sign_in(email=an_account().person.email, network="", now=clock.now())
    browser.inner.set_cookie("asked", secret, domain="localhost")
    browser.get("/sign-in/code")
    wire[0].cut = "after"
    assert "The code is not right" in browser.post("/sign-in/code", {"code": "1"}).text and count(SignIn.id) == 0


@pytest.mark.parametrize("cut", CUTS)
def test_a_new_password_is_said_to_be_changed_and_told_once(browser, wire, cut):
    account = an_account()
    ask_for_new_password(email=account.person.email, network="", now=clock.now())
    at_the_page(browser, wire, "password-reset", cut)
    answer = browser.follow(browser.post(browser.letter, {"password": "three unlikely words"}))
    assert "Your password is changed" in answer.text
    assert has_password(account_id=account.id, password="three unlikely words") and count(Letter.id, Letter.kind == "password-changed") == 1


@pytest.mark.parametrize("cut", CUTS)
def test_a_new_address_is_said_to_count_now(browser, wire, cut):
    account = an_account()
    ask_to_change_address(person_id=account.person_id, address="new@example.org", now=clock.now())
    at_the_page(browser, wire, "verify-address", cut)
    page = browser.post(browser.letter).text
    assert "new@example.org" in page and "does not work any more" not in page
    assert count(Person.id, Person.email == "new@example.org") == 1 and count(Letter.id, Letter.kind == "address-changed") == 1


@pytest.mark.parametrize("cut", CUTS)
def test_a_place_is_given_back_once_and_the_page_says_so(browser, wire, cut):
    booking = asked()
    holding(browser, booking, "booking").get(browser.letter)
    wire[0].cut = cut
    page = browser.follow(browser.post(browser.letter, {"answer": "give_back"})).text
    assert "does not work any more" not in page and status_of(booking) is BookingStatus.GIVEN_BACK
    assert count(BookingEvent.id, BookingEvent.booking_id == booking.id) == 2


def test_the_switch_without_looking_the_result_up_the_page_says_that_the_link_was_used(browser, wire, monkeypatch):
    """The canary: the view is run again and does not know that it was."""
    account = an_account()
    ask_for_new_password(email=account.person.email, network="", now=clock.now())
    at_the_page(browser, wire, "password-reset", "after")
    monkeypatch.setattr("app.accounts.views.by_letter.outcome_unknown", lambda: False)
    assert "This link has been used" in browser.post(browser.letter, {"password": "three unlikely words"}).text


def test_another_password_with_a_link_that_was_used_is_not_said_to_be_changed(browser, wire):
    """Only the request that used the link looks for what it did."""
    account = an_account()
    ask_for_new_password(email=account.person.email, network="", now=clock.now())
    at_the_page(browser, wire, "password-reset", "")
    browser.post(browser.letter, {"password": "three unlikely words"})
    other = Client(wire[1])
    at_the_page(other, wire, "password-reset", "")
    assert "This link has been used" in other.post(other.letter, {"password": "three unlikely words"}).text
    assert not dispatch.outcome_unknown() and count(Account.id) == 1
