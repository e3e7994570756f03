"""The coordinator's morning letter, once a working day."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Account, AccountRole, Person
from app.accounts.rules import Role
from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.rules.states import AWAITING, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.working_days import end_of_day, is_working_day, working_days_after
from app.home import emails
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue_all

AT = time(7, 30)
REGISTER_LATE = timedelta(days=3)
BOOKED = sa.select(sa.func.count(Booking.id)).where(
    Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.BOOKED).correlate(CourseSession).scalar_subquery()


def write_digests(*, now: datetime, letters_leave: bool = True) -> int:
    """To each coordinator, from half past seven on a working day: what the day brings. How many letters.

    Where letters are kept (not `letters_leave`), that they wait is nothing that needs somebody.
    """
    day = clock.london_date(now)
    if not is_working_day(day) or now < clock.from_london(day, AT):
        return 0
    with transaction():
        waiting = _coordinators(day)
        if not waiting:
            return 0
        things, lines = _things(now, letters_leave=letters_leave), _coming(now)
        written = 0
        for person in waiting:
            draft = emails.digest(person_id=person.id, email=person.email, first_name=person.first_name, day=day, lines=things + lines,
                                  things=len(things))
            if things or lines:
                written += len(queue_all([draft], now=now))
    return written


def _coordinators(day: date) -> Sequence[Person]:
    """Who has no letter of this day yet."""
    has = sa.exists().where(Letter.about == sa.literal(f"digest:{day}:") + sa.cast(Person.id, sa.Text))
    return db.session.scalars(
        sa.select(Person).join(Account, Account.person_id == Person.id).join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role == Role.COORDINATOR, Account.closed_at.is_(None), ~has).order_by(Person.id)
    ).all()


def _count(*conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(*conditions)) or 0


def _things(now: datetime, *, letters_leave: bool) -> list[str]:
    """What needs a person, one line each."""
    day = clock.london_date(now)
    coming = sa.and_(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)
    late = db.session.scalar(
        sa.select(sa.func.count(CourseSession.id)).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.ends_at < now - REGISTER_LATE, Register.finished_at.is_(None))
    ) or 0
    counts = (
        (_count(Booking.status.in_(AWAITING)), "request waits for an answer", "requests wait for an answer"),
        (late, "register has been missing for three days or more", "registers have been missing for three days or more"),
        (_count(coming, CourseSession.trainer_id.is_(None)), "coming session has no trainer", "coming sessions have no trainer"),
        (_count(coming, CourseSession.minimum.is_not(None), CourseSession.decide_on <= day + timedelta(days=2), CourseSession.minimum > BOOKED),
         "session has too few people and is to be decided", "sessions have too few people and are to be decided"),
        (_count(Letter.status.in_((LetterStatus.FAILED, LetterStatus.AMBIGUOUS)),
                sa.func.coalesce(Letter.first_tried_at, Letter.written_at) > now - timedelta(days=7)),
         "letter of the last week could not be delivered for certain", "letters of the last week could not be delivered for certain"),
        (_count(Letter.status == LetterStatus.HELD),
         "letter is held, as its address does not work", "letters are held, as their addresses do not work"),
        (_count(Letter.status == LetterStatus.QUEUED, Letter.due_at < now - timedelta(hours=24)) if letters_leave else 0,
         "letter has waited for more than a day", "letters have waited for more than a day"),
    )
    return [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]


def _coming(now: datetime) -> list[str]:
    """The sessions from now until the end of the next working day: on a Friday those of Monday too."""
    today = clock.london_date(now)
    rows = db.session.execute(
        sa.select(CourseSession, BOOKED).where(
            CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now,
            CourseSession.starts_at < end_of_day(working_days_after(today, 1)))
        .order_by(CourseSession.starts_at).options(joinedload(CourseSession.course))
    ).all()
    return [f"{_day_in_words(clock.london_date(row.starts_at), today)} at {clock.london(row.starts_at):%H:%M}: {row.title}, "
            f"{booked} of {row.capacity} booked" for row, booked in rows]


def _day_in_words(day: date, today: date) -> str:
    return {0: "Today", 1: "Tomorrow"}.get((day - today).days, f"{day:%A}")
