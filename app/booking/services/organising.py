"""What an organiser changes: capacity, quotas, extra places, times; calling sessions off, with other dates offered first to those displaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.booking import emails
from app.booking.models import Booking, BookingEvent, BookingNeed, CapacityOverride, SessionQuota
from app.booking.queries import facts
from app.booking.rules import policy, waiting
from app.booking.rules.places import QuotaKind, check_capacity, places_free_for, with_one_more
from app.booking.rules.states import AWAITING, HOLDING, LIVE, Act, BookingStatus
from app.booking.services.holding import NEEDS_KEPT, add, change, hold, hold_all, new_booking, note, settle
from app.catalogue import services as catalogue
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import queue_all, void

UNDO_WITHIN = timedelta(minutes=10)


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
        .order_by(Booking.priority, Booking.booked_at, Booking.id).options(joinedload(Booking.person, innerjoin=True))
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
    ended = {"status": BookingStatus.SESSION_CANCELLED, "ended_at": now, "due_at": None, "reason": reason}
    session.execute(
        sa.update(Booking).where(Booking.id.in_([booking.id for booking in live])).values(**ended).execution_options(synchronize_session=False))
    for booking in live:
        for name, value in ended.items():
            set_committed_value(booking, name, value)


def _write_to_all(
    session: Session, live: Sequence[Booking], stood: Mapping[int, BookingStatus], elsewhere: Mapping[int, Booking], reason: str, now: datetime
) -> None:
    """One letter to each person: why, and what is held for them elsewhere. It waits until the cancellation can no longer be undone."""
    void(concerns=tuple(f"booking:{booking.id}" for booking in live), reason="The session was cancelled.", now=now)
    queue_all([
        draft for booking in live for draft in emails.session_cancelled(booking, stood[booking.id], elsewhere.get(booking.id), reason, now)
    ], now=now)


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


def undo_cancelling(*, session_ids: Sequence[int], by: str, now: datetime) -> int:
    """Take a cancellation back within ten minutes, before its letters leave: bookings stand as before, held places elsewhere go back.

    How many bookings stand again.

    Raises:
        Refused: more than ten minutes have passed, or a session was not cancelled.
    """
    with transaction() as session:
        displaced = sa.select(Booking.course_session_id).where(Booking.previous_id.in_(
            sa.select(Booking.id).where(Booking.course_session_id.in_(session_ids))))
        held = hold_all(session, [*session_ids, *session.scalars(displaced)])
        restored = 0
        for number in session_ids:
            here = held[number]
            if here.status is not SessionStatus.CANCELLED or here.cancelled_at is None:
                raise Refused("This session was not cancelled.")
            if now > here.cancelled_at + UNDO_WITHIN or now >= here.starts_at:
                raise Refused("More than ten minutes have passed, and people have been told. Plan a new session instead.")
            restored += _reinstate(session, here, by, now)
        for course_session in held.values():
            settle(session, course_session, now)
    return restored


def _reinstate(session: Session, here: CourseSession, by: str, now: datetime) -> int:
    cancelled_at = here.cancelled_at
    events = session.scalars(
        sa.select(BookingEvent).join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.course_session_id == here.id, BookingEvent.act == Act.CANCEL, BookingEvent.at == cancelled_at)
    ).all()
    here.status, here.cancel_reason, here.cancelled_on, here.cancelled_at = SessionStatus.SCHEDULED, None, None, None
    void(concerns=f"session:{here.id}", reason="The session goes ahead after all.", now=now, kinds=("held-places-cancelled",))
    for event in events:
        booking = session.get_one(Booking, event.booking_id)
        before = BookingStatus.WAITING if event.before is BookingStatus.OFFERED else event.before or BookingStatus.BOOKED
        due_at = policy.request_ends_at(facts.policy_of(booking), here.starts_at, now) if before in AWAITING else None
        booking.reason = None
        change(session, booking, Act.REINSTATE, before, by=by, now=now, due_at=due_at)
        void(concerns=f"booking:{booking.id}", reason="The session goes ahead after all.", now=now, kinds=("session-cancelled",))
        for elsewhere in session.scalars(sa.select(Booking).where(
            Booking.previous_id == booking.id, Booking.status.in_((BookingStatus.OFFERED, BookingStatus.WAITING)))).all():
            act = Act.WITHDRAW if elsewhere.status is BookingStatus.OFFERED else Act.LEAVE
            change(session, elsewhere, act, BookingStatus.LEFT_LIST, by=by, now=now)
    return len(events)


def change_session(*, session_id: int, planned: Planned, capacity: int, by: str, now: datetime) -> None:
    """Change a session and how many places it has, both or neither. Another time is noted on every booking, and asks people to say yes.

    Raises:
        Refused: either cannot be.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        before = [(part.starts_at, part.ends_at) for part in course_session.parts]
        place = (course_session.format, course_session.venue_or_link)
        catalogue.change_session(session_id=session_id, planned=planned, now=now)
        session.flush()
        if before != [(part.starts_at, part.ends_at) for part in course_session.parts] and course_session.status is SessionStatus.SCHEDULED:
            _note_new_times(session, course_session, by, now)
        elif place != (course_session.format, course_session.venue_or_link) and course_session.status is SessionStatus.SCHEDULED:
            _tell_new_place(session, course_session, now)
        change_capacity(session_id=session_id, capacity=capacity, now=now)


