"""Who is who, and who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.accounts.models import (
    Account,
    AccountRole,
    AddressChange,
    Affiliation,
    Agency,
    Partnership,
    Person,
    SignIn,
    SignInFailure,
    SignInRequest,
)
from app.accounts.rules import FAILURE_WINDOW, Role, full_name, sign_in_ends_at
from app.core.actors import Actor
from app.core.db import db, send
from app.core.pages import Page
from app.core.tokens import digest

PAGE_SIZE = 30


@dataclass(frozen=True)
class Visitor:
    """The person who is signed in, as plain values: what a request needs to know about them."""

    secret: str
    account_id: int
    person_id: int
    name: Actor
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


_SIGNED_IN = (
    sa.select(SignIn.started_at, SignIn.last_seen_at, Account.id, Account.person_id, Person.first_name, Person.last_name, Person.email,
              AccountRole.role)
    .join(Account, Account.id == SignIn.account_id).join(Person, Person.id == Account.person_id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .where(SignIn.secret_digest == sa.bindparam("digest"), Account.closed_at.is_(None))
)
"""Written once, as every request of somebody who is signed in sends it: a row for each of their roles."""


def visitor(secret: str, now: datetime) -> Visitor | None:
    """Whoever signed in with this secret; none when it ended, was signed out, or the account is closed."""
    rows = send(_SIGNED_IN, {"digest": digest(secret)}).all()
    if not rows:
        return None
    started_at, last_seen_at, account_id, person_id, first_name, last_name, email, _role = rows[0]
    roles = frozenset(row.role for row in rows if row.role is not None)
    if now >= sign_in_ends_at(roles, started_at, last_seen_at):
        return None
    return Visitor(secret, account_id, person_id, Actor(full_name(first_name, last_name), person_id), email, roles, last_seen_at)


def account_with_address(email: str) -> Account | None:
    """The open account of the person with this work address."""
    return db.session.scalar(with_address(email))


def with_address(email: str) -> sa.Select[tuple[Account]]:
    """That account, for whoever locks it."""
    return sa.select(Account).join(Account.person).where(Person.email == email.strip().lower(), Account.closed_at.is_(None))


def recent_failures(email: str, now: datetime) -> int:
    """How often signing in to this address failed in the window that counts."""
    return db.session.scalar(
        sa.select(sa.func.count()).where(
            SignInFailure.address_digest == digest(email.strip().lower()), SignInFailure.at > now - FAILURE_WINDOW
        )
    ) or 0


def sign_in_request(number: int, now: datetime) -> SignInRequest | None:
    """What a browser asked for, as long as it can be used."""
    return db.session.scalar(sa.select(SignInRequest).where(
        SignInRequest.id == number, SignInRequest.ended_at.is_(None), SignInRequest.expires_at > now))


def address_change(person_id: int) -> AddressChange | None:
    """The address that somebody wants to have."""
    return db.session.get(AddressChange, person_id)


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


def partnership_choices() -> list[tuple[int, str]]:
    """(id, name) of every partnership, by name."""
    return [(number, name) for number, name in db.session.execute(sa.select(Partnership.id, Partnership.name).order_by(Partnership.name))]


def person(number: int) -> Person | None:
    """Somebody, with where they work now."""
    return db.session.scalar(sa.select(Person).where(Person.id == number).options(
        joinedload(Person.affiliation).joinedload(Affiliation.agency), joinedload(Person.affiliation).joinedload(Affiliation.partnership)
    ))


def people(words: str, page: int | None) -> tuple[Page, Sequence[Person]]:
    """A page of the people with these words in name, address or present agency, by last name."""
    present = sa.and_(Affiliation.person_id == Person.id, Affiliation.ends_on.is_(None))
    base = sa.select(Person).outerjoin(Affiliation, present).outerjoin(Agency, Agency.id == Affiliation.agency_id)
    for word in words.split()[:8]:
        base = base.where(sa.or_(*(
            column.icontains(word, autoescape=True) for column in (Person.first_name, Person.last_name, Person.email, Agency.name)
        )))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(Person.id).subquery())) or 0
    at = Page.at(page, size=PAGE_SIZE, total=total)
    found = base.options(joinedload(Person.affiliation).joinedload(Affiliation.agency))
    order = (sa.func.lower(Person.last_name), sa.func.lower(Person.first_name), Person.id)
    return at, db.session.scalars(found.order_by(*order).offset(at.offset).limit(PAGE_SIZE)).unique().all()


def affiliations(person_id: int) -> Sequence[Affiliation]:
    """Where somebody works and worked, the present first."""
    return db.session.scalars(
        sa.select(Affiliation).where(Affiliation.person_id == person_id)
        .options(joinedload(Affiliation.agency), joinedload(Affiliation.partnership))
        .order_by(Affiliation.ends_on.is_not(None), Affiliation.ends_on.desc(), Affiliation.id.desc())
    ).all()


def account_of(person_id: int) -> Account | None:
    """The account of this person, closed or not."""
    return db.session.scalar(sa.select(Account).where(Account.person_id == person_id).options(selectinload(Account.held_roles)))


def may_still(person_id: int, roles: Sequence[Role]) -> bool:
    """Whether somebody has an account that is open, with one of these roles."""
    return db.session.scalar(sa.select(has_role(sa.literal(person_id), *roles))) or False


def has_left(person_id: sa.SQLColumnExpression[int | None]) -> sa.ColumnElement[bool]:
    """Condition: somebody's account was ended, or they have left where they worked and nobody knows where they work since."""
    closed = sa.exists().where(Account.person_id == person_id, Account.closed_at.is_not(None))
    worked = sa.exists().where(Affiliation.person_id == person_id, Affiliation.ends_on.is_not(None))
    works = sa.exists().where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None))
    return sa.or_(closed, sa.and_(worked, ~works))


