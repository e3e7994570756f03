"""Migrations: tells Flask-Migrate's `flask db …` where they are. Alembic is slow to import, so no web process does."""

import click
from flask import Flask

from app.core.db import db
from app.core.settings import ROOT


def prepare_commands(app: Flask) -> None:
    """Make `flask db …` work when this process is a command; nothing otherwise."""
    if click.get_current_context(silent=True) is not None:
        prepare(app)


def prepare(app: Flask) -> None:
    """Tell Flask-Migrate about this app."""
    from flask_migrate import Migrate  # noqa: PLC0415  (slow)

    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def upgrade(app: Flask) -> None:
    """Bring the database to the form that this version needs."""
    from flask_migrate import upgrade as migrate  # noqa: PLC0415  (slow)

    if "migrate" not in app.extensions:
        prepare(app)
    with app.app_context():
        migrate()
