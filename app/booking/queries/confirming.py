"""What became of those who were asked whether they still come, and of those who were not: two statements however many there were."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.booking.models import Booking, BookingEvent
from app.booking.rules.confirming import Asked, Effect, effects
from app.booking.rules.states import Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.core.db import db

_asked = sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.ASK_COMING)
_question = aliased(BookingEvent)
_last_asked_at = sa.select(sa.func.max(_question.at)).where(
    _question.booking_id == Booking.id, _question.act == Act.ASK_COMING).correlate(Booking).scalar_subquery()
_said_yes = sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.STILL_COMING, BookingEvent.at >= _last_asked_at)
"""Since the question itself: another time of the session takes `Booking.asked_at` away, and not what was answered."""
_how = sa.case(
    (sa.and_(_asked, _said_yes), Asked.SAID_YES.value), (_asked, Asked.NO_ANSWER.value),
    (CourseSession.confirm_days.is_not(None), Asked.LATER.value), else_=Asked.NOT_ASKED.value,
)


@dataclass(frozen=True)
class Measured:
    """`asked` people got the question; of them `gave_back` gave the place back afterwards and `released` lost it by silence."""

    effects: list[Effect]
    asked: int
    gave_back: int
    released: int


def measured(starts_at: datetime, ends_at: datetime) -> Measured:
    """What the question did at the sessions that ended in this time."""
    within = (CourseSession.ends_at >= starts_at, CourseSession.ends_at < ends_at)
    rows = db.session.execute(
        sa.select(_how, Booking.turnout, sa.func.count()).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .where(*within, Booking.status == BookingStatus.BOOKED, Booking.turnout.in_((Turnout.CAME, Turnout.MISSED))).group_by(_how, Booking.turnout)
    )
    became = (sa.func.count().filter(Booking.status == status) for status in (BookingStatus.GIVEN_BACK, BookingStatus.RELEASED))
    asked, gave_back, released = db.session.execute(
        sa.select(sa.func.count(), *became).select_from(Booking).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .where(*within, _asked)
    ).one()
    return Measured(effects((Asked(how), turnout, number) for how, turnout, number in rows), asked, gave_back, released)
