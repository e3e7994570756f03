"""What it means that the database failed: whether it is only busy, whether the same may be tried again, and whether anything was kept."""

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

SQLITE_LOCKED = {5, 6}
"""Busy, or locked within this process."""
SQLITE_AWAY = SQLITE_LOCKED | {7, 10, 13, 14, 15}
"""And: no memory, the disk failed, the disk is full, the file cannot be opened, the locks are in a muddle."""
SQLITE_DISK_FAILED = 10
POSTGRESQL_TAKEN_BACK = {"40001", "40P01", "55P03"}
"""Serialization failure, deadlock, a lock that did not come in time: the server took the whole transaction back."""
POSTGRESQL_THERE_ALREADY = {"23505"}
"""Somebody else wrote the same row in the same moment: who looks again finds it."""
POSTGRESQL_AWAY = ("08", "53", "57", "58")
"""Classes of codes: the connection, the server's resources, an operator's intervention (also a time limit), its system."""


def may_pass(error: BaseException) -> bool:
    """Whether the database is only busy, stopped or out of something, so that the same may work later."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = _sqlite_code(error)
    if code is not None:
        return code in SQLITE_AWAY
    state = _state(error)
    if state is None:  # no connection was made at all, so that there is nobody to give a code
        return isinstance(error, sa.exc.OperationalError)
    return state in POSTGRESQL_TAKEN_BACK or state.startswith(POSTGRESQL_AWAY)


def worth_another_try(error: BaseException) -> bool:
    """Whether the same work, done again at once, may well go through: it met others, or its connection broke."""
    if not isinstance(error, DBAPIError):
        return False
    met_others = POSTGRESQL_TAKEN_BACK | POSTGRESQL_THERE_ALREADY
    return error.connection_invalidated or _sqlite_code(error) in SQLITE_LOCKED or _state(error) in met_others


def leaves_open_whether_kept(error: DBAPIError) -> bool:
    """Whether this failure of a COMMIT says neither that it was done nor that it was not: the answer never came."""
    return error.connection_invalidated or _sqlite_code(error) == SQLITE_DISK_FAILED


def _state(error: DBAPIError) -> str | None:
    """PostgreSQL's five-character code."""
    state = getattr(error.orig, "sqlstate", None)
    return str(state) if state else None


def _sqlite_code(error: DBAPIError) -> int | None:
    """SQLite's primary code: the extended ones carry it in their lowest byte."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF
