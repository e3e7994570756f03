"""Leases: who holds a piece of work until when, by the database's own clock, so that two hosts whose clocks differ agree."""

import os
import secrets
import socket
from datetime import timedelta
from functools import cache
from pathlib import Path
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
    return f"{socket.gethostname()}:{os.getpid()}:{_boot()}:{secrets.token_hex(6)}"


def of_this_start(name: str | None) -> bool:
    """Whether this holder took its lease since the machine was started. Not when nobody can tell."""
    return bool(name) and bool(_boot()) and f":{_boot()}:" in str(name)


@cache
def _boot() -> str:
    """Tells one start of this machine from another; empty where the system has no such name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")[:16]
    except OSError:
        return ""
