"""Whose places went on because they left."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act
from app.catalogue.models import CourseSession
from app.core.db import db
from app.core.pages import Page

SIZE = 30


def leavers(page: int | None) -> tuple[Page, Sequence[Any]]:
    """A page of the places that went on because somebody left, latest first: (the event, the booking)."""
    total = db.session.scalar(sa.select(sa.func.count(BookingEvent.id)).where(BookingEvent.act == Act.LEAVER)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(
        sa.select(BookingEvent, Booking).join(Booking, Booking.id == BookingEvent.booking_id).join(Booking.person)
        .where(BookingEvent.act == Act.LEAVER)
        .options(contains_eager(Booking.person), joinedload(Booking.course_session).joinedload(CourseSession.course), joinedload(Booking.agency))
        .order_by(BookingEvent.at.desc(), BookingEvent.id.desc()).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows
