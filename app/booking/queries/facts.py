"""What an act needs to know before it decides: a session's standing, who asks, which policy holds. Each in one statement where it can be."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.accounts.models import Account, Affiliation, Agency, Person
from app.accounts.rules import manager_other_than
from app.booking.models import (
    Attempt,
    Booking,
    BookingPolicy,
    CapacityOverride,
    CourseInterest,
    EligibilityException,
    HeldPlaces,
    SessionQuota,
    Terms,
)
from app.booking.queries.strikes import missed_at, strikes_of
from app.booking.rules.eligibility import Asker, Audience
from app.booking.rules.places import Quota, Standing, Working, used_of
from app.booking.rules.policy import Policy, strikes_since
from app.booking.rules.states import HAS_PLACE, HOLDING, LIVE, RETURNED, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import Course, CourseSession, course_agency, course_prerequisite
from app.core import clock
from app.core.db import Reader, UtcDateTime, db, one_of, remember, remembered, send
from app.core.loading import as_loaded, columns_of
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import LetterStatus


def _holds_place(of: type[Booking]) -> sa.ColumnElement[bool]:
    return sa.or_(one_of(of.status, HOLDING), sa.and_(one_of(of.status, RETURNED), of.due_at.is_not(None)))


HOLDS_PLACE = _holds_place(Booking)
"""Whether a booking holds a place, as a condition."""
_SESSION = sa.bindparam("session_id", type_=sa.Integer)
_COURSE = sa.bindparam("course_id", type_=sa.Integer)
_PERSON = sa.bindparam("person_id", type_=sa.Integer)
_DAY = sa.bindparam("day", type_=sa.Date)


def override_counts() -> sa.ColumnElement[bool]:
    """An override for one booking counts as long as that booking holds a place; one for extra places always. Joins `Booking`."""
    return sa.or_(CapacityOverride.booking_id.is_(None), HOLDS_PLACE)


@dataclass(frozen=True)
class Counted:
    """A standing, and what there is to settle: when the next thing happens by itself, and whether anybody waits for any date."""

    standing: Standing
    next_due: datetime | None
    any_date: bool


def _counting() -> sa.Select[Any]:
    of = aliased(Booking)
    held = sa.select(sa.func.coalesce(sa.func.sum(HeldPlaces.places), 0), sa.func.min(HeldPlaces.releases_at)).where(
        HeldPlaces.course_session_id == _SESSION, HeldPlaces.places > 0).subquery()
    extra = sa.select(sa.func.coalesce(sa.func.sum(CapacityOverride.places), 0)).outerjoin(of, of.id == CapacityOverride.booking_id).where(
        CapacityOverride.course_session_id == _SESSION, sa.or_(CapacityOverride.booking_id.is_(None), _holds_place(of))).scalar_subquery()
    quotas = sa.select(sa.func.count(), sa.func.min(SessionQuota.releases_at)).where(
        SessionQuota.course_session_id == _SESSION, SessionQuota.released.is_(False)).subquery()
    interest = sa.exists().where(CourseInterest.course_id == _COURSE, CourseInterest.any_date, CourseInterest.ended_at.is_(None))
    waits = one_of(Booking.status, [BookingStatus.WAITING])
    own = sa.select(
        sa.func.count().filter(HOLDS_PLACE), sa.func.count().filter(waits), sa.func.max(Booking.booked_at).filter(waits),
        sa.func.min(Booking.due_at),
    ).where(Booking.course_session_id == _SESSION).subquery()
    return sa.select(*own.c, *held.c, extra, *quotas.c, interest).select_from(own.join(held, sa.true()).join(quotas, sa.true()))


_COUNTING = _counting()


def counted(course_session: CourseSession, now: datetime) -> Counted:
    """The session's places as they are; true as long as its lock is held."""
    return _as_counted(course_session, send(_COUNTING, {"session_id": course_session.id, "course_id": course_session.course_id}).one())


def _as_counted(course_session: CourseSession, row: Sequence[Any]) -> Counted:
    number = course_session.id
    taken, waiting, last_joined_at, due, nameless, held_due, over, quota_count, quota_due, any_date = row
    dues = [moment for moment in (due, held_due, quota_due) if moment is not None]
    standing = Standing(
        status=course_session.status, starts_at=course_session.starts_at, capacity=course_session.capacity, taken=taken + nameless,
        waiting=waiting, extra=over, opens_at=course_session.opens_at, closes_at=course_session.closes_at,
        quotas=quotas_of(number) if quota_count else (), last_joined_at=last_joined_at,
    )
    return Counted(standing, min(dues, default=None), bool(any_date))


def standing(course_session: CourseSession, now: datetime) -> Standing:
    """The session's standing alone."""
    return counted(course_session, now).standing


