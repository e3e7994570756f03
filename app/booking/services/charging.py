"""What a missed session means: turnout as the register says it, charges as lines of a ledger, and waivers. Nobody is barred.

Whoever is charged is told in the same transaction; a charge that is taken back is told to whoever knew of it.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from app.booking import emails
from app.booking.models import Booking, Charge, StrikeWaiver
from app.booking.queries import facts, strikes
from app.booking.rules.charges import ChargeKind, charges_for
from app.booking.rules.states import ON_REGISTER, BookingStatus
from app.booking.rules.turnout import Turnout
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.queries import may_be_known
from app.mail.services import queue, void

THE_POLICY = "the policy"
COSTS = (BookingStatus.BOOKED, BookingStatus.GIVEN_BACK, BookingStatus.MOVED, BookingStatus.WALK_IN)
"""Bookings that may cost something once the register is finished."""


def note_turnout(session: Session, booking: Booking, turnout: Turnout, *, now: datetime) -> None:
    """Keep what the register says; a corrected mark takes back what was charged for the old one. Only inside the register's transaction."""
    if booking.turnout is turnout:
        return
    booking.turnout = turnout
    wrong = {ChargeKind.NO_SHOW: turnout is not Turnout.MISSED, ChargeKind.EXTERNAL: turnout is not Turnout.CAME}
    for charge in _open_charges(session, [booking.id]):
        if wrong.get(charge.kind):
            _waive(session, charge, emails.REGISTER_CORRECTED.english, THE_POLICY, now)


def not_late_after_all(session: Session, booking: Booking, *, now: datetime) -> None:
    """What was charged for a place that came back late is taken back. Only inside the transaction that makes it so."""
    for charge in _open_charges(session, [booking.id]):
        if charge.kind is ChargeKind.LATE:
            _waive(session, charge, emails.DID_NOT_ASK_TO_MOVE.english, THE_POLICY, now)


def charge_session(session: Session, session_id: int, *, now: datetime, only: int | None = None) -> int:
    """Write what the bookings of a session cost, once its register is finished, and tell who pays; what is written already stays. How many lines.

    Nobody pays twice for one session, however often they booked it and gave it back, nor late for a place that they had again afterwards, or to which
    they came all the same: what was charged for that is taken back.
    What the policy itself took back, as a mark was corrected, is owed again when the mark is corrected once more. With `only` that booking alone.
    """
    bookings = session.scalars(
        sa.select(Booking).where(Booking.course_session_id == session_id, Booking.status.in_(COSTS))
        .options(joinedload(Booking.course_session), joinedload(Booking.person)).order_by(Booking.id)
        .with_for_update(of=Booking, key_share=True).execution_options(populate_existing=True)  # `unasked` may be putting one of them right
    ).all()
    waiver = aliased(Charge)
    known = {(row.person_id, row.kind) for row in session.execute(
        sa.select(Booking.person_id, Charge.kind).select_from(Charge).join(Booking, Booking.id == Charge.booking_id)
        .outerjoin(waiver, waiver.waives_id == Charge.id)
        .where(Booking.course_session_id == session_id, sa.or_(waiver.id.is_(None), waiver.by != THE_POLICY))
    )}
    there = {booking.person_id for booking in bookings if _is_there(booking)}
    known |= {(person_id, ChargeKind.LATE) for person_id in there}
    for charge in _open_charges(session, [booking.id for booking in bookings if booking.person_id in there]):
        if charge.kind is ChargeKind.LATE:
            _waive(session, charge, emails.REGISTER_CORRECTED.english, THE_POLICY, now)
    unanswered = _left_for_unanswered(session, session_id)
    bookings = [booking for booking in bookings if only in (None, booking.id) and booking.id not in unanswered]
    tree = facts.agency_tree()
    policies = {key: facts.policy_for(*key) for key in {_policy_key(booking) for booking in bookings}}
    lines = 0
    for booking in bookings:
        policy, sector = policies[_policy_key(booking)], facts.working_at(booking.agency_id, tree).sector
        moved = booking.status is BookingStatus.MOVED
        said_yes = booking.turnout is not Turnout.MISSED or strikes.said_yes(booking)
        for kind, pence in charges_for(
                policy, booking.status, booking.notice, booking.turnout, sector, said_yes=said_yes, moved_since=_moved_since(booking)):
            if (booking.person_id, kind) not in known:
                reason = "Moved to another date late" if moved else kind.label
                charge = Charge(booking_id=booking.id, kind=kind, pence=pence, reason=reason, by=THE_POLICY, at=now)
                session.add(charge)
                session.flush()
                queue(emails.charged(booking, charge), now=now)
                known.add((booking.person_id, kind))
                lines += 1
    return lines


