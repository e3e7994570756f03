"""People somebody looks after and their places. Everything is loaded through the viewer's scope: who is outside it is as if not there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.accounts.models import Affiliation, Agency, Person
from app.accounts.queries import Visitor, affiliation_of, has_left
from app.accounts.rules import Role
from app.booking.models import Booking, BookingGroup, HeldPlaces
from app.booking.queries import facts
from app.booking.rules.states import LIVE, ON_REGISTER, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.pages import Page

SIZE = 30
MOST_REQUESTS = 50
LOOKED_BACK = timedelta(days=365)
_PRESENT = sa.and_(Affiliation.person_id == Person.id, Affiliation.ends_on.is_(None))
_TO_COME = tuple(status for status in LIVE if status is not BookingStatus.WALK_IN)


@dataclass(frozen=True)
class Scope:
    """Whom somebody looks after: the people of these agencies, those who name this address as their manager's, or everybody. Nobody answers for
    their people as a manager once they have left.

    Never the viewer: their own places are under My training, and nobody agrees to their own request.
    """

    viewer_id: int
    agency_ids: frozenset[int] = frozenset()
    manager_email: str = ""
    everybody: bool = False

    @property
    def holds(self) -> sa.ColumnElement[bool]:
        """The condition on `Person` with their present `Affiliation`, which a query joins."""
        ways = [sa.true()] if self.everybody else [sa.false()]
        if self.agency_ids:
            ways.append(Affiliation.agency_id.in_(self.agency_ids))
        if self.manager_email:
            ways.append(sa.and_(Affiliation.manager_email == self.manager_email, ~has_left(sa.literal(self.viewer_id))))
        return sa.and_(Person.id != self.viewer_id, sa.or_(*ways))


def team_of(visitor: Visitor) -> Scope:
    """The people who name the viewer as their manager."""
    return Scope(visitor.person_id, manager_email=visitor.email)


def agency_of(visitor: Visitor) -> Scope:
    """The people of the viewer's agency and of all that is part of it."""
    at = affiliation_of(visitor.person_id)
    tree = facts.agency_tree()
    under = (number for number in tree if at is not None and at.agency_id in facts.working_at(number, tree).agencies)
    return Scope(visitor.person_id, agency_ids=frozenset(under))


def scope_of(visitor: Visitor) -> Scope:
    """Everybody whom the viewer's roles let them look after."""
    agency_ids = agency_of(visitor).agency_ids if visitor.has(Role.AGENCY_LEAD) else frozenset()
    return Scope(
        visitor.person_id, agency_ids, visitor.email if visitor.has(Role.LINE_MANAGER) else "", everybody=visitor.has(Role.COORDINATOR)
    )


@dataclass
class Looked:
    """Somebody with what is to come for them, and how often they came to or missed a session in the last twelve months."""

    person: Person
    coming: list[Booking] = field(default_factory=list)
    turnout: dict[Turnout, int] = field(default_factory=dict)


def people(scope: Scope, words: str, page: int | None) -> tuple[Page, Sequence[Person]]:
    """A page of the people in scope with these words in name, address, job or agency, by last name."""
    base = _in_scope(scope).outerjoin(Agency, Agency.id == Affiliation.agency_id)
    for word in words.split()[:8]:
        base = base.where(sa.or_(*(
            column.icontains(word, autoescape=True)
            for column in (Person.first_name, Person.last_name, Person.email, Affiliation.job_title, Agency.name)
        )))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(Person.id).subquery())) or 0
    at = Page.at(page, size=SIZE, total=total)
    order = (sa.func.lower(Person.last_name), sa.func.lower(Person.first_name), Person.id)
    found = base.options(joinedload(Person.affiliation).joinedload(Affiliation.agency))
    return at, db.session.scalars(found.order_by(*order).offset(at.offset).limit(SIZE)).unique().all()


def looked_after(scope: Scope, words: str, page: int | None, now: datetime) -> tuple[Page, list[Looked]]:
    """A page of the people in scope, each with their coming bookings and what registers say of the last twelve months."""
    at, found = people(scope, words, page)
    rows = {one.id: Looked(one) for one in found}
    for booking in _coming(list(rows), now):
        rows[booking.person_id].coming.append(booking)
    for person_id, turnout, count in db.session.execute(
        sa.select(Booking.person_id, Booking.turnout, sa.func.count()).join(Booking.course_session)
        .where(Booking.person_id.in_(rows), Booking.turnout.is_not(None), CourseSession.ends_at > now - LOOKED_BACK)
        .group_by(Booking.person_id, Booking.turnout)
    ):
        rows[person_id].turnout[turnout] = count
    return at, list(rows.values())


