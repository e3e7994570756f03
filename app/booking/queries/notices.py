"""What a return means and whether it can be taken back, with all that decides it: for the page that says so before, and for the act."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.queries.policies import Policies
from app.booking.rules import policy
from app.booking.rules.policy import Notice
from app.booking.rules.states import AWAITING, HAS_PLACE, Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import SessionStatus
from app.core.db import db

SAID_WHY = sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.APOLOGISE)
"""Whether somebody who could not come has said why, as a condition."""


KNOWN = "places_circumstances"


@dataclass(frozen=True)
class Circumstances:
    """How somebody came to a place, as far as it decides whether giving it back is late: when the list, or whoever agreed, let them in, and
    which other date they have by us."""

    let_in_at: datetime | None
    other: Booking | None


@contextmanager
def knowing(bookings: Sequence[Booking], now: datetime) -> Iterator[None]:
    """What decides whether these bookings of one session would come back late is asked once for all of them; nothing of it changes inside."""
    db.session.info[KNOWN] = _circumstances([one for one in bookings if _past(one, now)], now)
    try:
        yield
    finally:
        del db.session.info[KNOWN]


def _past(booking: Booking, now: datetime) -> bool:
    return now >= policy.deadline(facts.policy_of(booking), booking.course_session.starts_at)


def _circumstances(bookings: Sequence[Booking], now: datetime) -> dict[int, Circumstances]:
    if not bookings:
        return {}
    let_in_at, others = _let_in_at([one.id for one in bookings]), _seconds_by_us(bookings, now)
    return {one.id: Circumstances(let_in_at.get(one.id), others.get(one.id)) for one in bookings}


def _circumstances_of(booking: Booking, now: datetime) -> Circumstances:
    known: dict[int, Circumstances] = db.session.info.get(KNOWN, {})
    return known.get(booking.id) or _circumstances([booking], now)[booking.id]


def notice_of(booking: Booking, now: datetime, *, reason: str = "") -> Notice:
    """In time, late, or excused by the reason: by what was promised to this person."""
    how = _circumstances_of(booking, now) if _past(booking, now) else Circumstances(None, None)
    return _given(booking, facts.policy_of(booking), now, reason=reason, has_two_by_us=how.other is not None, let_in_at=how.let_in_at)


def excused_until(booking: Booking, now: datetime) -> datetime | None:
    """Until when a return that would be late by now is in time all the same, where nothing but the way in which its person got the place
    excuses it; none where it is late, or something excuses it for good."""
    promised, how = facts.policy_of(booking), _circumstances_of(booking, now)
    until = policy.offer_ends_at(promised, booking.course_session.starts_at, how.let_in_at) if how.let_in_at is not None else None
    if until is None or now >= until:
        return None
    without = _given(booking, promised, now, has_two_by_us=how.other is not None, let_in_at=None)
    return until if without is Notice.LATE else None


def whose_return_is_late(everything: Sequence[Booking], promises: Policies, now: datetime) -> set[int]:
    """Which of all that one person has on sessions to come would come back late, by the same rule; a fixed number of statements."""
    coming = [one for one in everything if one.course_session.starts_at > now]
    past = [one for one in coming if now >= policy.deadline(promises.of(one), one.course_session.starts_at)]
    if not past:
        return set()
    let_in_at, placed = _let_in_at([one.id for one in past]), [one for one in coming if one.status in HAS_PLACE]
    reinstated = set(db.session.scalars(sa.select(BookingEvent.booking_id).where(
        BookingEvent.booking_id.in_([one.id for one in placed]), BookingEvent.act == Act.REINSTATE)))
    return {one.id for one in past if Notice.LATE is _given(
        one, promises.of(one), now, let_in_at=let_in_at.get(one.id),
        has_two_by_us=any(other is not one and other.course_session.course_id == one.course_session.course_id
                          and not reinstated.isdisjoint((one.id, other.id)) for other in placed))}


def _given(
    booking: Booking, promised: policy.Policy, now: datetime, *, has_two_by_us: bool, let_in_at: datetime | None, reason: str = ""
) -> Notice:
    session = booking.course_session
    return policy.notice_given(
        promised, session.starts_at, now, reason=reason, times_changed_at=session.times_changed_at,
        question_runs=booking.status is BookingStatus.BOOKED and booking.due_at is not None and now < booking.due_at,
        asked_for_by_other=booking.booked_unasked, only_asked_for=booking.status in AWAITING, promised_at=booking.agreed_at or booking.booked_at,
        has_two_by_us=has_two_by_us, let_in_at=let_in_at,
    )


def _let_in_at(numbers: Sequence[int]) -> dict[int, datetime]:
    """When people got these places by the list, to which they had said "yes, whenever", or by whoever agreed to their request; not of those who
    said yes since."""
    rows = db.session.execute(
        sa.select(BookingEvent.booking_id, BookingEvent.act, BookingEvent.at)
        .where(BookingEvent.booking_id.in_(numbers), sa.or_(
            BookingEvent.act.in_((Act.LET_IN, Act.AGREE, Act.APPROVE, Act.STILL_COMING)),
            sa.and_(BookingEvent.act == Act.BOOK, BookingEvent.before.is_not(None))))
        .order_by(BookingEvent.id)
    )
    last = {row.booking_id: row for row in rows}
    return {number: row.at for number, row in last.items() if row.act is not Act.STILL_COMING}


def said_yes(booking: Booking) -> bool:
    """Whether somebody who missed a date had said yes to it, at the time that it had. Of two dates that they have by us they miss one freely."""
    changed_at, promised_at = booking.course_session.times_changed_at, booking.agreed_at or booking.booked_at
    if booking.booked_unasked or promised_at is None or (changed_at is not None and promised_at < changed_at):
        return False
    other = _seconds_by_us([booking], promised_at).get(booking.id)
    return other is None or other.turnout is Turnout.MISSED


def _seconds_by_us(bookings: Sequence[Booking], now: datetime) -> dict[int, Booking]:
    """The other date of the course that people of one session have, then still to come, as one of the two was called off and then took place
    after all; by booking."""
    placed = facts.placed_elsewhere(bookings[0].course_session, [one.person_id for one in bookings], now)
    if not placed:
        return {}
    reinstated = set(db.session.scalars(sa.select(BookingEvent.booking_id).where(
        BookingEvent.booking_id.in_([one.id for one in (*bookings, *placed.values())]), BookingEvent.act == Act.REINSTATE)))
    return {one.id: other for one in bookings if (other := placed.get(one.person_id)) is not None and not reinstated.isdisjoint((one.id, other.id))}


def offers_ended_at(bookings: Sequence[Booking]) -> dict[int, datetime | None]:
    """Until when the last offer to each of these stood, as the session's times are now."""
    made = {row.booking_id: row for row in db.session.execute(
        sa.select(BookingEvent.booking_id, BookingEvent.act, BookingEvent.at).where(
            BookingEvent.booking_id.in_([one.id for one in bookings]), BookingEvent.act.in_((Act.OFFER, Act.OFFER_FIRST)))
        .order_by(BookingEvent.id))} if bookings else {}
    return {one.id: _ended_at(one, made[one.id].act, made[one.id].at) for one in bookings}


