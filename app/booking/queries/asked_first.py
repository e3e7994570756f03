"""Who said "yes, whenever" and is asked all the same: nobody is booked twice by itself, neither on one course nor at one time."""

from collections.abc import Sequence
from datetime import datetime

from app.booking.models import Booking
from app.booking.queries import facts, others
from app.booking.rules.states import HAS_PLACE
from app.booking.rules.waiting import ASKED_AS_BUSY, ASKED_FIRST
from app.catalogue.models import CourseSession


def reasons(course_session: CourseSession, line: Sequence[Booking], now: datetime) -> dict[int, str]:
    """Why those on the list who would be booked at once are asked first, by booking. Two statements, however many wait."""
    willing = {booking.person_id: booking.id for booking in line if booking.whenever}
    if not willing:
        return {}
    placed = facts.placed_elsewhere(course_session, willing, now)
    busy = others.clashes(willing, course_session, HAS_PLACE)
    why = {**dict.fromkeys(busy, ASKED_AS_BUSY), **dict.fromkeys(placed, ASKED_FIRST)}
    return {willing[person_id]: reason for person_id, reason in why.items()}
