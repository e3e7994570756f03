"""Who has to agree still to a place from the waiting list: whoever asked for somebody has agreed by that, when they asked."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.rules.approval import COORDINATOR_ASKED, Asked, still_to_agree
from app.booking.rules.states import Act
from app.catalogue.rules import Approval
from app.core.db import db, remembered
from app.core.db import remember as keep


def asked(booking: Booking, manager_email: str | None) -> Asked:
    """Whether whoever put somebody on the list has agreed: the manager whom the person names today, or a coordinator."""
    if booking.booked_by is None or booking.booked_by_id == booking.person_id:
        return Asked()
    coordinator = remembered(_key(booking.id), lambda: booking.id in _by_coordinators([booking.id]))
    return Asked(manager=booking.booked_by.email == manager_email, coordinator=coordinator)


def remember(numbers: Sequence[int]) -> None:
    """Let `asked` know this of all of these bookings in one statement; how they began never changes."""
    found = _by_coordinators(numbers)
    for number in numbers:
        keep(_key(number), number in found)


def _key(number: int) -> tuple[str, int]:
    return "asked by a coordinator", number


def _by_coordinators(numbers: Sequence[int]) -> set[int]:
    return set(db.session.scalars(sa.select(BookingEvent.booking_id).where(
        BookingEvent.booking_id.in_(numbers), BookingEvent.act == Act.JOIN, BookingEvent.rule == COORDINATOR_ASKED)))


def agrees_next(booking: Booking) -> Approval:
    """Who has to agree once the person has said yes to what is offered, as pages and letters say it."""
    at = booking.person.affiliation
    return still_to_agree(booking.course_session.course.approval, asked(booking, at.manager_email if at else None))
