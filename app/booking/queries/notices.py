"""What a return means and whether it can be taken back, with all that decides it: for the page that says so before, and for the act."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts, two_by_us
from app.booking.queries.policies import Policies
from app.booking.rules import policy
from app.booking.rules.approval import NOBODY_ASKED
from app.booking.rules.policy import Notice
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.catalogue.rules import SessionStatus
from app.core.db import db

SAID_WHY = sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.APOLOGISE)
"""Whether somebody who could not come has said why, as a condition."""


KNOWN = "places_circumstances"


@dataclass(frozen=True)
class Circumstances:
    """How somebody came to a place, as far as it decides whether giving it back is late: when the list, or whoever agreed, let them in, and
    whether it is one of two dates that they have by us."""

    let_in_at: datetime | None = None
    two_by_us: bool = False


@dataclass(frozen=True)
class Return:
    """What giving a place back means for its person: the last minute in which it is in time (`deadline`), whether that is over (`past`), and
    whether it counts as `late`. Past and not late, it never counts, or (`with_both`) as long as they have another date of the course by us."""

    deadline: datetime
    past: bool
    late: bool
    with_both: bool = False


@contextmanager
def knowing(bookings: Sequence[Booking], now: datetime) -> Iterator[None]:
    """What decides whether these bookings would come back late is asked once for all of them; nothing of it changes inside."""
    db.session.info[KNOWN] = _circumstances([one for one in bookings if _past(one, facts.policy_of(one), now)])
    try:
        yield
    finally:
        del db.session.info[KNOWN]


def _past(booking: Booking, promised: policy.Policy, now: datetime) -> bool:
    return now >= policy.deadline(promised, booking.course_session.starts_at)


def _circumstances(bookings: Sequence[Booking]) -> dict[int, Circumstances]:
    if not bookings:
        return {}
    numbers = [one.id for one in bookings]
    let_in_at, two = _let_in_at(numbers), two_by_us.which(numbers)
    return {number: Circumstances(let_in_at.get(number), number in two) for number in numbers}


def _circumstances_of(booking: Booking, promised: policy.Policy, now: datetime) -> Circumstances:
    if not _past(booking, promised, now):
        return Circumstances()
    known: dict[int, Circumstances] = db.session.info.get(KNOWN, {})
    return known.get(booking.id) or _circumstances([booking])[booking.id]


def notice_of(booking: Booking, now: datetime, *, reason: str = "") -> Notice:
    """In time, late, or excused by the reason: by what was promised to this person."""
    promised = facts.policy_of(booking)
    return _given(booking, promised, _circumstances_of(booking, promised, now), now, reason=reason)


def return_of(booking: Booking, now: datetime) -> Return:
    """What a page or a letter says of giving a place back now, by the same rule."""
    promised = facts.policy_of(booking)
    return _means(booking, promised, _circumstances_of(booking, promised, now), now)


def returns_of(everything: Sequence[Booking], promises: Policies, now: datetime) -> dict[int, Return]:
    """The same of many bookings, in a fixed number of statements."""
    known = _circumstances([one for one in everything if _past(one, promises.of(one), now)])
    return {one.id: _means(one, promises.of(one), known.get(one.id, Circumstances()), now) for one in everything}


def _means(booking: Booking, promised: policy.Policy, how: Circumstances, now: datetime) -> Return:
    starts_at = booking.course_session.starts_at
    past, last = _past(booking, promised, now), policy.last_minute_in_time(promised, starts_at)
    late = _given(booking, promised, how, now) is Notice.LATE
    theirs = policy.offer_ends_at(promised, starts_at, how.let_in_at) if how.let_in_at is not None else None
    if past and not late and theirs is not None and _given(booking, promised, replace(how, let_in_at=None), now) is Notice.LATE:
        return Return(theirs, past=False, late=False)  # nothing but when they were let in excuses it
    with_both = past and not late and how.two_by_us and _given(booking, promised, replace(how, two_by_us=False), now) is Notice.LATE
    return Return(last, past, late, with_both)


def _given(booking: Booking, promised: policy.Policy, how: Circumstances, now: datetime, *, reason: str = "") -> Notice:
    session = booking.course_session
    return policy.notice_given(
        promised, session.starts_at, now, reason=reason, times_changed_at=session.times_changed_at,
        question_runs=booking.status is BookingStatus.BOOKED and booking.due_at is not None and now < booking.due_at,
        asked_for_by_other=booking.booked_unasked, only_asked_for=booking.status in AWAITING, promised_at=booking.agreed_at or booking.booked_at,
        has_two_by_us=how.two_by_us, let_in_at=how.let_in_at,
    )


def _let_in_at(numbers: Sequence[int]) -> dict[int, datetime]:
    """When people got these places by the list, to which they had said "yes, whenever", by whoever agreed to their request, or as nobody has to
    agree any more; not of those who said yes since."""
    rows = db.session.execute(
        sa.select(BookingEvent.booking_id, BookingEvent.act, BookingEvent.at)
        .where(BookingEvent.booking_id.in_(numbers), sa.or_(
            BookingEvent.act.in_((Act.LET_IN, Act.AGREE, Act.APPROVE, Act.STILL_COMING)),
            sa.and_(BookingEvent.act == Act.BOOK, BookingEvent.before.is_not(None)),
            sa.and_(BookingEvent.rule == NOBODY_ASKED, BookingEvent.after == BookingStatus.BOOKED)))
        .order_by(BookingEvent.id)
    )
    last = {row.booking_id: row for row in rows}
    return {number: row.at for number, row in last.items() if row.act is not Act.STILL_COMING}


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
