"""What comes in from letters: somebody who followed a link, reports that a letter could not be delivered, and calendars' answers."""

import hmac

from flask import abort, current_app, redirect, request
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone
from app.core import clock
from app.core.settings import Settings
from app.letters import queries
from app.letters.views import blueprint
from app.mail import services
from app.mail.office import office

MINUTES_30 = 30 * 60
LONGEST_REPORT = 1024 * 1024


@blueprint.route("/a/<token>")
@anyone
def open_link(token: str) -> ResponseReturnValue:
    """Take the secret out of the address into a cookie and go on. Looks at nothing and writes nothing, whoever or whatever follows the link.

    Each link has a cookie and an address of its own: a page acts on the letter that it shows, whatever other letter was opened since. Only so
    many are kept that the browser's requests stay short, whoever makes up links.
    """
    name = queries.name_of(token)
    response = redirect(f"/answer?{queries.LETTER}={name}", 303)
    for other in queries.links_too_many(request, name):
        response.delete_cookie(other, path="/", secure=office().secure, httponly=True, samesite="Lax")
    response.set_cookie(queries.link_cookie(name), token[:100], max_age=MINUTES_30, path="/", secure=office().secure, httponly=True, samesite="Lax")
    response.headers.update({"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"})
    return response


@blueprint.route("/bounces", methods=["POST"])
@anyone
def bounces() -> ResponseReturnValue:
    """Take a report that a letter could not be delivered, or a calendar's answer, from whoever knows BOUNCE_SECRET: the message, as the body."""
    settings: Settings = current_app.extensions["settings"]
    given = request.headers.get("Authorization", "").encode()
    if not settings.post.bounce_secret or not hmac.compare_digest(given, f"Bearer {settings.post.bounce_secret}".encode()):
        abort(403)
    if (request.content_length or 0) > LONGEST_REPORT:
        abort(413)
    services.take_in(request.get_data(), now=clock.now())
    return "", 204
