"""The same history of migrations makes the same tables on both databases, up and down."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from app.cli import database
from app.core.db import db
from tests.conftest import BOTH, make_app, new_database


@pytest.fixture(params=BOTH)
def fresh(request, tmp_path, worker_name):
    """An app on a database of its own, without tables."""
    if request.param == "sqlite":
        yield make_app(f"sqlite:///{tmp_path / 'fresh.sqlite3'}", tmp_path)
        return
    with new_database(request.getfixturevalue("server"), f"uplift_fresh_{worker_name}") as url:
        app = make_app(url, tmp_path)
        yield app
        with app.app_context():
            db.engine.dispose()


def test_up_down_and_up_again_and_nothing_is_left_to_generate(fresh):
    database.prepare(fresh)
    with fresh.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []
        downgrade(revision="base")
        with db.engine.connect() as connection:
            assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
        upgrade()
        with db.engine.connect() as connection:
            assert set(db.metadata.tables) <= set(sa.inspect(connection).get_table_names())


def test_a_database_that_is_up_to_date_is_known_without_alembic(fresh):
    assert not database.is_current(fresh)
    database.upgrade(fresh)
    assert database.is_current(fresh)


def test_foreign_keys_hold_on_sqlite(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'keys.sqlite3'}", tmp_path)
    database.upgrade(app)
    with app.app_context(), pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO trainer (person_id) VALUES (999)")
