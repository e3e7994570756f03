"""Accounts with their roles, signing in with a password, people and where they work, agencies and partnerships. Each act is one transaction."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import emails, queries, rules
from app.accounts.models import (
    Account,
    AccountRole,
    AddressChange,
    Affiliation,
    Agency,
    AgencyAlias,
    CountedTry,
    Partnership,
    Person,
    SignIn,
    SignInFailure,
    SignInRequest,
)
from app.accounts.rules import Role
from app.accounts.services.addresses import address_changed, end_password_letters, manager_changed
from app.core import clock, passwords, tokens
from app.core.db import bookkeeping, db, delete_old, transaction
from app.core.errors import Refused
from app.mail.rules.languages import Language
from app.mail.services import queue

WRONG = "The e-mail address or the password is not right. Check both and try again."
TOO_SHORT_NOW = ("This password is too short for what you may do here: it needs at least {least} characters. Press “Choose a new password”, "
                 "and a letter comes.")


AROUND_AGENCIES: dict[str, Callable[[datetime], AbstractContextManager[None]]] = {}
"""What rooms above do around a change of what an agency is part of, or of its sector: begun before it is written, ended before it is kept, in the
same transaction. They may refuse it. `app/wiring.py` names them."""

WHEN_CLOSED: dict[str, Callable[[int, str, datetime], None]] = {}
"""What rooms above do in the same transaction when somebody's account (by their person's id) is closed, or it is said that they have left, and by
whom. They may refuse it. `app/wiring.py` names them."""

ALONE = {"key_share": True}
"""How a row is locked so that nobody else changes it, while rows that refer to it can be written. `check` is asked of it then: it may refuse."""
AN_ADMINISTRATOR = "An administrator"
WHY = ", as whoever has it sees what is about others"


def sign_in(*, email: str, password: str, now: datetime) -> str:
    """Start a sign-in and give the secret that its cookie holds.

    Raises:
        Refused: the address or password is wrong (the same sentence for both), too many tries failed, or the password is shorter than this
            person's roles ask: a role may have come after it.
    """
    if rules.must_wait(queries.recent_failures(email, now)):
        raise Refused("There were too many tries. Wait five minutes and try again.")
    account = queries.account_with_address(email)
    kept = account.password_hash if account else None
    account_id = account.id if account else 0
    if not passwords.matches(password, kept):
        with transaction() as session:
            session.add(SignInFailure(address_digest=tokens.digest(email.strip().lower()), at=now))
        raise Refused(WRONG)
    least = rules.least_characters(account.roles) if account else 0
    if len(password) < least:
        raise Refused(TOO_SHORT_NOW.format(least=least))
    secret = tokens.secret()
    with transaction() as session:
        session.add(SignIn(account_id=account_id, secret_digest=tokens.digest(secret), started_at=now, last_seen_at=now))
    return secret


def sign_out(*, secret: str) -> None:
    """End this browser's sign-in; a copy of its cookie is worth nothing afterwards."""
    with transaction() as session:
        session.execute(sa.delete(SignIn).where(SignIn.secret_digest == tokens.digest(secret)))


def note_seen(*, secret: str, now: datetime) -> None:
    """Keep the sign-in alive."""
    with bookkeeping() as session:
        session.execute(sa.update(SignIn).where(SignIn.secret_digest == tokens.digest(secret)).values(last_seen_at=now))


def add_account(*, email: str, roles: Iterable[Role], password: str, now: datetime) -> Account:
    """Give the person with this address an account with these roles, or these roles and password to the account they have.

    A person who is not there yet is added, named by the address until somebody writes the name.

    Raises:
        Refused: the password is too short for all that they may do then, or too long.
    """
    wanted = list(roles)
    with transaction() as session:
        person = queries.person_with_address(email) or _new_person(email)
        account = session.scalar(sa.select(Account).where(Account.person_id == person.id))
        check_password(password, [*wanted, *(account.roles if account else ())])
        if account is None:
            account = Account(person_id=person.id, created_at=now)
            session.add(account)
        account.password_hash = passwords.hash_password(password)
        account.closed_at = None
        held = {kept.role for kept in account.held_roles}
        account.held_roles += [AccountRole(role=role) for role in wanted if role not in held]
        session.flush()
        session.execute(sa.delete(SignIn).where(SignIn.account_id == account.id))
    return account


