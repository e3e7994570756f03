"""What somebody does with their account by a letter: sign in without a password, choose a new one, have another address.

Asking says the same and does the same work whether or not somebody has the address, so that nobody learns who has an account here.
"""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import emails, queries, rules
from app.accounts.models import Account, AddressChange, Person, SignIn, SignInRequest
from app.accounts.services.addresses import address_changed, end_password_letters
from app.accounts.services.keeping import check_password
from app.accounts.services.tries import count_try
from app.core import passwords, tokens
from app.core.addresses import work_address
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.office import office
from app.mail.services import Draft, end_links, queue, use_link, void

CODE_OVER = "This code can no longer be used. Ask for a new letter."
OF_THE_ACCOUNT = ("sign-in-link", "password-reset")


def ask_for_sign_in(*, email: str, network: str, now: datetime) -> str:
    """Write a link to sign in to this address, if it is somebody's; the secret of the browser that asked, for its cookie."""
    browser = tokens.secret()
    with transaction() as session:
        account = _account_that_may_be_written_to(session, email, network, now)
        request = SignInRequest(account_id=account.id if account else None, browser_digest=tokens.digest(browser), asked_at=now,
                                expires_at=now + rules.SIGN_IN_LINK_LASTS, tries=0)
        session.add(request)
        session.flush()
        _write(session, account, now, lambda person: emails.sign_in_link(to=email, person=person, request_id=request.id, now=now))
    return browser


def ask_for_new_password(*, email: str, network: str, now: datetime) -> None:
    """Write a link with which a new password can be chosen to this address, if it is somebody's. Only the newest works."""
    with transaction() as session:
        account = _account_that_may_be_written_to(session, email, network, now)
        number = account.id if account else 0
        _withdraw("password-reset", account.person_id if account else 0, now)
        _write(session, account, now, lambda person: emails.password_reset(to=email, person=person, account_id=number, now=now))


def _withdraw(kind: str, person_id: int, now: datetime) -> None:
    """A letter of which only the newest works, and that waits still, does not leave any more when a newer one is written."""
    void(concerns=f"person:{person_id}", kinds=(kind,), reason="A newer letter was asked for since.", now=now)


def _account_that_may_be_written_to(session: Session, email: str, network: str, now: datetime) -> Account | None:
    """The account of this address, unless too many letters were asked for; counted before anything else is done."""
    within = count_try(session, f"letter to {email.strip().lower()}", rules.MOST_LETTERS, now)
    within &= count_try(session, f"letter from {network}", rules.MOST_FROM_A_NETWORK, now)
    account = queries.account_with_address(email)
    return account if within else None


def _write(session: Session, account: Account | None, now: datetime, draft: Callable[[Person | None], Draft]) -> None:
    """Write the letter; to nobody it is written and taken back, so that the answer takes as long."""
    if account is not None:
        queue(draft(account.person), now=now)
        return
    with session.begin_nested() as undone:
        session.connection()  # sets the savepoint: letters go past the session, which would set it when first used
        queue(draft(None), now=now)
        undone.rollback()


def sign_in_by_link(*, link_id: int, request_id: int, browser: str, secret: str, now: datetime) -> None:
    """Sign in the browser that asked, with the link of its letter; its cookie will hold this secret.

    Raises:
        Refused: another browser asked, or the link has been used or is too old.
    """
    with transaction() as session:
        request = session.get(SignInRequest, request_id)
        if request is None or request.browser_digest != tokens.digest(browser):
            raise Refused("You asked on another device or in another browser. Type the code in there.")
        use_link(link_id=link_id, now=now)
        _sign_in(session, request, secret, now)


def sign_in_by_code(*, browser: str, code: str, secret: str, now: datetime) -> None:
    """Sign in the browser that asked, with the code that the link shows elsewhere; its cookie will hold this secret.

    Raises:
        Refused: the code is wrong, too old, or was tried too often.
    """
    digest = tokens.digest(browser)
    with transaction() as session:  # kept whatever comes of it: a try is counted before it is looked at
        counted = sa.update(SignInRequest).where(
            SignInRequest.browser_digest == digest, SignInRequest.ended_at.is_(None), SignInRequest.expires_at > now,
            SignInRequest.tries < rules.CODE_TRIES,
        ).values(tries=SignInRequest.tries + 1).returning(SignInRequest)
        request = session.scalars(counted.execution_options(populate_existing=True)).one_or_none()
        within = request is not None and count_try(session, f"code for {request.account_id}", rules.MOST_CODES, now)
    if request is None or not within:
        raise Refused(CODE_OVER)
    right = rules.same_code(code, rules.code_of(digest, office().link_key))
    if request.account_id is None or not right:
        raise Refused("The code is not right. Check it, or ask for a new letter.")
    with transaction() as session:
        end_links(subject=f"sign-in:{request.id}", reason="used", now=now)  # before the request, as with a link: whoever comes second waits
        _sign_in(session, request, secret, now)


