"""Where measuring happens: databases that wait for the disk, the product's server and the bare one beside it, all gone afterwards."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "benchmarks")) if path not in sys.path]

from app.cli import database  # noqa: E402  (after the path)
from app.cli.server import site_command  # noqa: E402
from app.core.db import KEEPS, db  # noqa: E402
from app.core.settings import Settings  # noqa: E402
from app.factory import create_app  # noqa: E402
from tests import postgres  # noqa: E402

SECRET = "only-for-benchmarks-only-for-benchmarks"
BOTH = ("PostgreSQL", "SQLite")
BARE_ROW = {
    "PostgreSQL": "CREATE TABLE bare_row (id bigserial PRIMARY KEY, at text NOT NULL, words text NOT NULL)",
    "SQLite": "CREATE TABLE bare_row (id integer PRIMARY KEY, at text NOT NULL, words text NOT NULL)",
}


def rounds(most: int, *, least: int = 3, seconds: float = 20) -> Iterator[int]:
    """The numbers of so many rounds, or of fewer when they take longer than these seconds together."""
    begun = time.monotonic()
    for number in range(most):
        if number >= least and time.monotonic() - begun > seconds:
            return
        yield number


@dataclass
class Database:
    """A migrated database of the product, with a table for the bare site, and the app on it."""

    kind: str
    url: str
    app: Flask


class Stage:
    """Makes databases and servers, and ends them all when it is left."""

    def __init__(self) -> None:
        self.open = ExitStack()
        self.folder = Path()
        self._postgres = ""
        self._made = 0

    def __enter__(self) -> "Stage":
        (ROOT / "instance").mkdir(exist_ok=True)
        self.folder = Path(self.open.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "instance")))
        return self

    def __exit__(self, *what: object) -> None:
        self.open.close()

    def database(self, kind: str) -> Database:
        """A new, empty database of this kind."""
        self._made += 1
        url = self._sqlite() if kind == "SQLite" else self._postgresql()
        app = create_app(Settings(database_url=url, secret_key=SECRET, public_url="http://127.0.0.1", instance=self.folder))
        database.upgrade(app)
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql(BARE_ROW[kind])
        self.open.callback(_let_go, app)
        return Database(kind, url, app)

    def _sqlite(self) -> str:
        return f"sqlite:///{self.folder / f'bench{self._made}.sqlite3'}"

    def _postgresql(self) -> str:
        if not self._postgres:
            self._postgres = self.open.enter_context(postgres.temporary_server(durable=True))
            _check_durable(self._postgres)
        name = f"bench{self._made}"
        self.run_sql(f"CREATE DATABASE {name}")
        return sa.make_url(self._postgres).set(database=name).render_as_string(hide_password=False)

    def run_sql(self, *statements: str) -> None:
        """Statements to the PostgreSQL server, outside any of our databases."""
        engine = sa.create_engine(self._postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def copy(self, of: Database) -> str:
        """The address of a copy of the database as it is now. Nobody may be using it."""
        with of.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._made += 1
        if of.kind == "SQLite":
            url = self._sqlite()
            shutil.copyfile(of.url.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
            return url
        name = f"bench{self._made}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {sa.make_url(of.url).database}")
        return sa.make_url(of.url).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def site(self, of: Database, *, workers: int = 2, bare: bool = False, **more: str) -> Iterator["Site"]:
        """The product's server on this database, or the bare site under the same settings."""
        port = _free_port()
        environ = {**os.environ, "DATABASE_URL": of.url, "SECRET_KEY": SECRET, "INSTANCE_PATH": str(self.folder),
                   "PUBLIC_URL": f"http://127.0.0.1:{port}", "PYTHONPATH": str(ROOT / "benchmarks"), **more}
        command = site_command(f"127.0.0.1:{port}", workers, *(["bare_site:app"] if bare else []))
        server = subprocess.Popen(command, cwd=ROOT, env=environ)
        try:
            _wait_for(port, server)
            yield Site(port, server.pid)
        finally:
            server.terminate()
            server.wait(20)


@dataclass
class Site:
    """A server that answers."""

    port: int
    pid: int


def _check_durable(url: str) -> None:
    """A figure of a server that does not wait for the disk would be worth nothing.

    Raises:
        RuntimeError: it does not.
    """
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in KEEPS]
    engine.dispose()
    if found != ["on"] * len(KEEPS):
        raise RuntimeError(f"PostgreSQL would have to keep what it is given: {', '.join(KEEPS)} are {', '.join(map(str, found))}")


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError("the server ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not answer within half a minute")
