"""Calling sessions off: each person is told once, and who had a place is offered another date of the course first, with a hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.booking import emails
from app.booking.emails import Told
from app.booking.models import Booking, BookingEvent, BookingNeed
from app.booking.queries import facts
from app.booking.queries.displaced import have_instead
from app.booking.rules import happened as words
from app.booking.rules import policy, waiting
from app.booking.rules.displaced import DISPLACED, had_place, stand, stood_before
from app.booking.rules.places import places_free_for, with_one_more
from app.booking.rules.rearranging import Cancelling
from app.booking.rules.states import HOLDING, LIVE, RETURNED, Act, BookingStatus
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services import interest, unasked
from app.booking.services.beginning import new_booking
from app.booking.services.history import happened
from app.booking.services.holding import add, end_undos, note, settle
from app.booking.services.locking import hold_all
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.actors import number_of
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import queue_all, void

CALLED_OFF = "The session was cancelled."


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
    *, cancelling: Sequence[Cancelling], reason: str, by: str, now: datetime, seen: Mapping[int, str] | None = None
) -> Cancelled:
    """Call sessions off in one act. Nobody is charged, nobody is a no-show; who had a place is offered another date first, with a hold.

    `seen` is who was on each session when the page was opened, as `rules.displaced.stand` has it.

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
        check_unchanged(session, others, seen or {})
        for number in set(filter(None, others.values())):
            settle(session, held[number], now)
        done, told = Cancelled(), []
        shown = [held[number] for number in others if held[number].status is SessionStatus.SCHEDULED]
        for session_id, other_id in others.items():
            done, on_it = _call_off(session, held[session_id], held[other_id] if other_id else None, reason.strip(), by, now, done)
            told += on_it
        _write_to_all(emails.with_times_told(session, told), reason.strip(), now)
        emails.tell_trainers_of_cancelling(session, shown, now)
        emails.write_anew(session, [f"session:{number}" for number in others], kinds=(emails.TRAINER_LEFT,), reason=CALLED_OFF, now=now)
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


def check_unchanged(session: Session, numbers: Collection[int], seen: Mapping[int, str]) -> None:
    """Somebody who came and somebody who went in the meantime are two changes, not none.

    Raises:
        Refused: others are on one of these sessions than were `seen`.
    """
    there: dict[int, list[tuple[int, BookingStatus]]] = {number: [] for number in numbers}
    for number, booking_id, status in session.execute(sa.select(Booking.course_session_id, Booking.id, Booking.status).where(
        Booking.course_session_id.in_(numbers), Booking.status.in_(LIVE)
    )):
        there[number].append((booking_id, status))
    changed = [number for number in numbers if number in seen and stand(there[number]) != seen[number]]
    if changed:
        more = sum(len(there[number]) - stood_before(seen[number]) for number in changed)
        people = f"{more} {'person has' if more == 1 else 'people have'} booked" if more > 0 else "Bookings have changed"
        raise Refused(f"{people} since you opened this. Look again.")


def _call_off(
    session: Session, here: CourseSession, other: CourseSession | None, reason: str, by: str, now: datetime, done: Cancelled
) -> tuple[Cancelled, list[Told]]:
    """End what is on one session; who is to be told of it, which is for the end of the act."""
    happened(session, here.id, words.cancelled(reason), by=by, now=now, stood=here.status)
    here.status, here.cancel_reason = SessionStatus.CANCELLED, reason
    here.cancelled_on, here.cancelled_at = clock.london_date(now), now
    live = session.scalars(
        sa.select(Booking).where(Booking.course_session_id == here.id, Booking.status.in_(LIVE))
        .order_by(Booking.priority, Booking.booked_at, Booking.id).options(joinedload(Booking.person, innerjoin=True))
    ).all()
    instead = have_instead(live)
    displaced = [booking for booking in live if had_place(booking.status, instead=booking.id in instead)]
    _end_undos(session, here, by, now, reason)
    stood = {booking.id: booking.status for booking in live}
    _end_all(session, live, by, now, reason)
    for booking in live:
        if booking.previous_id:
            unasked.ended(session, booking, now=now)
    emails.bookings_changed(session, [booking.id for booking in live], reason=CALLED_OFF, now=now)
    void(concerns=f"session:{here.id}", kinds=(*emails.TO_TRAINERS, emails.RUNS_AGAIN), reason=CALLED_OFF, now=now)
    elsewhere, there = _offer_first(session, displaced, other, by, now) if other is not None else ({}, {})
    served = {number for number, booking in elsewhere.items() if booking.status is BookingStatus.OFFERED}
    interest.lost_places(session, [one for one in live if stood[one.id] in HOLDING and one.id not in served], by=by, now=now)
    emails.tell_holders(session, here, reason, now)
    holds = sum(booking.status is BookingStatus.OFFERED for booking in elsewhere.values())
    waits = len(elsewhere) - holds
    told = [Told(booking, stood[booking.id], elsewhere.get(booking.id) or there.get(booking.id)) for booking in live]
    return Cancelled(done.sessions + 1, done.places + here.capacity, done.ended + len(live), done.held + holds, done.waiting + waits), told