def extra_places(session_id: int) -> int:
    """How many places over capacity are offered to whoever comes, without those that were given to somebody by name."""
    return db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacityOverride.places), 0)).where(
        CapacityOverride.course_session_id == session_id, CapacityOverride.booking_id.is_(None))) or 0


def quotas_of(session_id: int) -> tuple[Quota, ...]:
    """The quotas of a session that are in force, with how many places each group holds."""
    tree = agency_tree()
    kept = db.session.scalars(
        sa.select(SessionQuota).where(SessionQuota.course_session_id == session_id, SessionQuota.released.is_(False)).order_by(SessionQuota.id)
    ).all()
    held = [(working_at(row.agency_id, tree), row.places, row.over)
            for query in held_by_agency([session_id]) for row in db.session.execute(query)]
    return tuple(used_of(_quota(row, tree), held) for row in kept)


def held_by_agency(session_ids: Sequence[int] | sa.Select[tuple[int]]) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """What each agency holds on these sessions, by booking and without names: how many places, and how many of them over capacity by name."""
    over = sa.func.coalesce(sa.func.sum(CapacityOverride.places), 0).label("over")
    by_name = sa.select(Booking.course_session_id, Booking.agency_id, sa.func.count().label("places"), over).outerjoin(
        CapacityOverride, CapacityOverride.booking_id == Booking.id
    ).where(Booking.course_session_id.in_(session_ids), HOLDS_PLACE).group_by(Booking.course_session_id, Booking.agency_id)
    nameless = sa.select(HeldPlaces.course_session_id, HeldPlaces.agency_id, HeldPlaces.places, sa.literal(0).label("over"))
    return by_name, nameless.where(HeldPlaces.course_session_id.in_(session_ids))


def _quota(row: SessionQuota, tree: dict[int, Any]) -> Quota:
    name = tree[row.agency_id].name if row.agency_id else row.sector or "The coordinator"
    return Quota(row.kind, row.places, name, row.agency_id, row.sector, row.releases_at, number=row.id)


def quota_of(row: SessionQuota) -> Quota:
    """A quota alone, without what is used of it."""
    return _quota(row, agency_tree())


def agency_tree(reader: Reader | None = None) -> dict[int, Any]:
    """Every agency with what it is part of, its sector and its name."""
    return {row.id: row for row in (reader or db.session).execute(sa.select(Agency.id, Agency.parent_id, Agency.sector, Agency.name))}


def working_at(agency_id: int | None, tree: dict[int, Any]) -> Working:
    """The agency with all that it is part of, and the nearest sector that is known."""
    path: list[int] = []
    sector = None
    while agency_id is not None and agency_id in tree and agency_id not in path:
        path.append(agency_id)
        sector = sector or tree[agency_id].sector
        agency_id = tree[agency_id].parent_id
    return Working(frozenset(path), sector)


_POLICY = [getattr(BookingPolicy, one.name) for one in fields(Policy)]


_IN_FORCE = (
    sa.select(*_POLICY)
    .where(sa.or_(BookingPolicy.partnership_id == sa.bindparam("partnership_id", type_=sa.Integer), BookingPolicy.partnership_id.is_(None)),
           BookingPolicy.starts_on <= _DAY)
    .order_by(BookingPolicy.partnership_id.is_(None), BookingPolicy.starts_on.desc()).limit(1)
)


def policy_for(partnership_id: int | None, day: date) -> Policy:
    """What holds for people of this area on this day: their partnership's own policy, else the common one, else what we ship."""
    return remembered(("policy", partnership_id, day), lambda: _read_policy(partnership_id, day))


def remember_policy(partnership_id: int | None, day: date, policy: Policy) -> None:
    """Let `policy_for` find what holds as long as the transaction lasts."""
    remember(("policy", partnership_id, day), policy)


def _read_policy(partnership_id: int | None, day: date) -> Policy:
    row = send(_IN_FORCE, {"partnership_id": partnership_id, "day": day}).one_or_none()
    return Policy() if row is None else Policy(*row)


def policy_of(booking: Booking) -> Policy:
    """What was promised to this person on the day of booking, and so holds for them."""
    asked_at = booking.booked_at or booking.course_session.starts_at
    return policy_for(booking.partnership_id, clock.london_date(asked_at))


@dataclass(frozen=True)
class Asking:
    """Who asks for a place: where they work now, as it is kept with the booking, and what decides for them."""

    agency_id: int | None
    partnership_id: int | None
    job_title: str | None
    manager_email: str | None
    asker: Asker
    audience: Audience
    terms_id: int | None
    policy: Policy
    strikes: int
    waits_for_course: bool
    person: Person


_AFFILIATION = (Affiliation.agency_id, Affiliation.partnership_id, Affiliation.job_title, Affiliation.manager_email, Affiliation.level)


