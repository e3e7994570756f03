"""Calling sessions off: each person is told once, and who had a place is offered another date of the course first, with a hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules import policy, waiting
from app.booking.rules.places import places_free_for, with_one_more
from app.booking.rules.states import HOLDING, LIVE, Act, BookingStatus
from app.booking.services.holding import add, hold_all, new_booking, settle
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import queue, void


@dataclass(frozen=True)
class Cancelling:
    """A session to call off, and another date of its course on which those who had a place are offered one first."""

    session_id: int
    other_id: int | None = None


@dataclass(frozen=True)
class Cancelled:
    """What came of it: how many places were lost, how many bookings ended, how many people hold a place on another date or wait there first."""

    sessions: int = 0
    places: int = 0
    ended: int = 0
    held: int = 0
    waiting: int = 0


def cancel_session(*, session_id: int, reason: str, by: str, now: datetime, other_id: int | None = None) -> int:
    """Call one session off. How many bookings ended with it.

    Raises:
        Refused: no reason, or the session is cancelled, started or delivered already.
    """
    return cancel_sessions(cancelling=[Cancelling(session_id, other_id)], reason=reason, by=by, now=now).ended


def cancel_sessions(
    *, cancelling: Sequence[Cancelling], reason: str, by: str, now: datetime, seen: Mapping[int, int] | None = None
) -> Cancelled:
    """Call sessions off in one act. Nobody is charged, nobody is a no-show; who had a place is offered another date first, with a hold.

    `seen` is how many live bookings each session had when the page was opened.

    Raises:
        Refused: no reason, none chosen, one cannot be cancelled, another date does not fit, or somebody has booked meanwhile.
    """
    if not reason.strip():
        raise Refused("Write why the session is cancelled; people who booked will read it.")
    if not cancelling:
        raise Refused("Choose at least one session to cancel.")
    with transaction() as session:
        others = {one.session_id: one.other_id for one in cancelling}
        held = hold_all(session, [*others, *(number for number in others.values() if number)])
        for session_id, other_id in others.items():
            _check_cancellable(held[session_id], now)
            if other_id:
                _check_other(held[session_id], held[other_id], others, now)
        _check_unmarked(session, held, others)
        _check_unchanged(session, others, seen or {})
        for number in set(filter(None, others.values())):
            settle(session, held[number], now)
        done = Cancelled()
        for session_id, other_id in others.items():
            done = _call_off(session, held[session_id], held[other_id] if other_id else None, reason.strip(), by, now, done)
    return done


def _check_cancellable(course_session: CourseSession, now: datetime) -> None:
    if course_session.status is SessionStatus.CANCELLED:
        raise Refused("This session is cancelled already.")
    if course_session.status is SessionStatus.DELIVERED or (course_session.status is SessionStatus.SCHEDULED and course_session.starts_at <= now):
        raise Refused("This session has started, so it can no longer be cancelled. Mark its register instead.")


def _check_other(here: CourseSession, other: CourseSession, cancelled: Mapping[int, int | None], now: datetime) -> None:
    if other.id in cancelled or other.course_id != here.course_id or other.status is not SessionStatus.SCHEDULED or other.starts_at <= now:
        raise Refused(f"{other.ref} cannot be offered instead of {here.ref}: choose a coming session of the same course that goes ahead.")


def _check_unmarked(session: Session, held: Mapping[int, CourseSession], cancelled: Mapping[int, int | None]) -> None:
    marked = session.scalars(sa.select(Booking.course_session_id).where(
        Booking.course_session_id.in_(cancelled), Booking.turnout.is_not(None), Booking.status.in_(LIVE)).distinct()).all()
    if marked:
        raise Refused(f"People are marked on the register of {', '.join(held[number].ref for number in marked)} already, so it is under way.")


def _check_unchanged(session: Session, cancelled: Mapping[int, int | None], seen: Mapping[int, int]) -> None:
    counts = dict(session.execute(
        sa.select(Booking.course_session_id, sa.func.count()).where(Booking.course_session_id.in_(cancelled), Booking.status.in_(LIVE))
        .group_by(Booking.course_session_id)
    ).all())
    more = sum(counts.get(number, 0) - count for number, count in seen.items() if number in cancelled)
    if any(counts.get(number, 0) != count for number, count in seen.items() if number in cancelled):
        people = f"{more} {'person has' if more == 1 else 'people have'} booked" if more > 0 else "Bookings have changed"
        raise Refused(f"{people} since you opened this. Look again.")


def _call_off(
    session: Session, here: CourseSession, other: CourseSession | None, reason: str, by: str, now: datetime, done: Cancelled
) -> Cancelled:
    here.status, here.cancel_reason = SessionStatus.CANCELLED, reason
    here.cancelled_on, here.cancelled_at = clock.london_date(now), now
    live = session.scalars(
        sa.select(Booking).where(Booking.course_session_id == here.id, Booking.status.in_(LIVE))
        .order_by(Booking.priority, Booking.booked_at, Booking.id)
    ).all()
    had_place = [booking for booking in live if booking.status in HOLDING and booking.status is not BookingStatus.OFFERED]
    session.execute(sa.update(Booking).where(
        Booking.course_session_id == here.id, Booking.due_at.is_not(None), Booking.status.not_in(LIVE)).values(due_at=None))
    stood = {booking.id: booking.status for booking in live}
    _end_all(session, live, by, now, reason)
    elsewhere = _offer_first(session, had_place, other, by, now) if other is not None else {}
    _write_to_all(session, live, stood, elsewhere, reason, now)
    emails.tell_holders(session, here, reason, now)
    holds = sum(booking.status is BookingStatus.OFFERED for booking in elsewhere.values())
    waits = len(elsewhere) - holds
    return Cancelled(done.sessions + 1, done.places + here.capacity, done.ended + len(live), done.held + holds, done.waiting + waits)


def _end_all(session: Session, live: Sequence[Booking], by: str, now: datetime, reason: str) -> None:
    """End every live booking of a cancelled session, in two statements however many there are."""
    if not live:
        return
    session.execute(sa.insert(BookingEvent), [
        {"booking_id": booking.id, "at": now, "by": by, "act": Act.CANCEL, "before": booking.status,
         "after": BookingStatus.SESSION_CANCELLED, "reason": reason, "rule": None} for booking in live
    ])
    session.execute(
        sa.update(Booking).where(Booking.id.in_([booking.id for booking in live]))
        .values(status=BookingStatus.SESSION_CANCELLED, ended_at=now, due_at=None, reason=reason).execution_options(synchronize_session=False)
    )
    for booking in live:
        session.expire(booking)


def _write_to_all(
    session: Session, live: Sequence[Booking], stood: Mapping[int, BookingStatus], elsewhere: Mapping[int, Booking], reason: str, now: datetime
) -> None:
    """One letter to each person: why, and what is held for them elsewhere. It waits until the cancellation can no longer be undone."""
    void(concerns=tuple(f"booking:{booking.id}" for booking in live), reason="The session was cancelled.", now=now)
    for booking in live:
        for draft in emails.session_cancelled(booking, stood[booking.id], elsewhere.get(booking.id), reason, now):
            queue(draft, now=now)


def _offer_first(session: Session, displaced: Sequence[Booking], other: CourseSession, by: str, now: datetime) -> dict[int, Booking]:
    """Hold places on another date for those who had one, first booked first; who finds none waits there before the others.

    The new bookings by the old ones' ids. The letter about the cancellation tells people of them.
    """
    standing = facts.standing(other, now)
    there = set(session.scalars(sa.select(Booking.person_id).where(Booking.course_session_id == other.id, Booking.status.in_(LIVE))))
    made: dict[int, Booking] = {}
    for old in displaced:
        if old.person_id in there:
            continue
        who = facts.person(old.person_id, other.course, now)
        ends_at = policy.hold_of_displaced_ends_at(who.policy, other.starts_at, now)
        free = ends_at is not None and places_free_for(standing, who.asker.working, now)
        booking = new_booking(other, old.person_id, who, BookingStatus.OFFERED if free else BookingStatus.WAITING, now)
        booking.previous_id, booking.due_at, booking.priority = old.id, ends_at if free else None, waiting.FIRST
        with emails.not_telling(session):
            add(session, booking, Act.OFFER_FIRST if free else Act.JOIN, by=by, now=now, reason="the other session was cancelled")
        standing = with_one_more(standing, who.asker.working) if free else standing
        made[old.id] = booking
    return made
