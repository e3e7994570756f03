"""The waiting list: taking or letting go of an offer, coming back after one lapsed, waiting for a course, and sessions made from a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking, BookingEvent, CourseInterest
from app.booking.queries import course_waiting, facts
from app.booking.rules import happened as words
from app.booking.rules import policy, waiting
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import places_free_for
from app.booking.rules.states import HAS_PLACE, Act, BookingStatus
from app.booking.rules.waiting import WaitingAct
from app.booking.services import interest
from app.booking.services.announcing import tell_who_asked
from app.booking.services.attempts import earlier_session, keep_answer
from app.booking.services.beginning import new_booking, work_as_today
from app.booking.services.history import happened
from app.booking.services.holding import change, give_place, hold_booking, note, pass_over, settle
from app.booking.services.locking import check_times, hold, hold_all
from app.booking.services.many import New, add_all
from app.booking.services.organising import use_kept_place
from app.catalogue import services as catalogue
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core.db import transaction
from app.core.errors import Refused

TOO_SOON = "The session starts too soon for offers. Choose a later day."
GONE = "This place has gone to the next person on the list."


@dataclass(frozen=True)
class Waits:
    """Somebody who waits for a course, with when they first joined, and whether they stand before others."""

    person_id: int
    joined_at: datetime
    priority: int


def accept_offer(
    *, booking_id: int, by: str, now: datetime, coordinator_id: int | None = None, times: int | None = None, terms: int | None = None
) -> None:
    """Take the place that is offered. Doing it again changes nothing. A coordinator (a person's id) who takes it for somebody has agreed by that.

    Raises:
        Refused: the offer has ended, or the session is over or called off.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status in HAS_PLACE:
            return
        if booking.status is BookingStatus.SESSION_CANCELLED:
            raise Refused("This session was cancelled, so the place is not there any more. Look for another date of the course.")
        if booking.status is not BookingStatus.OFFERED:
            raise Refused(GONE)
        check_times(course_session, times)
        give_place(session, course_session, booking, Act.ACCEPT, by=by, now=now, coordinator_id=coordinator_id, terms=terms)


def rejoin(*, booking_id: int, by: str, now: datetime, times: int | None = None) -> None:
    """Back to the old place on the list after an offer lapsed, once.

    Raises:
        Refused: no offer lapsed, a second one did, the session is over, or the person is on it in another way.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status in (BookingStatus.WAITING, BookingStatus.OFFERED):
            return
        if booking.status is not BookingStatus.LAPSED or not booking.lapses or not waiting.can_rejoin(booking.lapses):
            raise Refused("That is no longer possible. You can join the list again, at its end.")
        if course_session.status is not SessionStatus.SCHEDULED or now >= course_session.starts_at:
            raise Refused("This session was cancelled, or has started. Look for another date of the course.")
        if facts.live_booking(course_session.id, booking.person_id) is not None:
            raise Refused("You are on this session already.")
        check_times(course_session, times)
        change(session, booking, Act.REJOIN, BookingStatus.WAITING, by=by, now=now)
        settle(session, course_session, now)


def say_whenever(*, booking_id: int, whenever: bool, by: str, now: datetime, times: int | None = None) -> None:
    """Whether a place that comes free is to be booked at once, without asking first. Saying it again changes nothing.

    Raises:
        Refused: the person does not wait.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is not BookingStatus.WAITING:
            raise Refused("You are not waiting for this session any more.")
        check_times(course_session, times)
        if booking.whenever is whenever:
            return
        booking.whenever = whenever
        note(session, booking, Act.WHENEVER if whenever else Act.ASK_FIRST, booking.status, by=by, now=now)
        session.flush()
        settle(session, course_session, now)


def offer_out_of_turn(*, booking_id: int, reason: str, by: str, now: datetime) -> None:
    """A coordinator offers a free place to somebody who is not first; those who stand before read that, and why.

    Raises:
        Refused: no reason, nobody waits under this booking, or no place is free for them.
    """
    if not reason.strip():
        raise Refused("Write why this person comes before the others. Those who are passed over can read it.")
    with transaction() as session:
        course_session = hold(session, session.scalars(sa.select(Booking.course_session_id).where(Booking.id == booking_id)).one())
        counted = facts.counted(course_session, now)
        booking = session.get_one(Booking, booking_id, populate_existing=True)
        if booking.status is not BookingStatus.WAITING:
            raise Refused("This person is not waiting any more.")
        work_as_today([booking])
        working = facts.working_at(booking.agency_id, facts.agency_tree())
        if not places_free_for(counted.standing, working, now, coordinator=True):
            raise Refused("No place is free for them. Book them over capacity, with a reason, if there must be one.")
        ends_at = policy.offer_ends_at(facts.policy_of(booking), course_session.starts_at, now)
        if ends_at is None:
            raise Refused("The session starts too soon for an offer. Speak to the person and book them.")
        use_kept_place(session, course_session, counted.standing, working, booking.person.name or booking.person.email, by=by, now=now)
        pass_over(session, _before(booking), reason.strip(), by, now)
        change(session, booking, Act.OFFER, BookingStatus.OFFERED, by=by, now=now, reason=reason.strip(), rule="out of turn", due_at=ends_at)
        settle(session, course_session, now)


def put_first(*, booking_id: int, first: bool, reason: str, by: str, now: datetime) -> None:
    """Let somebody stand before, or again among, the others on the list; with a reason that is kept. Doing it again changes nothing.

    Raises:
        Refused: no reason, or they do not wait.
    """
    if not reason.strip():
        raise Refused("Write why the order changes. It stands in the history.")
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status is not BookingStatus.WAITING:
            raise Refused("This person is not waiting any more.")
        priority = waiting.FIRST if first else waiting.NORMAL
        if booking.priority == priority:
            return
        if first:
            pass_over(session, [one for one in _before(booking) if one.priority != waiting.FIRST], reason.strip(), by, now)
        booking.priority = priority
        note(session, booking, Act.REORDER, booking.status, by=by, now=now, reason=reason.strip())
        session.flush()
        settle(session, course_session, now)


def _before(booking: Booking) -> list[Booking]:
    """Who stands on the list before somebody."""
    return list(takewhile(lambda other: other.id != booking.id, facts.in_line(booking.course_session_id)))


def wait_for_course(*, course_id: int, person_id: int, any_date: bool, now: datetime) -> None:
    """Wait for a course: to be told when it runs again, or to be offered any date. Asking again changes only which of the two.

    Who takes any date is offered what is free at once.
    """
    with transaction() as session:
        coming = hold_all(session, session.scalars(sa.select(CourseSession.id).where(
            CourseSession.course_id == course_id, CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)))
        session.execute(sa.select(Course.id).where(Course.id == course_id).with_for_update())  # two presses at once come one after the other
        kept = session.scalar(sa.select(CourseInterest).where(
            CourseInterest.course_id == course_id, CourseInterest.person_id == person_id, CourseInterest.ended_at.is_(None)
        ))
        if kept is None or kept.any_date is not any_date:
            kept = kept or CourseInterest(course_id=course_id, person_id=person_id, joined_at=now)
            kept.any_date = any_date
            session.add(kept)
            session.flush()
            act = WaitingAct.ANY_DATE if any_date else WaitingAct.TELL_ME
            interest.happened(session, kept.id, act, by=session.get_one(Person, person_id).acting, now=now)
        for course_session in sorted(coming.values(), key=lambda one: one.starts_at):
            settle(session, course_session, now)


def stop_waiting_for_course(*, course_id: int, person_id: int, now: datetime) -> None:
    """No longer wait for a course. Doing it again changes nothing."""
    with transaction() as session:
        mine = sa.and_(CourseInterest.course_id == course_id, CourseInterest.person_id == person_id)
        interest.end(session, mine, WaitingAct.LEAVE, by=session.get_one(Person, person_id).acting, now=now)


def let_list_move(*, session_id: int, now: datetime) -> int:
    """Where an import that told nobody left the list at rest, what is free is offered, and who asked for new dates is told; how many of those."""
    with transaction() as session:
        course_session = hold(session, session_id)
        settle(session, course_session, now)
        told = tell_who_asked(session, course_session, now) if course_session.untold else 0
        course_session.untold = False
        return told


def put_on_programme(*, session_id: int, by: str, now: datetime) -> int:
    """Put a draft on the programme. Those for whom any date of the course will do are offered its places, those who asked to be told are told.

    How many people were told of it or offered a place. Doing it again changes nothing.

    Raises:
        Refused: as `catalogue.services.publish` says.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        if course_session.status is SessionStatus.SCHEDULED:
            return 0
        catalogue.publish(session_id=session_id, now=now)
        happened(session, session_id, words.PUBLISHED, by=by, now=now)
        _tell_trainer(session, course_session, now)
        settle(session, course_session, now)
        offered = session.scalar(sa.select(sa.func.count()).where(
            Booking.course_session_id == session_id, Booking.status == BookingStatus.OFFERED)) or 0
        return offered + tell_who_asked(session, course_session, now)


def _tell_trainer(session: Session, course_session: CourseSession, now: datetime) -> None:
    if course_session.trainer is not None:
        emails.tell_named(session, course_session, course_session.trainer, now)


def session_from_waiting(
    *, course_id: int, planned: Planned, capacity: int, by: str, now: datetime, key: str = ""
) -> tuple[CourseSession, int]:
    """Plan a session, put it on the programme and offer its places to those who wait for the course, in the order in which they joined.

    For whom no place is left stands on its list in that order, so that what is declined or lapses goes to them before anybody who comes later.
    How many offers were made stands beside the session. Whoever waits elsewhere stays there too; nobody to whom the course is not open is
    offered anything, but is told of the date if they asked for that.
    The same form (`key`) sent again has the same answer.

    Raises:
        Refused: the session cannot be planned, or nobody waits.
    """
    asked = f"from waiting {course_id}:{capacity}:{planned}"
    with transaction() as session:
        earlier = earlier_session(session, course_id=course_id, starts_at=min((start for start, _end in planned.parts), default=None),
                                  key=key, asked=asked)
        if earlier is not None:
            return earlier, _offers_made(session, earlier)
        people = people_waiting(session, course_id, now)
        if not people:
            raise Refused("Nobody waits for this course. Plan a session in the usual way.")
        course_session = catalogue.plan_session(course_id=course_id, planned=planned, capacity=capacity)
        session.flush()
        catalogue.publish(session_id=course_session.id, now=now)
        course_session = hold(session, course_session.id)
        happened(session, course_session.id, f"{words.PUBLISHED} for those who wait for the course", by=by, now=now)
        _tell_trainer(session, course_session, now)
        new, too_soon = _for_those_who_wait(course_session, people, capacity, now)
        if too_soon and not new:
            raise Refused(TOO_SOON)
        bookings = add_all(session, new, by=by, now=now)
        tell_who_asked(session, course_session, now)
        keep_answer(session, key, asked, bookings[0] if bookings else None, now)
    return course_session, min(capacity, len(bookings))


def _for_those_who_wait(course_session: CourseSession, people: Sequence[Waits], capacity: int, now: datetime) -> tuple[list[New], bool]:
    """A booking for each of them who may come, in their order: an offer as long as there are places, then the list. Whether it is too late to ask
    somebody stands beside them."""
    asking = facts.people([one.person_id for one in people], course_session.course, now)
    new, too_soon = [], False
    for one in people:
        who = asking[one.person_id]
        if why_not_eligible(who.audience, who.asker, ""):
            continue
        ends_at = policy.offer_ends_at(who.policy, course_session.starts_at, now)
        if ends_at is None:
            too_soon = True
            continue
        offered = len(new) < capacity
        booking = new_booking(course_session, one.person_id, who, BookingStatus.OFFERED if offered else BookingStatus.WAITING, now)
        booking.booked_at, booking.priority, booking.due_at = one.joined_at, one.priority, ends_at if offered else None
        new.append(New(booking, Act.OFFER if offered else Act.JOIN, None, waiting.FROM_LIST))
    return new, too_soon


def _offers_made(session: Session, course_session: CourseSession) -> int:
    """How many offers were made when the session was made from the list."""
    return session.scalars(sa.select(sa.func.count(BookingEvent.id)).join(Booking, Booking.id == BookingEvent.booking_id).where(
        Booking.course_session_id == course_session.id, BookingEvent.act == Act.OFFER, BookingEvent.reason == waiting.FROM_LIST)).one()


def people_waiting(session: Session, course_id: int, now: datetime) -> Sequence[Waits]:
    """Who waits for the course, on any of its coming sessions or for it as a whole, each once; in the order of the list.

    Whoever has a place on a coming date of it, asked for one or is offered one, is served and not among them.
    """
    on_lists = sa.select(Booking.person_id.label("person_id"), Booking.booked_at.label("joined_at"), Booking.priority.label("priority")).join(
        CourseSession, CourseSession.id == Booking.course_session_id
    ).where(CourseSession.course_id == course_id, CourseSession.starts_at > now, Booking.status == BookingStatus.WAITING)
    for_course = sa.select(CourseInterest.person_id, CourseInterest.joined_at, sa.literal(0)).where(
        CourseInterest.course_id == course_id, CourseInterest.ended_at.is_(None)
    )
    every = sa.union_all(on_lists, for_course).subquery()
    first = sa.select(
        every.c.person_id, sa.func.min(every.c.joined_at, type_=every.c.joined_at.type).label("joined_at"),
        sa.func.min(every.c.priority).label("priority"),
    ).group_by(every.c.person_id).subquery()
    return [Waits(row.person_id, row.joined_at, row.priority) for row in session.execute(
        sa.select(first).where(first.c.person_id.not_in(course_waiting.served(course_id, now)))
        .order_by(first.c.priority, first.c.joined_at, first.c.person_id)
    )]