def _asking(number: Any, chosen: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """What decides about the people `chosen`; `number` is how what is asked of each of them says who it is about."""
    missed = sa.exists().where(Booking.person_id == number, one_of(Booking.turnout, [Turnout.MISSED]))
    exception = sa.exists().where(EligibilityException.course_id == _COURSE, EligibilityException.person_id == number)
    terms = sa.select(Terms.id).where(Terms.starts_at <= sa.bindparam("now", type_=UtcDateTime())).order_by(
        Terms.starts_at.desc(), Terms.id.desc()).limit(1).scalar_subquery()
    to_agencies = sa.exists().where(course_agency.c.course_id == _COURSE)
    needs_courses = sa.exists().where(course_prerequisite.c.course_id == _COURSE)
    waits = sa.exists().where(CourseInterest.course_id == _COURSE, CourseInterest.person_id == number, CourseInterest.ended_at.is_(None))
    left = sa.exists().where(Account.person_id == number, Account.closed_at.is_not(None))
    policy = aliased(BookingPolicy)
    in_force = sa.select(policy.id).where(
        sa.or_(policy.partnership_id == Affiliation.partnership_id, policy.partnership_id.is_(None)), policy.starts_on <= _DAY,
    ).order_by(policy.partnership_id.is_(None), policy.starts_on.desc()).limit(1).correlate(Affiliation).scalar_subquery()
    return (
        sa.select(*columns_of(Person), missed, exception, terms, to_agencies, needs_courses, waits, left, *_AFFILIATION, Agency.sector,
                  Agency.parent_id, *_POLICY)
        .select_from(Person).outerjoin(Affiliation, sa.and_(Affiliation.person_id == Person.id, Affiliation.ends_on.is_(None)))
        .outerjoin(Agency, Agency.id == Affiliation.agency_id).outerjoin(BookingPolicy, BookingPolicy.id == in_force)
        .where(chosen)
    )


_ASKING = _asking(_PERSON, Person.id == _PERSON)
_ASKING_ALL = _asking(Person.id, Person.id.in_(sa.bindparam("people", expanding=True))).order_by(Person.id)


def person(person_id: int, course: Course, now: datetime) -> Asking:
    """The person as the course sees them."""
    return _as_asking(course, now, send(
        _ASKING, {"person_id": person_id, "course_id": course.id, "now": now, "day": clock.london_date(now)}).one())


def people(numbers: Iterable[int], course: Course, now: datetime) -> dict[int, Asking]:
    """These people as the course sees them, by number and in the order of it; a fixed number of statements, however many they are."""
    rows = db.session.execute(_ASKING_ALL, {
        "people": list(numbers), "course_id": course.id, "now": now, "day": clock.london_date(now)}).all()
    if not rows:
        return {}
    found = [row[0] for row in rows]
    tree, done, at = agency_tree(), courses_done(found, [one.id for one in course.prerequisites]), missed_at(found)
    known: dict[str, Any] = {
        "tree": lambda: tree, "done": lambda _people, _courses: done,
        "strikes": lambda number, since: sum(moment >= since for moment in at.get(number, ())),
    }
    return {row[0]: _as_asking(course, now, row, **known) for row in rows}


def _as_asking(
    course: Course, now: datetime, row: Sequence[Any], *, tree: Callable[[], dict[int, Any]] | None = None,
    done: Callable[..., dict[int, frozenset[int]]] | None = None, strikes: Callable[[int, datetime], int] | None = None,
) -> Asking:
    """What a row says; what it leaves open is asked, or taken from what was asked for everybody at once."""
    tree, done, strikes = tree or agency_tree, done or courses_done, strikes or strikes_of
    day, own = clock.london_date(now), len(columns_of(Person))
    person = as_loaded(db.session(), Person, row[:own])
    (has_missed, excepted, terms_id, for_agencies, prerequisites, waits_for_course, left, agency_id, partnership_id, job_title,
     manager_email, level, sector, part_of, *kept) = row[own:]
    policy = Policy() if kept[0] is None else Policy(*kept)
    manager_email = manager_other_than(person.email, manager_email)
    remember_policy(partnership_id, day, policy)
    working = Working()
    if agency_id is not None:
        working = working_at(agency_id, tree()) if part_of or not sector else Working(frozenset({agency_id}), sector)
    audience = Audience(
        course.least_level, course.for_sectors or (), [(one.id, one.name) for one in course.for_agencies] if for_agencies else (),
        course.for_jobs or (), [(one.id, one.title) for one in course.prerequisites] if prerequisites else (),
    )
    came_to = done([person.id], [number for number, _title in audience.prerequisites]).get(person.id, frozenset())
    asker = Asker(working, job_title, level, came_to, bool(excepted), bool(left))
    return Asking(
        agency_id, partnership_id, job_title, manager_email, asker, audience, terms_id, policy,
        strikes(person.id, strikes_since(policy, now)) if has_missed else 0, bool(waits_for_course), person,
    )


def courses_done(people: Sequence[int] | sa.Select[tuple[int]], courses: Iterable[int]) -> dict[int, frozenset[int]]:
    """Which of these courses each of these people came to."""
    wanted = list(courses)
    if not wanted:
        return {}
    found: dict[int, set[int]] = {}
    for person_id, course_id in db.session.execute(
        sa.select(Booking.person_id, CourseSession.course_id).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .where(Booking.person_id.in_(people), Booking.turnout == Turnout.CAME, CourseSession.course_id.in_(wanted)).distinct()
    ):
        found.setdefault(person_id, set()).add(course_id)
    return {number: frozenset(done) for number, done in found.items()}


_LIVE_ONE = sa.select(Booking.id).where(Booking.course_session_id == _SESSION, Booking.person_id == _PERSON, one_of(Booking.status, LIVE))
_THERE = (
    sa.select(Booking.id).where(Booking.course_session_id == _SESSION, Booking.person_id == _PERSON,
                                sa.or_(one_of(Booking.status, LIVE), _holds_place(Booking)))
    .order_by(one_of(Booking.status, RETURNED), Booking.id.desc()).limit(1)
)


def live_booking(session_id: int, person_id: int) -> Booking | None:
    """What this person has on the session."""
    number = send(_LIVE_ONE, {"session_id": session_id, "person_id": person_id}).scalar()
    return None if number is None else db.session.get_one(Booking, number)


def there(session_id: int, person_id: int) -> Booking | None:
    """What this person has on the session, or gave back a moment ago and can take back still."""
    number = send(_THERE, {"session_id": session_id, "person_id": person_id}).scalar()
    return None if number is None else db.session.get_one(Booking, number)


@dataclass(frozen=True)
class Request:
    """All that decides about one person's request for a place: what its form did when it was sent before (what was asked, and the booking
    that came of it; none when it never was), the session's places, who asks, and what they have on the session already."""

    earlier: tuple[str, int | None] | None
    counted: Counted
    who: Asking
    there_id: int | None


def _requesting() -> sa.Select[Any]:
    form = sa.select(Attempt.asked_digest, Attempt.booking_id).where(Attempt.key_digest == sa.bindparam("key", type_=sa.Text)).subquery()
    counting, asking, there = _COUNTING.subquery(), _ASKING.subquery(), _THERE.subquery()
    joined = asking.join(counting, sa.true()).outerjoin(form, sa.true()).outerjoin(there, sa.true())
    return sa.select(*form.c, *there.c, *counting.c, *asking.c).select_from(joined)


_REQUESTING = _requesting()


def request(course_session: CourseSession, person_id: int, key_digest: str, now: datetime) -> Request:
    """What decides about a request, in one statement; true as long as the session's lock is held and nothing is changed."""
    asked, booking_id, there_id, *row = send(_REQUESTING, {
        "key": key_digest, "session_id": course_session.id, "course_id": course_session.course_id, "person_id": person_id, "now": now,
        "day": clock.london_date(now)}).one()
    places = len(_COUNTING.selected_columns)
    return Request(
        None if asked is None else (asked, booking_id), _as_counted(course_session, row[:places]),
        _as_asking(course_session.course, now, row[places:]), there_id)


def placed_elsewhere(course_session: CourseSession, people: Iterable[int], now: datetime) -> dict[int, Booking]:
    """Which of these people have a place, or asked for one, on another coming date of the course: by person, that booking."""
    return {booking.person_id: booking for booking in db.session.scalars(
        sa.select(Booking).join(CourseSession, CourseSession.id == Booking.course_session_id).where(
            CourseSession.course_id == course_session.course_id, CourseSession.id != course_session.id, CourseSession.starts_at > now,
            Booking.person_id.in_(people), Booking.status.in_(HAS_PLACE),
        ).order_by(Booking.id)
    )}


def was_asked(booking: Booking) -> bool:
    """Whether the question if somebody still comes has reached their mail server, with half of the time left in which it was to be answered:
    silence means nothing if it has not."""
    if booking.asked_at is None or booking.due_at is None:
        return False
    return bool(db.session.scalar(sa.select(sa.exists().where(
        LetterConcern.subject == f"booking:{booking.id}", Letter.id == LetterConcern.letter_id, Letter.kind == "still-coming",
        Letter.status == LetterStatus.SENT, Letter.written_at >= booking.asked_at,
        Letter.sent_at <= booking.asked_at + (booking.due_at - booking.asked_at) / 2,
    ))))


def in_line(session_id: int) -> Sequence[Booking]:
    """Everybody on the session's waiting list, in its order."""
    return db.session.scalars(
        sa.select(Booking).where(Booking.course_session_id == session_id, Booking.status == BookingStatus.WAITING)
        .order_by(Booking.priority, Booking.booked_at, Booking.id)
    ).all()
