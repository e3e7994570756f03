"""What calling sessions off would mean: who is on them, on which other dates there are places, and what was called off lately."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Affiliation, Person
from app.accounts.queries import gives_sessions
from app.booking.models import Booking, BookingEvent, HeldPlaces
from app.booking.queries import facts
from app.booking.queries.desk_policies import in_force, policies
from app.booking.queries.displaced import INSTEAD
from app.booking.queries.leaving import has_parts_to_come
from app.booking.queries.programme import Dated, dated
from app.booking.rules.displaced import CalledOff, OnSession, OtherDate, had_place, room_on, stand
from app.booking.rules.policy import hold_of_displaced_ends_at
from app.booking.rules.rearranging import Stands as Stand
from app.booking.rules.rearranging import how
from app.booking.rules.states import HAS_PLACE, LIVE, Act, BookingStatus
from app.booking.rules.undoing import UNDO_WITHIN, undone_until
from app.catalogue.models import CourseSession, Trainer
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db


@dataclass(frozen=True)
class ToCancel:
    """A session that could be called off, with who is on it and the other dates of its course, the one with most places for them first.

    `room` says how many places those who had one could have on each of them, by session: limits and kept places are minded. `stand` says who
    was on it when this was read and `how` as what it was planned, `nameless` for how many agencies places without names are held.
    """

    dated: Dated
    people: Sequence[OnSession]
    others: Sequence[Dated]
    stand: str
    how: str = ""
    nameless: int = 0
    room: Mapping[int, int] = field(default_factory=dict)

    @property
    def live(self) -> int:
        """How many live bookings it has."""
        return len(self.people)

    @property
    def had_place(self) -> int:
        """How many of them hold a place."""
        return sum(one.had_place for one in self.people)

    def called_off(self, other_id: int | None) -> CalledOff:
        """The session called off, with this other date."""
        return CalledOff(self.dated.session.id, self.people, other_id)


@dataclass(frozen=True)
class Choices:
    """Sessions that could be called off together, what is known of every other date that could be offered, and which trainers are written to."""

    sessions: Sequence[ToCancel]
    others: Mapping[int, OtherDate]
    trainers: frozenset[int] = frozenset()


def trainer(person_id: int) -> Trainer | None:
    """Somebody who gives sessions."""
    return db.session.scalar(sa.select(Trainer).where(Trainer.person_id == person_id).options(joinedload(Trainer.person)))


def sessions_of_trainer(person_id: int, starts_from: datetime, now: datetime) -> Choices:
    """The trainer's coming sessions from this moment on."""
    return _choices(now, CourseSession.trainer_id == person_id, CourseSession.starts_at >= starts_from)


def under_way(person_id: int, now: datetime) -> Sequence[CourseSession]:
    """The trainer's sessions that have begun and of which parts are still to come."""
    return db.session.scalars(
        sa.select(CourseSession).where(CourseSession.trainer_id == person_id, CourseSession.status == SessionStatus.SCHEDULED,
                                       CourseSession.starts_at <= now, has_parts_to_come(now))
        .options(joinedload(CourseSession.course)).order_by(CourseSession.starts_at, CourseSession.id)
    ).all()


def one_session(session_id: int, now: datetime) -> Choices:
    """One coming session."""
    return _choices(now, CourseSession.id == session_id)


