"""Proof that a database keeps what it must: every room's invariants, one line each."""

from pathlib import Path

import click
from flask import current_app
from sqlalchemy.engine import Connection

from app.accounts import invariants as accounts
from app.attendance import invariants as attendance
from app.booking import invariants as booking
from app.certificates import invariants as certificates
from app.cli import database
from app.cli.speaking import REFUSED, plainly, refuse
from app.core import clock
from app.core import invariants as core
from app.core.db import db
from app.core.purpose import only_reading
from app.evaluation import invariants as evaluation
from app.evidence import invariants as evidence
from app.mail import invariants as mail

ROOMS = (core, mail, accounts, booking, attendance, evaluation, evidence, certificates)
ROWS_SHOWN = 20


@click.command("check")
def check() -> None:
    """Prove that the database keeps what it must. Reads only.

    Prints a line for each invariant. When one is broken the rows that break it follow, by their ids and references, and the exit
    status is 1.

    Example: flask --app wsgi check
    """
    with plainly(), only_reading():
        _stop_unless_set_up()
        with db.engine.connect() as connection:
            one = _one_picture(connection)
            broken = sum(not _holds(invariant, one) for room in ROOMS for invariant in room.INVARIANTS)
    if broken:
        click.echo(f"{broken} of {_count()} invariants are broken. Keep a copy of this database before you change anything.", err=True)
        raise click.exceptions.Exit(REFUSED)
    click.echo(f"All {_count()} invariants hold.", err=True)


def _holds(invariant: core.Invariant, connection: Connection) -> bool:
    """Say whether it does, with the rows that break it."""
    rows = invariant.rows(connection, clock.now())
    click.echo(f"{'BROKEN' if rows else 'ok':<7} {invariant.name:<28} {invariant.sentence}")
    for row in rows[:ROWS_SHOWN]:
        click.echo("          " + " ".join(str(getattr(value, "value", value)) for value in row))
    if len(rows) > ROWS_SHOWN:
        click.echo(f"          and {len(rows) - ROWS_SHOWN:,} more")
    return not rows


def _one_picture(connection: Connection) -> Connection:
    """The database as it is at one moment, whatever is written meanwhile; for as long as a database that has grown large may take."""
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    return connection


def _count() -> int:
    return sum(len(room.INVARIANTS) for room in ROOMS)


def _stop_unless_set_up() -> None:
    """A database that is not in the form of this version is not looked into; opening a file that is not there would make an empty one."""
    url = db.engine.url
    there = url.drivername != "sqlite" or not url.database or Path(url.database).exists()
    if not there or not database.is_current(current_app._get_current_object()):  # type: ignore[attr-defined]
        refuse("The database has not been set up for this version. Run first: flask --app wsgi db upgrade")


COMMANDS = (check,)