def gives_sessions(person_id: sa.SQLColumnExpression[int | None]) -> sa.ColumnElement[bool]:
    """Condition: somebody who was named as a trainer still is one. They have not left, and their account, if they have one, may open registers."""
    account = sa.exists().where(Account.person_id == person_id)
    return sa.and_(~has_left(person_id), sa.or_(~account, has_role(person_id, Role.TRAINER, Role.COORDINATOR)))


def has_role(person_id: sa.SQLColumnExpression[int | None], *roles: Role) -> sa.ColumnElement[bool]:
    """Condition: somebody has an account that is open, with one of these roles."""
    return sa.exists().where(
        Account.person_id == person_id, Account.closed_at.is_(None), AccountRole.account_id == Account.id, AccountRole.role.in_(roles))


def manager_has_left(address: sa.SQLColumnExpression[str | None]) -> sa.ColumnElement[bool]:
    """Condition: the manager with this address is somebody known here who has left."""
    manager = aliased(Person)
    return sa.exists().where(manager.email == address, has_left(manager.id))


def roles_of(account_id: int) -> set[Role]:
    """What the person with this account may do; nothing when there is no such account."""
    return set(db.session.scalars(sa.select(AccountRole.role).where(AccountRole.account_id == account_id)))


def administrators() -> int:
    """How many open accounts are administrators."""
    return db.session.scalar(
        sa.select(sa.func.count(AccountRole.account_id)).join(Account, Account.id == AccountRole.account_id)
        .where(AccountRole.role == Role.ADMINISTRATOR, Account.closed_at.is_(None))
    ) or 0


def agencies(words: str, page: int | None) -> tuple[Page, Sequence[Agency]]:
    """A page of the agencies with these words in name, code or sector."""
    base = sa.select(Agency)
    for word in words.split()[:8]:
        base = base.where(sa.or_(*(column.icontains(word, autoescape=True) for column in (Agency.name, Agency.code, Agency.sector))))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(Agency.id).subquery())) or 0
    at = Page.at(page, size=PAGE_SIZE, total=total)
    found = base.options(selectinload(Agency.partnerships), joinedload(Agency.parent))
    return at, db.session.scalars(found.order_by(sa.func.lower(Agency.name), Agency.id).offset(at.offset).limit(PAGE_SIZE)).all()


def agency(number: int) -> Agency | None:
    """One agency with its other names and its areas."""
    return db.session.scalar(
        sa.select(Agency).where(Agency.id == number).options(selectinload(Agency.aliases), selectinload(Agency.partnerships))
    )


def partnerships() -> Sequence[Partnership]:
    """All partnerships with those that follow them."""
    return db.session.scalars(sa.select(Partnership).options(selectinload(Partnership.successors)).order_by(Partnership.name)).all()


def partnership(number: int) -> Partnership | None:
    """One partnership."""
    return db.session.scalar(sa.select(Partnership).where(Partnership.id == number).options(selectinload(Partnership.successors)))