def _choices(now: datetime, *conditions: sa.ColumnElement[bool]) -> Choices:
    """A fixed number of statements, however many sessions and people there are."""
    coming = (CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)
    drafts = sa.and_(CourseSession.status == SessionStatus.DRAFT, CourseSession.starts_at > now)
    chosen = dated(sa.select(CourseSession).join(CourseSession.course).where(sa.or_(sa.and_(*coming), drafts), *conditions)
                   .order_by(CourseSession.starts_at, CourseSession.id), limits=False)
    courses = {one.session.course_id for one in chosen}
    others = dated(sa.select(CourseSession).join(CourseSession.course).where(*coming, CourseSession.course_id.in_(courses))
                   .order_by(CourseSession.starts_at, CourseSession.id))
    tree = facts.agency_tree()
    people, stands, partnerships = _people([one.session.id for one in chosen], tree)
    nameless = _nameless([one.session.id for one in chosen], now)
    ends = _hold_ends(others, partnerships, now)
    there, waiting = _there([one.session.id for one in others])
    dates = {one.session.id: OtherDate(one.standing, there.get(one.session.id, frozenset()), ends[one.session.id],
                                       waiting.get(one.session.id, frozenset()))
             for one in others}
    found = []
    for one in chosen:
        number, there_on = one.session.id, people.get(one.session.id, ())
        possible = [other for other in others if other.session.course_id == one.session.course_id and other.session.id != number]
        room = {other.session.id: room_on(other.session.id, CalledOff(number, there_on), dates, now) for other in possible}
        possible.sort(key=lambda other, room=room: (-room[other.session.id], other.session.starts_at))
        found.append(ToCancel(one, there_on, possible, stand(stands.get(number, ())), _how(one.session), nameless.get(number, 0), room))
    return Choices(found, dates, _trainers(one.session for one in chosen))


def _trainers(sessions: Iterable[CourseSession]) -> frozenset[int]:
    """Who gives these sessions and has not left."""
    named = {one.trainer_id for one in sessions if one.trainer_id is not None}
    return frozenset(db.session.scalars(sa.select(Trainer.person_id).where(Trainer.person_id.in_(named), gives_sessions(Trainer.person_id))))


def _how(session: CourseSession) -> str:
    return how(session.trainer_id, session.capacity, [(part.starts_at, part.ends_at) for part in session.parts], session.venue_or_link)


Stands = dict[int, list[tuple[int, BookingStatus]]]


def _people(session_ids: Sequence[int], tree: dict[int, object]) -> tuple[dict[int, list[OnSession]], Stands, set[int | None]]:
    """Who is on each session, in the order in which places are held elsewhere; how each booking stands; and of which areas they are."""
    rows = db.session.execute(
        sa.select(Booking.course_session_id, Booking.id, Booking.person_id, Booking.status, INSTEAD.label("instead"),
                  Affiliation.agency_id, Affiliation.partnership_id)
        .outerjoin(Affiliation, sa.and_(Affiliation.person_id == Booking.person_id, Affiliation.ends_on.is_(None)))
        .where(Booking.course_session_id.in_(session_ids), Booking.status.in_(LIVE)).order_by(Booking.priority, Booking.booked_at, Booking.id)
    ).all()
    found: dict[int, list[OnSession]] = {}
    stands: Stands = {}
    for row in rows:
        stands.setdefault(row.course_session_id, []).append((row.id, row.status))
        person = OnSession(row.person_id, had_place(row.status, instead=row.instead), facts.working_at(row.agency_id, tree),
                           waits=row.status is BookingStatus.WAITING)
        found.setdefault(row.course_session_id, []).append(person)
    return found, stands, {row.partnership_id for row in rows}


