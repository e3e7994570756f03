"""How a request is run: only reading where its method is safe, and again when the database asks for it.

A request is run again as a whole or not at all, and only while nothing of it was kept.
"""

import logging
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request, session
from flask.typing import ResponseReturnValue

from app.core import failures
from app.core.db import commits, let_go
from app.core.errors import OutcomeUnknown
from app.core.purpose import only_reading

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_TRIES = 4
LONGEST_PAUSE = 0.1
"""Seconds before the second try, at most; each further try may wait twice as long."""
NO_TRY_AFTER = 8.0
"""Seconds: who has waited so long for locks is told, instead of waiting on."""

log = logging.getLogger(__name__)


def repeatable(view: View) -> View:
    """Say that the view finds by its form's key what it did before, so that it may be run again even when nobody knows whether it was kept."""
    view.__dict__["repeatable"] = True
    return view


def quiet(view: View) -> View:
    """Say that nothing is logged when the view is run again: somebody may answer anonymously there, and a log line has a time."""
    view.__dict__["quiet"] = True
    return view


def outcome_unknown() -> bool:
    """Whether the view is run again because nobody knows whether its last run was kept: look for what it did before doing it again."""
    return bool(g.get("outcome_unknown"))


class Site(Flask):
    """Flask, with the promises above."""

    def full_dispatch_request(self) -> Response:
        """Answer the request; with a safe method, without being able to write."""
        with only_reading() if request.method in SAFE_METHODS else nullcontext():
            return super().full_dispatch_request()

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:  # type: ignore[override]
        """Let the connection go. One that broke after all was done is no reason to take the answer back."""
        let_go()
        super().do_teardown_appcontext(exc)

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, and run it again if that may help and can do no harm."""
        started, kept_before, cookie = time.monotonic(), commits(), _cookie()
        for number in range(1, MOST_TRIES + 1):
            try:
                return super().dispatch_request()
            except Exception as error:
                let_go()
                last = number == MOST_TRIES or time.monotonic() - started > NO_TRY_AFTER
                if last or not _may_run_again(error, kept_before):
                    raise
                g.outcome_unknown = isinstance(error, OutcomeUnknown) or outcome_unknown()
                if not getattr(current_app.view_functions[request.endpoint or ""], "quiet", False):
                    log.warning("try %s at %s: %s", number, request.endpoint, type(error).__name__)
            time.sleep(random.uniform(0, LONGEST_PAUSE * 2 ** (number - 1)))
            _rewind(cookie)
        raise AssertionError("the last try returns or raises")


def _may_run_again(error: Exception, kept_before: int) -> bool:
    if isinstance(error, OutcomeUnknown):
        return bool(getattr(current_app.view_functions[request.endpoint or ""], "repeatable", False))
    return failures.worth_another_try(error) and commits() == kept_before


def _cookie() -> dict[str, Any] | None:
    """What the cookie holds, to be put back; reading it for a page would make the answer depend on it."""
    return None if request.method in SAFE_METHODS else deepcopy(dict(session))


def _rewind(cookie: dict[str, Any] | None) -> None:
    """Make the request what it was before it was run."""
    for file in request.files.values() if request.method not in SAFE_METHODS else ():
        file.seek(0)
    if cookie is not None and dict(session) != cookie:
        session.clear()
        session.update(cookie)
