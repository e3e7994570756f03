"""Making links that letters hold, and ending them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.core import tokens
from app.core.db import db, delete_old, send, transaction
from app.core.errors import Refused
from app.mail.models import Link
from app.mail.rules.links import FOR_EVER, KEPT, LinkTo


def make_link(*, purpose: str, subject: str, person_id: int | None, expires_at: datetime, now: datetime, replaces: bool = False) -> str:
    """A new link's secret, of 256 random bits, kept as its digest only. With `replaces`, earlier ones for the same end.

    In a letter give a `LinkTo` instead: then the secret does not stand in the letter that is kept either.
    """
    secret = tokens.secret()
    with transaction():
        keep_links([(LinkTo(purpose, subject, expires_at, replaces), secret, person_id)], now=now)
    return secret


_KEPT = sa.insert(Link.__table__)


def keep_links(wanted: Sequence[tuple[LinkTo, str, int | None]], *, now: datetime) -> None:
    """Keep links, each with its secret and for whom it is; only inside a transaction."""
    end_replaced(wanted, now=now)
    if wanted:
        send(_KEPT, [link_row(to, secret, person_id, now=now) for to, secret, person_id in wanted])


def end_replaced(wanted: Sequence[tuple[LinkTo, str, int | None]], *, now: datetime) -> None:
    """End earlier links for the same end, where one of these takes their place; one statement for those of a purpose and person."""
    subjects: dict[tuple[str, int | None], list[str]] = {}
    for to, _secret, person_id in wanted:
        if to.replaces:
            subjects.setdefault((to.purpose, person_id), []).append(to.subject)
    for (purpose, person_id), about in subjects.items():
        _end(about, "replaced", now, purpose, person_id)


def link_row(to: LinkTo, secret: str, person_id: int | None, *, now: datetime) -> dict[str, object]:
    """A link as it is kept: the digest of its secret, never the secret."""
    return {"digest": tokens.digest(secret), "purpose": to.purpose, "subject": to.subject, "person_id": person_id, "made_at": now,
            "expires_at": to.expires_at}


def end_links(*, subject: str, reason: str, now: datetime, purpose: str | None = None, person_id: int | None = None) -> int:
    """End the links about this that are still alive, and say why; only those of a purpose or a person, when given. How many that was."""
    with transaction():
        return _end([subject], reason, now, purpose, person_id)


def _end(subjects: Sequence[str], reason: str, now: datetime, purpose: str | None, person_id: int | None) -> int:
    statement = sa.update(Link).where(Link.subject.in_(subjects), Link.ended_at.is_(None))
    if purpose is not None:
        statement = statement.where(Link.purpose == purpose)
    if person_id is not None:
        statement = statement.where(Link.person_id == person_id)
    return db.session.execute(statement.values(ended_at=now, ended=reason).execution_options(synchronize_session=False)).rowcount


def move_links(*, subjects: Sequence[str], before: datetime, after: datetime) -> None:
    """Links about these that work until this moment, unless they are ended, work until that one. Only inside a transaction."""
    db.session.execute(sa.update(Link).where(Link.subject.in_(subjects), Link.ended_at.is_(None), Link.expires_at == before)
                       .values(expires_at=after).execution_options(synchronize_session=False))


def rename_subjects(*, purpose: str, part: str, to: str) -> None:
    """Let links whose subject ends in this part be about it under its other name. Only inside a transaction."""
    db.session.execute(sa.update(Link).where(Link.purpose == purpose, Link.subject.endswith(f":{part}", autoescape=True))
                       .values(subject=sa.func.replace(Link.subject, part, to)).execution_options(synchronize_session=False))


def use_link(*, link_id: int, now: datetime, reason: str = "used") -> None:
    """End this link because it did what it was for: of two who try at once, one succeeds.

    Raises:
        Refused: it has ended already.
    """
    with transaction() as session:
        statement = sa.update(Link).where(Link.id == link_id, Link.ended_at.is_(None), Link.expires_at > now)
        if session.execute(statement.values(ended_at=now, ended=reason).execution_options(synchronize_session=False)).rowcount != 1:
            raise Refused("This link has been used, or is too old.")


def forget_links(*, now: datetime) -> int:
    """Delete links whose time has been over for so long that nobody asks any more what became of them; how many that was.

    One that works until somebody ends it has no other time.
    """
    old = now - KEPT
    ended = sa.and_(Link.expires_at > now + FOR_EVER / 2, Link.ended_at < old)
    return delete_old({Link: sa.or_(Link.expires_at < old, ended)})
