"""What tests of faults can ask for: pages of our own on the same database, and connections that do not wait long."""

import pytest
from flask import Blueprint

from app.accounts.access import anyone
from app.core import db as core_db
from app.core.db import db
from tests.conftest import make_app


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
def impatient(monkeypatch):
    """Connections that wait a tenth of a second for a lock."""
    monkeypatch.setitem(core_db.PRAGMAS, "busy_timeout", (100, 100))
    monkeypatch.setitem(core_db.LIMITS, "lock_timeout", "100ms")
