"""What the worker gathers for coordinators."""

from datetime import datetime

from flask import current_app

from app.core.settings import Settings
from app.home import services


def write_digests(now: datetime) -> str:
    """The morning letter."""
    settings: Settings = current_app.extensions["settings"]
    return f"{services.write_digests(now=now, letters_leave=settings.post.leaves)} letters written"