def _sign_in(session: Session, request: SignInRequest, secret: str, now: datetime) -> None:
    """End the request and start a sign-in: of two at once, one succeeds."""
    live = sa.update(SignInRequest).where(SignInRequest.id == request.id, SignInRequest.ended_at.is_(None), SignInRequest.expires_at > now)
    if session.execute(live.values(ended_at=now).execution_options(synchronize_session=False)).rowcount != 1:
        raise Refused("This link has been used, or is too old.")
    account = session.get(Account, request.account_id)
    if account is None or account.closed_at is not None:
        raise Refused("This account is closed. Ask the training team.")
    session.add(SignIn(account_id=account.id, secret_digest=tokens.digest(secret), started_at=now, last_seen_at=now))


def reset_password(*, link_id: int, account_id: int, password: str, now: datetime) -> None:
    """Give the account this password. Every browser is signed out, other letters about the account end, and its person is told.

    Raises:
        Refused: the password cannot be, the link has been used or is too old, or the account is closed.
    """
    check_password(password, queries.roles_of(account_id))
    kept = passwords.hash_password(password)  # before the transaction: it takes its time on purpose
    with transaction() as session:
        use_link(link_id=link_id, now=now)
        account = session.get(Account, account_id)
        if account is None or account.closed_at is not None:
            raise Refused("This account is closed. Ask the training team.")
        account.password_hash = kept
        session.execute(sa.delete(SignIn).where(SignIn.account_id == account_id))
        session.execute(sa.update(SignInRequest).where(SignInRequest.account_id == account_id, SignInRequest.ended_at.is_(None))
                        .values(ended_at=now).execution_options(synchronize_session=False))
        void(concerns=f"person:{account.person_id}", kinds=OF_THE_ACCOUNT, reason="The password was changed since.", now=now)
        queue(emails.password_changed(person=account.person, account_id=account_id, now=now), now=now)


def has_password(*, account_id: int, password: str) -> bool:
    """Whether this is the password of the account: for whoever has just set it, and has not heard whether that was kept."""
    account = db.session.get(Account, account_id)
    return account is not None and passwords.matches(password, account.password_hash)


def ask_to_change_address(*, person_id: int, address: str, now: datetime) -> str:
    """Ask at a new address whether it is this person's; the address as it is kept. It counts when they say so there.

    Raises:
        Refused: it is no address, it is theirs already, or too many letters were asked for.
    """
    wanted = work_address(address)
    with transaction() as session:
        person = session.get_one(Person, person_id)
        if wanted == person.email:
            raise Refused("This is your address already.")
        if not count_try(session, f"address of {person_id}", rules.MOST_LETTERS, now):
            raise Refused("You have asked for three letters within the hour, or ten within a day. Look for one of them, or wait an hour.")
        session.merge(AddressChange(person_id=person_id, address=wanted, asked_at=now))
        _withdraw("verify-address", person_id, now)
        queue(emails.verify_address(person=person, address=wanted, now=now), now=now)
    return wanted


def confirm_address(*, link_id: int, person_id: int, now: datetime) -> str:
    """The person has the address from now on that they asked for; the address. They are told at the one before.

    Raises:
        Refused: the link has been used or is too old, or somebody else has the address.
    """
    with transaction() as session:
        use_link(link_id=link_id, now=now)
        change = session.get(AddressChange, person_id)
        if change is None:
            raise Refused("Nothing is left to confirm. Ask for the change again.")
        if session.scalar(sa.select(Person.id).where(Person.email == change.address, Person.id != person_id)) is not None:
            raise Refused("Somebody is known here with this address already, so yours stays as it was. If that is you too, write to the training "
                          "team: they free the address, and you ask for the change again. What was booked under it stays where it is.")
        person = session.get_one(Person, person_id)
        before, person.email = person.email, change.address
        session.delete(change)
        session.flush()
        address_changed(session, person_id, before, person.email)
        account = queries.account_of(person_id)
        if account is not None:
            end_password_letters(account, now)
        queue(emails.address_changed(person=person, before=before, now=now), now=now)
        return person.email
