"""Letters in a real browser: read in the frame, tried out before saving, on the narrowest phone."""

from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.core import clock
from app.core.db import transaction
from app.mail.rules.fates import LetterStatus
from app.mail.services import Act, LinkTo, queue, save_wording, void
from tests.browser.conftest import NARROW
from tests.browser.looking import wrong
from tests.builders import an_account
from tests.mail.conftest import app
from tests.mail.wordings import FIELDS, a_draft

__all__ = ["app"]


@pytest.fixture
def letter(app):
    now = clock.now()
    act = Act("Give my place back", LinkTo("give-back", "booking:1", now + timedelta(days=9)))
    where = {"course": "Using the sexual behaviour tool", "where": "Online. Join here on the day: https://training.example.org/join/abc"}
    save_wording(kind="reminder", subject="In 7 days: {course}", body="Hello {name},\n\nYou have a place on {course}.\n\n> {when}\n> {where}", by="Marian Cole", now=now)
    sent = queue(a_draft(2, valid_until=None), now=now)
    with transaction():
        sent.status, sent.sent_at, sent.next_try_at = LetterStatus.SENT, now, None
    void(concerns="booking:2", reason="The booking has changed since.", now=now)
    return queue(a_draft(1, valid_until=None, act=act, fields={**FIELDS, **where}), now=now)


def test_axe_finds_nothing_on_the_pages_of_letters_and_in_a_letter(letter, open_page):
    page, errors, found = open_page(an_account(Role.COORDINATOR), viewport=NARROW), [], []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    for address in ("/desk/letters", f"/desk/letters/{letter.id}", f"/desk/letters/{letter.id - 1}", "/desk/wording", "/desk/wording/reminder", f"/desk/letters/{letter.id}/page"):
        page.goto(address)
        found += wrong(page, address) if "/page" not in address else []
    assert found + errors == []


def test_a_letter_is_read_in_its_frame_and_a_wording_is_tried_out_without_saving(letter, open_page):
    page = open_page(an_account(Role.COORDINATOR))
    page.goto(f"/desk/letters/{letter.id}")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="You have a place: Using the sexual behaviour tool").wait_for()
    assert frame.get_by_role("link", name="Give my place back").is_visible()
    page.goto("/desk/wording/place")
    page.get_by_label("Subject").fill("Please come: {course}")
    page.get_by_role("button", name="Preview").click()
    page.frame_locator("iframe").get_by_role("heading", name="Please come: Using the sexual behaviour tool").wait_for()
    page.get_by_label("Subject").fill("Please come: {nobody}")
    page.get_by_role("button", name="Preview").click()
    page.frame_locator("iframe").get_by_text("{nobody} is not a placeholder").wait_for()
    assert page.get_by_text("As it came").is_visible() and not page.get_by_text("Version 1").is_visible()
