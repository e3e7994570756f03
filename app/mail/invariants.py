"""What must be true of letters and links in every database."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.invariants import Invariant, Rows
from app.mail.models import Letter, Link
from app.mail.office import office
from app.mail.rules.fates import MOST_DOUBTS, LetterStatus

DIGEST_LENGTH = 64
OVER = (LetterStatus.SENT, LetterStatus.FAILED, LetterStatus.VOID, LetterStatus.HELD)
_held_by_somebody = sa.and_(Letter.claimed_by.is_not(None), Letter.lease_until.is_not(None))


def _with_secrets(connection: Connection, _now: datetime) -> Rows:
    """Letters in which an address of ours for links goes on with something else than a mark."""
    way_in = f"{office().public_url}/a/"
    broken = [
        sa.and_(column.contains(way_in, autoescape=True), ~column.contains(f"{way_in}~link-", autoescape=True),
                ~column.contains(f"{way_in}only-in-the-letter", autoescape=True))
        for column in (Letter.text, Letter.html)
    ]
    return connection.execute(sa.select(Letter.id).where(sa.or_(*broken))).all()


INVARIANTS = (
    Invariant("letters-know-their-next-step", "A letter whose fate is known is not tried again, and one that waits knows when.",
              sa.select(Letter.id, Letter.status).where(sa.or_(
                  sa.and_(Letter.status.in_(OVER), Letter.next_try_at.is_not(None)),
                  sa.and_(Letter.status.in_((LetterStatus.QUEUED, LetterStatus.SENDING)), Letter.next_try_at.is_(None)),
              ))),
    Invariant("letters-held-by-workers", "A letter that is being sent is held by a worker until a moment, and no other letter is.",
              sa.select(Letter.id, Letter.status).where((Letter.status == LetterStatus.SENDING) != _held_by_somebody)),
    Invariant("sent-letters-have-a-time", "A letter that was sent says when.",
              sa.select(Letter.id).where(Letter.status == LetterStatus.SENT, Letter.sent_at.is_(None))),
    Invariant("doubts-are-bounded", f"No letter was handed over without an answer more than {MOST_DOUBTS} times.",
              sa.select(Letter.id).where(Letter.doubts > MOST_DOUBTS)),
    Invariant("no-link-secret-in-letters", "No letter that is kept holds the secret of a link.", _with_secrets),
    Invariant("links-as-digests", "Secrets of links are kept as their digests only.",
              sa.select(Link.id).where(sa.or_(sa.func.length(Link.digest) != DIGEST_LENGTH, sa.func.trim(Link.digest, "0123456789abcdef") != ""))),
    Invariant("links-end-with-a-reason", "A link that was ended says why.",
              sa.select(Link.id).where(Link.ended_at.is_(None) != Link.ended.is_(None))),
)
