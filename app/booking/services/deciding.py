"""The policies and terms of a partnership. Neither is changed once it holds: a new one follows from a day on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking, BookingPolicy, Terms
from app.booking.queries import desk_policies
from app.booking.rules.policy import Policy
from app.booking.services.attempts import keep_answer, sent_before
from app.booking.services.reminding import look_again
from app.core import clock
from app.core.db import transaction, write_alone
from app.core.errors import Refused

NUMBERS = {
    "notice": (0, 90), "offer_hours": (1, 336), "near_offer_hours": (1, 48), "near_hours": (1, 336), "no_offers_hours": (0, 48),
    "undo_minutes": (0, 120), "approval_days": (1, 30), "strikes_note": (0, 50), "strikes_ask": (0, 50), "strike_months": (1, 60),
    "joining_days": (0, 60),
    "late_pence": (0, 1_000_000), "no_show_pence": (0, 1_000_000), "external_pence": (0, 1_000_000),
}
"""The least and the most of each number."""


def save_policy(
    *, partnership_id: int | None, starts_on: date, facts: Mapping[str, object], now: datetime, check: Callable[[Policy], None] | None = None
) -> BookingPolicy:
    """A partnership's policy from a day on (without a partnership: of all that have none of their own).

    One of the same day is corrected as long as the day has not come. `check` is asked of what would hold on that day without it, once nobody
    else can save one, and may refuse.

    Raises:
        Refused: the day is past, somebody booked on it already, or a number is out of bounds.
    """
    today = clock.london_date(now)
    if starts_on < today:
        raise Refused("A policy holds from today or a later day: what people were promised before stays.")
    values = {**asdict(Policy()), **facts}
    for name in ("external_sectors", "reminder_days"):
        values[name] = list(values[name])  # type: ignore[call-overload]
    if not all(1 <= day <= 60 for day in values["reminder_days"]):  # type: ignore[attr-defined]
        raise Refused("Reminders go out from 1 to 60 days before a session.")
    for name, (least, most) in NUMBERS.items():
        if not least <= int(values[name]) <= most:  # type: ignore[call-overload]
            raise Refused(f"“{name.replace('_', ' ').capitalize()}” must be from {least} to {most}.")
    with transaction() as session:
        write_alone(session, BookingPolicy)
        if check is not None:
            check(desk_policies.in_force(desk_policies.policies(), partnership_id, starts_on))
        if starts_on == today and _booked_today(session, partnership_id, now):
            raise Refused("People have booked today already, and keep what they were promised. Choose tomorrow, or a later day.")
        kept = session.scalar(sa.select(BookingPolicy).where(
            BookingPolicy.starts_on == starts_on,
            BookingPolicy.partnership_id == partnership_id if partnership_id else BookingPolicy.partnership_id.is_(None),
        ))
        if kept is None:
            kept = BookingPolicy(partnership_id=partnership_id, starts_on=starts_on)
            session.add(kept)
        for name, value in values.items():
            setattr(kept, name, value)
        look_again(session)  # it may say when people are reminded
    return kept


def _booked_today(session: Session, partnership_id: int | None, now: datetime) -> bool:
    """Whether somebody of this area (without one: anybody) has booked today."""
    asked = sa.select(Booking.id).where(Booking.booked_at.between(clock.from_london(clock.london_date(now), time()), now))
    if partnership_id is not None:
        asked = asked.where(Booking.partnership_id == partnership_id)
    return session.scalar(asked.limit(1)) is not None


def save_terms(*, text: str, by: str, now: datetime, key: str = "", check: Callable[[Terms | None], None] | None = None) -> Terms:
    """The next version of the terms: who books from now on agrees to it. The same form (`key`) sent again has the same answer.

    `check` is asked of the latest, if there is one, once nobody else can save the next, and may refuse.

    Raises:
        Refused: nothing is written, or it is what holds already.
    """
    if not text.strip():
        raise Refused("Write the terms that people agree to.")
    with transaction() as session:
        write_alone(session, Terms)
        latest = session.scalars(sa.select(Terms).order_by(Terms.starts_at.desc(), Terms.id.desc()).limit(1)).one_or_none()
        if sent_before(session, key) and latest is not None:
            return latest
        if check is not None:
            check(latest)
        if latest is not None and latest.text == text.strip():
            raise Refused("These are the terms that hold already. Change something first.")
        terms = Terms(text=text.strip(), starts_at=now, by=by)
        session.add(terms)
        session.flush()
        keep_answer(session, key, f"terms {text.strip()}", None, now)
    return terms
