"""Who has to agree still to a place from the waiting list, or to one that is held: whoever asked for somebody has agreed by that, when they asked;
and who was displaced from a place that was agreed to takes that yes along."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.booking.models import Booking, BookingEvent
from app.booking.queries import requests
from app.booking.rules.approval import COORDINATOR_ASKED, Asked, still_to_agree
from app.booking.rules.displaced import DISPLACED
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval
from app.core.db import db, remembered
from app.core.db import remember as keep


def asked(booking: Booking, manager_email: str | None) -> Asked:
    """Whether whoever put somebody on the list has agreed: the manager whom the person names today, or a coordinator; or whoever agreed to the place
    from which they were displaced."""
    before = remembered(_displaced(booking.id), lambda: _agreed_before([booking.id]).get(booking.id, Asked()))
    if booking.booked_by is None or booking.booked_by_id == booking.person_id:
        return before
    coordinator = remembered(_key(booking.id), lambda: booking.id in _by_coordinators([booking.id]))
    return Asked(manager=before.manager or booking.booked_by.email == manager_email, coordinator=before.coordinator or coordinator)


def remember(numbers: Sequence[int]) -> None:
    """Let `asked` know this of all of these bookings in a few statements; how they began never changes."""
    found, before = _by_coordinators(numbers), _agreed_before(numbers)
    for number in numbers:
        keep(_key(number), number in found)
        keep(_displaced(number), before.get(number, Asked()))


def _key(number: int) -> tuple[str, int]:
    return "asked by a coordinator", number


def _displaced(number: int) -> tuple[str, int]:
    return "displaced from a place that was agreed to", number


def _by_coordinators(numbers: Sequence[int]) -> set[int]:
    return set(db.session.scalars(sa.select(BookingEvent.booking_id).where(
        BookingEvent.booking_id.in_(numbers), BookingEvent.act == Act.JOIN, BookingEvent.rule == COORDINATOR_ASKED)))


def _agreed_before(numbers: Collection[int]) -> dict[int, Asked]:
    """Of those of these that somebody has because their session was cancelled, who had agreed to their place there; followed through dates that were
    held for them and cancelled too."""
    found: dict[int, Asked] = {}
    at = {number: number for number in numbers}
    while at:
        came_from = _came_from(set(at.values()))
        agreed = requests.managers_agreed([old for old, stood in came_from.values() if stood in AWAITING])
        step = {}
        for number, here in at.items():
            old, stood = came_from.get(here, (0, None))
            if stood in (BookingStatus.OFFERED, BookingStatus.WAITING):
                step[number] = old
            elif stood is not None:
                found[number] = Asked(manager=old in agreed, coordinator=stood is BookingStatus.BOOKED)
        at = step
    return found


def _came_from(numbers: Collection[int]) -> dict[int, tuple[int, BookingStatus]]:
    """From which booking that was called off in the same act its person was displaced to each of these, and where that stood."""
    got, off, old = aliased(BookingEvent), aliased(BookingEvent), aliased(Booking)
    there, here = aliased(CourseSession), aliased(CourseSession)
    rows = db.session.execute(
        sa.select(Booking.id, old.id, off.before).select_from(Booking)
        .join(got, sa.and_(got.booking_id == Booking.id, got.reason == DISPLACED))
        .join(old, sa.and_(old.person_id == Booking.person_id, old.id != Booking.id, old.status == BookingStatus.SESSION_CANCELLED))
        .join(off, sa.and_(off.booking_id == old.id, off.act == Act.CANCEL, off.at == got.at))
        .join(there, there.id == Booking.course_session_id).join(here, sa.and_(here.id == old.course_session_id, here.course_id == there.course_id))
        .where(Booking.id.in_(numbers)).order_by(off.id))
    return {number: (old_id, stood) for number, old_id, stood in rows if stood is not None}


def agrees_next(booking: Booking) -> Approval:
    """Who has to agree once the person has said yes to what is offered, as pages and letters say it."""
    at = booking.person.affiliation
    return still_to_agree(booking.course_session.course.approval, asked(booking, at.manager_email if at else None))
