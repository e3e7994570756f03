"""Forms of pages whose address holds a secret: a browser that keeps no cookies can send them too, and no other site's page can.

What somebody may do there follows from the address alone, so there is nothing for another site to borrow but the browser. Browsers say with each
form from where it was sent; where one does not say so, the form brings the token that its cookie proves, as everywhere else.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def without_cookies(view: View) -> View:
    """Let a form of this view be sent without a cookie, from its own page. `app/wiring.py` takes the view out of the check that needs one."""

    @wraps(view)
    def guarded(**parts: Any) -> ResponseReturnValue:
        if request.method == "POST" and current_app.config["WTF_CSRF_ENABLED"]:
            if _sent_from_here():
                g.csrf_valid = True  # for the form, which would look for the token once more
            else:
                current_app.extensions["csrf"].protect()
        return view(**parts)

    return guarded  # type: ignore[return-value]


def _sent_from_here() -> bool:
    """Whether the browser says that the form stood on one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    return (origin.scheme, origin.netloc) == (request.scheme, request.host)
