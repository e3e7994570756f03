"""Whoever tries links and private addresses that never were is soon kept from trying more, and a person is told so plainly."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import access
from app.accounts.models import CountedTry
from app.accounts.rules import MOST_WRONG_LINKS
from app.core import clock
from app.core.db import transaction
from app.mail.services import make_link
from tests.client import Client

MOST = MOST_WRONG_LINKS[0][0]
ADDRESSES = ("/answer/never-was", "/worry/never-was", "/calendars/never-was.ics", "/join/never-was")


def guess(browser, number):
    """Follow a link that never was; what its page says."""
    browser.get(f"/a/{number:043}")
    return browser.get(browser.letter)


def statuses(browser, count):
    return [guess(browser, number).status_code for number in range(count)]


def test_sixty_wrong_links_a_minute_are_answered_and_the_next_is_not(client):
    assert statuses(client, MOST) == [404] * MOST
    page = guess(client, MOST)
    assert page.status_code == 429 and page.headers["Retry-After"] == "60" and "Too many tries" in page.text
    pass_time(timedelta(minutes=1))
    assert guess(client, MOST).status_code == 404


def test_not_even_a_right_one_is_looked_up_then_and_other_networks_are_not_held_up(client, app):
    secret = make_link(purpose="verify-address", subject="person:1", person_id=1, expires_at=clock.now() - timedelta(days=1), now=clock.now())
    elsewhere = Client(app)
    elsewhere.inner.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    statuses(client, MOST)
    for browser, status in ((client, 429), (elsewhere, 200)):
        browser.get(f"/a/{secret}")
        assert browser.get(browser.letter).status_code == status


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_that_holds_a_secret_counts_and_is_guarded(client, address):
    statuses(client, MOST - 1)
    assert [client.get(address).status_code for _ in range(2)] == [404, 429]


def test_a_page_without_any_link_and_right_links_count_nothing(client):
    secret = make_link(purpose="verify-address", subject="person:1", person_id=1, expires_at=clock.now(), now=clock.now())
    for _ in range(MOST + 5):
        assert client.get(client.letter).status_code == 404
    client.get(f"/a/{secret}")
    for _ in range(MOST + 5):
        assert client.get(client.letter).status_code == 200


def test_the_switch_without_the_limit_every_guess_is_looked_up(client, monkeypatch):
    """The canary: with the limit out of reach the first test above fails."""
    monkeypatch.setattr(access, "MOST_WRONG_LINKS", ((10 * MOST, timedelta(minutes=1)),))
    assert set(statuses(client, MOST + 1)) == {404}


def pass_time(length):
    with transaction() as session:
        earlier = [(number, at - length) for number, at in session.execute(sa.select(CountedTry.id, CountedTry.at))]
        for number, at in earlier:
            session.execute(sa.update(CountedTry).where(CountedTry.id == number).values(at=at))
