"""Many people at once: signed in, with the page open, all pressing their button in the same moment."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.accounts.models import Account
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from tests import builders
from tests.faults.browsing import Answer, Browser, Form
from tests.faults.procs import Served

One = TypeVar("One")
Press = Callable[[], Answer]
OPENING = 16
"""How many open their pages at the same time: that is not what is tried."""


def accounts(site: Served, count: int) -> list[Account]:
    """So many new people who can sign in, made in one go."""
    with transaction():
        agency = site.agency()
        return [builders.an_account(person=builders.a_person(agency=agency)) for _ in range(count)]


def about_to_book(site: Served, session: CourseSession, people: Sequence[Account]) -> list[Press]:
    """For each of them the button of the booking page, which is open."""
    with transaction():
        browsers = [site.browser(account) for account in people]
    return opened(browsers, f"/sessions/{session.ref}/book")


def opened(browsers: Sequence[Browser], page: str) -> list[Press]:
    """The button of this page's form, for each browser."""
    db.session.rollback()

    def opened_by(browser: Browser) -> tuple[Browser, Form]:
        return browser, browser.form(browser.get(page))

    with ThreadPoolExecutor(OPENING) as threads:
        return [pressing(*pair) for pair in threads.map(opened_by, browsers)]


def pressing(browser: Browser, form: Form) -> Press:
    """Press it."""
    return lambda: browser.submit(form)


def at_once(acts: Sequence[Callable[[], One]]) -> list[One]:
    """Do all of them in the same moment; what came of each, in their order."""
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], One]) -> One:
        gate.wait(60)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def again_while_busy(press: Press, browser: Browser, *, pause: float = 0) -> Press:
    """Press; and as long as the page says that it could not be done just now, the button on that page."""

    def insisting() -> Answer:
        until, answer = time.monotonic() + 60, press()
        while answer.status == 503 and time.monotonic() < until:
            assert "We could not do that just now" in answer.text or "We cannot tell whether" in answer.text
            time.sleep(pause)
            answer = browser.submit(browser.form(answer, "Try again"))
        return answer

    return insisting
