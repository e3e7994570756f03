"""Databases of earlier versions with rows in them, on which a test tries what bringing them up to date makes of the rows."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from app.cli import database
from app.core.db import db
from tests.conftest import make_app, new_database


def database_of(revision: str, statements: Iterable[str], request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[Flask]:
    """The app on a database of this revision that the statements filled; `request.param` says which kind, `name` is its own on a server."""
    if request.param == "sqlite":
        yield _filled(make_app(f"sqlite:///{folder / 'older.sqlite3'}", folder), revision, statements)
        return
    with new_database(request.getfixturevalue("server"), name) as url:
        app = _filled(make_app(url, folder), revision, statements)
        yield app
        with app.app_context():
            db.engine.dispose()


def _filled(app: Flask, revision: str, statements: Iterable[str]) -> Flask:
    database.prepare(app)
    with app.app_context():
        upgrade(revision=revision)
        with db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    return app
