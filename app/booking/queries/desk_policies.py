"""The policies and terms that hold, held and will hold, and what they can be about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Agency
from app.booking.models import Booking, BookingPolicy, Terms
from app.booking.queries import facts
from app.booking.rules.policy import Policy
from app.core import clock
from app.core.db import db


@dataclass(frozen=True)
class Saved:
    """A policy of one partnership (without: the common one), from a day on."""

    partnership_id: int | None
    partnership: str
    starts_on: date
    policy: Policy


def policies() -> list[Saved]:
    """Every policy ever saved, by partnership (the common one first), latest first."""
    rows = db.session.scalars(
        sa.select(BookingPolicy).options(joinedload(BookingPolicy.partnership))
        .order_by(BookingPolicy.partnership_id.is_not(None), BookingPolicy.partnership_id, BookingPolicy.starts_on.desc())
    ).all()
    return [Saved(row.partnership_id, row.partnership.name if row.partnership else "Everybody without a policy of their own", row.starts_on,
                  Policy(**{one.name: getattr(row, one.name) for one in fields(Policy)})) for row in rows]


def in_force(saved: Sequence[Saved], partnership_id: int | None, day: date) -> Policy:
    """What holds for people of this area on this day, out of all that is saved; the same as `facts.policy_for`."""
    for wanted in (partnership_id, None):
        for one in saved:
            if one.partnership_id == wanted and one.starts_on <= day:
                return one.policy
    return Policy()


def promised(bookings: Iterable[Booking], asked_at: datetime) -> dict[int, Policy]:
    """What was promised to the person of each booking on the day on which they asked (else at `asked_at`); the same as `facts.policy_of`, which
    finds it from now on without asking."""
    saved, found = policies(), {}
    for booking in bookings:
        day = clock.london_date(booking.booked_at or asked_at)
        found[booking.id] = in_force(saved, booking.partnership_id, day)
        facts.remember_policy(booking.partnership_id, day, found[booking.id])
    return found


def terms() -> Sequence[Terms]:
    """Every version of the terms, latest first."""
    return db.session.scalars(sa.select(Terms).order_by(Terms.starts_at.desc(), Terms.id.desc())).all()


def terms_now(now: datetime) -> Terms | None:
    """The version to which people agree now."""
    return db.session.scalar(sa.select(Terms).where(Terms.starts_at <= now).order_by(Terms.starts_at.desc(), Terms.id.desc()).limit(1))


def sectors() -> list[str]:
    """The sectors that agencies belong to."""
    return [name for name in db.session.scalars(sa.select(Agency.sector).distinct().order_by(Agency.sector)) if name]
