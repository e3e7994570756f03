"""Who waits for a course: on the lists of its coming sessions, and for the course itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Affiliation, Person
from app.booking.models import Booking, BookingEvent, CourseInterest, EligibilityException
from app.booking.queries.desk_policies import in_force, policies
from app.booking.queries.facts import agency_tree
from app.booking.queries.one_session import open_to
from app.booking.rules.policy import offer_ends_at
from app.booking.rules.states import HAS_PLACE, HOLDING, Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.rules.waiting import FROM_LIST
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.db import db


@dataclass(frozen=True)
class WaitsForCourse:
    """Somebody who waits: for which dates (days with references), and whether for the course itself and any date of it."""

    person: Person
    joined_at: datetime
    priority: int
    dates: Sequence[tuple[datetime, str]]
    for_course: bool
    any_date: bool


def served(course_id: int, now: datetime) -> sa.Select[tuple[int]]:
    """The people who have a place on a coming date of the course, asked for one or are offered one."""
    return sa.select(Booking.person_id).join(CourseSession, CourseSession.id == Booking.course_session_id).where(
        CourseSession.course_id == course_id, CourseSession.starts_at > now, Booking.status.in_(HOLDING))


def served_since(course_session: CourseSession, line: Sequence[Booking]) -> set[int]:
    """Who of these on a session's list has come to another date of the course since they asked, or will; by booking."""
    if not line:
        return set()
    place = aliased(Booking)
    return set(db.session.scalars(sa.select(Booking.id).where(Booking.id.in_([one.id for one in line]), sa.exists().where(
        place.person_id == Booking.person_id, place.course_session_id == CourseSession.id,
        CourseSession.course_id == course_session.course_id, CourseSession.id != course_session.id, CourseSession.starts_at > Booking.booked_at,
        sa.or_(place.turnout == Turnout.CAME, sa.and_(place.status.in_(HAS_PLACE), place.turnout.is_(None)))))))


def on_list_for_course(line: Sequence[Booking]) -> list[Booking]:
    """Who of a session's list stands there only as they waited for the course."""
    if not line:
        return []
    put_there = set(db.session.scalars(sa.select(BookingEvent.booking_id).where(
        BookingEvent.booking_id.in_([one.id for one in line]), BookingEvent.act == Act.JOIN, BookingEvent.reason == FROM_LIST)))
    return [one for one in line if one.id in put_there]


def waiting(course_id: int, now: datetime) -> list[WaitsForCourse]:
    """Each person once, in the order in which a session made for them would offer its places: by priority, then by when they first joined.

    Whoever is `served` by another coming date is not among them.
    """
    people: dict[int, Person] = {}
    joined: dict[int, list[datetime]] = {}
    priorities: dict[int, int] = {}
    dates: dict[int, list[tuple[datetime, str]]] = {}
    interests: dict[int, bool] = {}
    with_agency = joinedload(Person.affiliation).joinedload(Affiliation.agency)
    for booking, starts_at, ref in db.session.execute(
        sa.select(Booking, CourseSession.starts_at, CourseSession.ref).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .where(CourseSession.course_id == course_id, CourseSession.starts_at > now, Booking.status == BookingStatus.WAITING,
               Booking.person_id.not_in(served(course_id, now)))
        .options(joinedload(Booking.person).options(with_agency)).order_by(CourseSession.starts_at)
    ):
        people[booking.person_id] = booking.person
        joined.setdefault(booking.person_id, []).append(booking.booked_at or now)
        priorities[booking.person_id] = min(booking.priority, priorities.get(booking.person_id, booking.priority))
        dates.setdefault(booking.person_id, []).append((starts_at, ref))
    for interest in db.session.scalars(
        sa.select(CourseInterest).where(CourseInterest.course_id == course_id, CourseInterest.ended_at.is_(None),
                                       CourseInterest.person_id.not_in(served(course_id, now)))
        .options(joinedload(CourseInterest.person).options(with_agency))
    ):
        people[interest.person_id] = interest.person
        joined.setdefault(interest.person_id, []).append(interest.joined_at)
        priorities[interest.person_id] = min(0, priorities.get(interest.person_id, 0))
        interests[interest.person_id] = interest.any_date
    found = [WaitsForCourse(person, min(joined[number]), priorities[number], dates.get(number, ()), number in interests, interests.get(number, False))
             for number, person in people.items()]
    return sorted(found, key=lambda one: (one.priority, one.joined_at, one.person.id))


def who_hear_of_a_date(course_id: int) -> tuple[int, int]:
    """For how many people any date of the course will do, and how many asked to be told when it runs again."""
    row = db.session.execute(sa.select(
        sa.func.count().filter(CourseInterest.any_date), sa.func.count().filter(CourseInterest.any_date.is_(False)),
    ).where(CourseInterest.course_id == course_id, CourseInterest.ended_at.is_(None))).one()
    return row[0], row[1]


def first_offer_ends_at(waiting: Sequence[WaitsForCourse], starts_at: datetime, now: datetime) -> datetime | None:
    """When the first of the offers made now would end, as each person's own area has it; none when the session is too near for any."""
    saved, today = policies(), clock.london_date(now)
    areas = {one.person.affiliation.partnership_id if one.person.affiliation else None for one in waiting}
    ends = [offer_ends_at(in_force(saved, area, today), starts_at, now) for area in areas]
    return min((end for end in ends if end is not None), default=None)


def could_be_offered(course: Course, people: Sequence[WaitsForCourse], starts_at: datetime, now: datetime) -> int:
    """How many of those who wait would be offered a place on a session that starts then: the course is open to them and there is time to ask."""
    saved, today = policies(), clock.london_date(now)
    allowed = open_to(course, [one.person.id for one in people], agency_tree())
    areas = {one.person.id: one.person.affiliation.partnership_id if one.person.affiliation else None for one in people}
    return sum(number in allowed and offer_ends_at(in_force(saved, area, today), starts_at, now) is not None for number, area in areas.items())


def exceptions(course_id: int) -> Sequence[tuple[EligibilityException, Person]]:
    """Who may book the course although it is not open to them, latest first."""
    return [(exception, person) for exception, person in db.session.execute(
        sa.select(EligibilityException, Person).join(Person, Person.id == EligibilityException.person_id)
        .where(EligibilityException.course_id == course_id).order_by(EligibilityException.at.desc(), EligibilityException.person_id)
    )]
