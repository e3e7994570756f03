"""Who may open a view: declared on each one, refused where it is not. Who guesses links is soon kept from guessing more."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from app.accounts.rules import MOST_WRONG_LINKS, Role, network_of
from app.accounts.services import tries
from app.core import clock
from app.core.db import bookkeeping

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

EVERY_ROLE = tuple(Role)
log = logging.getLogger(__name__)


def access(*roles: Role) -> Callable[[View], View]:
    """Open the view to signed-in people who hold one of these roles."""
    if not roles:
        raise ValueError("name at least one role, or use @anyone")

    def declare(view: View) -> View:
        view.__dict__["access"] = frozenset(roles)
        return view

    return declare


def anyone(view: View) -> View:
    """Open the view to everybody, signed in or not."""
    view.__dict__["access"] = frozenset()
    return view


def by_secret(view: View) -> View:
    """Open the view to whoever has a link or a private address, unless too many that never were have been tried from the same network: then
    not even a right one is looked up. The view says with `wrong_secret` that one never was."""

    @wraps(view)
    def guarded(**parts: Any) -> ResponseReturnValue:
        if not tries.within(_guesses(), MOST_WRONG_LINKS, clock.now()):
            log.warning("too many wrong links were tried from one network")
            raise TooManyRequests(retry_after=int(MOST_WRONG_LINKS[0][1].total_seconds()))
        return view(**parts)

    return guarded  # type: ignore[return-value]


def wrong_secret() -> None:
    """Count that a link or a private address was tried that never was."""
    with bookkeeping() as session:
        tries.count(session, _guesses(), clock.now())


def _guesses() -> str:
    return f"wrong links from {network_of(request.remote_addr)}"


def guard() -> ResponseReturnValue | None:
    """Before each request: let through those whom the view names. Signed out, a page leads to signing in and back."""
    if request.endpoint is None:
        return None
    declared = getattr(current_app.view_functions[request.endpoint], "access", None)
    if declared is None:
        log.error("view %s declares no access and is refused", request.endpoint)
        abort(403)
    if not declared:
        return None
    if not current_user.is_authenticated:
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=back))
    if not declared & current_user.roles:
        abort(403)
    return None
