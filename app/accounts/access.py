"""Who may open a view: declared on each one, refused where it is not."""

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.rules import Role

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
