"""The only reader of the time. Services and rules are given `now`; views and jobs ask here."""

from datetime import UTC, datetime

from app.core.london import LONDON, exists_in_london, from_london, london, london_date

__all__ = ["LONDON", "exists_in_london", "from_london", "london", "london_date", "now"]


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)
