"""Templates as they are once compiled, kept for all apps of the tests and for the next run: that takes seconds for each app otherwise."""

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from app.core.settings import ROOT

FOLDER = ROOT / ".pytest_cache" / "templates"


def keep_compiled(app: Flask) -> Flask:
    """The same app, which compiles only what is new or was changed: what is kept is known by a digest of the template's text."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(FOLDER))
    return app
