"""How people wait for a course: what ends that, what brings it back, and the event of each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking, CourseInterest, CourseInterestEvent
from app.booking.queries import facts
from app.booking.rules.states import BookingStatus
from app.booking.rules.waiting import WaitingAct
from app.booking.services.announcing import tell_again
from app.catalogue.models import CourseSession
from app.core.actors import number_of
from app.mail.services import true_again, void

NOT_WAITING = "They no longer wait for this course."


def happened(session: Session, interest_id: int, act: WaitingAct, *, by: str, now: datetime, booking_id: int | None = None) -> None:
    """Keep what happened to somebody's wait for a course."""
    session.add(CourseInterestEvent(interest_id=interest_id, at=now, by=by, by_id=number_of(by), act=act, booking_id=booking_id))


def end(
    session: Session, of: sa.ColumnElement[bool], act: WaitingAct, *, by: str, now: datetime, places: Mapping[int, int] | None = None
) -> None:
    """The waits that meet the condition are over; `places` has the bookings by which they are, by person."""
    ended = session.scalars(
        sa.update(CourseInterest).where(of, CourseInterest.ended_at.is_(None)).values(ended_at=now).returning(CourseInterest)
        .execution_options(synchronize_session="fetch")
    ).all()
    _ended(session, ended, act, by=by, now=now, places=places or {})


def _ended(session: Session, waits: Sequence[CourseInterest], act: WaitingAct, *, by: str, now: datetime, places: Mapping[int, int]) -> None:
    if waits:
        session.execute(sa.insert(CourseInterestEvent), [
            {"interest_id": one.id, "at": now, "by": by, "by_id": number_of(by), "act": act, "booking_id": places.get(one.person_id)}
            for one in waits])
        void(concerns=tuple(emails.asks(one.course_id, one.person_id) for one in waits), reason=NOT_WAITING, now=now)


def has_place(session: Session, booking: Booking, *, by: str, now: datetime) -> None:
    """Whoever has a place no longer waits for the course to run: neither told of its next date nor offered one."""
    have_places(session, [booking], by=by, now=now)


def have_places(session: Session, bookings: Sequence[Booking], *, by: str, now: datetime) -> None:
    """The same for many bookings of one session."""
    if not bookings:
        return
    places = {one.person_id: one.id for one in bookings}
    mine = sa.and_(CourseInterest.course_id == bookings[0].course_session.course_id, CourseInterest.person_id.in_(places))
    end(session, mine, WaitingAct.PLACED, by=by, now=now, places=places)


def lost_place(session: Session, booking: Booking, *, by: str, now: datetime) -> None:
    """Whose wait for the course ended by this place, and who has none any more, waits as before; who has another place is served by that one."""
    ended = _ended_by(session, booking)
    if ended is None:
        return
    other = facts.placed_elsewhere(booking.course_session, [booking.person_id], now).get(booking.person_id)
    if other is not None:
        happened(session, ended.id, WaitingAct.PLACED, by=by, now=now, booking_id=other.id)
        return
    ended.ended_at = None
    happened(session, ended.id, WaitingAct.AGAIN, by=by, now=now, booking_id=booking.id)
    true_again(concerns=emails.asks(ended.course_id, ended.person_id), reason=NOT_WAITING)
    session.flush()
    tell_again(session, ended, now)


def lost_places(session: Session, bookings: Sequence[Booking], *, by: str, now: datetime) -> None:
    """The same for many bookings of which few ended a wait."""
    numbers = {number for one in bookings for number in (one.id, one.previous_id) if number is not None}
    ended = set(session.scalars(sa.select(CourseInterestEvent.booking_id).where(
        CourseInterestEvent.booking_id.in_(numbers), CourseInterestEvent.act == WaitingAct.PLACED)))
    for booking in bookings:
        if booking.id in ended or booking.previous_id in ended:
            lost_place(session, booking, by=by, now=now)


def _ended_by(session: Session, booking: Booking) -> CourseInterest | None:
    """The wait that ended, last of all, by this place, or by one from which its person was moved to it; none where they wait again already."""
    last, later = CourseInterestEvent, sa.orm.aliased(CourseInterestEvent)
    live = sa.orm.aliased(CourseInterest)
    return session.scalars(
        sa.select(CourseInterest).join(last, last.interest_id == CourseInterest.id).where(
            last.booking_id.in_(_line(session, booking)), last.act == WaitingAct.PLACED, CourseInterest.ended_at.is_not(None),
            ~sa.exists().where(later.interest_id == CourseInterest.id, later.id > last.id),
            ~sa.exists().where(live.course_id == CourseInterest.course_id, live.person_id == CourseInterest.person_id, live.ended_at.is_(None)))
        .order_by(last.id.desc()).limit(1)
    ).one_or_none()


def _line(session: Session, booking: Booking) -> list[int]:
    """The booking and those of the same person that it came from, on other dates."""
    found, at = [booking.id], booking
    while at.previous_id is not None:
        at = session.get_one(Booking, at.previous_id)
        if at.person_id != booking.person_id:
            break
        found.append(at.id)
    return found


def put_off(session: Session, course_session: CourseSession, people: Iterable[int], now: datetime) -> None:
    """For the moment these people do not wait for the course of this session: what settles it offers them nothing, as they are booked on it.

    `decide` says of each what becomes of their wait.
    """
    session.execute(sa.update(CourseInterest).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.person_id.in_(list(people)), CourseInterest.ended_at.is_(None)
    ).values(ended_at=now))


def decide(session: Session, course_session: CourseSession, bookings: Sequence[Booking], *, by: str, now: datetime) -> None:
    """Of those whose wait was put off at this moment, who came to no place waits as before; that of the others is over.

    So is a wait that came back meanwhile, as settling ended a request that had ended it; it stands for one that was put off.
    """
    by_person = {one.person_id: one for one in bookings}
    again = set(session.scalars(sa.select(CourseInterest.person_id).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.person_id.in_(by_person), CourseInterest.ended_at.is_(None))))
    for interest in session.scalars(sa.select(CourseInterest).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.person_id.in_(by_person), CourseInterest.ended_at == now
    ).execution_options(populate_existing=True)).all():
        booking = by_person[interest.person_id]
        if booking.status is BookingStatus.WAITING and interest.person_id not in again:
            interest.ended_at = None
        else:
            _ended(session, [interest], WaitingAct.PLACED, by=by, now=now, places={booking.person_id: booking.id})
    for number in again:
        if by_person[number].status is not BookingStatus.WAITING:
            has_place(session, by_person[number], by=by, now=now)
