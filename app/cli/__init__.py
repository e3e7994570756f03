"""What an operator types: `flask --app wsgi COMMAND`. One module for each kind of work."""

from flask import Flask

from app.cli import accounts, analyse, check, database, demo, imports, letters, reports, server

MODULES = (accounts, imports, reports, analyse, check, letters, server, demo)


def register(app: Flask) -> None:
    """Give the app its commands."""
    database.prepare_commands(app)
    for module in MODULES:
        for command in module.COMMANDS:
            app.cli.add_command(command)
