"""What a return means and whether it can be taken back, with all that decides it: for the page that says so before, and for the act."""

from collections.abc import Sequence
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


def notice_of(booking: Booking, now: datetime, *, reason: str = "") -> Notice:
    """In time, late, or excused by the reason: by what was promised to this person."""
    promised = facts.policy_of(booking)
    past = now >= policy.deadline(promised, booking.course_session.starts_at)
    return _given(booking, promised, now, reason=reason, has_two_by_us=past and _second_by_us(booking, now) is not None,
                  let_in_at=_let_in_at([booking.id]).get(booking.id) if past else None)


def excused_until(booking: Booking, now: datetime) -> datetime | None:
    """Until when a return that would be late by now is in time all the same, where nothing but the way in which its person got the place
    excuses it; none where it is late, or something excuses it for good."""
    promised, let_in_at = facts.policy_of(booking), _let_in_at([booking.id]).get(booking.id)
    until = policy.offer_ends_at(promised, booking.course_session.starts_at, let_in_at) if let_in_at is not None else None
    if until is None or now >= until:
        return None
    without = _given(booking, promised, now, has_two_by_us=_second_by_us(booking, now) is not None, let_in_at=None)
    return until if without is Notice.LATE else None


def excused_by_other_date(booking: Booking, now: datetime) -> bool:
    """Whether a return after the deadline is in time as long as its person has two dates by us, and by nothing else that stays so."""
    without = _given(booking, facts.policy_of(booking), now, has_two_by_us=False, let_in_at=None)
    return without is Notice.LATE and _second_by_us(booking, now) is not None


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
    other = _second_by_us(booking, promised_at)
    return other is None or other.turnout is Turnout.MISSED


def _second_by_us(booking: Booking, now: datetime) -> Booking | None:
    """The other date of the course that the person has, then still to come, as one of the two was called off and then took place after all."""
    other = facts.placed_elsewhere(booking.course_session, [booking.person_id], now).get(booking.person_id)
    reinstated = other is not None and db.session.scalar(sa.select(BookingEvent.id).where(
        BookingEvent.booking_id.in_((booking.id, other.id)), BookingEvent.act == Act.REINSTATE).limit(1)) is not None
    return other if reinstated else None


def offer_ended_at(booking: Booking) -> datetime | None:
    """Until when the last offer to somebody stood, as the session's times are now."""
    made = db.session.execute(
        sa.select(BookingEvent.act, BookingEvent.at).where(
            BookingEvent.booking_id == booking.id, BookingEvent.act.in_((Act.OFFER, Act.OFFER_FIRST)))
        .order_by(BookingEvent.id.desc()).limit(1)
    ).one()
    ends = policy.hold_of_displaced_ends_at if made.act is Act.OFFER_FIRST else policy.offer_ends_at
    return ends(facts.policy_of(booking), booking.course_session.starts_at, made.at)


def stood_before(booking: Booking) -> BookingStatus:
    """Where a booking stood before it came to where it stands: what somebody has again who takes back what they gave up."""
    return db.session.scalars(
        sa.select(BookingEvent.before).where(
            BookingEvent.booking_id == booking.id, BookingEvent.after == booking.status, BookingEvent.before != BookingEvent.after)
        .order_by(BookingEvent.id.desc()).limit(1)
    ).first() or BookingStatus.BOOKED


def undo_until(booking: Booking, now: datetime) -> datetime | None:
    """Until when a place that was given back, or an offer to which somebody said no, can be taken back by what was promised then; none when
    that has passed."""
    returned = db.session.scalar(sa.select(BookingEvent.at).where(
        BookingEvent.booking_id == booking.id, BookingEvent.after == booking.status, BookingEvent.before != BookingEvent.after
    ).order_by(BookingEvent.id.desc()).limit(1))
    if returned is None:
        return None
    promised, starts_at = facts.policy_of(booking), booking.course_session.starts_at
    until = policy.undo_ends_at(promised, starts_at, returned)
    if booking.status is BookingStatus.LEFT_LIST:
        until = policy.undo_of_no_ends_at(promised, starts_at, returned, offer_ended_at(booking))
    return until if until is not None and until > now else None


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