def _ended_at(booking: Booking, act: Act, made_at: datetime) -> datetime | None:
    ends = policy.hold_of_displaced_ends_at if act is Act.OFFER_FIRST else policy.offer_ends_at
    return ends(facts.policy_of(booking), booking.course_session.starts_at, made_at)


def stood_before(booking: Booking) -> BookingStatus:
    """Where a booking stood before it came to where it stands: what somebody has again who takes back what they gave up."""
    return db.session.scalars(
        sa.select(BookingEvent.before).where(
            BookingEvent.booking_id == booking.id, BookingEvent.after == booking.status, BookingEvent.before != BookingEvent.after)
        .order_by(BookingEvent.id.desc()).limit(1)
    ).first() or BookingStatus.BOOKED


def undos_until(bookings: Sequence[Booking], now: datetime) -> dict[int, datetime | None]:
    """Until when places that were given back, or offers to which people said no, can be taken back by what was promised then; none where that has
    passed."""
    returned = {row.booking_id: row.at for row in db.session.execute(
        sa.select(BookingEvent.booking_id, BookingEvent.at).join(Booking, Booking.id == BookingEvent.booking_id).where(
            Booking.id.in_([one.id for one in bookings]), BookingEvent.after == Booking.status, BookingEvent.before != BookingEvent.after)
        .order_by(BookingEvent.id))} if bookings else {}
    ends = offers_ended_at([one for one in bookings if one.id in returned and one.status is BookingStatus.LEFT_LIST])
    found = {one.id: _undo_until(one, returned.get(one.id), ends.get(one.id)) for one in bookings}
    return {number: until if until is not None and until > now else None for number, until in found.items()}


def _undo_until(booking: Booking, returned_at: datetime | None, offer_ends_at: datetime | None) -> datetime | None:
    if returned_at is None:
        return None
    promised, starts_at = facts.policy_of(booking), booking.course_session.starts_at
    if booking.status is BookingStatus.LEFT_LIST:
        return policy.undo_of_no_ends_at(promised, starts_at, returned_at, offer_ends_at)
    return policy.undo_ends_at(promised, starts_at, returned_at)


def back_on_list_until(booking: Booking, asked_by: int | None) -> datetime | None:
    """Until when somebody who left the waiting list can be put back where they stood; none where nobody took them off but a rule, nor for the
    person themselves (`asked_by`) where another took them off."""
    session = booking.course_session
    if booking.status is not BookingStatus.LEFT_LIST or booking.due_at is not None or session.status is not SessionStatus.SCHEDULED:
        return None
    last = db.session.execute(
        sa.select(BookingEvent.act, BookingEvent.rule, BookingEvent.at, BookingEvent.by_id).where(BookingEvent.booking_id == booking.id)
        .order_by(BookingEvent.id.desc()).limit(1)
    ).one_or_none()
    if last is None or last.act is not Act.LEAVE or last.rule is not None:
        return None
    if asked_by == booking.person_id and last.by_id not in (None, asked_by):
        return None
    return policy.undo_of_leaving_ends_at(facts.policy_of(booking), session.starts_at, last.at)
