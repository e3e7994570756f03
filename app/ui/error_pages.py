"""What people read when something is not there, not for them, or went wrong. No traceback reaches them; none is lost from the log.

While the database is away the page needs none, and holds what was typed, so that one button does it again.
"""

import logging

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from app.core import failures
from app.core.db import commits, let_go
from app.core.errors import OutcomeUnknown

log = logging.getLogger(__name__)

WORDS = {
    400: ("That did not work", "Something in the address or the form was not as expected. Go back and try again."),
    403: ("This page is not for you", "Your account does not open this page. If you think it should, ask the training team."),
    404: ("Page not found", "There is nothing here, or it is not yours to see. Check the address, or start from the courses."),
    405: ("That did not work", "This page cannot do that. Go back and try again."),
    413: ("That is too large", "The file or the text is larger than this page takes. An import may have 10 MB."),
    429: ("Too many tries", "Wait a few minutes and try again."),
}
WENT_WRONG = ("Something went wrong", "It is our fault, not yours, and it has been noted. Nothing you did was half done: go back and try again.")
TOO_OLD = ("This page was open too long", "Go back, load the page again and send the form once more. Nothing was changed.")
NO_COOKIE = ("Your browser sent no cookie", "This form needs one, which says that it was sent from our own page. Allow cookies for this site, load "
             "the page again and send the form once more. Nothing was changed.")
TRY_AGAIN_IN = 5
"""Seconds until the database may be back: what `Retry-After` says."""


def register(app: Flask) -> None:
    """Answer every failure with a page."""
    app.register_error_handler(CSRFError, lambda error: _page(TOO_OLD if request.cookies else NO_COOKIE, 400))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(OutcomeUnknown, _unknown)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: HTTPException) -> ResponseReturnValue:
    answer = make_response(_page(WORDS.get(error.code or 500, WENT_WRONG), error.code or 500))
    if isinstance(error, TooManyRequests) and error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _page(words: tuple[str, str], status: int) -> ResponseReturnValue:
    heading, sentence = words
    try:
        return render_template("ui/error.html", heading=heading, sentence=sentence), status
    except SQLAlchemyError as error:  # the layout asks who is signed in
        if not failures.may_pass(error):
            raise
        return _busy(error)


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    if not failures.may_pass(error):
        return _unexpected(error)
    return _unknown(error) if commits() else _busy(error)


def _busy(error: Exception) -> ResponseReturnValue:
    log.error("the database did not answer at %s: %s", request.endpoint, type(error).__name__)
    return _without_database(unknown=False), 503, {"Retry-After": str(TRY_AGAIN_IN)}


def _unknown(error: Exception) -> ResponseReturnValue:
    """Something may have been kept: whoever asked must look before they ask again."""
    log.error("the database broke off at %s: nobody knows whether it kept what it was given", request.endpoint)
    return _without_database(unknown=True), 503


def _without_database(*, unknown: bool) -> str:
    """Drawn past Flask, which would ask the database who is signed in."""
    return current_app.jinja_env.get_template("ui/busy.html").render(unknown=unknown, **_typed())


def _typed() -> dict[str, object]:
    """The form that was sent, to be sent again. Passwords and files are not kept; what was chosen twice is there twice."""
    if request.method != "POST":
        return {"fields": None, "left_out": False, "address": "/" + request.full_path.rstrip("?").lstrip("/")}
    try:
        pairs, files = list(request.form.items(multi=True)), [file for file in request.files.values() if file.filename]
    except HTTPException:  # it was too large to be read at all
        pairs, files = [], []
    fields = [(name, value) for name, value in pairs if "password" not in name.lower()]
    return {"fields": fields, "left_out": bool(files) or len(fields) < len(pairs), "address": ""}


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected at %s", request.endpoint)
    let_go()
    return _page(WENT_WRONG, 500)
