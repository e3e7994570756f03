"""While the database is away people read a plain page that needs none, and what they typed is on it."""

import re
from html import unescape

import pytest
import sqlalchemy as sa

from app.accounts.models import Partnership
from app.accounts.rules import Role
from app.core.db import db
from app.ui import error_pages
from tests.builders import a_session
from tests.client import Client
from tests.faults.breaking import away
from tests.html import faults

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def quick(app, impatient):
    """A signed-in administrator and coordinator, on connections that do not wait long."""
    browser = Client(app).signed_in(Role.ADMINISTRATOR, Role.COORDINATOR)
    browser.get("/desk/partnerships/new")
    return browser


def sent_again(answer):
    """What the page's button would send, as a browser reads it."""
    return {unescape(name): unescape(value) for name, value in HIDDEN.findall(answer.text)}


@pytest.mark.parametrize("address", ["/", "/courses", "/my-training", "/sign-in", "/desk/people?q=a%20b", "/nowhere"])
def test_every_page_says_so_plainly_even_when_nobody_can_be_told_apart(app, quick, address):
    with away():
        answer = quick.get(address)
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (503, "5", "no-store")
    assert "We could not do that just now" in answer.text and "Nothing was changed" in answer.text
    link = re.search(r'<p><a href="([^"]*)">Try again', answer.text).group(1)
    assert unescape(link) == address
    assert "Content-Security-Policy" in answer.headers and not faults(answer.text)


def test_the_way_back_never_leads_to_another_site(app, quick):
    with away():
        answer = quick.get("/x", environ_overrides={"PATH_INFO": "//elsewhere.example/x", "REQUEST_URI": "//elsewhere.example/x", "RAW_URI": "//elsewhere.example/x"})
    assert answer.status_code in (308, 503) and 'href="//' not in answer.text and not answer.headers.get("Location", "/").startswith("//")


def test_what_was_typed_is_kept_and_one_button_does_it_again(app, quick):
    typed = {"code": "P<1>", "name": 'A "quoted" name\r\nand more & more', "starts_on": "", "ends_on": ""}
    with away():
        answer = quick.post("/desk/partnerships/new", typed)
    assert answer.status_code == 503 and "what you typed is kept" in answer.text
    form = re.search(r"<form ([^>]*)>", answer.text).group(1)
    assert form == 'method="post"', "it goes to the same address"
    again = sent_again(answer)
    assert {name: again[name] for name in typed} == typed and again["csrf_token"] == quick.token
    assert answer.text.count("<button") == 1 and "<script" not in answer.text
    quick.follow(quick.post("/desk/partnerships/new", {**again, "name": "Area"}))
    assert db.session.scalars(sa.select(Partnership.code)).all() == ["P<1>"]


def test_a_password_is_not_on_the_page_and_the_person_is_told(app, impatient):
    browser = Client(app)
    browser.get("/sign-in")
    with away():
        answer = browser.post("/sign-in", {"email": "a@example.org", "password": "a secret of theirs"})
    assert answer.status_code == 503 and "a secret of theirs" not in answer.text
    assert sent_again(answer)["email"] == "a@example.org" and "you will be asked for it once more" in answer.text


def test_a_field_that_was_chosen_twice_is_sent_twice(app, quick):
    with away():
        answer = quick.post("/desk/partnerships/new", {"successors": ["1", "2"]})
    assert [value for name, value in HIDDEN.findall(answer.text) if name == "successors"] == ["1", "2"]


def test_when_it_is_back_the_next_page_is_right_at_once(app, quick):
    session = a_session()
    with away():
        assert quick.get("/desk/sessions").status_code == 503
    assert session.ref in quick.get("/desk/sessions").text


def test_nothing_personal_is_in_the_log(app, quick, caplog):
    with away():
        quick.post("/desk/people/new", {"first_name": "Zebedee", "last_name": "Quux", "email": "zebedee@example.org"})
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "the database did not answer at accounts_desk.new_person" in said
    assert "Zebedee" not in caplog.text and "zebedee@" not in caplog.text


def test_without_the_page_of_its_own_there_would_be_a_bare_failure(app, quick, monkeypatch):
    """The switch: the layout asks who is signed in, and so fails too."""
    monkeypatch.setattr(error_pages.failures, "may_pass", lambda error: False)
    with away(), pytest.raises(sa.exc.OperationalError):
        quick.get("/my-training")
