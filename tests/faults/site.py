"""What gunicorn serves in tests of faults: the product, with steps at which it can be killed, and protections that can be taken away.

A request with the header `X-Failpoint: 7` ends its process at its seventh step, by SIGKILL; a step is before or after a statement or a
commit. `X-Failpoint: 0` kills nothing, and the answer's `X-Steps` names the steps. UNPROTECTED names what is taken away.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.accounts.access import anyone
from app.attendance import services as registers
from app.booking import services as places
from app.core import clock
from app.core import db as core_db
from app.core.db import db
from app.core.working_days import bank_holidays
from app.factory import create_app
from tests.kept import keep_compiled

_request = threading.local()


def step(name: str) -> None:
    """Pass a step of the present request, or die there."""
    if getattr(_request, "at", None) is None:
        return
    _request.steps.append(name)
    if len(_request.steps) == _request.at:
        os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Listens to the header around the product."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        wanted = environ.get("HTTP_X_FAILPOINT")
        _request.at, _request.steps = (int(wanted) if wanted else None), []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Steps", ",".join(_request.steps))], *rest)

        return self.inner(environ, start)


def without_the_lock(engine: Any) -> None:
    """Nobody holds a session while its places are counted; on SQLite each statement stands alone, as the driver would have it."""
    core_db.BEGIN_WRITING = "SELECT 1"

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _unheld(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        takes_it = statement.startswith("UPDATE course_session SET places_version=(course_session.places_version")
        return (f"{statement} AND 1 = 0" if takes_it else statement), parameters


def in_pieces(engine: Any) -> None:
    """Each statement is kept by itself, whatever becomes of the act to which it belongs."""
    core_db.BEGIN_WRITING = "SELECT 1"
    if engine.dialect.name == "postgresql":
        event.listen(engine, "after_cursor_execute", lambda connection, *_: connection.connection.dbapi_connection.commit())


def forgetful(engine: Any) -> None:
    """People are told that it was done, and it is not kept."""
    event.listen(engine, "commit", lambda connection: connection.connection.dbapi_connection.rollback())


def impatient(_engine: Any) -> None:
    """Locks are waited for so briefly that a test need not wait either."""
    core_db.PRAGMAS["busy_timeout"] = (300, 300)
    core_db.LIMITS["lock_timeout"] = "300ms"


def warm(site: Any) -> None:
    """Read what a process reads when it is first asked, before the processes part: whichever takes the place of a killed one knows it at once."""
    for name in site.jinja_env.list_templates():
        site.jinja_env.get_template(name)
    bank_holidays(clock.now().year)


BY_ITSELF: dict[str, Callable[[int], object]] = {
    "settle": lambda number: places.settle_session(session_id=number, now=clock.now()),
    "ask": lambda number: places.ask_still_coming(session_id=number, now=clock.now()),
    "leaver": lambda number: places.free_place_of_leaver(booking_id=number, now=clock.now()),
    "remind": lambda number: places.remind(session_id=number, now=clock.now()),
    "missed": lambda number: registers.write_to_missed(booking_id=number, now=clock.now()),
    "trainer-list": lambda number: registers.send_trainer_list(session_id=number, now=clock.now()),
    "chase": lambda number: registers.chase_register(session_id=number, now=clock.now()),
}
"""What the worker does to one session or booking, so that it can be killed on the way as a request is."""


@anyone
def by_itself() -> ResponseReturnValue:
    """Do a piece of the worker's work."""
    BY_ITSELF[request.form["what"]](int(request.form["number"]))
    return redirect("/help")


SWITCHES = {"lock": without_the_lock, "whole": in_pieces, "kept": forgetful, "patience": impatient}


def _made() -> Any:
    app = keep_compiled(create_app())
    with app.app_context():
        engine = db.engine
    for name in filter(None, os.environ.get("UNPROTECTED", "").split(",")):
        SWITCHES[name](engine)
    event.listen(engine, "before_cursor_execute", lambda *_: step("before statement"))
    event.listen(engine, "after_cursor_execute", lambda *_: step("after statement"))
    event.listen(engine, "commit", lambda *_: step("before commit"))
    event.listen(Session, "after_commit", lambda session: None if session.in_nested_transaction() else step("after commit"))
    app.add_url_rule("/by-itself", view_func=app.extensions["csrf"].exempt(by_itself), methods=["POST"])
    app.wsgi_app = Steps(app.wsgi_app)
    warm(app)
    return app


app = _made()
