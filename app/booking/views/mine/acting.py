"""The small acts of a person on their own booking, each one button: on the booking's page, and from a letter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.booking import services
from app.booking.models import Booking
from app.booking.rules.states import AWAITING, BookingStatus
from app.catalogue.rules import Approval
from app.core.errors import Refused
from app.ui.filters import when


@dataclass(frozen=True)
class Shown:
    """Which versions of the session's times and of the terms a page showed; none where it showed none."""

    times: int | None = None
    terms: int | None = None


def take(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Yes to an offer."""
    services.accept_offer(booking_id=booking.id, by=by, now=now, times=shown.times, terms=shown.terms)
    return ""


def no_thank_you(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """No to an offer. A place that was taken meanwhile is not given back by it."""
    if booking.status is BookingStatus.LEFT_LIST:
        return ""
    if booking.status is not BookingStatus.OFFERED:
        raise Refused("This place is not on offer to you any more.")
    services.give_back(booking_id=booking.id, by=by, now=now)
    return "You have said no. In a moment the place goes to the next person on the list."


def undo(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Take back a place that was just given back, a no to an offer, or the place on a list that was just left."""
    left = booking.status is BookingStatus.LEFT_LIST
    waited = left and booking.due_at is None
    services.undo_giving_back(booking_id=booking.id, by=by, now=now, times=shown.times)
    if waited:
        return "You are on the list again, where you stood."
    if booking.status in AWAITING:
        return "Your request stands again, and waits for an answer as before."
    return "The place is held for you again." if left else "You have your place back."


def rejoin(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Back to the list after an offer lapsed."""
    services.rejoin(booking_id=booking.id, by=by, now=now, times=shown.times)
    return "You are back where you stood on the list."


def still_coming(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Yes, I come: to our question, to another time, or to what somebody else booked."""
    services.say_still_coming(booking_id=booking.id, by=by, now=now, times=shown.times, terms=shown.terms)
    return "Thank you. We know that you are coming."


def decline(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """No to what somebody else booked."""
    first = services.decline(booking_id=booking.id, by=by, now=now)
    if first is None:
        return "You have declined. It does not count against you."
    date = when(first.course_session.parts)
    if first.status is BookingStatus.WAITING:
        return (f"You have declined. It does not count against you. Your first place, on {date}, has gone: you stand at the front of the waiting "
                "list, before those who asked in the usual way.")
    return f"You have declined. It does not count against you. Your first place, on {date}, is yours again."


def take_free(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """A place that is free in the last hours."""
    services.take_free_place(booking_id=booking.id, by=by, now=now, times=shown.times, terms=shown.terms)
    return ""


def whenever(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Book me without asking."""
    services.say_whenever(booking_id=booking.id, whenever=True, by=by, now=now, times=shown.times, terms=shown.terms)
    return (f"Saved. When a place comes free for you, it is {'booked' if booking.course_session.course.approval is Approval.NOBODY else 'asked for'} "
            "at once, unless you have a place on another date or have been to one by then.")


def ask_first(booking: Booking, by: str, now: datetime, shown: Shown) -> str:
    """Ask me before a place is booked."""
    services.say_whenever(booking_id=booking.id, whenever=False, by=by, now=now)
    return "Saved. When a place comes free for you, we ask you first."


ACTS: dict[str, Callable[[Booking, str, datetime, Shown], str]] = {
    "take": take, "no": no_thank_you, "undo": undo, "rejoin": rejoin, "coming": still_coming, "decline": decline, "take_free": take_free,
    "whenever": whenever, "ask_first": ask_first,
}
"""By what a button sends, given what its page showed. Each gives a sentence that the next page says, or none when its
heading says it."""
