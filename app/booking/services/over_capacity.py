"""A place by a coordinator's decision: over capacity, or on a course that is not open to the person. Every count shows it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking, BookingEvent, CapacityOverride, EligibilityException
from app.booking.queries import facts
from app.booking.rules import happened as words
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import check_open, free_for_anybody, places_free_for, without_window
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import interest
from app.booking.services.beginning import ask_for, new_booking, work_as_today
from app.booking.services.history import happened
from app.booking.services.holding import add, change, settle
from app.booking.services.locking import check_times, hold
from app.booking.services.organising import use_kept_place
from app.booking.services.taking import OnBehalf
from app.catalogue.models import CourseSession
from app.core.actors import number_of
from app.core.db import transaction
from app.core.errors import Refused

BY_NAME = "over capacity, by name"


def book_over_capacity(
    *, session_id: int, person_id: int, reason: str, by: str, behalf: OnBehalf, now: datetime, exception: bool = False,
    times: int | None = None,
) -> Booking:
    """A place although none is free, by a coordinator's own name and reason; every count shows it. One that is free for them is used first.

    With `exception` the course need not be open to them: one is made, for the same reason. Somebody who waits gets the place that they wait
    for, and may decline it like whoever is booked by another. The same decision sent again changes nothing.

    Raises:
        Refused: no reason, the session is over or called off, the course is not open to them, they have left, or have a place already,
            or it is the coordinator themselves.
    """
    if not reason.strip():
        raise Refused("Write why this person gets a place although none is free. Everybody who sees the numbers can read it.")
    if behalf.person_id == person_id:
        raise Refused("Nobody decides for themselves that the rules do not hold. Book in the usual way, or ask another coordinator.")
    with transaction() as session:
        course_session = hold(session, session_id)
        standing = settle(session, course_session, now)
        check_open(without_window(standing), now)
        who = facts.person(person_id, course_session.course, now)
        booking = facts.live_booking(session_id, person_id)
        if booking is not None and booking.status is not BookingStatus.WAITING:
            if _decided_so(session, booking, reason.strip(), by):
                return booking
            raise Refused("This person holds a place already.")
        check_times(course_session, times)
        _check_open_to(session, course_session, who, reason.strip() if exception else "", by=by, now=now)
        there, booking = booking, booking or new_booking(course_session, person_id, who, BookingStatus.BOOKED, now)
        work_as_today([booking])
        working = facts.working_at(booking.agency_id, facts.agency_tree())
        ask_for(booking, behalf.person_id)
        if there is None:
            add(session, booking, Act.BOOK, by=by, now=now, reason=reason.strip(), rule=BY_NAME)
        else:
            change(session, booking, Act.TAKE, BookingStatus.BOOKED, by=by, now=now, reason=reason.strip(), rule=BY_NAME)
        if who.waits_for_course:
            interest.has_place(session, booking, by=by, now=now)
        called = booking.person.name or booking.person.email
        use_kept_place(session, course_session, standing, working, called, by=by, now=now)
        if not places_free_for(standing, working, now, coordinator=True):
            over = 0 if free_for_anybody(standing, now) else 1
            session.add(CapacityOverride(course_session_id=session_id, booking_id=booking.id, places=over, reason=reason.strip(), by=by, at=now))
    return booking


def _check_open_to(session: Session, course_session: CourseSession, who: facts.Asking, exception: str, *, by: str, now: datetime) -> None:
    """Whether the course is open to whom a coordinator books; where it is not, the reason for an `exception` makes one, as it could be made before.

    Raises:
        Refused: it is not, and there is no reason for an exception; or they have left.
    """
    refusal = why_not_eligible(who.audience, who.asker, "", to_another=True)
    if not refusal:
        return
    if who.asker.left or not exception:
        raise Refused(refusal if who.asker.left else f"{refusal.partition(' Think it is for')[0]} Nobody was booked. To book them all the same is an "
                                                     "exception: press the button again if you want to make one.")
    session.add(EligibilityException(course_id=course_session.course_id, person_id=who.person.id, reason=exception, by=by, at=now))
    happened(session, course_session.id, words.exception_made(who.person.name or who.person.email, exception), by=by, now=now)


def _decided_so(session: Session, booking: Booking, reason: str, by: str) -> bool:
    """Whether the booking has its place by this very decision: the form was sent twice."""
    same = (BookingEvent.booking_id == booking.id, BookingEvent.rule == BY_NAME, BookingEvent.by == by, BookingEvent.reason == reason,
            BookingEvent.by_id.is_not_distinct_from(number_of(by)))
    return session.scalar(sa.select(BookingEvent.id).where(*same).limit(1)) is not None
