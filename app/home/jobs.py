"""What the worker gathers for coordinators."""

from datetime import datetime

from app.home import services


def write_digests(now: datetime) -> str:
    """The morning letter."""
    return f"{services.write_digests(now=now)} letters written"
