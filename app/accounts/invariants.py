"""What must be true of people, accounts and sign-ins in every database."""

import sqlalchemy as sa

from app.accounts.models import Account, Affiliation, CountedTry, Person, SignIn, SignInFailure, SignInRequest
from app.core.invariants import Invariant

DIGEST_LENGTH = 64


def no_digest(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether the column holds something else than a SHA-256 in hex."""
    return sa.or_(sa.func.length(column) != DIGEST_LENGTH, sa.func.trim(column, "0123456789abcdef") != "")


INVARIANTS = (
    Invariant(
        "secrets-as-digests", "Cookies' secrets and addresses that failed to sign in are kept as their digests only.",
        sa.union_all(
            sa.select(sa.literal("sign_in"), SignIn.id).where(no_digest(SignIn.secret_digest)),
            sa.select(sa.literal("sign_in_failure"), SignInFailure.id).where(no_digest(SignInFailure.address_digest)),
            sa.select(sa.literal("sign_in_request"), SignInRequest.id).where(no_digest(SignInRequest.browser_digest)),
            sa.select(sa.literal("counted_try"), CountedTry.id).where(no_digest(CountedTry.key_digest)),
        ),
    ),
    Invariant(
        "passwords-hashed", "Passwords are kept as Argon2id hashes only.",
        sa.select(Account.id).where(~Account.password_hash.startswith("$argon2id$")),
    ),
    Invariant("addresses-in-small-letters", "People's addresses are in small letters.",
              sa.select(Person.id).where(Person.email != sa.func.lower(Person.email))),
    Invariant(
        "one-workplace-now", "Nobody works at two places at present.",
        sa.select(Affiliation.person_id).where(Affiliation.ends_on.is_(None)).group_by(Affiliation.person_id).having(sa.func.count() > 1),
    ),
    Invariant("seen-after-sign-in", "Nobody was last seen before they signed in.",
              sa.select(SignIn.id).where(SignIn.last_seen_at < SignIn.started_at)),
    Invariant(
        "closed-accounts-signed-out", "Nobody is signed in with an account that is closed.",
        sa.select(Account.id).join(SignIn, SignIn.account_id == Account.id).where(Account.closed_at.is_not(None)).distinct(),
    ),
)
