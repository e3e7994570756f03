"""Sessions with free places for which somebody waits, and what is to be seen of them: whoever sees the same as before need not look again.

A list moves by itself when a place comes free on its session. That somebody who waits can have one since, as their job, their agency or what they
came to has changed, or as any date will do for them again, is seen here alone.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.accounts.models import Account, Affiliation
from app.booking.models import Booking, CourseInterest, EligibilityException, ListLook
from app.booking.queries.facts import HOLDS_PLACE
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db


@dataclass(frozen=True)
class Seen:
    """A list at which nobody has looked as it is now: `picture` is a digest of all that decides about those who wait, outside the session."""

    session_id: int
    picture: str


def not_looked_at(now: datetime) -> list[Seen]:
    """Sessions to come with free places and people who wait, where something has changed since the last look. One statement."""
    return [seen for seen, looked_at in _seen(_who_waits(now)) if not looked_at]


def picture(session_id: int, now: datetime) -> str | None:
    """What is to be seen of one session now; none when no place is free there, or nobody waits who could have it."""
    return next((seen.picture for seen, _looked_at in _seen(_who_waits(now, CourseSession.id == session_id))), None)


def _seen(waits: sa.Subquery) -> list[tuple[Seen, bool]]:
    """What is to be seen of each session, and whether it was seen so when somebody looked last."""
    affiliation = (Affiliation.agency_id, Affiliation.job_title, Affiliation.level, Affiliation.partnership_id)
    came = sa.select(sa.func.count()).where(Booking.person_id == waits.c.person_id, Booking.turnout == Turnout.CAME).scalar_subquery()
    excepted = sa.exists().where(EligibilityException.course_id == waits.c.course_id, EligibilityException.person_id == waits.c.person_id)
    left = sa.exists().where(Account.person_id == waits.c.person_id, Account.closed_at.is_not(None))
    rows = db.session.execute(
        sa.select(waits.c.session_id, CourseSession.places_version, ListLook.places_version, ListLook.seen, waits.c.person_id, waits.c.on_list,
                  came, excepted, left, *affiliation)
        .join(CourseSession, CourseSession.id == waits.c.session_id).outerjoin(ListLook, ListLook.course_session_id == waits.c.session_id)
        .outerjoin(Affiliation, sa.and_(Affiliation.person_id == waits.c.person_id, Affiliation.ends_on.is_(None)))
        .order_by(waits.c.session_id, waits.c.person_id, waits.c.on_list)
    )
    pictures: dict[int, list[tuple[object, ...]]] = {}
    before: dict[int, tuple[bool, str | None]] = {}
    for session_id, version, looked_at, seen, *facts in rows:
        pictures.setdefault(session_id, []).append(tuple(facts))
        before[session_id] = version == looked_at, seen
    found = [Seen(number, hashlib.sha256(repr(facts).encode()).hexdigest()) for number, facts in pictures.items()]
    return [(one, before[one.session_id] == (True, one.picture)) for one in found]


def _who_waits(now: datetime, *of: sa.ColumnElement[bool]) -> sa.Subquery:
    """(session, course, person, whether on its list) of everybody who waits for a session with free places, or would take any date of its course."""
    free = (*of, CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.list_rests.is_(False),
            CourseSession.capacity + EXTRA > TAKEN)
    columns = (CourseSession.id.label("session_id"), CourseSession.course_id.label("course_id"))
    on_list = sa.select(*columns, Booking.person_id.label("person_id"), sa.literal(1).label("on_list")).join(
        Booking, Booking.course_session_id == CourseSession.id).where(*free, Booking.status == BookingStatus.WAITING)
    there = sa.exists().where(Booking.person_id == CourseInterest.person_id, Booking.course_session_id == CourseSession.id)
    other = CourseSession.__table__.alias()
    placed = sa.exists().where(Booking.person_id == CourseInterest.person_id, HOLDS_PLACE, Booking.course_session_id == other.c.id,
                               other.c.course_id == CourseSession.course_id, other.c.starts_at > now)
    any_date = sa.select(*columns, CourseInterest.person_id.label("person_id"), sa.literal(0).label("on_list")).join(
        CourseInterest, CourseInterest.course_id == CourseSession.course_id).where(
        *free, CourseInterest.any_date, CourseInterest.ended_at.is_(None), ~there, ~placed)
    return sa.union_all(on_list, any_date).subquery()
