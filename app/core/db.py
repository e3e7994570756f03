"""The database: what every model inherits, and the only place that commits."""

import logging
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session

from app.core import failures, purpose
from app.core.compiled import Compiled
from app.core.errors import OutcomeUnknown
from app.core.pool import ReadersApart, ask_who_rested
from app.core.purpose import Writing
from app.core.settings import THREADS
from app.core.turns import begin_in_turn, gate_of

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BEGIN_WRITING = "BEGIN IMMEDIATE"
LOCK_TIMEOUT = {"sqlite": 5000, "postgresql": 3000}
"""Milliseconds for which a statement waits for somebody else's lock."""
BRIEFLY = 250
"""Milliseconds for which a note waits for it."""
PRAGMAS: dict[str, tuple[Any, Any]] = {
    "busy_timeout": (LOCK_TIMEOUT["sqlite"], LOCK_TIMEOUT["sqlite"]), "foreign_keys": ("ON", 1), "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2), "trusted_schema": ("OFF", 0), "cell_size_check": ("ON", 1),
    "secure_delete": ("ON", 1), "wal_autocheckpoint": (4000, 4000),
}
"""What each SQLite connection is set to, as it is written and as it is read back."""
LIMITS = {
    "statement_timeout": "15s", "lock_timeout": f"{LOCK_TIMEOUT['postgresql']}ms", "idle_in_transaction_session_timeout": "30s",
    "default_transaction_read_only": "on",
}
"""What each connection to PostgreSQL is set to; a transaction that writes is begun as such."""
KEEPS = ("fsync", "synchronous_commit", "full_page_writes")
"""Without these PostgreSQL may lose what it said was kept."""

Read = TypeVar("Read")
_SENT = {"compiled_cache": Compiled()}
log = logging.getLogger(__name__)


class WroteWhileReading(RuntimeError):
    """A request that only reads tried to write: a fault of ours, never of the person's."""


class UnsafeDatabase(RuntimeError):
    """The database cannot be set up so that it keeps what it is given. The message says what to change."""


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


def one_of(column: Any, members: Iterable[Enum]) -> sa.ColumnElement[bool]:
    """Whether a column of `choice_of` holds one of these, with their values written into the statement: then it is the same text each time,
    and an index for some of the values is used."""
    found: sa.ColumnElement[bool] = column.in_([sa.literal_column(f"'{member.value}'") for member in members])
    return found


db = SQLAlchemy(metadata=Base.metadata)

Reader = Session | scoped_session[Any] | Connection
"""What a query can be read by: the session, or the connection of a check that sees one picture of the database."""


