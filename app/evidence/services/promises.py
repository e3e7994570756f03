"""Evidence that a report promised: kept in sight until it is shown, or given up with a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.db import transaction
from app.core.errors import Refused
from app.evidence.models import Promise
from app.evidence.rules.promises import PromiseStatus


def save(*, promise_id: int | None, facts: Mapping[str, Any], by_id: int) -> Promise:
    """Add a promise, or change one that is open.

    Raises:
        Refused: it is due before it was made, or it is no longer open.
    """
    if facts["due_on"] < facts["promised_on"]:
        raise Refused("It is due before it was promised. Correct one of the two days.")
    with transaction() as session:
        if promise_id is None:
            promise = Promise(status=PromiseStatus.OPEN, added_by_id=by_id)
        else:
            promise = session.get_one(Promise, promise_id, with_for_update=True)
            _check_open(promise)
        for name, value in facts.items():
            setattr(promise, name, value)
        session.add(promise)
        session.flush()
    return promise


def show(*, promise_id: int, shown_in: str, by_id: int, now: datetime) -> None:
    """It is kept: where to see it.

    Raises:
        Refused: it is no longer open.
    """
    _end(promise_id, PromiseStatus.SHOWN, by_id, now, shown_in=shown_in.strip())


def give_up(*, promise_id: int, reason: str, by_id: int, now: datetime) -> None:
    """It will not be kept, and why.

    Raises:
        Refused: no reason is given, or it is no longer open.
    """
    if not reason.strip():
        raise Refused("Write why it is given up: readers of the report were told that it would come.")
    _end(promise_id, PromiseStatus.GIVEN_UP, by_id, now, reason=reason.strip())


def _end(promise_id: int, status: PromiseStatus, by_id: int, now: datetime, **facts: str) -> None:
    with transaction() as session:
        promise = session.get_one(Promise, promise_id, with_for_update=True, populate_existing=True)
        _check_open(promise)
        promise.status, promise.ended_by_id, promise.ended_at = status, by_id, now
        for name, value in facts.items():
            setattr(promise, name, value)


def _check_open(promise: Promise) -> None:
    if promise.status is not PromiseStatus.OPEN:
        raise Refused("This promise has been shown or given up meanwhile. Look at it again.")