def _note_new_times(session: Session, course_session: CourseSession, by: str, now: datetime) -> None:
    """Limits never lie after the last moment that the new start allows, and needs are kept until thirty days after the new end."""
    course_session.times_version += 1
    course_session.times_changed_at = now
    session.execute(sa.update(BookingNeed).where(BookingNeed.booking_id.in_(
        sa.select(Booking.id).where(Booking.course_session_id == course_session.id))).values(delete_at=course_session.ends_at + NEEDS_KEPT)
        .execution_options(synchronize_session=False))
    common = facts.policy_for(None, clock.london_date(now))
    for booking in session.scalars(sa.select(Booking).where(Booking.course_session_id == course_session.id, Booking.status.in_(LIVE))).all():
        if booking.due_at is not None:
            offered = booking.status is BookingStatus.OFFERED
            booking.due_at = min(booking.due_at, policy.last_offer_ends_at(common, course_session.starts_at) if offered else course_session.starts_at)
        note(session, booking, Act.CHANGE_TIMES, booking.status, by=by, now=now)


def _tell_new_place(session: Session, course_session: CourseSession, now: datetime) -> None:
    """Places are kept; whoever has one is told where it is now. Joining instructions that are not sent yet would be wrong."""
    course_session.place_version += 1
    session.flush()
    booked = session.scalars(sa.select(Booking).where(
        Booking.course_session_id == course_session.id, Booking.status == BookingStatus.BOOKED)).all()
    queue_all(emails.place_changed(course_session, booked, now), now=now)


