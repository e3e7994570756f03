"""Connections between two requests: one that has rested is asked whether it is still there before it is used again."""

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

RESTED = 0.1
"""Seconds: less than a server needs to be restarted. A connection that was used more recently is used at once, as asking costs a round trip
several times a request; one that breaks in that moment is met as any that breaks during a request."""


def ask_who_rested(engine: Engine) -> None:
    """Let no request begin on a connection that went away while nobody used it. A server that is not there is found out by connecting."""
    if engine.dialect.name == "sqlite":  # a file does not go away
        return

    @event.listens_for(engine, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _is_it_there(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError("the connection went away while it rested") from error
