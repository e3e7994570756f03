"""What the database keeps of rows that were changed or deleted, cleared away where it must tell nobody what there was before.

SQLite keeps earlier pages in its write-ahead log until that is folded into the file and cut off; PostgreSQL keeps earlier rows in the table until a
vacuum. Both can be done only outside a transaction, and only what nobody still reads can go: where somebody does, it is tried again later.
"""

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core import turns
from app.core.db import db

log = logging.getLogger(__name__)
PATIENCE = 0.25
"""Seconds for which those who read are waited for; nobody writes meanwhile."""
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"


def clear_away(tables: Sequence[sa.Table], *, looked: bool = False) -> bool:
    """Clear away what is kept of earlier rows of these tables (on SQLite: of all). No when somebody is in the way, or a transaction is open here;
    nothing is lost then but time. With `looked`, PostgreSQL is asked first whether there is any."""
    if db.session().info.get("in_transaction"):
        return False
    db.session.rollback()  # a picture of one's own would be in the way
    try:
        return _cut_off() if db.engine.dialect.name == "sqlite" else _vacuum(_with_dead_rows(tables) if looked else [table.name for table in tables])
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:  # what was to be kept is kept
        log.warning("earlier rows could not be cleared away: %s", type(error).__name__)
        return False


def _vacuum(tables: list[str]) -> bool:
    if tables:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(tables)}")
    return True


def _cut_off() -> bool:
    """Fold the log into the file and leave it empty, when it is this connection's turn."""
    database = str(db.engine.url.database)
    written_ahead = Path(f"{database}-wal")
    if not written_ahead.exists() or written_ahead.stat().st_size == 0:
        return True
    gate = turns.gate_of(database)
    connection = db.engine.raw_connection()
    raw: Any = connection.driver_connection
    try:
        patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
        raw.execute("PRAGMA busy_timeout=0")
        try:
            return turns.in_turn(gate, lambda: _is_cut_off(raw), PATIENCE) if gate else _is_cut_off(raw)
        finally:
            raw.execute(f"PRAGMA busy_timeout={patience}")
    finally:
        connection.close()


def _is_cut_off(raw: Any) -> bool:
    with suppress(sqlite3.OperationalError):  # somebody else cuts it off in this moment
        return bool(raw.execute(CHECKPOINT).fetchone()[0] == 0)
    return False


def _with_dead_rows(tables: Sequence[sa.Table]) -> list[str]:
    return list(db.session.scalars(sa.text("SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 0 AND relname = ANY(:names)"),
                                   {"names": [table.name for table in tables]}))
