"""A person's own bookings: loaded by the person, so that somebody else's is the same as one that is not there."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from app.accounts.models import Person
from app.booking.models import Booking, BookingEvent, CourseInterest, CourseInterestEvent, Terms
from app.booking.queries import facts
from app.booking.queries.notices import SAID_WHY, back_on_list_until
from app.booking.rules.possible import Held
from app.booking.rules.states import HOLDING, LIVE, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import Course, CourseSession, SessionPart
from app.core.db import db

MOST_EVENTS = 30
_WITH_SESSION = (
    joinedload(Booking.course_session).joinedload(CourseSession.course),
    joinedload(Booking.course_session).selectinload(CourseSession.parts),
)


def booking(ref: str, person_id: int) -> Booking | None:
    """This person's booking with this reference, with what its page shows of it."""
    return _one(Booking.ref == ref, Booking.person_id == person_id)


def booking_numbered(number: int) -> Booking | None:
    """The booking that a letter is about; whoever holds the letter's link may see it."""
    return _one(Booking.id == number)


def _one(*conditions: sa.ColumnElement[bool]) -> Booking | None:
    return db.session.scalar(sa.select(Booking).where(*conditions).options(
        *_WITH_SESSION, joinedload(Booking.need), joinedload(Booking.booked_by), joinedload(Booking.person), joinedload(Booking.terms)))


def held(of: Booking, no_offers_hours: int = 2) -> Held:
    """The booking as the rule of what is possible sees it."""
    session = of.course_session
    return Held(
        of.status, session.starts_at, session.ends_at, of.due_at, of.lapses, of.booked_by_id not in (None, of.person_id), of.agreed_at,
        of.booked_at, session.times_changed_at, of.turnout, no_offers_hours, _back_until(of),
        max((part.starts_at for part in session.parts), default=session.starts_at),
    )


def _back_until(of: Booking) -> datetime | None:
    until = back_on_list_until(of, of.person_id)
    return until if until is None or facts.live_booking(of.course_session_id, of.person_id) is None else None


def follower(of: Booking) -> Booking | None:
    """The booking that came of this one: on another date, or a colleague's."""
    return db.session.scalar(
        sa.select(Booking).where(Booking.previous_id == of.id).order_by(Booking.id.desc()).limit(1)
        .options(*_WITH_SESSION, joinedload(Booking.person))
    )


def name_at(address: str | None) -> str:
    """Whom an address belongs to, as far as we know; else the address."""
    if not address:
        return ""
    known = db.session.scalar(sa.select(Person).where(Person.email == address))
    return known.acting if known else address


def terms(now: datetime) -> Terms | None:
    """What people agree to when they book today; none when nobody has written any."""
    return db.session.scalar(sa.select(Terms).where(Terms.starts_at <= now).order_by(Terms.starts_at.desc(), Terms.id.desc()).limit(1))


def interest(course_id: int, person_id: int) -> CourseInterest | None:
    """How this person waits for the course, if they do."""
    return db.session.scalar(sa.select(CourseInterest).where(
        CourseInterest.course_id == course_id, CourseInterest.person_id == person_id, CourseInterest.ended_at.is_(None)))


def interests(person_id: int) -> Sequence[CourseInterest]:
    """The courses for which this person waits, in the order in which they joined."""
    return db.session.scalars(
        sa.select(CourseInterest).where(CourseInterest.person_id == person_id, CourseInterest.ended_at.is_(None))
        .order_by(CourseInterest.joined_at, CourseInterest.id).options(joinedload(CourseInterest.course))
    ).all()


def waited(person_id: int, course_id: int | None = None) -> Sequence[CourseInterestEvent]:
    """What happened last to how this person waits for the course (without one: for any), latest first."""
    of_course = (CourseInterest.course_id == course_id,) if course_id is not None else ()
    return db.session.scalars(
        sa.select(CourseInterestEvent).join(CourseInterestEvent.interest).where(CourseInterest.person_id == person_id, *of_course)
        .order_by(CourseInterestEvent.id.desc()).limit(MOST_EVENTS)
        .options(contains_eager(CourseInterestEvent.interest).joinedload(CourseInterest.course))
    ).all()


def position(of: Booking) -> tuple[int, int]:
    """Where somebody who waits stands, from 1, and how many wait."""
    before, everyone = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((_ahead_of(of), 1), else_=0)), 0), sa.func.count(Booking.id)
        ).where(Booking.course_session_id == of.course_session_id, Booking.status == BookingStatus.WAITING)
    ).one()
    return before + 1, everyone