def _nameless(session_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """How many people are told that the places without names that they hold go with the session."""
    return dict(db.session.execute(
        sa.select(HeldPlaces.course_session_id, sa.func.count()).where(
            HeldPlaces.course_session_id.in_(session_ids), HeldPlaces.places > 0, HeldPlaces.releases_at > now)
        .group_by(HeldPlaces.course_session_id)
    ).all())


def _hold_ends(others: Sequence[Dated], partnerships: set[int | None], now: datetime) -> dict[int, datetime | None]:
    """Until when a place is held at least, on each other date."""
    saved, today = policies(), clock.london_date(now)
    held = [in_force(saved, number, today) for number in partnerships or {None}]
    found: dict[int, datetime | None] = {}
    for one in others:
        ends = [hold_of_displaced_ends_at(policy, one.session.starts_at, now) for policy in held]
        found[one.session.id] = None if None in ends else min(end for end in ends if end is not None)
    return found


People = dict[int, frozenset[int]]


def _there(session_ids: Sequence[int]) -> tuple[People, People]:
    """By session, who has a place or an offer on it, and who is on its list."""
    there: dict[int, set[int]] = {}
    waiting: dict[int, set[int]] = {}
    for session_id, person_id, status in db.session.execute(
        sa.select(Booking.course_session_id, Booking.person_id, Booking.status)
        .where(Booking.course_session_id.in_(session_ids), Booking.status.in_(LIVE))
    ):
        (waiting if status is BookingStatus.WAITING else there).setdefault(session_id, set()).add(person_id)
    return ({number: frozenset(people) for number, people in there.items()}, {number: frozenset(people) for number, people in waiting.items()})


def where_they_stand(session_ids: Collection[int]) -> dict[int, Stand]:
    """Where each of these sessions stands now."""
    rows = db.session.execute(sa.select(CourseSession.id, CourseSession.status, CourseSession.trainer_id, CourseSession.starts_at)
                              .where(CourseSession.id.in_(session_ids)))
    return {row.id: Stand(row.status, row.trainer_id, row.starts_at) for row in rows}


@dataclass(frozen=True)
class CancelledTogether:
    """Sessions called off in one act, and what came of it; `both` are those who have taken a place on another date since."""

    sessions: Sequence[CourseSession]
    at: datetime
    ended: int
    held: int
    both: Sequence[str] = ()

    @property
    def places(self) -> int:
        """Places that were lost."""
        return sum(session.capacity for session in self.sessions)

    @property
    def undone_until(self) -> datetime | None:
        """Until when all of it can be taken back; none when one of the sessions began too soon for that."""
        return undone_until(self.at, [session.starts_at for session in self.sessions])


def cancelled_since(moment: datetime) -> list[CancelledTogether]:
    """What was called off since then, act by act, latest first."""
    rows = db.session.scalars(
        sa.select(CourseSession).where(CourseSession.status == SessionStatus.CANCELLED, CourseSession.cancelled_at >= moment)
        .options(joinedload(CourseSession.course)).order_by(CourseSession.cancelled_at.desc(), CourseSession.starts_at, CourseSession.id)
    ).all()
    if not rows:
        return []
    numbers = [row.id for row in rows]
    ended = dict(db.session.execute(
        sa.select(BookingEvent.at, sa.func.count()).join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.course_session_id.in_(numbers), BookingEvent.act == Act.CANCEL, BookingEvent.at >= moment,
               BookingEvent.after == BookingStatus.SESSION_CANCELLED).group_by(BookingEvent.at)
    ).all())
    earlier = aliased(Booking)
    held = dict(db.session.execute(
        sa.select(BookingEvent.at, sa.func.count()).join(Booking, Booking.id == BookingEvent.booking_id)
        .join(earlier, earlier.id == Booking.previous_id)
        .where(earlier.course_session_id.in_(numbers), BookingEvent.act == Act.OFFER_FIRST).group_by(BookingEvent.at)
    ).all())
    taken: dict[datetime, list[str]] = {}
    for at, person in db.session.execute(
        sa.select(earlier.ended_at, Person).select_from(Booking).join(earlier, earlier.id == Booking.previous_id)
        .join(Person, Person.id == Booking.person_id)
        .where(earlier.course_session_id.in_(numbers), earlier.status == BookingStatus.SESSION_CANCELLED, earlier.person_id == Booking.person_id,
               Booking.status.in_(HAS_PLACE)).order_by(Booking.id)
    ):
        taken.setdefault(at, []).append(person.name or person.email)
    groups: dict[datetime, list[CourseSession]] = {}
    for row in rows:
        groups.setdefault(row.cancelled_at or moment, []).append(row)
    return [CancelledTogether(sessions, at, ended.get(at, 0), held.get(at, 0), taken.get(at, ())) for at, sessions in groups.items()]


def lately(now: datetime) -> list[CancelledTogether]:
    """What was called off in the last ten minutes; each says until when it can be undone, if it can."""
    return cancelled_since(now - UNDO_WITHIN)


def undone_until_of(session: CourseSession, now: datetime) -> datetime | None:
    """Until when calling this session off can be taken back, with whatever was called off in the same act; none when it cannot."""
    if session.status is not SessionStatus.CANCELLED or session.cancelled_at is None or session.cancelled_at < now - UNDO_WITHIN:
        return None
    together = sa.select(CourseSession.starts_at).where(
        CourseSession.status == SessionStatus.CANCELLED, CourseSession.cancelled_at == session.cancelled_at)
    return undone_until(session.cancelled_at, db.session.scalars(together))
