"""Reminders and joining instructions: found by open-ended sweeps, written once, one transaction a session."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.booking import emails
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules.policy import Policy
from app.booking.rules.reminding import days_ahead, due_now, reminded_at
from app.booking.rules.states import Act, BookingStatus
from app.booking.services.holding import hold
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.working_days import end_of_day
from app.mail.models import Letter
from app.mail.services import Draft, queue_all

LONGEST = timedelta(days=61)


def sessions_ahead(now: datetime) -> Sequence[int]:
    """The sessions on the programme that are near enough for a reminder."""
    return db.session.scalars(
        sa.select(CourseSession.id).where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now,
                                          CourseSession.starts_at < now + LONGEST).order_by(CourseSession.starts_at)
    ).all()


def remind(*, session_id: int, now: datetime) -> int:
    """Write what is due to everybody with a place on one session; who booked after it was due gets none. How many letters.

    The reminder that is due is the latest one: what an outage made stale is not sent after it.
    """
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id, options=[joinedload(CourseSession.course)])
        if next(_letters(course_session, now), None) is None:
            return 0
        hold(session, session_id)  # from here on nobody gives a place back, or changes the time, before the letter is kept
        return len(queue_all(list(_letters(course_session, now)), now=now))


def _letters(course_session: CourseSession, now: datetime) -> Iterator[Draft]:
    """Every letter that is due and not written, one after the other as they are asked for."""
    for number in _areas(course_session.id):
        policy = facts.policy_for(number, clock.london_date(now))
        yield from _reminders(course_session, number, policy, now)
        yield from _instructions(course_session, number, policy, now)


def _areas(session_id: int) -> Sequence[int | None]:
    return db.session.scalars(sa.select(Booking.partnership_id).where(
        Booking.course_session_id == session_id, Booking.status == BookingStatus.BOOKED).distinct()).all()


def _reminders(course_session: CourseSession, area: int | None, policy: Policy, now: datetime) -> Iterator[Draft]:
    days = course_session.course.reminder_days if course_session.course.reminder_days is not None else policy.reminder_days
    due = due_now(course_session.starts_at, days, now)
    if due is None:
        return
    key = f":reminder:{due}:v{course_session.times_version}"
    left = days_ahead(course_session.starts_at, now)
    later = [reminded_at(course_session.starts_at, day) for day in days if day < due]
    until = min(end_of_day(clock.london_date(now)), course_session.starts_at) if left <= 1 else min(later, default=course_session.starts_at)
    for booking in _not_written(course_session, area, key, reminded_at(course_session.starts_at, due)):
        yield emails.reminder(booking, due, left, until)


def _instructions(course_session: CourseSession, area: int | None, policy: Policy, now: datetime) -> Iterator[Draft]:
    days = course_session.course.joining_days if course_session.course.joining_days is not None else policy.joining_days
    if not days or not reminded_at(course_session.starts_at, days) <= now < course_session.starts_at:
        return
    for booking in _not_written(course_session, area, f":joining-instructions:v{course_session.times_version}", course_session.starts_at):
        yield emails.joining_instructions(booking, now)


def _not_written(course_session: CourseSession, area: int | None, key: str, booked_before: datetime) -> Sequence[Booking]:
    """Who has a place since before this moment and has no letter with this key. When they asked for it, or joined a list, says nothing."""
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(key)
    since = sa.exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.after == BookingStatus.BOOKED, BookingEvent.at >= booked_before,
        BookingEvent.act.not_in((Act.UNDO, Act.REINSTATE)),
        sa.or_(BookingEvent.before.is_(None), BookingEvent.before != BookingStatus.BOOKED),
    )
    return db.session.scalars(
        sa.select(Booking).join(Booking.person).where(
            Booking.course_session_id == course_session.id, Booking.status == BookingStatus.BOOKED, Booking.booked_at < booked_before, ~since,
            Booking.partnership_id == area if area is not None else Booking.partnership_id.is_(None),
            ~sa.exists().where(Letter.about == about),
        ).options(contains_eager(Booking.person)).order_by(Booking.id).execution_options(populate_existing=True)
    ).all()
