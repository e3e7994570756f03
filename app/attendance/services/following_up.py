"""Letters that follow from registers: the trainer's list, a missing register, and the question to somebody who did not come.

Each is found by an open-ended sweep and written once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts import queries as people
from app.accounts.models import Agency, Person
from app.accounts.rules import manager_other_than
from app.attendance import emails
from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.queries import facts
from app.booking.queries.notices import SAID_WHY
from app.booking.rules.reminding import AT, reminded_at
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.services import hold
from app.catalogue.models import CourseSession, Trainer
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue

CORRECTED_AT_ONCE = timedelta(hours=1)
"""A mark that was a slip is put right before anybody is asked why they did not come."""
STALE = timedelta(days=14)
_HAS_TRAINER = sa.and_(CourseSession.trainer_id.is_not(None), people.gives_sessions(CourseSession.trainer_id))
"""Condition: somebody gives the session who is a trainer still. Who has left, or lost the role, is sent no names."""
_WITH = (joinedload(CourseSession.course), selectinload(CourseSession.parts), joinedload(CourseSession.trainer).joinedload(Trainer.person))


def sessions_tomorrow(now: datetime) -> Sequence[int]:
    """Sessions that start within a day, from nine in the morning before, and whose trainer has no list of them as they are.

    A list that could not leave on the day before is written anew on the day itself, as it says which of the two it is.
    """
    as_it_is = (":v", CourseSession.times_version, ".", CourseSession.place_version, ":")
    listed = sa.or_(_written("trainer-list", *as_it_is, "0"), _written("trainer-list", *as_it_is, "1"))
    rows = db.session.execute(
        sa.select(CourseSession.id, CourseSession.starts_at).where(_comes(now), CourseSession.starts_at < now + timedelta(days=2), ~listed))
    return [row.id for row in rows if now >= reminded_at(row.starts_at, 1)]


def _written(kind: str, *more: str | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether the trainer whom a session has now has a letter of this kind with this end of its key that was not too late."""
    parts = ("session:", CourseSession.id, f":{kind}:", CourseSession.trainer_id, *more)
    about: sa.ColumnElement[str] = sa.literal("")
    for part in parts:
        about += part if isinstance(part, str) else sa.cast(part, sa.Text)
    return sa.exists().where(Letter.about == about, Letter.status != LetterStatus.VOID)


def _comes(now: datetime) -> sa.ColumnElement[bool]:
    """Condition: the session is to come, and somebody gives it."""
    return sa.and_(CourseSession.status == SessionStatus.SCHEDULED, _HAS_TRAINER, CourseSession.starts_at > now)


def _lacks_register(now: datetime) -> sa.ColumnElement[bool]:
    """Condition: the session is over, somebody gave it, and its register is not finished."""
    finished = sa.exists().where(Register.course_session_id == CourseSession.id, Register.finished_at.is_not(None))
    return sa.and_(CourseSession.status == SessionStatus.SCHEDULED, _HAS_TRAINER, CourseSession.ends_at < now, ~finished)


def _still(session: Session, session_id: int, condition: sa.ColumnElement[bool]) -> CourseSession | None:
    """The session, held so that nobody calls it off or finishes it meanwhile; none when it is not any more as it was found."""
    hold(session, session_id)
    return session.scalar(sa.select(CourseSession).where(CourseSession.id == session_id, condition).options(*_WITH))


def send_trainer_list(*, session_id: int, now: datetime) -> None:
    """Write to whoever gives the session who comes, unless it was called off or given to nobody since it was found."""
    with transaction() as session:
        course_session = _still(session, session_id, _comes(now))
        if course_session is None:
            return
        rows = session.execute(
            sa.select(Person.first_name, Person.last_name, Agency.name).select_from(Booking).join(Person, Person.id == Booking.person_id)
            .outerjoin(Agency, Agency.id == Booking.agency_id)
            .where(Booking.course_session_id == session_id, Booking.status == BookingStatus.BOOKED)
            .order_by(sa.func.lower(Person.last_name), sa.func.lower(Person.first_name))
        )
        lines = [(f"{first} {last}".strip(), agency) for first, last, agency in rows]
        queue(emails.trainer_list(course_session, lines, now), now=now)


def registers_to_chase(now: datetime) -> Sequence[int]:
    """Sessions that ended on a day before today without a finished register, and whose trainer was not asked for it."""
    rows = db.session.execute(
        sa.select(CourseSession.id, CourseSession.last_day).where(
            _lacks_register(now), CourseSession.ends_at > now - STALE, ~_written("register-missing", ":v", CourseSession.times_version))
    )
    return [row.id for row in rows if now >= clock.from_london(row.last_day + timedelta(days=1), AT)]


def chase_register(*, session_id: int, now: datetime) -> None:
    """Ask the trainer for a register that is missing, unless it was finished, or they are no trainer any more, since it was found so."""
    with transaction() as session:
        course_session = _still(session, session_id, _lacks_register(now))
        if course_session is not None:
            queue(emails.register_missing(course_session), now=now)


def missed_without_letter(now: datetime) -> Sequence[int]:
    """Bookings of people who were marked absent in a register that somebody finished here a while ago, and who have not said why and were not
    asked."""
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(":missed")
    return db.session.scalars(
        sa.select(Booking.id).join(Register, Register.course_session_id == Booking.course_session_id).where(
            Booking.turnout == Turnout.MISSED, Booking.status != BookingStatus.WALK_IN, Register.finished_by_id.is_not(None),
            Register.finished_at <= now - CORRECTED_AT_ONCE,
            Register.finished_at > now - STALE, ~SAID_WHY, ~sa.exists().where(Letter.about == about),
        ).order_by(Booking.id)
    ).all()


def write_to_missed(*, booking_id: int, now: datetime) -> None:
    """Ask somebody why they did not come; where the policy says so with a copy to their manager, the one whom they have now."""
    with transaction() as session:
        booking = session.get_one(Booking, booking_id)
        if booking.turnout is Turnout.MISSED and booking.status is not BookingStatus.WALK_IN:
            at = people.affiliation_of(booking.person_id) if facts.policy_of(booking).tell_manager else None
            left = at is not None and session.scalar(sa.select(people.manager_has_left(sa.literal(at.manager_email))))
            copy_to = manager_other_than(booking.person.email, at.manager_email) if at and not left else None
            queue(emails.missed(booking, copy_to=copy_to), now=now)