def person(scope: Scope, number: int) -> Person | None:
    """Somebody in scope, with where they work."""
    return db.session.scalar(
        _in_scope(scope).where(Person.id == number).options(joinedload(Person.affiliation).joinedload(Affiliation.agency))
    )


def left_on(scope: Scope, number: int, day: date) -> Person | None:
    """Somebody who worked in one of the agencies in scope until this day, and works nowhere since."""
    earlier = aliased(Affiliation)
    worked = sa.exists().where(earlier.person_id == Person.id, earlier.agency_id.in_(scope.agency_ids), earlier.ends_on == day)
    return db.session.scalar(sa.select(Person).outerjoin(Affiliation, _PRESENT).where(Person.id == number, Affiliation.id.is_(None), worked))


def chosen(scope: Scope, numbers: Iterable[int]) -> Sequence[Person]:
    """Those of these people who are in scope, by last name."""
    return db.session.scalars(_in_scope(scope).where(Person.id.in_(list(numbers))).order_by(Person.last_name, Person.first_name, Person.id)).all()


def with_addresses(scope: Scope, emails: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Who of these addresses is known: their number, and whether they are in scope."""
    rows = db.session.execute(
        sa.select(Person.email, Person.id, scope.holds.label("inside")).outerjoin(Affiliation, _PRESENT).where(Person.email.in_(emails))
    )
    return {row.email: (row.id, bool(row.inside)) for row in rows}


def own_people(numbers: Iterable[int], manager_email: str) -> frozenset[int]:
    """Those of these people who name this address as their manager's."""
    return frozenset(db.session.scalars(sa.select(Affiliation.person_id).where(
        Affiliation.person_id.in_(list(numbers)), Affiliation.ends_on.is_(None), Affiliation.manager_email == manager_email
    )))


def coming(person_id: int, now: datetime) -> Sequence[Booking]:
    """What somebody has on sessions to come, soonest first."""
    return _coming([person_id], now)


def past(person_id: int, now: datetime) -> Sequence[Booking]:
    """The sessions of the last twelve months that somebody was booked on or came to, latest first."""
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id == person_id, Booking.status.in_(ON_REGISTER),
               CourseSession.ends_at <= now, CourseSession.ends_at > now - LOOKED_BACK)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course))
        .order_by(CourseSession.ends_at.desc(), Booking.id.desc()).limit(100)
    ).all()


def booking(scope: Scope, ref: str) -> Booking | None:
    """The booking of somebody in scope."""
    return db.session.scalar(
        sa.select(Booking).join(Person, Person.id == Booking.person_id).outerjoin(Affiliation, _PRESENT)
        .where(Booking.ref == ref, scope.holds)
        .options(contains_eager(Booking.person), joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts))
    )


