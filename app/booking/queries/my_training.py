"""What a person's own page of training lists of their places: what they are asked, and what is coming up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.accounts.models import Person
from app.booking.models import Booking
from app.booking.queries import mine, notices
from app.booking.queries.policies import policies_of
from app.booking.rules.possible import APOLOGIES_WITHIN, Can, can, standing_as
from app.booking.rules.states import TAGS, BookingStatus
from app.core.db import db

ASKED = (Can.ANSWER_OFFER, Can.SAY_COMING, Can.CONFIRM_TIME, Can.AGREE, Can.DECLINE, Can.REJOIN)
"""What somebody is asked, the most pressing first; of each booking one thing at a time."""


@dataclass(frozen=True)
class Thing:
    """Something that a person is asked about one of their bookings."""

    kind: str
    booking: Booking


@dataclass(frozen=True)
class Coming:
    """A row of what is coming up.

    `position` is the place on the waiting list and of how many, `deadline` the last minute in which a return is in time, `past` whether that
    is over and `late` whether a return now counts as late for them, `asked` who has to agree, `besides` the title of what the person has at
    the same time.
    """

    booking: Booking
    status: BookingStatus
    tag: tuple[str, str]
    position: tuple[int, int] | None
    can: frozenset[str]
    deadline: datetime
    past: bool
    late: bool
    asked: str
    besides: str


def coming(person_id: int, now: datetime) -> list[Coming]:
    """All that is live on sessions that are not over, soonest first."""
    bookings = mine.coming(person_id, now)
    promises = policies_of(bookings)
    waiting = [booking.course_session_id for booking in bookings if booking.status is BookingStatus.WAITING]
    positions = mine.positions(waiting, person_id)
    names = _names([booking.manager_email for booking in bookings if booking.status is BookingStatus.AWAITING_MANAGER])
    besides = mine.at_the_same_time(person_id, [booking.course_session_id for booking in bookings])
    returns = notices.returns_of(bookings, promises, now)
    rows = []
    for booking in bookings:
        promised = promises.of(booking)
        held, back = mine.held(booking, promised.no_offers_hours), returns[booking.id]
        status = standing_as(held, now)
        rows.append(Coming(
            booking, status, TAGS[status], positions.get(booking.course_session_id) if status is BookingStatus.WAITING else None,
            frozenset(one.value for one in can(held, now)), back.deadline, back.past, back.late,
            names.get(booking.manager_email or "", booking.manager_email or ""),
            besides.get(booking.course_session_id, ""),
        ))
    return rows


def things(rows: Sequence[Coming], person_id: int, now: datetime) -> list[Thing]:
    """What this person is asked about their places."""
    found = []
    for kind in ASKED:
        asked = {thing.booking.id for thing in found}
        found += [Thing(kind.value, row.booking) for row in rows if kind.value in row.can and row.booking.id not in asked]
    shown = {thing.booking.id for thing in found}
    for booking in mine.lapsed(person_id, now):
        if booking.id not in shown and Can.REJOIN in can(mine.held(booking), now):
            found.append(Thing(Can.REJOIN.value, booking))
    missed = mine.unexplained(person_id, now - APOLOGIES_WITHIN, now)
    return found + [Thing(Can.APOLOGISE.value, booking) for booking in missed]


def _names(addresses: Sequence[str | None]) -> dict[str, str]:
    wanted = {address for address in addresses if address}
    return {one.email: one.name or one.email for one in db.session.scalars(sa.select(Person).where(Person.email.in_(wanted)))}
