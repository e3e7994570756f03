"""A real browser on a real server: the site runs in a thread, on the database that the test asked for."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.accounts.models import Account
from app.core.db import db
from tests import chromium
from tests.builders import a_sign_in

PHONE = {"width": 375, "height": 800}
NARROW = {"width": 320, "height": 700}
DESK = {"width": 1280, "height": 900}


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing: requests are no news."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of this process."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.program(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def _clicks_wait_for_their_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click is over when the page that it leads to is there as a whole. The browser's own is over when that page begins, and on a busy
    machine whatever is counted or read right then may not have come yet."""
    click = Locator.click

    def click_and_wait(self: Locator, **options: Any) -> None:
        click(self, **options)
        self.page.wait_for_load_state()

    monkeypatch.setattr(Locator, "click", click_and_wait)


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the running site."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`open_page(account, viewport=…, script=…)`: a page of a browser of its own, signed in with the account if one is given."""
    contexts = []

    def open_one(account: Account | None = None, *, viewport: dict[str, int] = DESK, script: bool = True) -> Page:
        context = browser.new_context(viewport=viewport, java_script_enabled=script, base_url=site, accept_downloads=True)
        contexts.append(context)
        if account is not None:
            context.add_cookies([{"name": "session", "value": _cookie(account), "url": site}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_one
    for context in contexts:
        context.close()


def _cookie(account: Account) -> str:
    secret = a_sign_in(account)
    db.session.rollback()
    signer = current_app.session_interface.get_signing_serializer(current_app)
    return str(signer.dumps({"_user_id": secret, "_fresh": True}))
