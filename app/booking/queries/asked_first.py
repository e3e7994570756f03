"""Who said "yes, whenever" and is asked all the same: nobody is booked twice by itself, neither on one course nor at one time."""

from collections.abc import Sequence
from datetime import datetime

from app.booking.models import Booking
from app.booking.queries import course_waiting, facts, others
from app.booking.rules.states import HAS_PLACE
from app.booking.rules.waiting import ASKED_AS_BUSY, ASKED_AS_SERVED, ASKED_FIRST
from app.catalogue.models import CourseSession


def reasons(course_session: CourseSession, line: Sequence[Booking], now: datetime) -> dict[int, str]:
    """Why those on the list who would be booked at once are asked first, by booking. Three statements, however many wait."""
    willing = {booking.person_id: booking for booking in line if booking.whenever}
    if not willing:
        return {}
    served = course_waiting.served_since(course_session, list(willing.values()))
    placed = facts.placed_elsewhere(course_session, willing, now)
    busy = others.clashes(willing, course_session, HAS_PLACE)
    return {
        **{willing[person_id].id: ASKED_AS_BUSY for person_id in busy}, **dict.fromkeys(served, ASKED_AS_SERVED),
        **{willing[person_id].id: ASKED_FIRST for person_id in placed},
    }
