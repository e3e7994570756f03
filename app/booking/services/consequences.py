"""What a change elsewhere means for places: of what an agency is part of, of for whom a course is. The sessions concerned are held meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking, CourseInterest
from app.booking.queries import facts, promised, requests
from app.booking.rules import approval, policy
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.booking.services.beginning import asked_today
from app.booking.services.by_itself import look_at_lists_again
from app.booking.services.holding import change, settle
from app.booking.services.locking import hold_all
from app.booking.services.together import tell_of_room, without_room
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused

THE_COURSE = "the rules of the course"


@contextmanager
def agencies_change(now: datetime) -> Iterator[None]:
    """Around a change of what an agency is part of, or of its sector: no session to come passes a limit by it, or has kept places used by others.

    Places that are free for other people then are offered to those who wait, and whoever booked a group that loses its room by it is told.

    Raises:
        Refused: naming a session that would, and what to do about it first.
    """
    with transaction() as session:
        held = hold_all(session, session.scalars(promised.with_quotas(now)).all())
        before, rooms = promised.broken(now), {number: without_room(one, now) for number, one in held.items()}
        yield
        session.flush()
        _refuse(promised.broken_since(before, now))
        look_at_lists_again(session)
        for number, course_session in held.items():
            settle(session, course_session, now)
            tell_of_room(session, course_session, rooms[number], now)


def _refuse(broken: Sequence[promised.BrokenAt]) -> None:
    if not broken:
        return
    first = broken[0]
    more = f" {len(broken) - 1} more would be broken." if len(broken) > 1 else ""
    way_out = first.broken.way_out
    raise Refused(f"{first.sentence}{more} {way_out[0].upper()}{way_out[1:]}, then save this again.")


@contextmanager
def audience_changes(course_id: int, now: datetime) -> Iterator[None]:
    """Around a change of for whom a course is, or of who has to agree: requests go on that wait for somebody who is not asked any more, and free
    places are offered to those who wait and can have them now, date by date.

    A list that rests goes on resting.
    """
    with transaction() as session:
        held = hold_all(session, session.scalars(sa.select(CourseSession.id).where(*_to_come(course_id, now))).all())
        yield
        session.flush()
        _ask_no_more(session, held, now)
        for number in _waited_for(session, course_id, now):
            settle(session, held[number], now)


def _ask_no_more(session: Session, held: Mapping[int, CourseSession], now: datetime) -> None:
    waiting = session.scalars(sa.select(Booking).where(
        Booking.course_session_id.in_(held), Booking.status.in_(AWAITING), Booking.due_at > now).order_by(Booking.id)).all()
    if not waiting:
        return
    people = facts.people({one.person_id for one in waiting}, waiting[0].course_session.course, now)
    agreed = requests.managers_agreed([one.id for one in waiting])
    for booking in waiting:
        who = people[booking.person_id]
        status = asked_today(booking, booking.status, who, agreed=booking.id in agreed)
        if status is BookingStatus.BOOKED:
            change(session, booking, Act.BOOK, status, by=THE_COURSE, now=now, reason=approval.NOBODY_ASKED)
        elif status is not booking.status:
            change(session, booking, Act.PASS_ON, status, by=THE_COURSE, now=now, reason=approval.NO_MANAGER_ASKED,
                   due_at=policy.request_ends_at(who.policy, booking.course_session.starts_at, now))


def _to_come(course_id: int, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return CourseSession.course_id == course_id, CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now


def _waited_for(session: Session, course_id: int, now: datetime) -> Sequence[int]:
    """The dates to come of the course for which people wait, or for any of which somebody would do, in the order of their ids."""
    waits = sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.WAITING)
    any_date = sa.exists().where(CourseInterest.course_id == course_id, CourseInterest.any_date, CourseInterest.ended_at.is_(None))
    return session.scalars(sa.select(CourseSession.id).where(
        *_to_come(course_id, now), CourseSession.list_rests.is_(False), sa.or_(waits, any_date)).order_by(CourseSession.id)).all()
