"""A gateway with a real browser opens every letter: it runs the scripts, follows the links, and submits whatever submits itself. It changes nothing."""

import re

import pytest

from app.core.db import db
from tests.browser.conftest import DESK
from tests.every_letter import addresses, one_of_each, write_every_letter
from tests.house.test_access import everything

AFTERWARDS = 80
"""Milliseconds that a page is left open once it is loaded, for what its scripts do by themselves."""
PRESSES = '[...document.querySelectorAll("main form button")].find(one => /give my place back|decline/i.test(one.textContent))?.click();'
"""What a page would hold that submits itself."""


class Robot:
    """Opens letters as a gateway does: in a browser of its own that forgets everything from one link to the next."""

    def __init__(self, open_page, site):
        self.page, self.site, self.visited, self.seen = open_page(viewport=DESK), site, 0, set()

    def opens(self, letter):
        """Read the letter, follow each of its links as if it were the first, and from there each link to a page of ours that was not seen yet."""
        page = self.page
        for address in addresses(letter):
            self._forgets()
            self._visits(page, address.replace("http://localhost", self.site))
            onward = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
            for further in onward:
                if further.startswith(self.site) and (further not in self.seen or "/answer" in further):
                    self.seen.add(further)
                    self._visits(page, further)
            assert "Sign out" not in page.content(), f"{letter.kind}: signed in by {address}"

    def _forgets(self):
        self.page.context.clear_cookies()
        if self.visited:
            self.page.evaluate("sessionStorage.clear(); localStorage.clear()")

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
