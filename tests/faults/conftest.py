"""What tests of faults can ask for: pages of our own on the same database, and connections that do not wait long."""

from contextlib import ExitStack

import pytest
from flask import Blueprint

from app.accounts.access import anyone
from app.cli import database
from app.core import db as core_db
from app.core.db import db
from tests.conftest import make_app, new_database
from tests.faults.procs import Served
from tests.faults.wires import Wire


@pytest.fixture
def planted(app, tmp_path):
    """`planted(view, methods)`: another app on the same database, with this view at /planted; closed afterwards."""
    made = []

    def plant(view, methods=("GET", "POST")):
        other = make_app(db.engine.url.render_as_string(hide_password=False), tmp_path)
        other.config["WTF_CSRF_ENABLED"] = False
        room = Blueprint("planted", __name__)
        room.add_url_rule("/planted", view_func=anyone(view), endpoint="page", methods=methods)
        other.register_blueprint(room)
        made.append(other)
        return other

    yield plant
    for other in made:
        with other.app_context():
            db.engine.dispose()


@pytest.fixture
def wire(app, tmp_path_factory):
    """The app on the same database, over a wire that can be cut."""
    folder = tmp_path_factory.mktemp("wire")
    url = db.engine.url
    made = Wire(folder, url.query["host"])
    other = make_app(url.set(query={"host": str(folder)}).render_as_string(hide_password=False), folder)
    yield made, other
    with other.app_context():
        db.engine.dispose()
    made.close()


@pytest.fixture
def impatient(monkeypatch):
    """Connections that wait a tenth of a second for a lock."""
    monkeypatch.setitem(core_db.PRAGMAS, "busy_timeout", (100, 100))
    monkeypatch.setitem(core_db.LIMITS, "lock_timeout", "100ms")


class Sites:
    """Running servers, one for each kind that was asked for, each on a database of its own."""

    def __init__(self, server, folder, worker_name):
        self.server, self.folder, self.worker_name = server, folder, worker_name
        self.running, self.stack = {}, ExitStack()

    def get(self, backend, **kind):
        """The running server of this kind."""
        key = (backend, *sorted(kind.items()))
        if key not in self.running:
            self.running[key] = self._start(backend, len(self.running), **kind)
        return self.running[key]

    def _start(self, backend, number, **kind):
        folder = self.folder / f"site{number}"
        folder.mkdir()
        if backend == "sqlite":
            url = f"sqlite:///{folder / 'uplift.sqlite3'}"
        else:
            url = self.stack.enter_context(new_database(self.server, f"uplift_faults{number}_{self.worker_name}"))
        app = make_app(url, folder)
        database.upgrade(app)
        site = Served(app, url, folder, **kind)
        self.stack.callback(_closed, app, site)
        return site


def _closed(app, site):
    site.stop()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def sites(server, tmp_path_factory, worker_name):
    """`sites.get(backend, workers=…, unprotected=…)`: a running server of this kind; all end with the tests."""
    made = Sites(server, tmp_path_factory.mktemp("faults"), worker_name)
    with made.stack:
        yield made


@pytest.fixture
def served(backend, sites):
    """The product under gunicorn, four workers. After each test `flask check` must find nothing, and nothing unexpected was logged."""
    site = sites.get(backend)
    before = len(site.said())
    with site.app.app_context():
        yield site
        site.close_browsers()
        db.session.rollback()
        sound(site.app)
    assert "Traceback" not in site.said()[before:], site.said()[before:]


def sound(app):
    """`flask check` finds nothing."""
    done = app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 0, done.output
