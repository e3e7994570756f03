"""Checking a certificate by its code. Whoever tries codes that are none is soon kept from trying more."""

from datetime import datetime, timedelta

from app.accounts.services import count_try, within
from app.certificates.models import Certificate
from app.certificates.queries import showing
from app.certificates.rules.serials import code_typed
from app.core.db import bookkeeping
from app.core.errors import Refused

MOST_WRONG = ((30, timedelta(hours=1)),)
"""So many codes that are none may be tried from one place in so long."""
TOO_MANY = "Too many codes that do not exist were tried from where you are. Wait an hour and try again."


def check(*, code: str, network: str, now: datetime) -> Certificate | None:
    """The certificate with this code; none when there is no such code, which is counted.

    Raises:
        Refused: too many wrong codes were tried from this network, so that not even a right one is looked up.
    """
    key = f"certificate codes from {network}"
    if not within(key, MOST_WRONG, now):
        raise Refused(TOO_MANY)
    kept = code_typed(code)
    found = showing.by_code(kept) if kept else None
    if found is None:
        with bookkeeping() as session:
            count_try(session, key, MOST_WRONG, now)
    return found