def requests(scope: Scope, now: datetime) -> tuple[int, Sequence[Booking]]:
    """How many requests of people in scope wait for their manager, and those that end first."""
    conditions = (Booking.status == BookingStatus.AWAITING_MANAGER, CourseSession.starts_at > now, Booking.due_at > now, scope.holds)
    base = (
        sa.select(Booking).join(Booking.course_session).join(Person, Person.id == Booking.person_id).join(Affiliation, _PRESENT).where(*conditions)
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(Booking.id).subquery())) or 0
    rows = db.session.scalars(
        base.options(contains_eager(Booking.person), contains_eager(Booking.course_session).joinedload(CourseSession.course),
                     contains_eager(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(Booking.due_at, Booking.id).limit(MOST_REQUESTS)
    ).all()
    return total, rows


def held(scope: Scope, now: datetime) -> Sequence[HeldPlaces]:
    """Places without names that are held for agencies in scope, those that go back first."""
    return db.session.scalars(
        _held(scope).where(HeldPlaces.places > 0, HeldPlaces.releases_at > now, CourseSession.starts_at > now,
                           CourseSession.status != SessionStatus.CANCELLED)
        .order_by(HeldPlaces.releases_at, HeldPlaces.id).limit(100)
    ).all()


def held_places(scope: Scope, ref: str) -> HeldPlaces | None:
    """Places without names that are, or were, held for an agency in scope."""
    return db.session.scalar(_held(scope).where(HeldPlaces.ref == ref).options(
        contains_eager(HeldPlaces.course_session).selectinload(CourseSession.parts)))


def group(number: int, by_id: int) -> BookingGroup | None:
    """What somebody booked for others in one act."""
    return db.session.scalar(sa.select(BookingGroup).where(BookingGroup.id == number, BookingGroup.by_id == by_id))


def of_group(scope: Scope, number: int) -> tuple[CourseSession, list[Booking], int] | None:
    """The session of a group, its bookings, those with a place first, of whom is in scope still, and how many others there are; none once all of
    them belong to a later act, by which they were booked anew."""
    rows = db.session.execute(
        sa.select(Booking, scope.holds.label("inside")).join(Booking.person).outerjoin(Affiliation, _PRESENT).where(Booking.group_id == number)
        .options(contains_eager(Booking.person), joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(Booking.status == BookingStatus.WAITING, Person.last_name, Person.first_name, Booking.id)
    ).all()
    if not rows:
        return None
    inside = [row.Booking for row in rows if row.inside]
    return rows[0].Booking.course_session, inside, len(rows) - len(inside)


def positions(bookings: Iterable[Booking]) -> dict[int, tuple[int, int]]:
    """Where those of these bookings stand that wait, by booking, and how many wait for the same session."""
    waiting = [one for one in bookings if one.status is BookingStatus.WAITING]
    order = (Booking.priority, Booking.booked_at, Booking.id)
    ranked = sa.select(
        Booking.id, sa.func.row_number().over(partition_by=Booking.course_session_id, order_by=order).label("place"),
        sa.func.count().over(partition_by=Booking.course_session_id).label("everyone"),
    ).where(Booking.course_session_id.in_({one.course_session_id for one in waiting}), Booking.status == BookingStatus.WAITING).subquery()
    rows = db.session.execute(sa.select(ranked).where(ranked.c.id.in_([one.id for one in waiting])))
    return {row.id: (row.place, row.everyone) for row in rows}


def returned(session_id: int, people: Iterable[int]) -> dict[int, Booking]:
    """The places that these people gave back a moment ago and that are held for them still, by person."""
    return {booking.person_id: booking for booking in db.session.scalars(sa.select(Booking).where(
        Booking.course_session_id == session_id, Booking.person_id.in_(list(people)), Booking.status == BookingStatus.GIVEN_BACK,
        Booking.due_at.is_not(None)).order_by(Booking.id))}


def clashes(
    numbers: Iterable[int], course_session: CourseSession, statuses: Sequence[BookingStatus] = _TO_COME
) -> dict[int, list[CourseSession]]:
    """What else each of these people has at the time of the session, part by part, as far as it stands in one of these ways."""
    wanted = aliased(SessionPart)
    overlap = (
        sa.select(SessionPart.id).join(wanted, wanted.course_session_id == course_session.id)
        .where(SessionPart.course_session_id == CourseSession.id,
               SessionPart.starts_at < wanted.ends_at, SessionPart.ends_at > wanted.starts_at).exists()
    )
    found: dict[int, list[CourseSession]] = {}
    for one in db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id.in_(list(numbers)), Booking.status.in_(statuses), CourseSession.id != course_session.id, overlap)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course),
                 contains_eager(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(CourseSession.starts_at)
    ):
        found.setdefault(one.person_id, []).append(one.course_session)
    return found


def _in_scope(scope: Scope) -> sa.Select[tuple[Person]]:
    return sa.select(Person).outerjoin(Affiliation, _PRESENT).where(scope.holds)


def _held(scope: Scope) -> sa.Select[tuple[HeldPlaces]]:
    return (
        sa.select(HeldPlaces).join(HeldPlaces.course_session).where(HeldPlaces.agency_id.in_(scope.agency_ids))
        .options(contains_eager(HeldPlaces.course_session).joinedload(CourseSession.course), joinedload(HeldPlaces.agency),
                 joinedload(HeldPlaces.by))
    )


def _coming(numbers: Sequence[int], now: datetime) -> Sequence[Booking]:
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id.in_(numbers), Booking.status.in_(_TO_COME), CourseSession.ends_at > now)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course),
                 contains_eager(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(CourseSession.starts_at, Booking.id)
    ).all()
