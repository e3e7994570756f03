"""Every room's pages and the product's commands, in one visible order."""

from flask import Flask
from flask_migrate import Migrate

from app import cli
from app.accounts.views import blueprint as accounts
from app.accounts.views import desk as accounts_desk
from app.attendance.views import blueprint as attendance
from app.booking.views import blueprint as booking
from app.catalogue.views import blueprint as catalogue
from app.core.db import db
from app.core.settings import ROOT
from app.evaluation.views import blueprint as evaluation
from app.home.views import blueprint as home
from app.imports.views import blueprint as imports
from app.reporting.views import blueprint as reporting

BLUEPRINTS = (home, accounts, accounts_desk, catalogue, booking, attendance, evaluation, imports, reporting)


def register(app: Flask) -> None:
    """Give the app its pages and commands."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    cli.register(app)
