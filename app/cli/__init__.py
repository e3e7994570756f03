"""What an operator types: `flask --app wsgi COMMAND`. One module for each kind of work, loaded when its command is asked for."""

from importlib import import_module

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

from app.cli import database

MODULES = {
    "add-account": "accounts", "import-programme": "imports", "report": "reports", "analyse": "analyse", "check": "check",
    "take-bounces": "letters", "serve": "server", "worker": "server", "jobs": "server", "run-job": "server", "load-demo": "demo",
}
"""In which module each command is."""


class Commands(AppGroup):
    """The product's commands by name: a site loads none of them, and a command none of the others."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self.app = app

    def list_commands(self, ctx: Context) -> list[str]:
        """The names of all."""
        return sorted({*super().list_commands(ctx), *MODULES, database.COMMAND})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The one with this name, with what it needs."""
        if cmd_name in MODULES:
            commands: tuple[Command, ...] = import_module(f"{__name__}.{MODULES[cmd_name]}").COMMANDS
            return next(command for command in commands if command.name == cmd_name)
        if cmd_name == database.COMMAND:
            database.prepare(self.app)
        return super().get_command(ctx, cmd_name)


def register(app: Flask) -> None:
    """Give the app its commands."""
    app.cli = Commands(app)
