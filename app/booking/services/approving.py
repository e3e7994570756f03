"""Saying yes or no to a request: the line manager from a letter, the coordinator at the desk."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking, EligibilityException
from app.booking.queries import facts, leaving, requests
from app.booking.rules import approval, policy, waiting
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.booking.services.consequences import audience_changes
from app.booking.services.holding import change, hold_booking, note, settle
from app.booking.services.locking import check_times, hold
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused

NO_MANAGER = "the look for managers who cannot answer"
DECIDED = "This request has been decided already, or its time has passed."
COORDINATOR_HAS_IT = "The coordinator decides this request by now, so your yes is not kept. Tell the coordinator if you agree."


def manager_agrees(*, booking_id: int, by: str, now: datetime, times: int | None = None) -> None:
    """The line manager says yes to the times that the page showed: the place is sure, or the coordinator is next. Doing it again changes nothing.

    Raises:
        Refused: the request is not the manager's to decide any more, or the times have changed since.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status in (BookingStatus.BOOKED, BookingStatus.AWAITING_COORDINATOR) and requests.manager_agreed(booking.id):
            return
        if booking.status is not BookingStatus.AWAITING_MANAGER:
            raise Refused(COORDINATOR_HAS_IT if booking.status is BookingStatus.AWAITING_COORDINATOR else DECIDED)
        check_times(course_session, times)
        who = facts.person(booking.person_id, course_session.course, now)
        status, rule = approval.after_manager_agreed(course_session.course.approval, policy.standing_after(who.policy, who.strikes))
        due_at = policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None
        change(session, booking, Act.AGREE, status, by=by, now=now, rule=rule, due_at=due_at)


def not_the_manager(*, booking_id: int, by: str, now: datetime) -> None:
    """Whoever was asked is not this person's manager: the coordinator decides. Doing it again changes nothing.

    Raises:
        Refused: the request has been decided.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is BookingStatus.AWAITING_COORDINATOR:
            return
        if booking.status is not BookingStatus.AWAITING_MANAGER:
            raise Refused(DECIDED)
        _pass_on(session, booking, course_session, by=by, now=now, reason="whoever was asked is not the manager")


def _pass_on(session: Session, booking: Booking, course_session: CourseSession, *, by: str, now: datetime, reason: str) -> None:
    due_at = policy.request_ends_at(facts.policy_of(booking), course_session.starts_at, now)
    change(session, booking, Act.PASS_ON, BookingStatus.AWAITING_COORDINATOR, by=by, now=now, due_at=due_at, reason=reason)


def requests_without_answer(now: datetime) -> Sequence[int]:
    """The bookings whose manager cannot be expected to answer: their account has ended, or letters to them come back."""
    with transaction():
        return requests.without_answer(now)


def pass_on_request(*, booking_id: int, now: datetime, by: str = NO_MANAGER, reason: str = waiting.UNREACHABLE) -> None:
    """A request that waits for a manager who will not answer is the coordinator's to decide. What was decided meanwhile stays."""
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is BookingStatus.AWAITING_MANAGER and now < course_session.starts_at:
            _pass_on(session, booking, course_session, by=by, now=now, reason=reason)


def manager_has_left(*, person_id: int, now: datetime) -> None:
    """What waits for the yes of somebody who has left goes on to the coordinator, each request in its own transaction."""
    with transaction() as session:
        numbers = requests.waiting_for(session.get_one(Person, person_id).email, now)
    for number in numbers:
        pass_on_request(booking_id=number, now=now, reason="the manager has left")


def approve(*, booking_id: int, by: str, now: datetime, by_person_id: int | None = None, times: int | None = None) -> None:
    """The coordinator says yes, in the manager's stead too. Doing it again changes nothing.

    Raises:
        Refused: nothing is asked any more, or it is the coordinator's own request and there is another coordinator.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is BookingStatus.BOOKED:
            return
        if booking.status not in AWAITING:
            raise Refused(DECIDED)
        check_times(course_session, times)
        if booking.person_id == by_person_id and any(one.id != by_person_id for one in leaving.coordinators()):
            raise Refused("Nobody agrees to their own request while somebody else can. Ask another coordinator.")
        change(session, booking, Act.APPROVE, BookingStatus.BOOKED, by=by, now=now)


def ask_at_new_address(before: str, after: str) -> None:
    """Requests that wait for a manager known by one address wait for the same person at the other. Only inside a transaction."""
    db.session.execute(sa.update(Booking).where(
        Booking.manager_email == before, Booking.status == BookingStatus.AWAITING_MANAGER).values(manager_email=after))


def ask_other_manager(person_id: int, manager_email: str | None, now: datetime, by: str = "") -> None:
    """Requests of somebody for whom another manager is named (`by` somebody else, or by themselves) are theirs to decide, who is asked, also by an
    import of which nobody is told: nobody else can answer. Without a manager they go on to the coordinator. Only inside a transaction."""
    session = db.session()
    waiting = session.execute(sa.select(Booking.id, Booking.course_session_id).where(
        Booking.person_id == person_id, Booking.status == BookingStatus.AWAITING_MANAGER, Booking.manager_email != (manager_email or "")
    ).order_by(Booking.course_session_id)).all()
    for number, session_id in waiting:
        course_session = hold(session, session_id)  # as no place comes free by this, what is due can wait, also for the end of an import
        booking = session.get_one(Booking, number, populate_existing=True)
        due = booking.due_at is not None and booking.due_at <= now
        if booking.status is not BookingStatus.AWAITING_MANAGER or due or now >= course_session.starts_at:
            continue
        booking.manager_email = manager_email
        if manager_email is None:
            _pass_on(session, booking, course_session, by=by or booking.person.acting, now=now, reason="no manager is named any more")
            continue
        booking.due_at = policy.request_ends_at(facts.policy_of(booking), course_session.starts_at, now)
        with emails.asking(session):
            note(session, booking, Act.OTHER_MANAGER, booking.status, by=by or booking.person.acting, now=now)


def refuse(*, booking_id: int, reason: str, by: str, now: datetime, manager: bool = False) -> None:
    """Say no; the place goes on to the next. Doing it again changes nothing.

    Raises:
        Refused: nothing is asked any more, or not of a manager.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is BookingStatus.REFUSED:
            return
        if booking.status not in ((BookingStatus.AWAITING_MANAGER,) if manager else AWAITING):
            raise Refused(DECIDED)
        change(session, booking, Act.REFUSE, BookingStatus.REFUSED, by=by, now=now, reason=reason.strip() or None)
        settle(session, course_session, now)


def allow_exception(*, course_id: int, person_id: int, reason: str, by: str, now: datetime) -> None:
    """Let somebody book a course that is not open to them; who waits for a date of it is offered what is free there.

    Raises:
        Refused: no reason.
    """
    if not reason.strip():
        raise Refused("Write why this person may come although the course is for others.")
    with transaction() as session, audience_changes(course_id, now):
        kept = session.scalar(sa.select(EligibilityException).where(
            EligibilityException.course_id == course_id, EligibilityException.person_id == person_id
        ))
        if kept is None:
            session.add(EligibilityException(course_id=course_id, person_id=person_id, reason=reason.strip(), by=by, at=now))