@contextmanager
def transaction(*, survives_power_cut: bool = True) -> Iterator[Session]:
    """All of the block or nothing of it; inside another transaction, a part of that one.

    On SQLite the write lock is taken at the start (BEGIN IMMEDIATE): what is counted inside stays true until it commits.
    What was read before is let go, so that nothing is decided on an old picture. Once it has committed, nothing that happens to this
    process undoes it; on SQLite without `survives_power_cut` the disk is not waited for.

    Raises:
        OutcomeUnknown: the connection broke while it was being kept, so that it may be kept or not.
        WroteWhileReading: the request only reads.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        yield session
        return
    if purpose.told_to_read():
        raise WroteWhileReading("a request that only reads began a transaction; only `bookkeeping` may write in one")
    session.info["in_transaction"] = True
    try:
        let_go()
        with purpose.to_write(Writing(survives_power_cut)):
            session.info["connection"] = session.connection()
        yield session
        _commit(session)
    except BaseException:
        let_go()
        raise
    finally:
        session.info["in_transaction"] = False
        session.info.pop("remembered", None)
        session.info.pop("connection", None)


def send(statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
    """Send a statement that asks for columns, or writes rows of a table, straight to the connection.

    It costs half of what it costs by the session, so it is for what most requests send. What the session has not written yet is
    written first, as the session would do.
    """
    session = db.session()
    connection: Connection | None = session.info.get("connection")
    if connection is None or connection.closed:
        connection = session.info["connection"] = session.connection()
    if not session._is_clean():  # what `new`, `dirty` and `deleted` say together, without making three lists
        session.flush()
    if isinstance(values, list) and len(values) == 1:
        (values,) = values  # a single row is sent plainly: many are a pipeline of round trips
    return connection.execute(statement, values, execution_options=_SENT)


def first_of(query: sa.Select[tuple[Read]], count: int) -> tuple[int, list[Read]]:
    """How many rows a query for objects finds, and the first of them, in one statement."""
    rows = db.session.execute(query.add_columns(sa.func.count().over()).limit(count)).all()
    return (rows[0][1] if rows else 0), [row[0] for row in rows]


def remember(key: Hashable, value: object) -> None:
    """Let `remembered` find this under the key, as long as the transaction lasts."""
    session = db.session()
    if session.info.get("in_transaction"):
        session.info.setdefault("remembered", {})[key] = value


def remembered(key: Hashable, read: Callable[[], Read]) -> Read:
    """What was read under this key before in the same transaction, else what `read` finds: for what no act changes that also reads it."""
    session = db.session()
    if not session.info.get("in_transaction"):
        return read()
    found: dict[Hashable, Any] = session.info.setdefault("remembered", {})
    if key not in found:
        found[key] = read()
    return found[key]  # type: ignore[no-any-return]


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except sa.exc.DBAPIError as error:
        if failures.leaves_open_whether_kept(error):
            raise OutcomeUnknown("the connection broke during the commit") from error
        raise
    session.info["commits"] = commits() + 1


def let_go() -> None:
    """Forget what was read and what was not committed. A connection that broke meanwhile is thrown away: there is nothing on it to lose."""
    try:
        db.session.rollback()
    except sa.exc.DBAPIError:
        db.session().invalidate()


def commits() -> int:
    """How many transactions this request, or whatever else the session serves, has committed."""
    return int(db.session().info.get("commits", 0))


@contextmanager
def bookkeeping() -> Iterator[Session]:
    """The one door through which opening a page may write: when somebody was last seen, how often something was tried, who looked at what.

    It has a connection of its own, so that what the page has read stays as it was, and waits briefly for a lock: such a note is no
    reason to keep anybody waiting. Inside a transaction it is a part of that.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        yield session
        return
    with Session(db.engine, expire_on_commit=False) as own:
        with purpose.to_write(Writing(patience=BRIEFLY)):
            own.connection()
        yield own
        own.commit()


@contextmanager
def rehearsal() -> Iterator[Session]:
    """Like a transaction, with everything undone at the end: shows what an act would do."""
    with suppress(_Undone), transaction() as session:
        yield session
        raise _Undone


class _Undone(Exception):
    """Ends a rehearsal."""


