"""Counting what may be tried only so often. By what it is counted is kept as a digest only."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import CountedTry
from app.core import tokens
from app.core.db import db

Limits = Sequence[tuple[int, timedelta]]
"""So many tries in so long, each of which must hold."""


def within(key: str, limits: Limits, now: datetime) -> bool:
    """Whether one more try of this is within all limits. Counts nothing."""
    longest = max(length for _most, length in limits)
    earlier = db.session.scalars(sa.select(CountedTry.at).where(CountedTry.key_digest == tokens.digest(key), CountedTry.at > now - longest)).all()
    return all(sum(at > now - length for at in earlier) < most for most, length in limits)


def count_try(session: Session, key: str, limits: Limits, now: datetime) -> bool:
    """Count one more try of this, in the caller's transaction or note; whether it is within all limits."""
    allowed = within(key, limits, now)
    count(session, key, now)
    return allowed


def count(session: Session, key: str, now: datetime) -> None:
    """Count one more try of this, in the caller's transaction or note."""
    session.add(CountedTry(key_digest=tokens.digest(key), at=now))