def check_password(password: str, roles: Iterable[Role]) -> None:
    """Whether this can be the password of somebody with these roles.

    Raises:
        Refused: it is too short or too long.
    """
    least = rules.least_characters(roles)
    if len(password) < least:
        raise Refused(f"The password is too short: it needs at least {least} characters{WHY if least > rules.LEAST_CHARACTERS else ''}.")
    if len(password.encode()) > passwords.MOST_BYTES:
        raise Refused(f"The password is too long: it may have {passwords.MOST_BYTES} bytes at most.")


def say_where_somebody_works(
    *, person_id: int, agency_id: int | None, job_title: str | None, now: datetime,
    partnership_id: int | None = None, manager_email: str | None = None, level: int | None = None, oneself: bool = False,
    check: Callable[[Affiliation | None], None] | None = None, by: str = "",
) -> None:
    """From today the person works here as this. What was before is closed and kept; a change of the same day is corrected in place.

    `level` is the level of training that they need: without one the present stays, 0 says that it is not known.
    `oneself` says that the person says so: who acts for an agency does not choose which. `check` is asked of where they work at present
    once nobody else can change it, and may refuse. `by` is who else says so.

    Raises:
        Refused: an agency lead would go to another agency by their own word.
    """
    today = clock.london_date(now)
    facts: dict[str, object] = {"agency_id": agency_id, "job_title": (job_title or "").strip() or None, "partnership_id": partnership_id,
             "manager_email": (manager_email or "").strip().lower() or None}
    with transaction() as session:
        if check is not None:
            session.get_one(Person, person_id, with_for_update=ALONE)
        if facts["manager_email"] and rules.manager_other_than(session.get_one(Person, person_id).email, str(facts["manager_email"])) is None:
            raise Refused("This is the person's own address. Name their manager, or leave it empty: then the coordinator decides.")
        before = session.scalars(sa.select(Affiliation).where(Affiliation.person_id == person_id)).all()
        present = next((one for one in before if one.ends_on is None), None)
        if check is not None:
            check(present)
        if oneself and agency_id != (present.agency_id if present else None) and _leads(session, person_id):
            raise Refused("You act for your agency here, so the training team changes which agency that is. Leave it as it was and write to them.")
        facts["level"] = (level or None) if level is not None or present is None else present.level
        if present is not None and all(getattr(present, name) == value for name, value in facts.items()):
            return
        other_manager = present is not None and present.manager_email != facts["manager_email"]
        if present is not None and present.starts_on == today:
            for name, value in facts.items():
                setattr(present, name, value)
        else:
            if present is not None:
                present.ends_on = today
                session.flush()
            session.add(Affiliation(person_id=person_id, starts_on=today if before else None, **facts))
        session.flush()
        if other_manager:
            manager_changed(person_id, facts["manager_email"], now, by)  # type: ignore[arg-type]


def _leads(session: Session, person_id: int) -> bool:
    return session.scalar(sa.select(AccountRole.role).join(Account, Account.id == AccountRole.account_id).where(
        Account.person_id == person_id, AccountRole.role == Role.AGENCY_LEAD)) is not None


def say_somebody_left(*, person_id: int, now: datetime, by: str = "") -> None:
    """From today nobody knows where the person works. Their account stays: they may work elsewhere. Doing it again changes nothing.

    Raises:
        Refused: a room above needs them still, as when their account is closed.
    """
    with transaction() as session:
        present = session.scalar(sa.select(Affiliation).where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None)))
        if present is not None:
            present.ends_on = clock.london_date(now)
            for follow in WHEN_CLOSED.values():
                follow(person_id, by, now)


