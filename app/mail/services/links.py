"""Making links that letters hold, and ending them."""

from datetime import datetime

import sqlalchemy as sa

from app.core import tokens
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Link
from app.mail.rules.links import LinkTo


def make_link(*, purpose: str, subject: str, person_id: int | None, expires_at: datetime, now: datetime, replaces: bool = False) -> str:
    """A new link's secret, of 256 random bits, kept as its digest only. With `replaces`, earlier ones for the same end.

    In a letter give a `LinkTo` instead: then the secret does not stand in the letter that is kept either.
    """
    secret = tokens.secret()
    with transaction():
        keep_link(LinkTo(purpose, subject, expires_at, replaces), secret=secret, person_id=person_id, now=now)
    return secret


def keep_link(wanted: LinkTo, *, secret: str, person_id: int | None, now: datetime) -> None:
    """Keep a link with this secret; only inside a transaction."""
    if wanted.replaces:
        end_links(purpose=wanted.purpose, subject=wanted.subject, reason="replaced", now=now, person_id=person_id)
    db.session.execute(sa.insert(Link).values(
        digest=tokens.digest(secret), purpose=wanted.purpose, subject=wanted.subject, person_id=person_id, made_at=now,
        expires_at=wanted.expires_at,
    ))


def end_links(*, subject: str, reason: str, now: datetime, purpose: str | None = None, person_id: int | None = None) -> int:
    """End the links about this that are still alive, and say why; only those of a purpose or a person, when given. How many that was."""
    with transaction() as session:
        statement = sa.update(Link).where(Link.subject == subject, Link.ended_at.is_(None))
        if purpose is not None:
            statement = statement.where(Link.purpose == purpose)
        if person_id is not None:
            statement = statement.where(Link.person_id == person_id)
        return session.execute(statement.values(ended_at=now, ended=reason).execution_options(synchronize_session=False)).rowcount


def use_link(*, link_id: int, now: datetime, reason: str = "used") -> None:
    """End this link because it did what it was for: of two who try at once, one succeeds.

    Raises:
        Refused: it has ended already.
    """
    with transaction() as session:
        statement = sa.update(Link).where(Link.id == link_id, Link.ended_at.is_(None), Link.expires_at > now)
        if session.execute(statement.values(ended_at=now, ended=reason).execution_options(synchronize_session=False)).rowcount != 1:
            raise Refused("This link has been used, or is too old.")
