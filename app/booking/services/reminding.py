"""Reminders and joining instructions: found by open-ended sweeps, written once, one transaction a session.

A session that was looked at is left alone until something is due, or something about it is no longer as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.booking import emails
from app.booking.models import Booking, BookingEvent, ReminderLook
from app.booking.queries import facts
from app.booking.rules.reminding import AT, LOOK_AGAIN_AFTER, days_ahead, due_now, next_look, reminded_at
from app.booking.rules.states import Act, BookingStatus
from app.booking.services.locking import hold
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.london import from_london
from app.core.working_days import end_of_day
from app.mail.models import Letter, LetterConcern
from app.mail.queries import could_not_leave
from app.mail.rules.fates import LetterStatus
from app.mail.services import Draft, queue_all

LONGEST = timedelta(days=61)


_settings = (
    sa.func.coalesce(sa.cast(Course.reminder_days, sa.Text), "null") + sa.literal(";")
    + sa.func.coalesce(sa.cast(Course.joining_days, sa.Text), "null")
)
"""What a course says of its own reminders, as one text."""


def sessions_to_remind(now: datetime) -> Sequence[int]:
    """The sessions at which a reminder may be due: what was due at the last look was written then. One statement, which reads no booking.

    A look that lies further ahead than it may was set by a clock that has been put back since: that session is looked at too.
    """
    changed = sa.or_(
        ReminderLook.look_at.is_(None), ReminderLook.look_at <= now, ReminderLook.look_at > now + LOOK_AGAIN_AFTER,
        ReminderLook.places_version != CourseSession.places_version, ReminderLook.starts_at != CourseSession.starts_at,
        ReminderLook.settings != _settings,
    )
    return db.session.scalars(
        sa.select(CourseSession.id).join(Course, Course.id == CourseSession.course_id)
        .outerjoin(ReminderLook, ReminderLook.course_session_id == CourseSession.id)
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.starts_at < now + LONGEST, changed)
        .order_by(CourseSession.starts_at)
    ).all()


def look_again(session: Session) -> None:
    """Look at every session at the next tick: something was changed that holds for many. Only inside a transaction."""
    session.execute(sa.delete(ReminderLook))


def remind(*, session_id: int, now: datetime) -> int:
    """Write what is due to everybody with a place on one session; who booked after it was due gets none. How many letters.

    The reminder that is due is the latest one: what an outage made stale is not sent after it.
    """
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id, options=[joinedload(CourseSession.course)], populate_existing=True)
        plans = _plans(course_session, now)
        written = 0
        if next(_letters(course_session, plans, now), None) is not None:
            hold(session, session_id)  # from here on nobody gives a place back, or changes the time, before the letter is kept
            plans = _plans(course_session, now)
            written = len(queue_all(list(_letters(course_session, plans, now)), now=now))
        _note_look(session, course_session, plans, now)
    return written


@dataclass(frozen=True)
class _Plan:
    """When people of one area are reminded, and told how to join."""

    area: int | None
    reminder_days: Sequence[int]
    joining_days: int


def _plans(course_session: CourseSession, now: datetime) -> list[_Plan]:
    """What the course says of itself, else what each area's policy says."""
    course, day = course_session.course, clock.london_date(now)
    found = []
    for area in _areas(course_session.id):
        policy = facts.policy_for(area, day)
        found.append(_Plan(area, policy.reminder_days if course.reminder_days is None else course.reminder_days,
                           policy.joining_days if course.joining_days is None else course.joining_days))
    return found


def _note_look(session: Session, course_session: CourseSession, plans: Sequence[_Plan], now: datetime) -> None:
    """Keep when to look again, and what was true at this look, unless another process has looked since at what is newer."""
    days = [day for plan in plans for day in (*plan.reminder_days, *([plan.joining_days] if plan.joining_days else []))]
    values = {
        "look_at": next_look(course_session.starts_at, days, now), "places_version": course_session.places_version,
        "starts_at": course_session.starts_at, "settings": sa.select(_settings).where(Course.id == course_session.course_id).scalar_subquery(),
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(ReminderLook).values(course_session_id=course_session.id, **values)
                    .on_conflict_do_update(index_elements=["course_session_id"], set_=values,
                                            where=ReminderLook.places_version <= course_session.places_version))


def _letters(course_session: CourseSession, plans: Sequence[_Plan], now: datetime) -> Iterator[Draft]:
    """Every letter that is due and not written, one after the other as they are asked for. What is found due at night, as a policy begins or after
    an outage, leaves at nine; on the day itself at once."""
    nine = from_london(clock.london_date(now), AT)
    waits = now < nine and days_ahead(course_session.starts_at, now) > 0
    for plan in plans:
        for draft in (*_reminders(course_session, plan, now), *_instructions(course_session, plan, now)):
            yield replace(draft, due_at=nine) if waits else draft