def _end_undos(session: Session, here: CourseSession, by: str, now: datetime, reason: str) -> None:
    """What was given back a moment ago cannot be taken back any more; the event is what an undo of the cancellation finds it by."""
    returned = session.execute(sa.select(Booking.id, Booking.status).where(
        Booking.course_session_id == here.id, Booking.due_at.is_not(None), Booking.status.in_(RETURNED))).all()
    end_undos(session, Booking.course_session_id == here.id)
    if returned:
        session.execute(sa.insert(BookingEvent), [
            {"booking_id": number, "at": now, "by": by, "by_id": number_of(by), "act": Act.CANCEL, "before": status, "after": status,
             "reason": reason, "rule": None} for number, status in returned
        ])


def _end_all(session: Session, live: Sequence[Booking], by: str, now: datetime, reason: str) -> None:
    """End every live booking of a cancelled session, in two statements however many there are."""
    if not live:
        return
    session.execute(sa.insert(BookingEvent), [
        {"booking_id": booking.id, "at": now, "by": by, "by_id": number_of(by), "act": Act.CANCEL, "before": booking.status,
         "after": BookingStatus.SESSION_CANCELLED, "reason": reason, "rule": None} for booking in live
    ])
    ended = {"status": BookingStatus.SESSION_CANCELLED, "ended_at": now, "due_at": None, "reason": reason}
    session.execute(
        sa.update(Booking).where(Booking.id.in_([booking.id for booking in live])).values(**ended).execution_options(synchronize_session=False))
    for booking in live:
        for name, value in ended.items():
            set_committed_value(booking, name, value)


def _write_to_all(told: Sequence[Told], reason: str, now: datetime) -> None:
    """One letter to each person, on however many of the sessions they were. It waits until the cancellation can no longer be undone."""
    by_person: dict[int, list[Told]] = {}
    for one in told:
        by_person.setdefault(one.booking.person_id, []).append(one)
    queue_all([
        draft for ones in by_person.values()
        for draft in emails.sessions_cancelled(sorted(ones, key=lambda one: one.booking.course_session.starts_at), reason, now)
    ], now=now)


def _offer_first(
    session: Session, displaced: Sequence[Booking], other: CourseSession, by: str, now: datetime
) -> tuple[dict[int, Booking], dict[int, Booking]]:
    """Hold places on another date for those who had one, first booked first; who finds none waits there before the others, also when they
    waited there before.

    What they have there now that they had not, and what they had already, by the ids of the old bookings. The letter about the cancellation
    tells people of them.
    """
    standing = facts.standing(other, now)
    on_it = {booking.person_id: booking for booking in session.scalars(
        sa.select(Booking).where(Booking.course_session_id == other.id, Booking.status.in_(LIVE)))}
    needs = {need.booking_id: need for need in session.scalars(
        sa.select(BookingNeed).where(BookingNeed.booking_id.in_([old.id for old in displaced])))}
    made: dict[int, Booking] = {}
    there: dict[int, Booking] = {}
    for old in displaced:
        mine = on_it.get(old.person_id)
        if mine is not None:
            first = mine.status is BookingStatus.WAITING and mine.priority != waiting.FIRST
            (made if first else there)[old.id] = mine
            if first:
                mine.priority = waiting.FIRST
                note(session, mine, Act.REORDER, mine.status, by=by, now=now, reason=DISPLACED)
            continue
        who = facts.person(old.person_id, other.course, now)
        if who.asker.left:  # nothing is held for somebody whose account was ended
            continue
        ends_at = policy.hold_of_displaced_ends_at(who.policy, other.starts_at, now)
        free = ends_at is not None and places_free_for(standing, who.asker.working, now)
        booking = new_booking(other, old.person_id, who, BookingStatus.OFFERED if free else BookingStatus.WAITING, now)
        booking.previous_id, booking.due_at, booking.priority = old.id, ends_at if free else None, waiting.FIRST
        with emails.not_telling(session):
            add(session, booking, Act.OFFER_FIRST if free else Act.JOIN, by=by, now=now, reason=DISPLACED)
        need = needs.get(old.id)
        if need is not None:
            session.add(BookingNeed(booking_id=booking.id, dietary=need.dietary, access=need.access, delete_at=other.ends_at + NEEDS_KEPT))
        standing = with_one_more(standing, who.asker.working) if free else standing
        made[old.id] = on_it[old.person_id] = booking
    return made, there
