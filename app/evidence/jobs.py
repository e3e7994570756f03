"""What the worker does about examples: consents that have ended, and texts that are to be deleted."""

from datetime import datetime

from app.core.each import each
from app.evidence.queries import due as queries
from app.evidence.services import deciding, following


def keep_to_dates(now: datetime) -> str:
    """Take examples out whose consent was withdrawn with the answer or has ended, send those whose answer was rewritten back to be worked on, and
    delete original texts whose day has come."""
    due = queries.due(now)
    withdrawn = each(due.withdrawn, lambda number: deciding.withdraw(example_id=number, reason=following.NO_MORE, by_id=None, now=now))
    rewritten = each(due.rewritten, lambda number: following.follow_answer(example_id=number, now=now))
    forgotten = each(due.texts, lambda number: deciding.forget(example_id=number, now=now))
    ended = each(due.ended, lambda number: deciding.expire(example_id=number, now=now))
    done = f"{withdrawn} consents withdrawn, {forgotten} texts deleted, {ended} consents ended"
    return f"{done}, {rewritten} answers rewritten" if rewritten else done