def forget_ended_sign_ins(*, now: datetime) -> int:
    """Delete sign-ins that can no longer be alive, what was asked for by letter and never used, and what no longer counts; how many rows went."""
    day_ago = rules.whole_sign_in_ago(now)
    return delete_old({
        SignIn: SignIn.started_at < day_ago, SignInFailure: SignInFailure.at < now - rules.FAILURE_WINDOW,
        SignInRequest: SignInRequest.asked_at < day_ago, AddressChange: AddressChange.asked_at < day_ago, CountedTry: CountedTry.at < day_ago,
    })


def _new_person(email: str) -> Person:
    address = email.strip().lower()
    person = Person(email=address, first_name=address.partition("@")[0], last_name="")
    db.session.add(person)
    db.session.flush()
    return person


def person_at(
    *, email: str, now: datetime, first_name: str = "", last_name: str = "", agency_id: int | None = None, job_title: str = "",
) -> Person:
    """The person with this work address; added with where they work when nobody is known there yet.

    Raises:
        Refused: nobody is known there, and their name is not given.
    """
    with transaction() as session:
        known = queries.person_with_address(email)
        if known is not None:
            return known
        if not first_name.strip() or not last_name.strip():
            raise Refused("Nobody with this address is known here yet, so write their first and last name too.")
        person = Person(email=email.strip().lower(), first_name=first_name.strip(), last_name=last_name.strip())
        session.add(person)
        session.flush()
        say_where_somebody_works(person_id=person.id, agency_id=agency_id, job_title=job_title, now=now)
    return person


def save_person(
    *, person_id: int | None, email: str, first_name: str, last_name: str, now: datetime, by_administrator: bool = False,
    language: Language | None = None, check: Callable[[Person], None] | None = None,
) -> Person:
    """Add somebody, or change their name, address or, when given, the language of their letters.

    Whoever signs in with the address is told at the one before.

    A new password goes to this address, so that of somebody who acts for others is changed by an administrator, or by themselves.

    Raises:
        Refused: somebody else has this address, or it is for an administrator to change.
    """
    address = email.strip().lower()
    with transaction() as session:
        other = session.scalar(sa.select(Person).where(Person.email == address, Person.id != (person_id or 0)))
        if other is not None:
            raise Refused(f"{other.name or 'Somebody'} has this address already. Search for them under People.")
        person = session.get_one(Person, person_id, with_for_update=ALONE, populate_existing=True) if person_id else Person(email=address)
        if person_id and check is not None:
            check(person)
        before, person.email, person.first_name, person.last_name = person.email, address, first_name.strip(), last_name.strip()
        person.language = language or person.language or Language.ENGLISH
        session.add(person)
        if before is not None and before != address:
            session.flush()
            address_changed(session, person.id, before, address)
        if before != address:
            _address_was_changed(session, person, before, by_administrator, now)
    return person


def _address_was_changed(session: Session, person: Person, before: str, by_administrator: bool, now: datetime) -> None:
    account = session.scalar(sa.select(Account).where(Account.person_id == person.id, Account.closed_at.is_(None)))
    if account is None:
        return
    if account.roles & rules.STAFF and not by_administrator:
        raise Refused("This person acts for others here, so an administrator changes their address, or they do it themselves under Your details.")
    session.flush()
    end_password_letters(account, now)
    queue(emails.address_changed(person=person, before=before, now=now), now=now)


def set_roles(
    *, person_id: int, roles: Iterable[Role], password: str, now: datetime, by: str = AN_ADMINISTRATOR,
    check: Callable[[Account | None], None] | None = None,
) -> None:
    """Give somebody exactly these roles; with none their account is closed. They are signed out everywhere.

    `check` is asked of their account once nobody else can change it, and may refuse.

    Raises:
        Refused: a new account needs a password, the password cannot be, nobody would be administrator any more, or a room above refuses
            that it is closed.
    """
    wanted = set(roles)
    with transaction() as session:
        session.execute(_administrators().with_for_update(of=Account))  # of two who take each other's role, one is the last
        account = session.scalar(sa.select(Account).where(Account.person_id == person_id).with_for_update(key_share=True))
        if check is not None:
            check(account)
        if account is not None and Role.ADMINISTRATOR in account.roles - wanted and account.closed_at is None and queries.administrators() < 2:
            raise Refused("This is the last administrator. Make somebody else administrator first.")
        if account is None and not wanted:
            return
        if account is None or password:
            if not password:
                raise Refused("A new account needs a password. Enter one and tell it to them.")
            person = session.get_one(Person, person_id)
            account = add_account(email=person.email, roles=wanted, password=password, now=now)
        if not wanted:
            for follow in WHEN_CLOSED.values():
                follow(person_id, by, now)
        account.held_roles = [AccountRole(role=role) for role in sorted(wanted, key=lambda role: role.value)]
        account.closed_at = None if wanted else now
        session.execute(sa.delete(SignIn).where(SignIn.account_id == account.id))


