"""What reports promised to show later."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db, first_of
from app.core.pages import Page
from app.evidence.models import Promise
from app.evidence.rules.promises import SOON, PromiseStatus

SIZE = 20


def promises(page: int | None) -> tuple[Page, Sequence[Promise]]:
    """A page of the promises: open ones first, the soonest due first among them."""
    total = db.session.scalar(sa.select(sa.func.count(Promise.id))) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.scalars(
        sa.select(Promise).options(joinedload(Promise.priority), joinedload(Promise.ended_by))
        .order_by(Promise.status != PromiseStatus.OPEN, Promise.due_on, Promise.id).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows


def promise(number: int) -> Promise | None:
    """One promise."""
    return db.session.scalar(sa.select(Promise).where(Promise.id == number).options(
        joinedload(Promise.priority), joinedload(Promise.added_by), joinedload(Promise.ended_by)))


def due(today: date, count: int) -> tuple[int, Sequence[Promise]]:
    """How many open promises are due soon or overdue, and the first of them."""
    return first_of(
        sa.select(Promise).where(Promise.status == PromiseStatus.OPEN, Promise.due_on <= today + SOON).order_by(Promise.due_on, Promise.id), count)


def open_count() -> int:
    """How many promises are still to be kept."""
    return db.session.scalar(sa.select(sa.func.count(Promise.id)).where(Promise.status == PromiseStatus.OPEN)) or 0


def promised_until(last: date) -> Sequence[Promise]:
    """The promises that were made until a day and are open, for a report that ends on it; the soonest due first."""
    return db.session.scalars(
        sa.select(Promise).where(Promise.promised_on <= last, Promise.status == PromiseStatus.OPEN).order_by(Promise.due_on, Promise.id)
    ).all()
