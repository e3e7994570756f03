"""What the worker does about certificates."""

from collections.abc import Iterable
from datetime import datetime

from app.certificates.queries import due
from app.certificates.services import issuing
from app.core.each import each


def issue(now: datetime) -> str:
    """Issue certificates that were earned."""
    return _settle(due.sessions_to_issue(now), now)


def correct(now: datetime) -> str:
    """Renew certificates in a name that has changed, and withdraw those that are no longer true."""
    return _settle(due.sessions_to_correct(), now)


def forget_opened(now: datetime) -> str:
    """Delete who opened questions that have closed since."""
    return f"{issuing.forget_opened(now=now)} notes deleted"


def _settle(sessions: Iterable[int], now: datetime) -> str:
    done = issuing.Settled()

    def one(number: int) -> None:
        found = issuing.settle(session_id=number, now=now)
        done.issued, done.replaced, done.withdrawn = (
            done.issued + found.issued, done.replaced + found.replaced, done.withdrawn + found.withdrawn)

    each(sessions, one)
    return f"{done.issued} issued, {done.replaced} replaced, {done.withdrawn} withdrawn"