def _areas(session_id: int) -> Sequence[int | None]:
    return db.session.scalars(sa.select(Booking.partnership_id).where(
        Booking.course_session_id == session_id, Booking.status == BookingStatus.BOOKED).distinct()).all()


def _reminders(course_session: CourseSession, plan: _Plan, now: datetime) -> Iterator[Draft]:
    days = plan.reminder_days
    due = due_now(course_session.starts_at, days, now)
    if due is None:
        return
    left = days_ahead(course_session.starts_at, now)
    day = reminded_at(course_session.starts_at, due)
    written = sa.or_(_written(_reminder(due if left else 0, course_session)), _reminded_since(day, course_session, now))
    told = _told_of_new_time(course_session, day)
    later = [reminded_at(course_session.starts_at, day) for day in days if day < due]
    until = min(end_of_day(clock.london_date(now)), course_session.starts_at) if left <= 1 else min(later, default=course_session.starts_at)
    for booking in _without(sa.or_(written, told), course_session, plan.area, day):
        yield emails.reminder(booking, due if left else 0, left, until, now)


def _reminder(days: int, course_session: CourseSession) -> str:
    """What the key of a reminder of so many days before ends with. One of the day itself (0) takes the place of one that could not leave before."""
    return f":reminder:{days}:v{course_session.times_version}"


def _instructions(course_session: CourseSession, plan: _Plan, now: datetime) -> Iterator[Draft]:
    days = plan.joining_days
    if not days or not reminded_at(course_session.starts_at, days) <= now < course_session.starts_at:
        return
    told_before = sa.and_(_told_of_new_time(course_session, reminded_at(course_session.starts_at, days)), _letter_about(
        Letter.kind == "joining-instructions", Letter.status != LetterStatus.VOID))
    written = sa.or_(_written(f":joining-instructions:v{course_session.times_version}"), told_before)
    for booking in _without(written, course_session, plan.area, course_session.starts_at):
        yield emails.joining_instructions(booking, now)


def _written(key: str) -> sa.ColumnElement[bool]:
    """Whether there is a letter about the booking whose key ends with this, as a condition."""
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(key)
    return sa.exists().where(Letter.about == about)


def _reminded_since(day: datetime, course_session: CourseSession, now: datetime) -> sa.ColumnElement[bool]:
    """Whether the booking's person had a reminder of this time since this moment, of however many days before: the days may have been changed."""
    return _letter_about(Letter.kind == "reminder", Letter.written_at >= day, sa.not_(could_not_leave(now)),
                         Letter.about.endswith(f":v{course_session.times_version}"))


def _told_of_new_time(course_session: CourseSession, since: datetime) -> sa.ColumnElement[bool]:
    """Whether the booking's person was told of the session's new time after this moment: then they need not be reminded of it again. Whoever said
    that they come before they could be told, or had not heard of their place either, has it in one letter."""
    asked = Letter.kind == "times-changed"
    if course_session.times_changed_at is not None:
        asked = sa.or_(asked, sa.and_(Letter.kind.in_(("place-confirmed", "booked-for-you")), Letter.written_at >= course_session.times_changed_at))
    return _letter_about(asked, Letter.status != LetterStatus.VOID, Letter.written_at >= since)


def _letter_about(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(LetterConcern.letter_id == Letter.id, *conditions,
                             LetterConcern.subject == sa.literal("booking:") + sa.cast(Booking.id, sa.Text))


def _without(
    written: sa.ColumnElement[bool], course_session: CourseSession, area: int | None, booked_before: datetime
) -> Sequence[Booking]:
    """Who has a place since before this moment and no such letter. When they asked for it, or joined a list, says nothing."""
    since = sa.exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.after == BookingStatus.BOOKED, BookingEvent.at >= booked_before,
        BookingEvent.act.not_in((Act.UNDO, Act.REINSTATE)),
        sa.or_(BookingEvent.before.is_(None), BookingEvent.before != BookingStatus.BOOKED),
    )
    return db.session.scalars(
        sa.select(Booking).join(Booking.person).where(
            Booking.course_session_id == course_session.id, Booking.status == BookingStatus.BOOKED, Booking.booked_at < booked_before, ~since,
            Booking.partnership_id == area if area is not None else Booking.partnership_id.is_(None),
            ~written,
        ).options(contains_eager(Booking.person)).order_by(Booking.id).execution_options(populate_existing=True)
    ).all()
