"""What an operator types: `flask --app wsgi COMMAND`."""

from flask import Flask


def register(app: Flask) -> None:
    """Give the app its commands."""
