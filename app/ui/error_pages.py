"""What people read when something is not there, not for them, or went wrong. No traceback reaches them; none is lost from the log."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

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
BUSY = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Try again</title></head>
<body><main><h1>We could not do that just now</h1>
<p>Nothing was changed. Go back and try again in a minute.</p></main></body></html>
"""
"""A page that needs no database: the layout asks it who is signed in."""


def register(app: Flask) -> None:
    """Answer every failure with a page."""
    app.register_error_handler(CSRFError, lambda error: _page(TOO_OLD, 400))
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(TimeoutError, _busy)
    app.register_error_handler(HTTPException, lambda error: _page(WORDS.get(error.code or 500, WENT_WRONG), error.code or 500))
    app.register_error_handler(Exception, _unexpected)


def _page(words: tuple[str, str], status: int) -> ResponseReturnValue:
    heading, sentence = words
    return render_template("ui/error.html", heading=heading, sentence=sentence), status


def _busy(error: Exception) -> ResponseReturnValue:
    log.error("the database did not answer at %s: %s", request.endpoint, type(error).__name__)
    return BUSY, 503, {"Retry-After": "60"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected at %s", request.endpoint)
    return _page(WENT_WRONG, 500)