def write_alone(session: Session, table: type[Base]) -> None:
    """Nobody else writes in this table until the transaction ends, and everybody reads: for things of which there may be no row yet to hold. On
    SQLite whoever writes is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f'LOCK TABLE "{table.__tablename__}" IN SHARE ROW EXCLUSIVE MODE'))


def new_ids(session: Session, table: sa.Table, count: int) -> list[int]:
    """So many ids for new rows, to write rows that refer to each other in bulk. Only inside a transaction, which keeps others off them."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = sa.func.nextval(sa.func.pg_get_serial_sequence(table.name, "id"))
        return list(session.scalars(sa.select(sequence).select_from(sa.func.generate_series(1, count))))
    last = session.scalar(sa.select(sa.func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def delete_old(old: Mapping[type[Base], sa.ColumnElement[bool]]) -> int:
    """Delete the rows of these tables that are old; how many went. When none is, that is one statement."""
    with transaction() as session:
        if not session.scalar(sa.select(sa.or_(*(sa.exists().where(condition) for condition in old.values())))):
            return 0
        return sum(len(session.execute(sa.delete(table).where(condition).returning(sa.literal(1))).all()) for table, condition in old.items())


def engine_options(url: str) -> dict[str, Any]:
    """How an engine for this address is made. A web process has a connection for each of its threads, and for the notes they make."""
    options: dict[str, Any] = {
        "hide_parameters": True, "pool_size": THREADS, "max_overflow": THREADS + 2, "pool_timeout": 5,
    }
    if url.startswith("postgresql"):
        options |= {"isolation_level": "READ COMMITTED", "connect_args": {"connect_timeout": 5, "application_name": "uplift"}}
    else:
        options["poolclass"] = ReadersApart
    return options


def prepare_engine(engine: Engine) -> None:
    """Give each connection the settings under which the database keeps promises, and each transaction its kind."""
    prepare = {"sqlite": _prepare_sqlite, "postgresql": _prepare_postgresql}
    prepare[engine.dialect.name](engine)
    ask_who_rested(engine)


def _prepare_sqlite(engine: Engine) -> None:
    """Foreign keys, write-ahead log, full sync, explicit BEGIN, one after the other; a file system that cannot give them is refused."""
    gate = gate_of(engine.url.database)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for name, (given, kept) in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={given}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != kept:
                raise UnsafeDatabase(f"SQLite keeps {name} at {found!r} instead of {kept!r}, so it cannot keep what it is given. "
                                     "Put the database file on a local disk.")
        if purpose.only_reads():
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        how = purpose.writing()
        if how is None:
            connection.exec_driver_sql("BEGIN")
            return
        raw.execute(f"PRAGMA synchronous={'FULL' if how.survives_power_cut else 'NORMAL'}")
        patience = how.patience or PRAGMAS["busy_timeout"][0]
        if gate and _begin_in_turn(raw, gate, patience):
            connection.info["hurried"] = bool(how.patience)
            return
        connection.info["hurried"] = True
        connection.exec_driver_sql(BEGIN_WRITING)

    @event.listens_for(engine, "checkin")
    def _checkin(connection: Any, record: Any) -> None:
        if connection is not None and record.info.pop("hurried", False):
            connection.execute(f"PRAGMA busy_timeout={PRAGMAS['busy_timeout'][0]}")


def _begin_in_turn(raw: Any, gate: Path, milliseconds: int) -> bool:
    raw.execute("PRAGMA busy_timeout=0")
    begun = begin_in_turn(raw, gate, BEGIN_WRITING, milliseconds / 1000)
    raw.execute(f"PRAGMA busy_timeout={milliseconds if begun else 0}")
    return begun


def _prepare_postgresql(engine: Engine) -> None:
    """Limits on every connection, which only reads unless a transaction is begun to write. A server that may forget is complained about once."""
    said: set[str] = set()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        wanted = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in LIMITS.items())
        told = ", ".join(f"current_setting('{name}')" for name in KEEPS)
        connection.autocommit = True
        found = connection.execute(f"SELECT {told}, {wanted}").fetchone()
        connection.autocommit = False
        for name, value in zip(KEEPS, found, strict=False):
            if value == "off" and name not in said:
                said.add(name)
                log.warning("PostgreSQL runs with %s off: what people were told is kept may be lost when the machine stops. Turn it on.", name)

    @event.listens_for(engine, "handle_error")
    def _without_values(context: Any) -> None:
        """The server's detail names the values of a row, such as somebody's address, and errors are logged."""
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """A statement that only reads is a transaction of its own, read-only as on every connection: READ COMMITTED gives several no picture
        in common, and BEGIN and COMMIT are two round trips."""
        raw: Any = connection.connection.dbapi_connection
        connection.info["narrowed"] = True
        if purpose.only_reads():
            raw.autocommit = True
            return
        raw.read_only = False
        how = purpose.writing()
        if how and how.patience:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {how.patience}")

    @event.listens_for(engine, "checkin")
    def _checkin(connection: Any, record: Any) -> None:
        if connection is not None and record.info.pop("narrowed", False) and not connection.closed:
            connection.autocommit = False
