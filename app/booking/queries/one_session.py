"""One session as the coordinator sees it: who holds its places, who waits and why nobody is offered one, and everything that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Affiliation, Person
from app.booking.models import Booking, BookingEvent, CapacityOverride, EligibilityException, HeldPlaces, SessionEvent, SessionQuota
from app.booking.queries import asked_first, facts, groups, leaving
from app.booking.queries.desk_policies import promised
from app.booking.rules.eligibility import Asker, Audience, why_not_eligible
from app.booking.rules.no_offer import why_no_offer
from app.booking.rules.places import Standing, Working, places_free_for
from app.booking.rules.policy import offer_ends_at
from app.booking.rules.states import AWAITING, ENDED, LIVE, RETURNED, BookingStatus, event_words
from app.booking.rules.waiting import Waiting, why_not_offered
from app.catalogue.models import Course, CourseSession
from app.core.db import db
from app.core.pages import Page

EVENTS = 30
LATEST = 12


@dataclass(frozen=True)
class Roll:
    """Everybody on a session, by where they stand; each in the order in which they asked, the list in its own."""

    booked: Sequence[Booking]
    asked: Sequence[Booking]
    offered: Sequence[Booking]
    waiting: Sequence[Booking]
    returning: Sequence[Booking]
    walked_in: Sequence[Booking]
    ended: Sequence[Booking]
    group_sizes: Mapping[int, int]


def roll(session_id: int) -> Roll:
    """Every booking of the session with its person, agency, needs and group: one statement."""
    rows = db.session.scalars(
        sa.select(Booking).join(Booking.person).where(Booking.course_session_id == session_id)
        .options(contains_eager(Booking.person), joinedload(Booking.agency), joinedload(Booking.booked_by), joinedload(Booking.need),
                 joinedload(Booking.group))
        .order_by(Booking.booked_at.is_(None), Booking.booked_at, Booking.id)
    ).all()
    sizes: dict[int, int] = {}
    for row in rows:
        if row.group_id is not None and row.status in LIVE:
            sizes[row.group_id] = sizes.get(row.group_id, 0) + 1
    returning = [row for row in rows if row.status in RETURNED and row.due_at is not None]
    return Roll(
        booked=[row for row in rows if row.status is BookingStatus.BOOKED],
        asked=[row for row in rows if row.status in AWAITING],
        offered=[row for row in rows if row.status is BookingStatus.OFFERED],
        waiting=sorted((row for row in rows if row.status is BookingStatus.WAITING), key=lambda row: (row.priority, row.booked_at, row.id)),
        returning=returning,
        walked_in=[row for row in rows if row.status is BookingStatus.WALK_IN],
        ended=[row for row in rows if row.status in ENDED and row not in returning],
        group_sizes=sizes,
    )


@dataclass(frozen=True)
class Line:
    """Why the list stands as it does: the answer for the session, and for each who could not have a free place, by booking, the reason.

    `asked_first` has the reason why somebody who said "yes, whenever" is asked first, by booking.
    """

    answer: str
    reasons: Mapping[int, str] = field(default_factory=dict)
    asked_first: Mapping[int, str] = field(default_factory=dict)


def line(course_session: CourseSession, standing: Standing, waiting: Sequence[Booking], now: datetime) -> Line:
    """Why nobody is offered a place. A fixed number of statements, however many wait."""
    policies = promised(waiting, now) if waiting else {}
    asked = asked_first.reasons(course_session, waiting, now)
    in_time = {row.id for row in waiting if (row.whenever and row.id not in asked)
               or offer_ends_at(policies[row.id], course_session.starts_at, now) is not None}
    tree = facts.agency_tree() if waiting else {}
    workings = {row.id: facts.working_at(row.agency_id, tree) for row in waiting}
    rooms = groups.without_room(course_session, standing, waiting)
    ones = _as_waiting(waiting, open_to(course_session.course, [row.person_id for row in waiting], tree), in_time, rooms, now)

    def free_for(one: Waiting) -> int:
        return places_free_for(standing, workings[one.booking_id], now)

    names = {row.id: row.person.name or row.person.email for row in waiting}
    reasons = {one.booking_id: why_not_offered(one, free_for(one)) for one in ones if not one.eligible or one.room is not None or (
        standing.places_left and (free_for(one) < one.needs or not one.in_time))}
    return Line(why_no_offer(standing, ones, free_for, names, now), reasons, asked)


def _as_waiting(
    rows: Sequence[Booking], eligible: set[int], in_time: set[int], rooms: Mapping[int, int], now: datetime
) -> list[Waiting]:
    found: list[Waiting] = []
    seen: set[int] = set()
    for row in rows:
        together = row.group is not None and row.group.together
        if together and row.group_id in seen:
            continue
        if together and row.group_id is not None:
            seen.add(row.group_id)
        members = [other for other in rows if other.group_id == row.group_id] if together else [row]
        found.append(Waiting(row.id, row.priority, row.booked_at or now, eligible.issuperset(member.person_id for member in members), len(members),
                             in_time.issuperset(member.id for member in members), rooms.get(row.group_id or 0)))
    return found


def open_to(course: Course, people: Sequence[int], tree: dict[int, Any]) -> set[int]:
    """Which of these people the course is open to."""
    ended = leaving.whose_account_ended(people) if people else set()
    people = [number for number in people if number not in ended]
    if not people or not (course.least_level or course.for_sectors or course.for_jobs or course.for_agencies or course.prerequisites):
        return set(people)
    audience = Audience(course.least_level, course.for_sectors, [(one.id, one.name) for one in course.for_agencies], course.for_jobs,
                        [(one.id, one.title) for one in course.prerequisites])
    return {number for number, asker in askers(course, people, tree).items() if not why_not_eligible(audience, asker, "")}


def askers(course: Course, people: Sequence[int], tree: dict[int, Any] | None = None) -> dict[int, Asker]:
    """What is known of each of these people, as the course's rules need it; `tree` is `facts.agency_tree`, where it is read already."""
    tree = facts.agency_tree() if tree is None else tree
    done = facts.courses_done(people, [one.id for one in course.prerequisites])
    excepted = set(db.session.scalars(sa.select(EligibilityException.person_id).where(
        EligibilityException.course_id == course.id, EligibilityException.person_id.in_(people))))
    at = {row.person_id: row for row in db.session.execute(
        sa.select(Affiliation.person_id, Affiliation.agency_id, Affiliation.job_title, Affiliation.level)
        .where(Affiliation.person_id.in_(people), Affiliation.ends_on.is_(None))
    )}
    found = {}
    for number in people:
        row = at.get(number)
        working = facts.working_at(row.agency_id, tree) if row else Working()
        found[number] = Asker(working, row.job_title if row else None, row.level if row else None, done.get(number, frozenset()), number in excepted)
    return found


