"""Ways to break things: locks held by others, connections that end in a commit, a database that is away."""

import sqlite3
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event

from app.accounts.models import Partnership
from app.core.db import db, transaction


def asked(other, method="GET", **more):
    with other.app_context():
        return other.test_client().open("/planted", method=method, **more)


def renaming(runs):
    """A view that changes every partnership's name, and counts how often it was run."""

    def view():
        runs.append(1)
        with transaction() as session:
            session.execute(sa.update(Partnership).values(name=f"changed at try {len(runs)}"))
        return "kept"

    return view


class held:
    """Another connection that holds a lock on the table's rows, on SQLite on the whole file."""

    def __init__(self, table):
        self.table = table

    def __enter__(self):
        self.engine = sa.create_engine(db.engine.url)
        self.connection = self.engine.connect()
        if self.engine.dialect.name == "sqlite":
            self.connection.connection.dbapi_connection.isolation_level = None
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            self.connection.execute(sa.select(self.table).with_for_update())
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.engine.dispose()


def from_outside(statement, database=None):
    """Send a statement over a connection of its own."""
    engine = sa.create_engine(db.engine.url.set(database=database or db.engine.url.database), poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


@contextmanager
def lost_in_commit():
    """The next commit loses its connection before its answer comes."""
    left = [1]

    def cut(connection):
        if left:
            left.clear()
            from_outside(f"SELECT pg_terminate_backend({connection.connection.dbapi_connection.info.backend_pid}, 5000)")

    engine = db.engine
    event.listen(engine, "commit", cut)
    try:
        yield
    finally:
        event.remove(engine, "commit", cut)


@contextmanager
def away():
    """The database answers nobody: on SQLite another process keeps the file to itself, on PostgreSQL nobody may connect."""
    url = db.engine.url
    db.session.rollback()
    db.engine.dispose()
    if url.drivername == "sqlite":
        keeper = sqlite3.connect(url.database, isolation_level=None)
        keeper.execute("PRAGMA locking_mode=EXCLUSIVE")
        keeper.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            keeper.close()
        return
    from_outside(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS false', "postgres")
    from_outside(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{url.database}'", "postgres")
    try:
        yield
    finally:
        from_outside(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS true', "postgres")
