"""What follows when somebody's address changes, or when they name another manager: whoever named them by it still does, letters that wait go
to the new one, and rooms above do what is theirs."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Account, Affiliation
from app.mail.services import end_links, readdress, void

AFTER_MANAGERS: dict[str, Callable[[int, str | None, datetime, str], None]] = {}
"""What rooms above do in the same transaction when another manager, or none, is named for a person (by id), given by whom: empty for the person
themselves. `app/wiring.py` names them."""
AFTER_ADDRESSES: dict[str, Callable[[str, str], None]] = {}
"""What rooms above do in the same transaction, given the address before and after. `app/wiring.py` names them."""


def manager_changed(person_id: int, manager_email: str | None, now: datetime, by: str = "") -> None:
    """Let rooms above follow. Only inside a transaction."""
    for follow in AFTER_MANAGERS.values():
        follow(person_id, manager_email, now, by)


def address_changed(session: Session, person_id: int, before: str, after: str) -> None:
    """Let everything that knows a person by this address know them by the other. Only inside a transaction."""
    session.execute(sa.update(Affiliation).where(Affiliation.manager_email == before, Affiliation.ends_on.is_(None)).values(manager_email=after))
    readdress(person_id=person_id, before=before, after=after)
    for follow in AFTER_ADDRESSES.values():
        follow(before, after)


def end_password_letters(account: Account, now: datetime) -> None:
    """What lets whoever reads the address before choose a new password ends, and what waits of it is withdrawn. Only inside a transaction."""
    end_links(subject=f"account:{account.id}", purpose="reset", reason="replaced", now=now)
    void(concerns=f"person:{account.person_id}", kinds=("password-reset",), reason="The address was changed since.", now=now)