def change_capacity(*, session_id: int, capacity: int, now: datetime) -> None:
    """Change how many places there are; more places go to those who wait, in their order.

    Raises:
        Refused: more places are promised than there would be, or the session is cancelled.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        _check_not_cancelled(course_session)
        standing = settle(session, course_session, now)
        check_capacity(capacity, standing)
        course_session.capacity = capacity
        session.flush()
        settle(session, course_session, now)


def _check_not_cancelled(course_session: CourseSession) -> None:
    """While a cancellation can be undone nobody holds a place, but everybody may have theirs again: what there is must stay enough."""
    if course_session.status is SessionStatus.CANCELLED:
        raise Refused("This session is cancelled, so its places stay as they are. Undo the cancellation first, or plan a new session.")


def add_extra_places(*, session_id: int, places: int, risk: int | None, reason: str, by: str, now: datetime) -> None:
    """Offer more places than there are, as some people will not come, at a risk (in 100) that a coordinator states and answers for.

    Raises:
        Refused: no number, no reason, or the session is over.
    """
    if places < 1 or not reason.strip():
        raise Refused("Enter how many extra places, and why the risk is right.")
    if risk is not None and not 0 <= risk <= 100:
        raise Refused("The risk is a number from 0 to 100: in how many of 100 such sessions too many people would come.")
    with transaction() as session:
        course_session = hold(session, session_id)
        if now >= course_session.starts_at or course_session.status is not SessionStatus.SCHEDULED:
            raise Refused("This session is over, called off or not on the programme.")
        session.add(CapacityOverride(course_session_id=session_id, booking_id=None, places=places, risk=risk, reason=reason.strip(), by=by, at=now))
        session.flush()
        settle(session, course_session, now)


def take_extra_places_back(*, override_id: int, now: datetime) -> None:
    """Offer no more places than there are.

    Raises:
        Refused: the extra places are promised already, or the session is cancelled.
    """
    with transaction() as session:
        override = session.get_one(CapacityOverride, override_id)
        course_session = hold(session, override.course_session_id)
        _check_not_cancelled(course_session)
        standing = settle(session, course_session, now)
        if standing.taken > standing.limit - override.places:
            raise Refused("The extra places are promised already. They go when bookings are given back.")
        session.delete(override)


def add_quota(
    *, session_id: int, kind: QuotaKind, places: int, agency_id: int | None, sector: str | None, releases_at: datetime | None, now: datetime
) -> None:
    """Limit how many places a group may have, or keep some for it (without a group: for the coordinator).

    Raises:
        Refused: the number or the day does not fit, a limit has no group, places that are to be kept are promised to others, or the
            session is cancelled.
    """
    if places < 1:
        raise Refused("Enter at least one place.")
    if kind is QuotaKind.MOST and agency_id is None and not sector:
        raise Refused("Choose the agency or the sector that the limit is for.")
    with transaction() as session:
        course_session = hold(session, session_id)
        _check_not_cancelled(course_session)
        if releases_at is not None and not now < releases_at <= course_session.starts_at:
            raise Refused("Choose a day of release between today and the session.")
        standing = settle(session, course_session, now)
        kept = sum(max(0, quota.places - quota.used) for quota in standing.quotas if quota.kind is QuotaKind.KEPT and quota.holds(now))
        session.add(SessionQuota(course_session_id=session_id, kind=kind, places=places, agency_id=agency_id, sector=sector or None,
                                 releases_at=releases_at))
        session.flush()
        new = facts.quotas_of(session_id)[-1]
        if kind is QuotaKind.MOST and new.used > places:
            raise Refused(f"{new.name} holds {new.used} places already. Enter {new.used} or more, or move bookings first.")
        if kind is QuotaKind.KEPT and max(0, new.places - new.used) > standing.places_left - kept:
            raise Refused(f"Only {max(0, standing.places_left - kept)} places are free to be kept. Enter fewer.")
        settle(session, course_session, now)


def release_quota(*, quota_id: int, now: datetime) -> None:
    """End a limit, or let go of places that were kept: those who wait are offered them."""
    with transaction() as session:
        quota = session.get_one(SessionQuota, quota_id)
        course_session = hold(session, quota.course_session_id)
        quota.released = True
        session.flush()
        settle(session, course_session, now)


def set_booking_rules(*, session_id: int, rules: Mapping[str, Any], now: datetime) -> None:
    """When a session can be booked, how many people it needs, whether it is sure, and whether people are asked if they still come.

    `rules` holds opens_at, closes_at, minimum, decide_on, tentative and confirm_days.

    Raises:
        Refused: the window closes before it opens, or a number cannot be.
    """
    opens_at, closes_at, decide_on = rules.get("opens_at"), rules.get("closes_at"), rules.get("decide_on")
    if opens_at and closes_at and closes_at <= opens_at:
        raise Refused("Booking would close before it opens. Correct one of the two.")
    with transaction() as session:
        course_session = hold(session, session_id)
        if (opens_at and opens_at >= course_session.starts_at) or (closes_at and closes_at > course_session.starts_at):
            raise Refused("Booking opens and closes before the session starts. Correct the days.")
        if isinstance(decide_on, date) and decide_on > clock.london_date(course_session.starts_at):
            raise Refused("The day on which you decide lies before the session.")
        for name in ("opens_at", "closes_at", "minimum", "decide_on", "tentative", "confirm_days"):
            if name in rules:
                setattr(course_session, name, rules[name])
        session.flush()
        settle(session, course_session, now)
