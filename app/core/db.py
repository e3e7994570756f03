"""The database: what every model inherits, and the only place that commits."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


BEGIN_WRITING = "BEGIN IMMEDIATE"


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite forgets time zones, so they are put back on reading; a naive moment is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be kept")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice_of(kind: type[Enum], *, name: str | None = None) -> sa.Enum:
    """A column that holds one of an enum's values, as readable text with a check in the database; `name` names the check."""
    return sa.Enum(
        kind, name=name or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(), native_enum=False, create_constraint=True, length=40,
        values_callable=lambda members: [str(member.value) for member in members],
    )


class Base(DeclarativeBase):
    """What every table inherits."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, str: sa.Text()}


db = SQLAlchemy(metadata=Base.metadata)


@contextmanager
def transaction(*, survives_power_cut: bool = True) -> Iterator[Session]:
    """All of the block or nothing of it; inside another transaction, a part of that one.

    On SQLite the write lock is taken at the start (BEGIN IMMEDIATE): what is counted inside stays true until it commits.
    What was read before is let go, so that nothing is decided on an old picture. Once it has committed, nothing that happens to this
    process undoes it; on SQLite without `survives_power_cut` the disk is not waited for.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        yield session
        return
    session.info["in_transaction"] = True
    try:
        session.rollback()
        session.connection(execution_options={"uplift_writes": True, "uplift_full_sync": survives_power_cut})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False


@contextmanager
def rehearsal() -> Iterator[Session]:
    """Like a transaction, with everything undone at the end: shows what an act would do."""
    with suppress(_Undone), transaction() as session:
        yield session
        raise _Undone


class _Undone(Exception):
    """Ends a rehearsal."""


def new_ids(session: Session, table: sa.Table, count: int) -> list[int]:
    """So many ids for new rows, to write rows that refer to each other in bulk. Only inside a transaction, which keeps others off them."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = sa.func.nextval(sa.func.pg_get_serial_sequence(table.name, "id"))
        return list(session.scalars(sa.select(sequence).select_from(sa.func.generate_series(1, count))))
    last = session.scalar(sa.select(sa.func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def prepare_engine(engine: Engine) -> None:
    """Give SQLite the settings under which it keeps promises: foreign keys, write-ahead log, full sync, explicit BEGIN."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("uplift_writes"):
            driver: Any = connection.connection.dbapi_connection
            driver.execute(f"PRAGMA synchronous={'FULL' if options['uplift_full_sync'] else 'NORMAL'}")
        connection.exec_driver_sql(BEGIN_WRITING if options.get("uplift_writes") else "BEGIN")
