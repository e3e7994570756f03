"""Telling those who asked for it that a course runs again; who was not told yet when the date changes is told it as it is then."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking, CourseInterest
from app.booking.rules.states import LIVE
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue_all


def tell_who_asked(session: Session, course_session: CourseSession, now: datetime) -> int:
    """A new date is told to everybody who asked to be told when the course runs again; how many they are.

    Whoever was offered a place on it meanwhile, or put on its list, has the letter about that.
    """
    there = sa.exists().where(Booking.course_session_id == course_session.id, Booking.person_id == Person.id, Booking.status.in_(LIVE))
    return _tell(session, course_session, ~there, now)


def tell_anew(session: Session, course_session: CourseSession, now: datetime) -> None:
    """The date as it is now is told to those who still ask, and whose letter about it was withdrawn before it left."""
    withdrawn = sa.exists().where(
        LetterConcern.subject == f"session:{course_session.id}", Letter.id == LetterConcern.letter_id, Letter.kind == emails.RUNS_AGAIN,
        Letter.person_id == Person.id, Letter.status == LetterStatus.VOID)
    _tell(session, course_session, withdrawn, now)


def tell_again(session: Session, waits: CourseInterest, now: datetime) -> None:
    """Somebody who waits again after a while is told of the dates to come whose letter was withdrawn meanwhile; not of one on which they were."""
    if waits.any_date or emails.silent(session):
        return
    withdrawn = sa.exists().where(
        LetterConcern.subject == sa.literal("session:") + sa.cast(CourseSession.id, sa.Text), Letter.id == LetterConcern.letter_id,
        Letter.kind == emails.RUNS_AGAIN, Letter.person_id == waits.person_id, Letter.status == LetterStatus.VOID)
    theirs = sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.person_id == waits.person_id)
    person = session.get_one(Person, waits.person_id)
    dates = session.scalars(sa.select(CourseSession).where(
        CourseSession.course_id == waits.course_id, CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, withdrawn,
        ~theirs).order_by(CourseSession.starts_at, CourseSession.id)).all()
    queue_all([emails.runs_again(one, person) for one in dates], now=now)


def _tell(session: Session, course_session: CourseSession, whom: sa.ColumnElement[bool], now: datetime) -> int:
    told = session.scalars(sa.select(Person).join(CourseInterest, CourseInterest.person_id == Person.id).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.ended_at.is_(None), CourseInterest.any_date.is_(False), whom,
    ).order_by(CourseInterest.joined_at, CourseInterest.id)).all()
    queue_all([emails.runs_again(course_session, person) for person in told], now=now)
    return len(told)