def _moved_since(booking: Booking) -> bool:
    """Whether the session got another time after its person gave the place back: then what was late was for a date that was not held."""
    changed_at = booking.course_session.times_changed_at
    return changed_at is not None and booking.ended_at is not None and booking.ended_at < changed_at


def _left_for_unanswered(session: Session, session_id: int) -> set[int | None]:
    """The places from which another moved their person to a date to which they have not said yes: until they do, leaving was not late."""
    new = aliased(Booking)
    return set(session.scalars(sa.select(new.previous_id).join(Booking, Booking.id == new.previous_id).where(
        Booking.course_session_id == session_id, Booking.status == BookingStatus.MOVED, new.person_id == Booking.person_id,
        new.booked_by_id != new.person_id, new.agreed_at.is_(None))))


def _is_there(booking: Booking) -> bool:
    """Whether somebody is on the register, and not by mistake, as a walk-in who is excused is."""
    return booking.status in ON_REGISTER and not (booking.status is BookingStatus.WALK_IN and booking.turnout is Turnout.EXCUSED)


def _policy_key(booking: Booking) -> tuple[int | None, date]:
    """Who came without a booking is charged by the policy of the session's day, as `facts.policy_of` has it."""
    return booking.partnership_id, clock.london_date(booking.booked_at or booking.course_session.starts_at)


def waive_charges(*, charge_ids: Sequence[int], reason: str, by: str, now: datetime) -> int:
    """Take charges back, with a reason: each gets a second line that makes it nothing. How many were; the same sent again has the same answer.

    Raises:
        Refused: no reason, or none chosen.
    """
    if not reason.strip():
        raise Refused("Write why the charge is waived.")
    with transaction() as session:
        chosen = session.scalars(sa.select(Charge).where(Charge.id.in_(charge_ids), Charge.kind != ChargeKind.WAIVER)).all()
        waivers = session.scalars(sa.select(Charge).where(Charge.waives_id.in_([charge.id for charge in chosen]))).all()
        open_ones = [charge for charge in chosen if charge.id not in {one.waives_id for one in waivers}]
        if chosen and not open_ones and all((one.reason, one.by) == (reason.strip(), by) for one in waivers):
            return len(chosen)
        if not open_ones:
            raise Refused("Choose at least one charge that is not waived already.")
        for charge in open_ones:
            _waive(session, charge, reason.strip(), by, now)
    return len(open_ones)


def _waive(session: Session, charge: Charge, reason: str, by: str, now: datetime) -> None:
    session.add(Charge(booking_id=charge.booking_id, kind=ChargeKind.WAIVER, pence=-charge.pence, waives_id=charge.id, reason=reason, by=by, at=now))
    void(concerns=emails.charge_about(charge.id), reason="The charge is taken back.", now=now)
    if may_be_known(emails.charge_about(charge.id)):
        queue(emails.waived(charge.booking, charge, reason), now=now)


def _open_charges(session: Session, booking_ids: Sequence[int]) -> Sequence[Charge]:
    waived = sa.select(Charge.waives_id).where(Charge.waives_id.is_not(None))
    return session.scalars(sa.select(Charge).where(
        Charge.booking_id.in_(booking_ids), Charge.kind != ChargeKind.WAIVER, Charge.id.not_in(waived)
    )).all()


def waive_strikes(*, booking_ids: Sequence[int], reason: str, by: str, now: datetime) -> int:
    """Let missed sessions not count against people; that they were missed stays on record. How many; the same sent again has the same answer.

    Raises:
        Refused: no reason, or none chosen that was missed.
    """
    if not reason.strip():
        raise Refused("Write why the missed session does not count.")
    with transaction() as session:
        missed = session.scalars(sa.select(Booking.id).where(Booking.id.in_(booking_ids), Booking.turnout == Turnout.MISSED)).all()
        waivers = session.scalars(sa.select(StrikeWaiver).where(StrikeWaiver.booking_id.in_(missed))).all()
        chosen = set(missed) - {one.booking_id for one in waivers}
        if missed and not chosen and all((one.reason, one.by) == (reason.strip(), by) for one in waivers):
            return len(missed)
        if not chosen:
            raise Refused("Choose at least one missed session that counts still.")
        session.add_all(StrikeWaiver(booking_id=number, reason=reason.strip(), by=by, at=now) for number in sorted(chosen))
    return len(chosen)


def mark_exported(*, charge_ids: Sequence[int], now: datetime) -> None:
    """These lines have gone into an invoice run."""
    with transaction() as session:
        session.execute(sa.update(Charge).where(Charge.id.in_(charge_ids), Charge.exported_at.is_(None)).values(exported_at=now))
