"""Leases: who holds a piece of work until when, by the database's own clock, so that two hosts whose clocks differ agree."""

import os
import secrets
import socket
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import UtcDateTime, db


def now() -> sa.ColumnElement[Any]:
    """The present moment by the database's clock, for use in a statement. SQLite has no clock besides that of its host."""
    if db.session.get_bind().dialect.name == "postgresql":
        return sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))
    return sa.literal(clock.now(), UtcDateTime())


def ends_in(length: timedelta) -> sa.ColumnElement[Any]:
    """The moment so long from now by the database's clock, for use in a statement."""
    if db.session.get_bind().dialect.name == "postgresql":
        return sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)) + length
    return sa.literal(clock.now() + length, UtcDateTime())


def holder() -> str:
    """A new name for whoever takes a lease: tells an operator which process it is, and is never given twice."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"