def quota(number: int) -> SessionQuota | None:
    """One quota with its session."""
    return db.session.get(SessionQuota, number)


def held_places(session_id: int) -> Sequence[HeldPlaces]:
    """Places that are held without names."""
    return db.session.scalars(
        sa.select(HeldPlaces).where(HeldPlaces.course_session_id == session_id, HeldPlaces.places > 0)
        .options(joinedload(HeldPlaces.agency), joinedload(HeldPlaces.by)).order_by(HeldPlaces.releases_at, HeldPlaces.id)
    ).all()


def held(ref: str) -> HeldPlaces | None:
    """Places held without names under this reference."""
    return db.session.scalar(sa.select(HeldPlaces).where(HeldPlaces.ref == ref).options(joinedload(HeldPlaces.agency), joinedload(HeldPlaces.by)))


def overrides(session_id: int) -> Sequence[CapacityOverride]:
    """What somebody put their name to, as far as it counts now: places over capacity, and extra places."""
    return db.session.scalars(
        sa.select(CapacityOverride).outerjoin(Booking, Booking.id == CapacityOverride.booking_id)
        .where(CapacityOverride.course_session_id == session_id, facts.override_counts()).order_by(CapacityOverride.at, CapacityOverride.id)
    ).all()


def override(number: int) -> CapacityOverride | None:
    """Extra places under this number; a place for one person is not among them."""
    return db.session.scalar(sa.select(CapacityOverride).where(CapacityOverride.id == number, CapacityOverride.booking_id.is_(None)))


@dataclass(frozen=True)
class Happened:
    """One line of a history: what happened to a booking (`ref`, of `name`), or without one to the session itself."""

    at: datetime
    what: str
    by: str
    rule: str | None = None
    ref: str = ""
    name: str = ""


def latest(session_id: int) -> list[Happened]:
    """What happened last on the session, latest first."""
    return _happened(session_id, 0, LATEST)


def history(session_id: int, page: int | None) -> tuple[Page, list[Happened]]:
    """A page of everything that happened to the session and its bookings, latest first."""
    total = db.session.scalar(sa.select(sa.func.count()).select_from(_all_events(session_id).subquery())) or 0
    at = Page.at(page, size=EVENTS, total=total)
    return at, _happened(session_id, at.offset, EVENTS)


def _all_events(session_id: int) -> sa.CompoundSelect[tuple[datetime, bool, int]]:
    of_bookings = sa.select(BookingEvent.at.label("at"), sa.literal(0).label("own"), BookingEvent.id.label("id")).join(
        Booking, Booking.id == BookingEvent.booking_id).where(Booking.course_session_id == session_id)
    own = sa.select(SessionEvent.at, sa.literal(1), SessionEvent.id).where(SessionEvent.course_session_id == session_id)
    return sa.union_all(of_bookings, own)


def _happened(session_id: int, offset: int, count: int) -> list[Happened]:
    """Three statements, however long the history is."""
    every = _all_events(session_id).subquery()
    wanted = db.session.execute(
        sa.select(every.c.own, every.c.id).order_by(every.c.at.desc(), every.c.own, every.c.id.desc()).offset(offset).limit(count)).all()
    found: dict[tuple[int, int], Happened] = {}
    for event, ref, person in db.session.execute(
        sa.select(BookingEvent, Booking.ref, Person).join(Booking, Booking.id == BookingEvent.booking_id).join(Person, Person.id == Booking.person_id)
        .where(BookingEvent.id.in_([row.id for row in wanted if not row.own]))
    ):
        what = event_words(event.act, event.reason, event.after)
        found[0, event.id] = Happened(event.at, what, event.by, event.rule, ref, person.name or person.email)
    for one in db.session.scalars(sa.select(SessionEvent).where(SessionEvent.id.in_([row.id for row in wanted if row.own]))):
        found[1, one.id] = Happened(one.at, one.what, one.by)
    return [found[row.own, row.id] for row in wanted]


def booking(ref: str) -> Booking | None:
    """Any booking, with everything that its page shows."""
    return db.session.scalar(
        sa.select(Booking).where(Booking.ref == ref).options(
            joinedload(Booking.person), joinedload(Booking.agency), joinedload(Booking.booked_by), joinedload(Booking.need),
            joinedload(Booking.group),
            joinedload(Booking.course_session).joinedload(CourseSession.course), joinedload(Booking.course_session).selectinload(CourseSession.parts))
    )