def _ahead_of(of: Booking) -> sa.ColumnElement[bool]:
    same = Booking.priority == of.priority
    return sa.or_(
        Booking.priority < of.priority, sa.and_(same, Booking.booked_at < of.booked_at),
        sa.and_(same, Booking.booked_at == of.booked_at, Booking.id < of.id),
    )


def positions(session_ids: Sequence[int], person_id: int) -> dict[int, tuple[int, int]]:
    """Where this person stands on the waiting lists of these sessions, by session, and how many wait: one statement for all."""
    ranked = sa.select(
        Booking.course_session_id, Booking.person_id,
        sa.func.row_number().over(partition_by=Booking.course_session_id, order_by=(Booking.priority, Booking.booked_at, Booking.id)).label("place"),
        sa.func.count().over(partition_by=Booking.course_session_id).label("everyone"),
    ).where(Booking.course_session_id.in_(session_ids), Booking.status == BookingStatus.WAITING).subquery()
    rows = db.session.execute(sa.select(ranked).where(ranked.c.person_id == person_id))
    return {row.course_session_id: (row.place, row.everyone) for row in rows}


def history(booking_id: int) -> Sequence[BookingEvent]:
    """Everything that happened to a booking, latest first."""
    return db.session.scalars(
        sa.select(BookingEvent).where(BookingEvent.booking_id == booking_id).order_by(BookingEvent.at.desc(), BookingEvent.id.desc())
    ).all()


def coming(person_id: int, now: datetime) -> Sequence[Booking]:
    """All that is live on sessions that are not over, soonest first."""
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id == person_id, Booking.status.in_(LIVE), CourseSession.ends_at > now)
        .order_by(CourseSession.starts_at, Booking.id).options(*_WITH_SESSION, joinedload(Booking.booked_by), joinedload(Booking.previous))
    ).unique().all()


def lapsed(person_id: int, now: datetime) -> Sequence[Booking]:
    """Offers that this person did not answer in time, on coming sessions on which they are not in another way."""
    again = aliased(Booking)
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id == person_id, Booking.status == BookingStatus.LAPSED, Booking.lapses > 0, CourseSession.starts_at > now,
               ~sa.exists().where(again.course_session_id == Booking.course_session_id, again.person_id == person_id, again.status.in_(LIVE)))
        .order_by(CourseSession.starts_at, Booking.id).options(*_WITH_SESSION)
    ).unique().all()


def unexplained(person_id: int, since: datetime, now: datetime) -> Sequence[Booking]:
    """Sessions that this person missed since, without having said why."""
    return db.session.scalars(
        sa.select(Booking).join(Booking.course_session)
        .where(Booking.person_id == person_id, Booking.status == BookingStatus.BOOKED, Booking.turnout == Turnout.MISSED,
               CourseSession.ends_at > since, CourseSession.ends_at <= now, ~SAID_WHY)
        .order_by(CourseSession.ends_at, Booking.id).options(*_WITH_SESSION)
    ).unique().all()


def clashes(person_id: int, course_session: CourseSession) -> Sequence[CourseSession]:
    """Other sessions on which this person has a place at the same time, part by part."""
    wanted = aliased(SessionPart)
    overlap = (
        sa.select(SessionPart.id).join(wanted, wanted.course_session_id == course_session.id)
        .where(SessionPart.course_session_id == CourseSession.id,
               SessionPart.starts_at < wanted.ends_at, SessionPart.ends_at > wanted.starts_at).exists()
    )
    return db.session.scalars(
        sa.select(CourseSession).join(Booking, Booking.course_session_id == CourseSession.id)
        .where(Booking.person_id == person_id, Booking.status.in_(HOLDING), CourseSession.id != course_session.id, overlap)
        .options(joinedload(CourseSession.course), selectinload(CourseSession.parts))
    ).unique().all()


def at_the_same_time(person_id: int, session_ids: Sequence[int]) -> dict[int, str]:
    """What else this person has at the time of each of these sessions, by session, as far as they have anything: one statement for all."""
    wanted = aliased(SessionPart)
    rows = db.session.execute(
        sa.select(wanted.course_session_id, Course.title).join(SessionPart, sa.and_(
            SessionPart.starts_at < wanted.ends_at, SessionPart.ends_at > wanted.starts_at,
            SessionPart.course_session_id != wanted.course_session_id))
        .join(CourseSession, CourseSession.id == SessionPart.course_session_id).join(Course, Course.id == CourseSession.course_id)
        .join(Booking, Booking.course_session_id == CourseSession.id)
        .where(wanted.course_session_id.in_(session_ids), Booking.person_id == person_id, Booking.status.in_(HOLDING))
    )
    return {row.course_session_id: row.title for row in rows}
