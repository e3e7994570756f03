"""How migrations reach the database: through the application's own engine, one transaction for each run."""

from alembic import context
from flask import current_app
from sqlalchemy import MetaData

import app.attendance.models
import app.core.jobs
import app.evaluation.models
import app.evidence.models
import app.imports.models
import app.mail.models  # noqa: F401

database = current_app.extensions["migrate"].db


def metadata() -> MetaData:
    """What the models say the database should be."""
    return database.metadata


def run() -> None:
    """Bring the database to the wanted revision, or write the statements that would."""
    options = {"target_metadata": metadata(), "compare_type": True, **current_app.extensions["migrate"].configure_args}
    if context.is_offline_mode():
        context.configure(url=database.engine.url.render_as_string(hide_password=False), literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A rebuilt table would take its children with it; SQLite only listens to this outside a transaction.
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        else:  # a migration takes the time it takes
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")
        else:
            connection.invalidate()  # the next one has its limits again


run()
