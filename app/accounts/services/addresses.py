"""What follows when somebody's address changes: whoever named them as their manager by it still does."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Affiliation

AFTER_ADDRESSES: dict[str, Callable[[str, str], None]] = {}
"""What rooms above do in the same transaction, given the address before and after. `app/wiring.py` names them."""


def address_changed(session: Session, before: str, after: str) -> None:
    """Let everything that knows a person by this address know them by the other. Only inside a transaction."""
    session.execute(sa.update(Affiliation).where(Affiliation.manager_email == before, Affiliation.ends_on.is_(None)).values(manager_email=after))
    for follow in AFTER_ADDRESSES.values():
        follow(before, after)
