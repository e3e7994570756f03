"""What of bookings and sessions needs a coordinator: requests, sessions that are too small, offers that lapse, places of leavers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.booking.models import Booking, BookingEvent
from app.booking.queries.programme import BOOKED, Dated, dated
from app.booking.rules.minimum import NEAR, Alarm, too_small
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db
from app.core.working_days import end_of_day

LATELY = timedelta(days=7)
FEW = 5


@dataclass(frozen=True)
class Some:
    """How many bookings there are of a kind, the first of them, and when the first of them is due."""

    count: int
    first: Sequence[Booking]
    due_at: datetime | None


def requests(now: datetime) -> Some:
    """Requests that wait for the coordinator, the most urgent first."""
    return _some(Booking.status == BookingStatus.AWAITING_COORDINATOR, CourseSession.starts_at > now)


def lapsing_offers(now: datetime) -> Some:
    """Offers that end today unless somebody answers."""
    return _some(Booking.status == BookingStatus.OFFERED, Booking.due_at > now, Booking.due_at <= end_of_day(clock.london_date(now)))


def _some(*conditions: sa.ColumnElement[bool]) -> Some:
    everyone = (sa.func.count().over(), sa.func.min(Booking.due_at).over())
    rows = db.session.execute(
        sa.select(Booking, *everyone).join(Booking.course_session).where(*conditions)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course), joinedload(Booking.person))
        .order_by(Booking.due_at.is_(None), Booking.due_at, Booking.id).limit(FEW)
    ).all()
    return Some(rows[0][1], [row[0] for row in rows], rows[0][2]) if rows else Some(0, (), None)


@dataclass(frozen=True)
class TooSmall:
    """A session with fewer people than it needs, and how near the decision is."""

    dated: Dated
    alarm: Alarm


def too_small_sessions(now: datetime) -> list[TooSmall]:
    """Sessions to come that are under their smallest number and near or past their day of decision, soonest first."""
    today = clock.london_date(now)
    rows = dated(
        sa.select(CourseSession).join(CourseSession.course)
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.minimum.is_not(None),
               CourseSession.minimum > BOOKED, sa.or_(CourseSession.decide_on.is_(None), CourseSession.decide_on <= today + NEAR))
        .order_by(CourseSession.starts_at, CourseSession.id)
    )
    found = []
    for one in rows:
        alarm = too_small(one.booked, one.session.minimum, one.session.decide_on, clock.london_date(one.session.starts_at), today)
        if alarm is not None:
            found.append(TooSmall(one, alarm))
    return found


def places_of_leavers(now: datetime) -> tuple[int, Sequence[Booking]]:
    """Bookings on coming sessions that ended lately because the account of their person did, and the first of them."""
    left = sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.LEAVER, BookingEvent.at > now - LATELY)
    found = _some(CourseSession.starts_at > now, Booking.ended_at > now - LATELY, left)
    return found.count, found.first
