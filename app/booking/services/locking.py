"""The lock of a session, under which alone its places change."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Agency
from app.booking.models import Booking
from app.booking.rules.places import said
from app.catalogue.models import Course, CourseSession, SessionPart
from app.core.db import send
from app.core.errors import Refused
from app.core.loading import as_loaded, columns_of, is_there

_table = CourseSession.__table__
_LOCK = sa.update(_table).where(_table.c.id == sa.bindparam("session_id")).values(places_version=_table.c.places_version + sa.literal_column("1"))
_ROWS = sa.select(*columns_of(CourseSession), *columns_of(Course), *columns_of(SessionPart)).select_from(CourseSession).join(
    Course, Course.id == CourseSession.course_id).outerjoin(SessionPart, SessionPart.course_session_id == CourseSession.id).where(
    CourseSession.id == sa.bindparam("session_id", type_=sa.Integer)).order_by(SessionPart.starts_at)
_AT = tuple(len(columns_of(model)) for model in (CourseSession, Course))
_AGAIN = (
    sa.select(CourseSession).where(CourseSession.id == sa.bindparam("session_id"))
    .options(joinedload(CourseSession.course, innerjoin=True), joinedload(CourseSession.parts)).execution_options(populate_existing=True)
)


def hold(session: Session, session_id: int) -> CourseSession:
    """The session with its course, locked until the transaction ends: nobody else changes its places meanwhile."""
    send(_LOCK, {"session_id": session_id})
    rows = [] if is_there(session, CourseSession, session_id) else send(_ROWS, {"session_id": session_id}).all()
    own, courses = _AT[0], sum(_AT)
    if not rows or is_there(session, Course, rows[0][own]):  # what the session knows already it reads anew
        return session.scalars(_AGAIN, {"session_id": session_id}).unique().one()
    course_session = as_loaded(session, CourseSession, rows[0][:own])
    set_committed_value(course_session, "course", as_loaded(session, Course, rows[0][own:courses]))
    parts = [as_loaded(session, SessionPart, row[courses:]) for row in rows if row[courses] is not None]
    set_committed_value(course_session, "parts", parts)
    return course_session


def hold_agencies(session: Session) -> None:
    """What agencies are part of, and their sectors, stays as it is until the transaction ends. Before any session is held, as who changes an
    agency holds the sessions after it."""
    session.execute(sa.select(Agency.id).order_by(Agency.id).with_for_update(read=True)).all()


def check_times(course_session: CourseSession, shown: int | None) -> None:
    """Whether the times are those that the person was shown when they said yes, as their version; none where a page showed none.

    Raises:
        Refused: they have changed since, with the new time.
    """
    if shown is not None and shown != course_session.times_version:
        raise Refused(f"The time of this session has changed since you opened the page: it is now {said(course_session.starts_at)}. Nothing was "
                      "done. Look at the new time, and press the button again if it suits you.")


def hold_all(session: Session, session_ids: Iterable[int]) -> dict[int, CourseSession]:
    """Several sessions, locked in the order of their ids, so that two acts never wait for each other."""
    return {number: hold(session, number) for number in sorted(set(session_ids))}


def session_of(session: Session, booking_id: int) -> int:
    """On which session a booking is; that never changes."""
    return session.scalars(sa.select(Booking.course_session_id).where(Booking.id == booking_id)).one()
