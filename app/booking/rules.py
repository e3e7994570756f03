"""Who gets a place, who waits, and what may be given back."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.catalogue.rules import SessionStatus, open_for_booking
from app.core.errors import Refused


class BookingStatus(Enum):
    """Where a booking stands. Whether the person came is the register's to say."""

    BOOKED = "booked"
    WAITING = "waiting"
    GIVEN_BACK = "given_back"
    SESSION_CANCELLED = "session_cancelled"
    WALK_IN = "walk_in"


LIVE = (BookingStatus.BOOKED, BookingStatus.WAITING, BookingStatus.WALK_IN)


@dataclass(frozen=True)
class Standing:
    """A session's places at one moment, counted while nobody else may change them."""

    status: SessionStatus
    starts_at: datetime
    capacity: int
    booked: int
    waiting: int

    @property
    def places_left(self) -> int:
        """Free places, never below none."""
        return max(0, self.capacity - self.booked)


def place_or_waiting(standing: Standing, now: datetime) -> BookingStatus:
    """What a person who asks now gets: a place, or the end of the waiting list. Nobody overtakes those who wait.

    Raises:
        Refused: the session is cancelled, over, or not on the programme.
    """
    if standing.status is SessionStatus.CANCELLED:
        raise Refused("This session was cancelled, so it cannot be booked. Look for another date of the course.")
    if now >= standing.starts_at:
        raise Refused("This session has started, so it can no longer be booked. Look for another date of the course.")
    if not open_for_booking(standing.status, standing.starts_at, now):
        raise Refused("This session is not open for booking yet.")
    if standing.waiting or not standing.places_left:
        return BookingStatus.WAITING
    return BookingStatus.BOOKED


def check_can_give_back(status: BookingStatus, starts_at: datetime, now: datetime) -> None:
    """A place, or a place on the waiting list, can be given back until the session starts.

    Raises:
        Refused: there is nothing to give back, or the session has started.
    """
    if status not in (BookingStatus.BOOKED, BookingStatus.WAITING):
        raise Refused("You have no place on this session to give back.")
    if now >= starts_at:
        raise Refused(
            "This session has started, so the place can no longer be given back. Please tell the training team why you could not come."
        )


def event_words(before: BookingStatus | None, after: BookingStatus, reason: str | None) -> str:
    """One change of a booking, as its history says it."""
    words = {
        BookingStatus.BOOKED: "Booked", BookingStatus.WAITING: "Joined the waiting list", BookingStatus.GIVEN_BACK: "Given back",
        BookingStatus.SESSION_CANCELLED: "The session was cancelled", BookingStatus.WALK_IN: "Came without a booking",
    }
    said = words[after]
    if before is BookingStatus.WAITING and after is BookingStatus.BOOKED:
        said = "Got a place from the waiting list"
    if before is BookingStatus.WAITING and after is BookingStatus.GIVEN_BACK:
        said = "Left the waiting list"
    return f"{said}: {reason}" if reason else said
