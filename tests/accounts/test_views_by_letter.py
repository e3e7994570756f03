"""Signing in, a new password and a new address by a letter, as pages: reading changes nothing, a button does."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.core.db import db
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules import links
from tests.builders import PASSWORD, an_account
from tests.client import Client
from tests.house.test_access import everything


def way_in(kind):
    """The address of the link in the latest letter of this kind."""
    db.session.rollback()
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc())).first()
    return f"/a/{links.secret_of(links.MARK.search(letter.text).group(0), office().link_key)}"


def ask(browser, email="ann@example.org"):
    return browser.follow(browser.post("/sign-in/letter?next=/my-details", {"email": email}))


def test_in_the_browser_that_asked_the_link_leads_to_one_button_and_on(client):
    an_account(email="ann@example.org")
    assert "Look at your mail" in ask(client).text
    page = client.follow(client.get(way_in("sign-in-link"))).text
    assert "You asked for this in this browser" in page and page.count("<button") == 1
    before = everything()
    for method in ("GET", "HEAD", "OPTIONS"):
        client._send(method, client.letter)
    assert everything() == before
    assert client.post(client.letter).location == "/my-details"
    assert "ann@example.org" in client.get("/my-details").text


def test_in_another_browser_the_link_shows_a_code_and_signs_nobody_in(client, app):
    an_account(email="ann@example.org")
    ask(client)
    phone = Client(app)
    page = phone.follow(phone.get(way_in("sign-in-link"))).text
    assert "<button" not in page and "<form" not in page
    code = page.partition("Your code is ")[2][:7]
    phone.get("/help")
    assert "Your code is" in phone.post(phone.letter).text and phone.get("/my-details").status_code == 302
    assert "not right" in client.post("/sign-in/code", {"code": "0"}).text
    assert client.post("/sign-in/code", {"code": code}).location == "/my-details"
    assert "does not work any more" in phone.get(phone.letter).text


def test_the_page_after_asking_is_the_same_for_somebody_and_for_nobody(app):
    an_account(email="ann@example.org")
    pages = []
    for email in ("ann@example.org", "nobody@example.org"):
        browser = Client(app)
        pages.append([ask(browser, email).text.replace(browser.token, ""), browser.post("/sign-in/forgotten", {"email": email}).text.replace(browser.token, "")])
        pages[-1].append(browser.post("/sign-in/code", {"code": "0"}).text.replace(browser.token, ""))
        assert "not right" in pages[-1][-1]
    assert pages[0] == pages[1]


def test_a_new_password_is_chosen_from_the_letter_and_signs_nobody_in(client):
    an_account(email="ann@example.org")
    assert "Look at your mail" in client.post("/sign-in/forgotten", {"email": "ann@example.org"}).text
    client.follow(client.get(way_in("password-reset")))
    assert "too short" in client.post(client.letter, {"password": "short"}).text
    done = client.follow(client.post(client.letter, {"password": "three unlikely words"}))
    assert "Your password is changed" in done.text and client.get("/my-training").status_code == 302
    assert "is not right" in client.post("/sign-in", {"email": "ann@example.org", "password": PASSWORD}).text
    assert client.post("/sign-in", {"email": "ann@example.org", "password": "three unlikely words"}).status_code == 302
    assert "This link has been used" in client.get(client.letter).text


def test_another_address_counts_once_its_owner_has_pressed_the_button(client):
    account = an_account(email="ann@example.org")
    client.signed_in_as(account)
    assert "This is your address already" in client.post("/my-details/address", {"email": "ann@example.org"}).text
    assert "We have written to new@example.org" in client.follow(client.post("/my-details/address", {"email": "new@example.org"})).text
    page = client.follow(client.get(way_in("verify-address"))).text
    assert "Is new@example.org your address?" in page and db.session.get(Person, account.person_id).email == "ann@example.org"
    assert "Your address is changed" in client.post(client.letter).text
    db.session.rollback()
    assert db.session.get(Person, account.person_id, populate_existing=True).email == "new@example.org"
    assert "does not work any more" in client.get(client.letter).text


def test_a_form_of_these_without_its_token_or_the_cookie_does_nothing(client, app):
    an_account(email="ann@example.org")
    client.post("/sign-in/forgotten", {"email": "ann@example.org"})
    client.follow(client.get(way_in("password-reset")))
    before = everything()
    assert client._send("POST", client.letter, data={"password": "three unlikely words"}).status_code == 400
    other = Client(app)
    other.post(other.letter, {"password": "three unlikely words"})
    assert everything() == before


def test_the_signed_in_page_of_an_administrator_changes_the_address_of_somebody_who_acts_for_others(as_role):
    lead = an_account(Role.AGENCY_LEAD)
    facts = {"first_name": "Ann", "last_name": "E", "email": "new@example.org"}
    assert "an administrator changes" in as_role(Role.COORDINATOR).post(f"/desk/people/{lead.person_id}/name", facts).text
    assert as_role(Role.ADMINISTRATOR).post(f"/desk/people/{lead.person_id}/name", facts).status_code == 302


@pytest.mark.parametrize(("role", "least"), [(Role.DELEGATE, 12), (Role.COORDINATOR, 15)])
def test_the_page_for_a_new_password_says_how_long_it_must_be_for_this_person(client, role, least):
    account = an_account(role)
    client.post("/sign-in/forgotten", {"email": account.person.email})
    assert f"At least {least} characters" in client.follow(client.get(way_in("password-reset"))).text
    assert f"it needs at least {least} characters" in client.post(client.letter, {"password": "x" * (least - 1)}).text
    assert client.post(client.letter, {"password": "x" * least}).location == "/sign-in"
