"""Migrations: tells Flask-Migrate's `flask db …` where they are. Alembic is slow to import, so only these commands do."""

import re

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.settings import ROOT

COMMAND = "db"


def prepare(app: Flask) -> None:
    """Tell Flask-Migrate about this app, once; it gives the app its command."""
    if "migrate" in app.extensions:
        return
    from flask_migrate import Migrate  # noqa: PLC0415  (slow)

    Migrate(app, db, directory=str(ROOT / "migrations"), command=COMMAND, render_as_batch=True)


def upgrade(app: Flask) -> None:
    """Bring the database to the form that this version needs; quick when it has it already."""
    if is_current(app):
        return
    from flask_migrate import upgrade as migrate  # noqa: PLC0415  (slow)

    prepare(app)
    with app.app_context():
        migrate()


def is_current(app: Flask) -> bool:
    """Whether the latest migration has run, told without Alembic: each file names the one before it."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "migrations" / "versions").glob("*.py")]
    revisions = {found.group(1) for text in texts if (found := re.search(r'^revision\s*[:=].*?["\'](\w+)["\']', text, re.M))}
    earlier = {found.group(1) for text in texts if (found := re.search(r'^down_revision\s*[:=].*?["\'](\w+)["\']', text, re.M))}
    with app.app_context():
        if "alembic_version" not in sa.inspect(db.engine).get_table_names():
            return False
        return set(db.session.scalars(sa.text("SELECT version_num FROM alembic_version"))) == revisions - earlier
