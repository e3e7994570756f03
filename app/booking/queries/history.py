"""The history of a booking as its pages show it, to the person and at the desk."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.booking.models import BookingEvent, Charge, StrikeWaiver
from app.booking.queries.one_session import Happened
from app.booking.rules.charges import ChargeKind, money
from app.booking.rules.states import event_words
from app.core.db import db


def lines(booking_id: int, events: Iterable[BookingEvent]) -> list[Happened]:
    """What happened to a booking (its `events`, latest first), what it cost, and what of that was let go; latest first."""
    told = [Happened(event.at, event_words(event.act, event.reason, event.after), event.by, event.rule) for event in events]
    return sorted([*_let_go(booking_id), *_cost(booking_id), *told], key=lambda one: one.at, reverse=True)


def _cost(booking_id: int) -> list[Happened]:
    charges = db.session.scalars(sa.select(Charge).where(Charge.booking_id == booking_id).order_by(Charge.id.desc()))
    return [Happened(one.at, _charge_words(one), one.by) for one in charges]


def _charge_words(charge: Charge) -> str:
    what = "A charge was taken back" if charge.kind is ChargeKind.WAIVER else "Charged"
    return f"{what}, {money(abs(charge.pence))}: {charge.reason}"


def _let_go(booking_id: int) -> list[Happened]:
    waiver = db.session.get(StrikeWaiver, booking_id)
    return [Happened(waiver.at, f"That it was missed does not count any more: {waiver.reason}", waiver.by)] if waiver else []
