"""What the worker does about examples: consents that have ended, and texts that are to be deleted."""

from datetime import datetime

from app.core.each import each
from app.evidence.queries import due as queries
from app.evidence.services import deciding

CHANGED_MIND = "They changed their answer, and do not want to be quoted."


def keep_to_dates(now: datetime) -> str:
    """Take examples out whose consent was withdrawn with the answer or has ended, and delete original texts whose day has come."""
    due = queries.due(now)
    withdrawn = each(due.withdrawn, lambda number: deciding.withdraw(example_id=number, reason=CHANGED_MIND, by_id=None, now=now))
    forgotten = each(due.texts, lambda number: deciding.forget(example_id=number, now=now))
    ended = each(due.ended, lambda number: deciding.expire(example_id=number, now=now))
    return f"{withdrawn} consents withdrawn, {forgotten} texts deleted, {ended} consents ended"
