"""Places: taking one, giving it back, letting the next person in. Each act is one transaction that holds the session's lock."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Affiliation
from app.booking import rules
from app.booking.models import Booking, BookingEvent
from app.booking.rules import BookingStatus, Standing
from app.catalogue import services as catalogue
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus, open_for_booking
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused


def book_place(*, session_id: int, person_id: int, by: str, now: datetime) -> Booking:
    """A place for the person, or the end of the waiting list; what they have already if they asked before.

    `by` is the name that the booking's history shows.

    Raises:
        Refused: the session cannot be booked.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        mine = session.scalar(sa.select(Booking).where(
            Booking.course_session_id == session_id, Booking.person_id == person_id, Booking.status.in_(rules.LIVE)
        ))
        if mine is not None:
            return mine
        status = rules.place_or_waiting(standing(session, course_session), now)
        at = session.scalar(sa.select(Affiliation).where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None)))
        booking = Booking(
            course_session_id=session_id, person_id=person_id, status=status, booked_at=now, agency_id=at.agency_id if at else None,
            job_title=at.job_title if at else None, partnership_id=at.partnership_id if at else None,
        )
        session.add(booking)
        session.flush()
        note(session, booking, None, by=by, now=now)
    return booking


def give_back(*, booking_id: int, by: str, now: datetime) -> None:
    """End the booking, and let the first person who waits have the place. Doing it again changes nothing.

    Raises:
        Refused: there is nothing to give back, or the session has started.
    """
    with transaction() as session:
        booking = session.get_one(Booking, booking_id)
        course_session = hold(session, booking.course_session_id)
        session.refresh(booking)
        if booking.status is BookingStatus.GIVEN_BACK:
            return
        rules.check_can_give_back(booking.status, course_session.starts_at, now)
        change(session, booking, BookingStatus.GIVEN_BACK, by=by, now=now)
        let_in(session, course_session, now)


def cancel_session(*, session_id: int, reason: str, by: str, now: datetime) -> int:
    """Call the session off: every live booking ends with it. How many did.

    Raises:
        Refused: no reason, or the session is cancelled, started or delivered already.
    """
    if not reason.strip():
        raise Refused("Write why the session is cancelled; people who booked will read it.")
    with transaction() as session:
        course_session = hold(session, session_id)
        if course_session.status is SessionStatus.CANCELLED:
            raise Refused("This session is cancelled already.")
        if course_session.status is SessionStatus.DELIVERED or (
            course_session.status is SessionStatus.SCHEDULED and course_session.starts_at <= now
        ):
            raise Refused("This session has started, so it can no longer be cancelled. Mark its register instead.")
        course_session.status, course_session.cancel_reason = SessionStatus.CANCELLED, reason.strip()
        course_session.cancelled_on = clock.london_date(now)
        live = session.scalars(sa.select(Booking).where(Booking.course_session_id == session_id, Booking.status.in_(rules.LIVE))).all()
        for booking in live:
            change(session, booking, BookingStatus.SESSION_CANCELLED, by=by, now=now, reason=reason.strip())
    return len(live)


def change_session(*, session_id: int, planned: Planned, capacity: int, now: datetime) -> None:
    """Change a session and how many places it has, both or neither.

    Raises:
        Refused: either cannot be.
    """
    with transaction() as session:
        hold(session, session_id)
        catalogue.change_session(session_id=session_id, planned=planned, now=now)
        change_capacity(session_id=session_id, capacity=capacity, now=now)


def change_capacity(*, session_id: int, capacity: int, now: datetime) -> None:
    """Change how many places there are; a larger room lets in those who wait, in their order.

    Raises:
        Refused: more places are booked than there would be.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        booked = standing(session, course_session).booked
        if capacity < booked:
            raise Refused(f"{booked} places are booked, so there must be at least {booked}. Cancel bookings first, or keep the number.")
        course_session.capacity = capacity
        let_in(session, course_session, now)


def hold(session: Session, session_id: int) -> CourseSession:
    """The session, with its lock taken until the transaction ends: nobody else changes its places meanwhile."""
    session.execute(
        sa.update(CourseSession).where(CourseSession.id == session_id).values(places_version=CourseSession.places_version + 1)
    )
    return session.scalars(
        sa.select(CourseSession).where(CourseSession.id == session_id).execution_options(populate_existing=True)
    ).one()


def standing(session: Session, course_session: CourseSession) -> Standing:
    """The session's places as they are; ask only while holding its lock."""
    counts = dict(session.execute(
        sa.select(Booking.status, sa.func.count()).where(Booking.course_session_id == course_session.id).group_by(Booking.status)
    ).all())
    return Standing(
        status=course_session.status, starts_at=course_session.starts_at, capacity=course_session.capacity,
        booked=counts.get(BookingStatus.BOOKED, 0), waiting=counts.get(BookingStatus.WAITING, 0),
    )


def let_in(session: Session, course_session: CourseSession, now: datetime) -> None:
    """Give free places to those who wait, first come first served."""
    if not open_for_booking(course_session.status, course_session.starts_at, now):
        return
    session.flush()
    free = standing(session, course_session).places_left
    waiting = session.scalars(
        sa.select(Booking).where(Booking.course_session_id == course_session.id, Booking.status == BookingStatus.WAITING)
        .order_by(Booking.booked_at, Booking.id).limit(free)
    )
    for booking in waiting:
        change(session, booking, BookingStatus.BOOKED, by="waiting list", now=now)


def change(session: Session, booking: Booking, status: BookingStatus, *, by: str, now: datetime, reason: str | None = None) -> None:
    """Put the booking into another state, and keep that in its history."""
    before = booking.status
    booking.status = status
    booking.ended_at = None if status in rules.LIVE else now
    booking.reason = reason or booking.reason
    note(session, booking, before, by=by, now=now, reason=reason)


def note(
    session: Session, booking: Booking, before: BookingStatus | None, *, by: str, now: datetime, reason: str | None = None
) -> None:
    """Keep what happened to the booking."""
    session.add(BookingEvent(booking_id=booking.id, at=now, by=by, before=before, after=booking.status, reason=reason))
