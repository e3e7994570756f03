"""Who waits on a session's list, as the rules of the list see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.booking.models import Booking
from app.booking.queries import desk_policies, facts, leaving
from app.booking.rules import policy, waiting
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import Standing, Working
from app.catalogue.models import Course, CourseSession
from app.core.db import db


def offers_end(line: Sequence[Booking], course_session: CourseSession, now: datetime) -> dict[int, datetime | None]:
    """Until when an offer made now would stand for each who waits, as their own area has it; none: too near the start to ask them."""
    promised = desk_policies.promised(line, now) if line else {}
    return {number: policy.offer_ends_at(kept, course_session.starts_at, now) for number, kept in promised.items()}


def booking_of(line: Sequence[Booking], one: waiting.Waiting) -> Booking:
    return next(booking for booking in line if booking.id == one.booking_id)


def members(line: Sequence[Booking], one: waiting.Waiting) -> list[Booking]:
    """The booking alone, or all of its group that still wait when they want to come together."""
    first = booking_of(line, one)
    if one.needs == 1 or first.group_id is None:
        return [first]
    return [booking for booking in line if booking.group_id == first.group_id]


def work_today(line: Sequence[Booking]) -> dict[int, Sequence[Any]]:
    """The agency, job and area in which these people work today, by person. Who works nowhere any more, as far as we know, is not among them."""
    return {number: at for number, *at in db.session.execute(
        sa.select(Affiliation.person_id, Affiliation.agency_id, Affiliation.job_title, Affiliation.partnership_id)
        .where(Affiliation.person_id.in_([booking.person_id for booking in line]), Affiliation.ends_on.is_(None)))}


def workings(line: Sequence[Booking], standing: Standing) -> dict[int, Working]:
    if not standing.quotas:
        return {booking.id: Working() for booking in line}
    tree = facts.agency_tree()
    return {booking.id: facts.working_at(booking.agency_id, tree) for booking in line}


def as_waiting(
    line: Sequence[Booking], course: Course, ends: Mapping[int, datetime | None], rooms: Mapping[int, int], now: datetime
) -> list[waiting.Waiting]:
    """Those who wait, as the rules see them; a group that wants to come together stands once, where its first stands."""
    restricted = bool(course.least_level or course.for_sectors or course.for_jobs or course.for_agencies or course.prerequisites)
    ended = leaving.whose_account_ended([booking.person_id for booking in line])
    found: list[waiting.Waiting] = []
    seen: set[int] = set()
    for booking in line:
        together = booking.group_id is not None and booking.group is not None and booking.group.together
        if together and booking.group_id in seen:
            continue
        members = [other for other in line if other.group_id == booking.group_id] if together else [booking]
        if together and booking.group_id is not None:
            seen.add(booking.group_id)
        eligible = not any(member.person_id in ended or (restricted and why_not(member.person_id, course, now)) for member in members)
        in_time = all(ends[member.id] is not None for member in members)
        room = rooms.get(booking.group_id or 0)
        found.append(waiting.Waiting(booking.id, booking.priority, booking.booked_at or now, eligible, len(members), in_time, room))
    return found


def why_not(person_id: int, course: Course, now: datetime, contact: str = "") -> str:
    """Why the course is not open to somebody, and the way round it; empty when it is."""
    who = facts.person(person_id, course, now)
    return why_not_eligible(who.audience, who.asker, contact)
