"""Who is who, and who is signed in."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Account, Affiliation, Agency, Person, SignIn, SignInFailure
from app.accounts.rules import FAILURE_WINDOW, Role, sign_in_ends_at
from app.core.db import db
from app.core.tokens import digest


@dataclass(frozen=True)
class Visitor:
    """The person who is signed in, as plain values: what a request needs to know about them."""

    secret: str
    account_id: int
    person_id: int
    name: str
    email: str
    roles: frozenset[Role]
    last_seen_at: datetime

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.secret

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles."""
        return bool(self.roles & set(roles))

    def has_role(self, name: str) -> bool:
        """The same for a template, which knows roles by their value."""
        return any(role.value == name for role in self.roles)


def visitor(secret: str, now: datetime) -> Visitor | None:
    """Whoever signed in with this secret; none when it ended, was signed out, or the account is closed."""
    row = db.session.scalar(
        sa.select(SignIn)
        .where(SignIn.secret_digest == digest(secret))
        .options(joinedload(SignIn.account).joinedload(Account.person), joinedload(SignIn.account).selectinload(Account.held_roles))
    )
    if row is None or row.account.closed_at is not None:
        return None
    account = row.account
    if now >= sign_in_ends_at(account.roles, row.started_at, row.last_seen_at):
        return None
    return Visitor(secret, account.id, account.person_id, account.person.name, account.person.email, account.roles, row.last_seen_at)


def account_with_address(email: str) -> Account | None:
    """The open account of the person with this work address."""
    return db.session.scalar(
        sa.select(Account).join(Account.person).where(Person.email == email.strip().lower(), Account.closed_at.is_(None))
    )


def recent_failures(email: str, now: datetime) -> int:
    """How often signing in to this address failed in the window that counts."""
    return db.session.scalar(
        sa.select(sa.func.count()).where(
            SignInFailure.address_digest == digest(email.strip().lower()), SignInFailure.at > now - FAILURE_WINDOW
        )
    ) or 0


def person_with_address(email: str) -> Person | None:
    """The person with this work address, and where they work now."""
    return db.session.scalar(
        sa.select(Person).where(Person.email == email.strip().lower()).options(
            joinedload(Person.affiliation).joinedload(Affiliation.agency)
        )
    )


def affiliation_of(person_id: int) -> Affiliation | None:
    """Where the person works now."""
    return db.session.scalar(
        sa.select(Affiliation)
        .where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None))
        .options(joinedload(Affiliation.agency), joinedload(Affiliation.partnership))
    )



def agency_choices() -> list[tuple[int, str]]:
    """(id, name) of every agency that exists today, by name."""
    return [(number, name) for number, name in db.session.execute(
        sa.select(Agency.id, Agency.name).where(Agency.ends_on.is_(None)).order_by(Agency.name)
    )]
