"""Following any link of any letter, by any method, as anybody, changes nothing."""

import re
from urllib.parse import urlsplit

import pytest

from app.accounts.rules import Role
from app.booking.services import give_back
from app.core import clock
from tests.client import Client
from tests.every_letter import addresses, kinds_missing, letters, one_of_each, write_every_letter
from tests.faults.counts import FULL
from tests.house.test_access import everything

OF_OTHER_ROOMS = ("questions", "evidence", "worry")
"""Kinds that begin so may need more to be written than the acts of places; what is written of them is followed too."""


@pytest.fixture
def written(app):
    write_every_letter()
    return app


def test_a_letter_of_every_kind_is_written(written):
    assert {kind for kind in kinds_missing() if not kind.startswith(OF_OTHER_ROOMS)} == set()


LISTS = ("digest", "trainer-list")
"""Letters to staff that list what there is: as long as that is."""


def test_every_letter_has_fewer_than_two_hundred_words_and_at_most_one_button(written):
    by_kind = one_of_each()
    words = {kind: len(re.sub(r"https?://\S+", "", letter.text).split()) for kind, letter in by_kind.items() if kind not in LISTS}
    assert {kind: count for kind, count in words.items() if count >= 200} == {} and len(words) > 20
    assert {kind for kind, letter in by_kind.items() if letter.html.count("display:inline-block") > 1} == set()


WHO = [(), *((role,) for role in Role)] if FULL else [(), (Role.DELEGATE,), tuple(Role)]


@pytest.mark.parametrize("roles", WHO)
def test_following_every_link_of_every_letter_changes_nothing(written, roles):
    browser = Client(written)
    if roles:
        browser.signed_in(*roles)
    followed, before = 0, everything()
    for letter in letters():
        for address in addresses(letter):
            way = urlsplit(address)
            for method in ("HEAD", "OPTIONS", "GET"):
                answer = browser._send(method, way.path + (f"?{way.query}" if way.query else ""))
                assert answer.status_code in (200, 302, 303, 403, 404), f"{letter.kind}: {method} {address}: {answer.status}"
            if way.path.startswith("/a/"):
                followed += 1
                for method in ("HEAD", "OPTIONS", "GET"):
                    answer = browser._send(method, browser.letter)
                    assert answer.status_code == 200 or method == "OPTIONS", f"{letter.kind}: {answer.status}"
                assert "We do not know this link" not in answer.text, letter.kind
    assert everything() == before and followed > 30


def test_the_switch_with_a_page_that_acts_when_it_is_read_the_comparison_sees_it(written, monkeypatch):
    """The canary: a page that gives the place back on opening is found by the test above."""
    from app.booking.views.mine import answering  # noqa: PLC0415
    from app.core.purpose import _told_to_read  # noqa: PLC0415

    page = answering.about_booking

    def acts(link):
        token = _told_to_read.set(False)
        try:
            give_back(booking_id=int(link.subject.partition(":")[2]), by="a gateway", now=clock.now())
        finally:
            _told_to_read.reset(token)
        return page(link)

    monkeypatch.setitem(answering.PURPOSES, "booking", acts)
    before = everything()
    (address, *_rest) = [one for one in addresses(one_of_each()["reminder"]) if "/a/" in one]
    browser = Client(written)
    browser.get(urlsplit(address).path)
    browser.get(browser.letter, checked=False)
    assert everything() != before


def test_no_letter_says_that_it_was_opened(written):
    """Nothing is loaded, and each address leads straight to what it says: no address counts who follows it, and no kind of letter has one of its own."""
    for letter in letters():
        assert not re.search(r"<(?:img|link|script|style|iframe|object|video|audio)|url\(|@import|background=|src(?:set)?=", letter.html), letter.kind
        for address in addresses(letter):
            way = urlsplit(address)
            assert (way.scheme, way.netloc, way.query, way.fragment) == ("http", "localhost", "", ""), f"{letter.kind}: {address}"
        assert {found for found in re.findall(r'href="([^"]*)"', letter.html) if not found.startswith("http://localhost/")} == set(), letter.kind
