"""What the person of a booking can do with it now: pages show these buttons and no others. Whether it then works is for the service."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.booking.rules.policy import quiet_from
from app.booking.rules.states import AWAITING, RETURNED, BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.rules.waiting import can_rejoin

APOLOGIES_WITHIN = timedelta(days=28)
"""How long after a session people are still asked why they did not come."""


class Can(Enum):
    """One thing that can be done."""

    GIVE_BACK = "give_back"
    UNDO = "undo"
    UNDO_LEAVING = "undo_leaving"
    MOVE = "move"
    SUBSTITUTE = "substitute"
    APOLOGISE = "apologise"
    AGREE = "agree"
    DECLINE = "decline"
    SAY_COMING = "say_coming"
    CONFIRM_TIME = "confirm_time"
    ANSWER_OFFER = "answer_offer"
    REJOIN = "rejoin"
    LEAVE = "leave"
    CHOOSE_WHENEVER = "choose_whenever"
    TAKE_FREE = "take_free"


CHOICES = frozenset({Can.ANSWER_OFFER, Can.AGREE, Can.DECLINE})
"""While one of these is open, somebody decides whether to come: what else they have at that time is pointed out."""


@dataclass(frozen=True)
class Held:
    """A booking as this decision sees it. `by_other` says that somebody else booked it, `agreed_at` when the person last said yes,
    `back_until` until when somebody who left the list can be put back where they stood, `last_starts_at` when the last part begins.
    """

    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    due_at: datetime | None = None
    lapses: int = 0
    by_other: bool = False
    agreed_at: datetime | None = None
    booked_at: datetime | None = None
    times_changed_at: datetime | None = None
    turnout: Turnout | None = None
    no_offers_hours: int = 2
    back_until: datetime | None = None
    last_starts_at: datetime | None = None


def can(held: Held, now: datetime) -> frozenset[Can]:
    """All that is possible now."""
    status = standing_as(held, now)
    if now >= held.starts_at:
        asked = _questions(held, status, now) & {Can.CONFIRM_TIME} if _goes_on(held, now) else frozenset()
        return asked | (frozenset({Can.APOLOGISE}) if _missed(held, status, now) else frozenset())
    if status is BookingStatus.BOOKED or status in AWAITING:
        return frozenset({Can.GIVE_BACK, Can.MOVE, Can.SUBSTITUTE}) | _questions(held, status, now)
    if status is BookingStatus.OFFERED:
        return frozenset({Can.ANSWER_OFFER})
    if status is BookingStatus.WAITING:
        near = now >= quiet_from(held.starts_at, held.no_offers_hours)
        return frozenset({Can.LEAVE, Can.CHOOSE_WHENEVER}) | (frozenset({Can.TAKE_FREE}) if near else frozenset())
    if status in RETURNED and held.due_at is not None and now < held.due_at:
        return frozenset({Can.UNDO})
    if held.back_until is not None and now < held.back_until:
        return frozenset({Can.UNDO_LEAVING})
    lapses = held.lapses + (held.status is BookingStatus.OFFERED)
    if status is BookingStatus.LAPSED and lapses and can_rejoin(lapses):
        return frozenset({Can.REJOIN})
    return frozenset()


def standing_as(held: Held, now: datetime) -> BookingStatus:
    """Where the booking stands at this moment: an offer whose time has passed is no offer, even if nobody has written that down yet."""
    if held.status is BookingStatus.OFFERED and held.due_at is not None and held.due_at <= now:
        return BookingStatus.LAPSED
    return held.status


def _questions(held: Held, status: BookingStatus, now: datetime) -> frozenset[Can]:
    found: set[Can] = set()
    if held.by_other and held.agreed_at is None:
        found |= {Can.DECLINE} | ({Can.AGREE} if status is BookingStatus.BOOKED else set())
    if status is not BookingStatus.BOOKED:
        return frozenset(found)
    if held.due_at is not None and now < held.due_at:
        found.add(Can.SAY_COMING)
    promised_at = held.agreed_at or held.booked_at
    if held.times_changed_at is not None and (promised_at is None or promised_at < held.times_changed_at):
        found.add(Can.CONFIRM_TIME)
    return frozenset(found)


def _missed(held: Held, status: BookingStatus, now: datetime) -> bool:
    unexplained = held.turnout in (None, Turnout.MISSED) or _goes_on(held, now)
    return status is BookingStatus.BOOKED and unexplained and now < held.ends_at + APOLOGIES_WITHIN


def _goes_on(held: Held, now: datetime) -> bool:
    """Whether a part is still to begin."""
    return held.last_starts_at is not None and now < held.last_starts_at
