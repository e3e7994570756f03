"""Connections between two requests: one that has rested is asked whether it is still there before it is used again, and on SQLite those that
only read are kept apart from those that write."""

import threading
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from app.core import purpose

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


class ReadersApart(QueuePool):
    """A pool with a second one beside it, as large, for whoever only reads; so that a connection does only one of the two.

    To narrow one for a page and widen it again would cost more than what the page asks: SQLite compiles every statement anew when
    `query_only` has changed.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._making = threading.Lock()
        self._readers: QueuePool | None = None

    def connect(self) -> PoolProxiedConnection:
        """A connection of the kind that is asked for."""
        return QueuePool.connect(self._for_readers() if purpose.only_reads() else self)

    def _for_readers(self) -> QueuePool:
        with self._making:
            if self._readers is None:
                self._readers = super().recreate()
            return self._readers

    def dispose(self) -> None:
        """Close the connections of both kinds that nobody uses."""
        super().dispose()
        if self._readers is not None:
            self._readers.dispose()
