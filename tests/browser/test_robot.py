"""A gateway with a real browser opens every letter: it runs the scripts, follows the links, and submits whatever submits itself. It changes nothing."""

import re

import pytest

from app.accounts import queries as people
from app.accounts.models import Person, SignIn
from app.accounts.rules import Role
from app.core.db import db
from tests.browser.conftest import DESK
from tests.builders import an_account
from tests.every_letter import addresses, one_of_each, write_every_letter
from tests.house.test_access import everything

AFTERWARDS = 80
"""Milliseconds that a page is left open once it is loaded, for what its scripts do by themselves."""
PRESSES = '[...document.querySelectorAll("main form button")].find(one => /give my place back|decline/i.test(one.textContent))?.click();'
"""What a page would hold that submits itself."""


class Robot:
    """Opens letters as a gateway does: in a browser of its own, with the cookies of an account or without."""

    def __init__(self, open_page, site):
        self.open_page, self.site, self.visited, self.seen, self.pages = open_page, site, 0, set(), {}

    def opens(self, letter, account=None):
        """Read the letter, follow each of its links, and from there each link to a page of ours that was not seen yet; without an account each
        time in a browser that has forgotten everything."""
        for address in addresses(letter):
            page = self._page(account)
            self._visits(page, address.replace("http://localhost", self.site))
            onward = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
            for further in onward:
                if further.startswith(self.site) and (further not in self.seen or "/answer" in further):
                    self.seen.add(further)
                    self._visits(page, further)
            page.wait_for_load_state()
            assert account or "Sign out" not in page.content(), f"{letter.kind}: signed in by {address}"

    def _page(self, account):
        number = account and account.id
        if number not in self.pages:
            self.pages[number] = self.open_page(account, viewport=DESK)
        elif account is None:
            self.pages[None].context.clear_cookies()
            self.pages[None].evaluate("sessionStorage.clear(); localStorage.clear()")
        return self.pages[number]

    def _visits(self, page, address):
        try:
            page.goto(address, wait_until="load")
        except Exception as error:  # a calendar file is downloaded instead of shown, which is no page
            assert "Download is starting" in str(error), error
            return
        page.wait_for_timeout(AFTERWARDS)
        self.visited += 1


@pytest.fixture
def robot(app, open_page, site):
    write_every_letter()
    return Robot(open_page, site)


def test_nothing_is_cancelled_accepted_or_signed_in_by_a_gateway_that_opens_every_kind_of_letter(robot):
    by_kind = one_of_each()
    before = everything()
    db.session.rollback()
    for letter in by_kind.values():
        robot.opens(letter)
    assert everything() == before and robot.visited > len(by_kind)


def whose(letter):
    """The account of whoever the letter is to; a new one when they have none."""
    person = db.session.get(Person, letter.person_id)
    return people.account_of(person.id) or an_account(person=person)


@pytest.mark.parametrize("role", [Role.DELEGATE, Role.COORDINATOR])
def test_nor_is_anything_by_a_robot_that_has_the_cookies_of_somebody_who_is_signed_in(robot, role):
    """As the person themselves, and as a coordinator: by every kind of letter whose link acts."""
    coordinator = an_account(Role.COORDINATOR)
    acting = [letter for letter in one_of_each().values() if letter.person_id and any("/a/" in address for address in addresses(letter))]
    opened = [(letter, coordinator if role is Role.COORDINATOR else whose(letter)) for letter in acting]
    before, sign_ins = everything(but=SignIn), db.session.query(SignIn).count()
    for letter, account in opened:
        robot.opens(letter, account)
    assert everything(but=SignIn) == before and robot.visited > len(opened) > 10
    assert db.session.query(SignIn).count() == sign_ins + len(robot.pages), "nobody was signed in but by the test"


def test_the_switch_signed_in_a_page_that_submits_itself_gives_the_place_away_at_once(robot, app, monkeypatch):
    """The canary for the two above; the second question is for those who are not signed in."""
    letter = one_of_each()["reminder"]
    account = whose(letter)
    monkeypatch.setitem(app.view_functions, "static", _pressing(app.view_functions["static"], app))
    before = everything(but=SignIn)
    robot.opens(letter, account)
    assert everything(but=SignIn) != before


def test_the_switch_with_a_page_that_submits_itself_the_robot_gives_the_place_away(robot, app, monkeypatch):
    """The canary: with a script that presses the button, and without the second question, the comparison above sees it."""
    from app.booking.views.mine import answering  # noqa: PLC0415

    monkeypatch.setattr(answering, "_too_fast", lambda *_: False)
    monkeypatch.setitem(app.view_functions, "static", _pressing(app.view_functions["static"], app))
    before = everything()
    db.session.rollback()
    robot.opens(one_of_each()["reminder"])
    assert everything() != before


def test_the_second_question_alone_stops_a_page_that_submits_itself(robot, app, monkeypatch):
    """A button that is pressed right after the letter left asks once more, with nothing chosen."""
    monkeypatch.setitem(app.view_functions, "static", _pressing(app.view_functions["static"], app))
    before = everything()
    db.session.rollback()
    robot.opens(one_of_each()["reminder"])
    assert everything() == before


def _pressing(static, app):
    def serve(filename):
        if not re.fullmatch(r"uplift\.js", filename):
            return static(filename=filename)
        return app.response_class(PRESSES, mimetype="text/javascript")

    serve.access = frozenset()
    return serve