def _administrators() -> sa.Select[tuple[int]]:
    return sa.select(Account.id).join(AccountRole, AccountRole.account_id == Account.id).where(
        AccountRole.role == Role.ADMINISTRATOR).order_by(Account.id)


def save_agency(
    *, agency_id: int | None, facts: Mapping[str, Any], aliases: Iterable[str], partnership_ids: Iterable[int], now: datetime,
    check: Callable[[Agency], None] | None = None,
) -> Agency:
    """Add an agency, or change it.

    Raises:
        Refused: its code or a name is taken, it is part of itself, it ends before it starts, or a room above refuses it.
    """
    _check_dates(facts)
    with transaction() as session, ExitStack() as around:
        _check_code(session, Agency, facts["code"], agency_id, "agency")
        if agency_id and facts.get("parent_id") == agency_id:
            raise Refused("An agency cannot be part of itself. Choose another, or none.")
        names = list(dict.fromkeys(aliases))
        taken = session.scalar(sa.select(AgencyAlias).where(AgencyAlias.name.in_(names), AgencyAlias.agency_id != (agency_id or 0)))
        if taken is not None:
            raise Refused(f"“{taken.name}” is another agency's name already. Take it out.")
        agency = session.get_one(Agency, agency_id, with_for_update=ALONE, populate_existing=True) if agency_id else Agency()
        if agency_id and check is not None:
            check(agency)
        if agency_id and any(facts[name] != getattr(agency, name) for name in ("parent_id", "sector") if name in facts):
            for begin in AROUND_AGENCIES.values():
                around.enter_context(begin(now))
        for name, value in facts.items():
            setattr(agency, name, value)
        session.add(agency)
        kept = {alias.name: alias for alias in agency.aliases}
        agency.aliases = [kept.get(name) or AgencyAlias(name=name) for name in names]
        agency.partnerships = list(session.scalars(sa.select(Partnership).where(Partnership.id.in_(list(partnership_ids)))))
    return agency


def save_partnership(
    *, partnership_id: int | None, facts: Mapping[str, Any], successor_ids: Iterable[int], check: Callable[[Partnership], None] | None = None
) -> Partnership:
    """Add a partnership, or change it.

    Raises:
        Refused: its code is taken, it follows itself, or it ends before it starts.
    """
    _check_dates(facts)
    following = set(successor_ids)
    if partnership_id in following:
        raise Refused("A partnership cannot follow itself. Choose another, or none.")
    with transaction() as session:
        _check_code(session, Partnership, facts["code"], partnership_id, "partnership")
        partnership = session.get_one(Partnership, partnership_id, with_for_update=ALONE, populate_existing=True) if partnership_id else Partnership()
        if partnership_id and check is not None:
            check(partnership)
        for name, value in facts.items():
            setattr(partnership, name, value)
        session.add(partnership)
        partnership.successors = list(session.scalars(sa.select(Partnership).where(Partnership.id.in_(following))))
    return partnership


def _check_dates(facts: Mapping[str, Any]) -> None:
    if facts.get("starts_on") and facts.get("ends_on") and facts["ends_on"] < facts["starts_on"]:
        raise Refused("It ends before it starts. Correct one of the two days.")


def _check_code(session: Session, model: type[Agency] | type[Partnership], code: str, number: int | None, what: str) -> None:
    if session.scalar(sa.select(model.id).where(model.code == code, model.id != (number or 0))) is not None:
        raise Refused(f"Another {what} has this code. Choose a different one.")
