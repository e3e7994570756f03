"""Links in letters: the secret behind each, how a letter keeps its place without keeping it, and what became of an old link.

A letter's stored text holds a mark in place of the link's secret. The secret follows from the mark by a key that is not in the database,
so whoever reads the letters there, or a backup of them, cannot act for somebody else.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

MARK = re.compile(r"~link-([A-Za-z0-9_-]{43})~")
KEPT = timedelta(days=90)
"""For so long after its time an old link still says what became of it; then it is deleted, and is like one that never was."""
FOR_EVER = timedelta(days=36_500)
"""So long works a link that is good until somebody ends it, such as the private address of a calendar."""
ENDED = {
    "used": "This link has been used.", "replaced": "A newer letter has a newer link. Use that one.",
    "expired": "This link is too old to be used.",
}


@dataclass(frozen=True)
class LinkTo:
    """A link that a letter should hold: what it may be used for, about what, until when. With `replaces`, earlier ones like it end."""

    purpose: str
    subject: str
    expires_at: datetime
    replaces: bool = False


@dataclass(frozen=True)
class FoundLink:
    """What is known of a link. `ended` says why it can no longer be used ("expired", "used", "replaced", or a room's own word)."""

    id: int
    purpose: str
    subject: str
    person_id: int | None
    made_at: datetime
    expires_at: datetime
    ended: str | None

    @property
    def live(self) -> bool:
        """Whether it can be used."""
        return self.ended is None

    @property
    def sentence(self) -> str:
        """What became of it, for the person; empty for a live one."""
        return "" if self.ended is None else ENDED.get(self.ended, self.ended)


def new_mark() -> str:
    """What stands in a stored letter for a link of its own: 256 random bits."""
    return f"~link-{secrets.token_urlsafe(32)}~"


def secret_of(mark: str, key: bytes) -> str:
    """The link's secret, of 256 bits; without the key a mark tells nothing of it."""
    return base64.urlsafe_b64encode(hmac.digest(key, b"link in a letter:" + mark.encode(), hashlib.sha256)).decode().rstrip("=")


def with_secrets(text: str, key: bytes) -> str:
    """A stored text as the person gets it, with each link's secret in its place."""
    return MARK.sub(lambda found: secret_of(found.group(0), key), text)


def holds_secrets(text: str) -> bool:
    """Whether the person gets this stored text with links that act for them."""
    return MARK.search(text) is not None


def without_secrets(text: str) -> str:
    """A stored text as others may read it: its links lead to a page that says so."""
    return MARK.sub("only-in-the-letter", text)
