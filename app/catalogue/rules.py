"""The words of the catalogue: formats, states of a session, kinds of contribution, and when a session is open."""

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
