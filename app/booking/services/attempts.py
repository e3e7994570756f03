"""A form that is sent twice has one answer: its key is kept in the transaction of what it did, so that neither is there without the other."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Attempt, Booking
from app.booking.services.locking import hold
from app.catalogue import services as catalogue
from app.catalogue.models import Course, CourseSession
from app.catalogue.services import Planned
from app.core.db import send, transaction
from app.core.errors import Refused
from app.core.tokens import digest

KEPT = timedelta(hours=24)
_EARLIER = sa.select(Attempt.asked_digest, Attempt.booking_id).where(Attempt.key_digest == sa.bindparam("key"))
_KEEP = sa.insert(Attempt.__table__)


def earlier_answer(session: Session, key: str, asked: str) -> Booking | None:
    """What this form did when it was sent before. Ask while holding the lock of the session that it is about.

    Raises:
        Refused: the form's key was used for something else.
    """
    return answered(session, send(_EARLIER, {"key": digest(key)}).one_or_none(), asked) if key else None


def answered(session: Session, kept: Sequence[Any] | None, asked: str) -> Booking | None:
    """The same, from what is kept of the form: what was asked, as its digest, and the booking that came of it.

    Raises:
        Refused: the form's key was used for something else.
    """
    if kept is None:
        return None
    asked_digest, booking_id = kept
    if asked_digest != digest(asked):
        raise Refused("This form was sent before with something else in it. Open the page again, and send it once.")
    return session.get(Booking, booking_id) if booking_id else None


def sent_before(session: Session, key: str) -> bool:
    """Whether this form did what it asks for already."""
    return bool(key) and session.get(Attempt, digest(key)) is not None


def keep_answer(session: Session, key: str, asked: str, booking: Booking | None, now: datetime) -> None:
    """Remember what this form did."""
    row = form_row(key, asked, now)
    if row is not None:
        send(_KEEP, {"booking_id": booking.id if booking else None, **row})


def form_row(key: str, asked: str, now: datetime) -> dict[str, Any] | None:
    """What is kept of a form beside the booking that came of it; none when it has no key."""
    return {"key_digest": digest(key), "asked_digest": digest(asked), "at": now} if key else None


def once(*, session_id: int, key: str, asked: str, act: Callable[[], object], now: datetime) -> None:
    """Do something to a session's places, unless this form did it already: then nothing is done again.

    Raises:
        Refused: as the act says, or the form's key was used for something else.
    """
    with transaction() as session:
        hold(session, session_id)
        earlier_answer(session, key, f"{session_id}:{asked}")
        if not sent_before(session, key):
            act()
            keep_answer(session, key, f"{session_id}:{asked}", None, now)


def earlier_session(session: Session, *, course_id: int, starts_at: datetime | None, key: str, asked: str) -> CourseSession | None:
    """The session that this form planned when it was sent before. The course stays locked, so that of two forms sent at once one waits.

    Raises:
        Refused: the form's key was used for something else, or its session was moved meanwhile.
    """
    session.execute(sa.select(Course.id).where(Course.id == course_id).with_for_update())
    booking = earlier_answer(session, key, asked)
    if booking is not None:
        return booking.course_session
    if not sent_before(session, key):
        return None
    made = session.scalars(sa.select(CourseSession).where(
        CourseSession.course_id == course_id, CourseSession.starts_at == starts_at).order_by(CourseSession.id.desc()).limit(1)).one_or_none()
    if made is None:
        raise Refused("This form was sent before, and its session was changed since. Look for it among the sessions of the course.")
    return made


def plan_once(*, course_id: int, planned: Planned, capacity: int, key: str, now: datetime) -> CourseSession:
    """A new session of the course, as a draft; the same form sent again has the same session.

    Raises:
        Refused: its parts cannot be, or the form's key was used for something else.
    """
    asked = f"plan {course_id}:{capacity}:{planned}"
    with transaction() as session:
        earlier = earlier_session(session, course_id=course_id, starts_at=min((start for start, _end in planned.parts), default=None),
                                  key=key, asked=asked)
        if earlier is not None:
            return earlier
        made = catalogue.plan_session(course_id=course_id, planned=planned, capacity=capacity)
        keep_answer(session, key, asked, None, now)
    return made


def forget_old_attempts(*, now: datetime) -> int:
    """Forms sent more than a day ago will not come again; how many went."""
    with transaction() as session:
        return session.execute(sa.delete(Attempt).where(Attempt.at < now - KEPT)).rowcount
