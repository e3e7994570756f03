"""The words of the catalogue: formats, states of a session, kinds of contribution, and when a session is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import pairwise

from app.core.errors import Refused


class Format(Enum):
    """How a session is held."""

    VIRTUAL = "virtual"
    IN_PERSON = "in_person"
    CONFERENCE = "conference"

    @property
    def label(self) -> str:
        """As a page says it."""
        return {"virtual": "Online", "in_person": "In a room", "conference": "Conference"}[self.value]


class SessionStatus(Enum):
    """Where a session stands: not yet shown, shown, held, or called off."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Approval(Enum):
    """Who has to agree before a place is sure."""

    NOBODY = "nobody"
    MANAGER = "manager"
    COORDINATOR = "coordinator"
    BOTH = "both"

    @property
    def label(self) -> str:
        """As a form says it."""
        return {"nobody": "Nobody", "manager": "The line manager", "coordinator": "The coordinator",
                "both": "The line manager, then the coordinator"}[self.value]

    @property
    def who(self) -> str:
        """Who has to agree, as a sentence to the person says it; empty when nobody has."""
        return {"nobody": "", "manager": "your manager", "coordinator": "the coordinator",
                "both": "your manager, and then the coordinator,"}[self.value]


class ContributionKind(Enum):
    """How people were reached without a booking here."""

    CONFERENCE = "conference"
    WORKSHOP = "workshop"
    PARTNER_COURSE = "partner_course"


def open_for_booking(status: SessionStatus, starts_at: datetime, now: datetime) -> bool:
    """Whether people may book, or join the waiting list: it is on the programme and has not begun."""
    return status is SessionStatus.SCHEDULED and now < starts_at


def place_shown(venue_or_link: str | None, form: Format, *, booked: bool) -> str:
    """Where a session is, as this reader may see it: a joining link is for people who have a place."""
    if venue_or_link and venue_or_link.lower().startswith(("http://", "https://")):
        return venue_or_link if booked else "Online"
    return venue_or_link or ("Online" if form is Format.VIRTUAL else "Place not known yet")


MOST_PARTS = 8


def check_parts(parts: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The parts of a session in their order.

    Raises:
        Refused: there is none, one ends before it starts, or two overlap.
    """
    if not parts:
        raise Refused("Enter when the session is: at least one day with its start and end.")
    ordered = sorted(parts)
    for starts_at, ends_at in ordered:
        if ends_at <= starts_at:
            raise Refused("A part ends before it starts. Correct its times.")
    for (_before, ends_at), (starts_at, _after) in pairwise(ordered):
        if starts_at < ends_at:
            raise Refused("Two parts overlap. Correct their times.")
    return ordered


MOST_DAYS_BEFORE, MOST_REMINDERS = 60, 5


def days_before(text: str | None) -> list[int] | None:
    """The days before a session that somebody typed, such as "7, 1", the furthest first; none typed is None, the word "none" is no day at all.

    Raises:
        Refused: something is no number, too far away, or there are too many.
    """
    words = (text or "").replace(",", " ").replace(" and ", " ").split()
    if not words:
        return None
    if [word.lower() for word in words] == ["none"]:
        return []
    if not all(word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= MOST_DAYS_BEFORE for word in words):
        raise Refused(f"Write days before the session with commas between, from 1 to {MOST_DAYS_BEFORE}, such as 7, 1. Or write: none")
    days = sorted({int(word) for word in words}, reverse=True)
    if len(days) > MOST_REMINDERS:
        raise Refused(f"At most {MOST_REMINDERS} reminders go out before a session.")
    return days


def days_as_typed(days: Sequence[int] | None) -> str:
    """The same days as the field shows them."""
    return "" if days is None else ", ".join(map(str, days)) or "none"


@dataclass(frozen=True)
class Likely:
    """How many of those with a place are likely to come to a session: `low` to `high` of `booked`, eight times in ten."""

    booked: int
    low: int
    high: int
