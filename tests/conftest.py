"""What every test can ask for: the app on an empty database, a client that reads pages as people do, and people signed in."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.rules import Role
from app.cli import database
from app.core.db import db
from app.core.settings import Settings
from app.factory import create_app
from tests import postgres
from tests.client import Client
from tests.counting import counted
from tests.kept import keep_compiled

hypothesis.settings.register_profile("facts", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("facts")  # how long an example takes is no fact about the product

BOTH = ("sqlite", "postgresql")
ON_BOTH = ("test_services", "test_queries", "test_import", "test_report", "test_journey", "test_fault")
LOOKS, IN_A_BROWSER = "test_axe", "tests.browser."
IN_MEMORY, ROOM = Path("/dev/shm"), 1 << 30
SECRET = "only-for-tests-only-for-tests-only-for-tests"


def pytest_configure() -> None:
    """Keep what tests write in memory where there is room: SQLite waits for the disk at each commit, and no test here cuts the power."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))  # where pytest makes each `tmp_path`


def pytest_collection_finish() -> None:
    """Leave what is loaded by now alone: looking through all of it for garbage again and again takes a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What writes or counts is tried on both databases; pages, which add nothing of their own to SQL, and how they look, on SQLite. The acts
    of a journey in the browser are each tried on both elsewhere: with `--faults` it is walked on both, else on PostgreSQL."""
    on_both = metafunc.module.__name__.rpartition(".")[2].startswith(ON_BOTH) and not metafunc.function.__name__.startswith(LOOKS)
    if "backend" in metafunc.fixturenames and on_both:
        once = metafunc.module.__name__.startswith(IN_A_BROWSER) and os.environ.get("UPLIFT_FAULTS") != "full"
        metafunc.parametrize("backend", BOTH[1:] if once else BOTH)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With `--faults`, say how much was tried."""
    if os.environ.get("UPLIFT_FAULTS") != "full":
        return
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if report.when == "call" and name == "tried":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")


@pytest.fixture
def backend() -> str:
    """Which database the test runs on."""
    return "sqlite"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server on which databases may be made: TEST_DATABASE_URL, or one of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield "postgresql+psycopg" + given[given.index("://"):]
        return
    with postgres.temporary_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app on a SQLite file, with its migrated, empty copy beside it."""
    folder = tmp_path_factory.mktemp("sqlite")
    app = make_app(f"sqlite:///{folder / 'uplift.sqlite3'}", folder)
    database.upgrade(app)
    with app.app_context():
        db.engine.dispose()
    shutil.copyfile(folder / "uplift.sqlite3", untouched(app))
    return app


@pytest.fixture(scope="session")
def postgresql_app(server: str, worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app on a migrated PostgreSQL database of this worker."""
    with new_database(server, f"uplift_test_{worker_name}") as url:
        app = make_app(url, tmp_path_factory.mktemp("postgresql"))
        database.upgrade(app)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def worker_name() -> str:
    """Tells the databases of test processes that run side by side apart."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture
def app(backend: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The app on an empty, migrated database, with an app context pushed."""
    application: Flask = request.getfixturevalue(f"{backend}_app")
    with application.app_context():
        empty(application, backend)
        yield application
        db.session.rollback()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without script, nobody signed in."""
    return Client(app)


@pytest.fixture
def as_role(app: Flask) -> Callable[..., Client]:
    """`as_role(Role.TRAINER)`: a client signed in as a new person who holds these roles."""

    def sign_in(*roles: Role) -> Client:
        return Client(app).signed_in(*roles)

    return sign_in


@pytest.fixture
def counting(app: Flask) -> Callable[..., int]:
    """`counting(act)`: how many statements the act sends to the database."""

    def count(act: Callable[[], object]) -> int:
        with counted(db.engine) as statements:
            act()
        return len(statements)

    return count


def make_app(url: str, instance: Path) -> Flask:
    """The product on this database, as a developer would run it."""
    return keep_compiled(create_app(Settings(database_url=url, secret_key=SECRET, public_url="http://localhost", instance=instance)))


def untouched(app: Flask) -> Path:
    """The copy of the app's SQLite file in which nothing was ever written."""
    with app.app_context():
        return Path(str(db.engine.url.database)).with_name("empty.sqlite3")


def new_database(server_url: str, name: str) -> "_NewDatabase":
    """A database made for the block and dropped after it."""
    return _NewDatabase(server_url, name)


class _NewDatabase:
    def __init__(self, server_url: str, name: str) -> None:
        self.url, self.name = sa.make_url(server_url), name

    def __enter__(self) -> str:
        self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}"')
        return self.url.set(database=self.name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _run(self, *statements: str) -> None:
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


def empty(app: Flask, backend: str) -> None:
    """Take every row away."""
    db.session.remove()
    if backend == "sqlite":
        db.engine.dispose()
        path = Path(str(db.engine.url.database))
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        shutil.copyfile(untouched(app), path)
        return
    with db.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # in any order, whatever refers to it
        for query, emptied in ((_filled_tables(), 'DELETE FROM "{}"'), (USED_COUNTERS, """SELECT setval('"{}"', 1, false)""")):
            for name in connection.exec_driver_sql(query).scalars().all():
                connection.exec_driver_sql(emptied.format(name))


USED_COUNTERS = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"


@cache
def _filled_tables() -> str:
    """Asks PostgreSQL which tables have rows: to truncate all of them takes ten times as long as to delete from those few."""
    return " UNION ALL ".join(f"""(SELECT '{name}' FROM "{name}" LIMIT 1)""" for name in db.metadata.tables)
