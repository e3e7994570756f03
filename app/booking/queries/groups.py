"""Groups that wait to come together: who booked them, and whether there could ever be places for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Person
from app.booking.models import Booking, BookingGroup
from app.booking.queries import facts
from app.booking.rules.places import Standing, Working, least_capacity_for, room_ever
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.core.db import db


@dataclass(frozen=True)
class Together:
    """A group that waits to come together. `room` is how many of its `members` could if nobody else came, `least` with how many places all could.

    No `least`: no number of places is enough, as a limit of their own agency stands in the way.
    """

    group: BookingGroup
    by: Person
    members: Sequence[Booking]
    room: int
    least: int | None

    @property
    def never(self) -> bool:
        """Whether they wait for something that cannot be."""
        return self.room < len(self.members)


def together(course_session: CourseSession, now: datetime) -> list[Together]:
    """The groups that wait to come together, in the order of the list. One statement where there are none."""
    line = db.session.scalars(
        sa.select(Booking).join(Booking.group).where(
            Booking.course_session_id == course_session.id, Booking.status == BookingStatus.WAITING, BookingGroup.together)
        .options(contains_eager(Booking.group), joinedload(Booking.person)).order_by(Booking.priority, Booking.booked_at, Booking.id)
    ).all()
    groups = _groups(line)
    if not groups:
        return []
    standing = facts.standing(course_session, now)
    workings, extra = _workings(standing, line), _extra(course_session, standing)
    bookers = {one.id: one for one in db.session.scalars(sa.select(Person).where(Person.id.in_({one[0].group.by_id for one in groups.values()})))}
    found = []
    for members in groups.values():
        at = [workings[one.id] for one in members]
        group: BookingGroup = members[0].group
        found.append(Together(group, bookers[group.by_id], members, room_ever(standing, at, extra), least_capacity_for(standing, at, extra)))
    return found


def waiting_with(booking: Booking) -> int:
    """How many others of the group wait together with somebody who waits; none for whoever waits, or came to a place, alone."""
    if booking.group is None or not booking.group.together or booking.status is not BookingStatus.WAITING:
        return 0
    return db.session.scalar(sa.select(sa.func.count()).select_from(Booking).where(
        Booking.group_id == booking.group_id, Booking.status == BookingStatus.WAITING, Booking.id != booking.id)) or 0


def without_room(course_session: CourseSession, standing: Standing, line: Sequence[Booking]) -> dict[int, int]:
    """The groups of a list that can never come together, each with how many of it could. Nothing is read where no group waits."""
    groups = _groups(line)
    if not groups:
        return {}
    workings, extra = _workings(standing, line), _extra(course_session, standing)
    rooms = {number: room_ever(standing, [workings[one.id] for one in members], extra) for number, members in groups.items()}
    return {number: room for number, room in rooms.items() if room < len(groups[number])}


def _groups(line: Sequence[Booking]) -> dict[int, list[Booking]]:
    found: dict[int, list[Booking]] = {}
    for booking in line:
        if booking.group_id is not None and booking.group is not None and booking.group.together:
            found.setdefault(booking.group_id, []).append(booking)
    return {number: members for number, members in found.items() if len(members) > 1}


def _workings(standing: Standing, line: Sequence[Booking]) -> dict[int, Working]:
    tree = facts.agency_tree() if standing.quotas else {}
    return {one.id: facts.working_at(one.agency_id, tree) for one in line}


def _extra(course_session: CourseSession, standing: Standing) -> int:
    """Places over capacity that were given to somebody by name are nobody else's."""
    return facts.extra_places(course_session.id) if standing.extra else 0
