"""What an import changes about sessions to come: by the same acts as at the desk, and nobody is told or offered anything unless that is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.booking import emails
from app.booking import services as places
from app.booking.emails import Told
from app.booking.models import Booking, BookingGroup, CourseInterest
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.rules import happened as words
from app.booking.rules.states import LIVE, Act, BookingStatus
from app.booking.services import Stood
from app.booking.services.history import happened
from app.booking.services.organising.cancelling import CALLED_OFF
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.imports.services.bookings import BY, CalledOff
from app.mail.services import queue_all, void


@dataclass(frozen=True)
class Before:
    """How a session to come stood before the files were taken in; `without_room` are the groups that could never come together then."""

    stood: Stood
    capacity: int
    without_room: frozenset[int] = frozenset()


Coming = dict[int, Before]


def coming(session: Session, now: datetime) -> Coming:
    """Every session to come as it is before anything is written."""
    grouped = set(session.scalars(sa.select(Booking.course_session_id).join(Booking.group).where(
        Booking.status == BookingStatus.WAITING, BookingGroup.together).distinct()))
    found = {one.id: Before(places.stands(one), one.capacity, places.without_room(one, now) if one.id in grouped else frozenset())
             for one in session.scalars(
        sa.select(CourseSession).where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)
        .options(selectinload(CourseSession.parts))
    )}
    session.expire_all()  # the files are written past these objects
    return found


def note(session: Session, before: Coming, now: datetime) -> None:
    """What the files changed about sessions to come is done as at the desk: events, dates that are due, letters if people are told."""
    session.flush()
    for one in session.scalars(sa.select(CourseSession).where(CourseSession.id.in_(before)).options(selectinload(CourseSession.parts))
                               .order_by(CourseSession.id)).all():
        was = before[one.id]
        if one.status is not SessionStatus.SCHEDULED or (places.stands(one), one.capacity) == (was.stood, was.capacity):
            continue
        places.hold(session, one.id)
        if one.capacity != was.capacity:
            happened(session, one.id, words.capacity_changed(was.capacity, one.capacity), by=BY, now=now)
            places.tell_of_room(session, one, was.without_room, now)
        places.note_changes(session, one, was.stood, by=BY, now=now)
    session.flush()
    session.expire_all()


def end_bookings_of_cancelled_sessions(session: Session, before: Coming, ended: Sequence[CalledOff], now: datetime) -> None:
    """Who had booked here on a session that the files call off has no place any more, and can read why; in one letter too if people are told,
    as are those whose own line in the files has `ended` their booking."""
    live = session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(CourseSession.status == SessionStatus.CANCELLED, Booking.status.in_(LIVE))
        .options(contains_eager(Booking.course_session)).order_by(CourseSession.starts_at, Booking.id)
    ).all()
    told = [Told(booking, booking.status) for booking in live if booking.course_session_id in before] + _ended_by_their_line(session, before, ended)
    for booking in live:
        reason = booking.course_session.cancel_reason
        places.change(session, booking, Act.CANCEL, BookingStatus.SESSION_CANCELLED, by=BY, now=now, reason=reason)
    called_off = sa.select(CourseSession.id).where(CourseSession.status == SessionStatus.CANCELLED)
    places.end_undos(session, Booking.course_session_id.in_(called_off))
    _tell(session, told, now)
    off = session.scalars(sa.select(CourseSession).where(CourseSession.id.in_(before), CourseSession.status == SessionStatus.CANCELLED)).all()
    emails.tell_trainers_of_cancelling(session, off, now)
    for one in off:
        void(concerns=f"session:{one.id}", kinds=(*emails.TO_TRAINERS, emails.RUNS_AGAIN), reason=CALLED_OFF, now=now)
        happened(session, one.id, words.cancelled(_reason(one)), by=BY, now=now, stood=SessionStatus.SCHEDULED)
        emails.tell_holders(session, one, _reason(one), now)


def _ended_by_their_line(session: Session, before: Coming, ended: Sequence[CalledOff]) -> list[Told]:
    """Those of them that were to come; what was over before is history that is corrected."""
    stood = {one.booking_id: one.stood for one in ended}
    return [Told(booking, stood[booking.id]) for booking in session.scalars(
        sa.select(Booking).where(Booking.id.in_(stood), Booking.course_session_id.in_(before)).options(joinedload(Booking.course_session)))]


def _tell(session: Session, told: Sequence[Told], now: datetime) -> None:
    """One letter to each person, on however many of the sessions they were, if people are told."""
    by_person: dict[int, list[Told]] = {}
    known = () if emails.silent(session) else emails.with_times_told(session, told)
    for one in sorted(known, key=lambda one: (one.booking.course_session.starts_at, one.booking.id)):
        by_person.setdefault(one.booking.person_id, []).append(one)
    queue_all([
        draft for ones in by_person.values()
        for draft in emails.sessions_cancelled(ones, "; ".join(dict.fromkeys(_reason(one.booking.course_session) for one in ones)), now)
    ], now=now)


def _reason(one: CourseSession) -> str:
    return one.cancel_reason or "none is known"


def move_lists(session: Session, new: Iterable[int], now: datetime) -> int:
    """What is free is offered to those who wait, as after every other act, and dates that are new, or of which nobody was told when they came, are
    told to those who asked. No list rests: 0."""
    fresh = set(session.scalars(sa.select(CourseSession.id).join(CourseSession.course).where(
        *_open(now), sa.or_(CourseSession.id.in_(set(new)), CourseSession.untold), Course.published)))
    wanted = session.scalars(sa.select(CourseSession.id).where(
        *_open(now), _FREE, sa.or_(_WAITED_FOR, CourseSession.list_rests, sa.and_(_ANY_DATE, CourseSession.id.in_(fresh))))).all()
    for number in sorted(fresh.union(wanted)):
        course_session = places.hold(session, number)
        places.settle(session, course_session, now)
        if number in fresh:
            places.tell_who_asked(session, course_session, now)
            course_session.untold = False
    return 0


def any_date_could_come(session: Session, now: datetime) -> frozenset[int]:
    """Sessions with free places of a course of which somebody takes any date."""
    return frozenset(session.scalars(sa.select(CourseSession.id).where(*_open(now), _FREE, _ANY_DATE)))


def let_lists_rest(session: Session, new: Iterable[int], could_come: frozenset[int], now: datetime) -> int:
    """Where places are free for which people wait, none is offered: an offer of which nobody is told would lapse unseen. The same for who takes any
    date of the course, where the files freed places (`could_come` is where there were some before); and who asked to be told of new dates is not.
    How many such sessions."""
    resting = set(session.scalars(sa.select(CourseSession.id).where(*_open(now), _FREE, _WAITED_FOR)))
    resting |= any_date_could_come(session, now) - could_come
    untold = set(session.scalars(sa.select(CourseSession.id).join(CourseSession.course).where(
        *_open(now), CourseSession.id.in_(set(new)), Course.published, _ASKED_TO_BE_TOLD)))
    for numbers, mark in ((resting, {"list_rests": True}), (untold, {"untold": True})):
        session.execute(sa.update(CourseSession).where(CourseSession.id.in_(numbers)).values(mark).execution_options(synchronize_session=False))
    return len(resting | untold)


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now


_FREE = CourseSession.capacity + EXTRA > TAKEN
_WAITED_FOR = sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.WAITING)
_FOR_THE_COURSE = sa.exists().where(CourseInterest.course_id == CourseSession.course_id, CourseInterest.ended_at.is_(None))
_ANY_DATE, _ASKED_TO_BE_TOLD = _FOR_THE_COURSE.where(CourseInterest.any_date), _FOR_THE_COURSE.where(CourseInterest.any_date.is_(False))
