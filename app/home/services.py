"""The coordinator's morning letter, once a working day."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Account, AccountRole, Person
from app.accounts.rules import Role
from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.queries.desk import NOBODY_GIVES_IT
from app.booking.rules.states import AWAITING, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.working_days import end_of_day, is_working_day, working_days_after
from app.home import emails
from app.mail.models import Letter
from app.mail.rules import welsh
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Both, both
from app.mail.services import queue_all
from app.mail.services.delivering import TOO_LATE

AT, UNTIL = time(7, 30), time(12)
REGISTER_LATE = timedelta(days=3)
BOOKED = sa.select(sa.func.count(Booking.id)).where(
    Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.BOOKED).correlate(CourseSession).scalar_subquery()


def write_digests(*, now: datetime, letters_leave: bool = True) -> int:
    """To each coordinator, from half past seven until noon of a working day: what the day brings. What comes up later stands in the next. How many
    letters.

    Where letters are kept (not `letters_leave`), that they wait is nothing that needs somebody.
    """
    day = clock.london_date(now)
    if not is_working_day(day) or not clock.from_london(day, AT) <= now < clock.from_london(day, UNTIL):
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


def _decided_by(day: date) -> sa.ColumnElement[bool]:
    """Whether it is decided by this day at the latest whether a session takes place; one without a day of decision is decided on its own."""
    return sa.or_(CourseSession.decide_on <= day, sa.and_(CourseSession.decide_on.is_(None), CourseSession.starts_at < end_of_day(day)))


def _things(now: datetime, *, letters_leave: bool) -> list[Both]:
    """What needs a person, one line each."""
    day = clock.london_date(now)
    coming = sa.and_(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now)
    late = db.session.scalar(
        sa.select(sa.func.count(CourseSession.id)).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.ends_at < now - REGISTER_LATE, Register.finished_at.is_(None))
    ) or 0
    counts = (
        (_count(Booking.status.in_(AWAITING)), "request waits for an answer", "requests wait for an answer", "cais yn aros am ateb"),
        (late, "register has been missing for three days or more", "registers have been missing for three days or more",
         "cofrestr ar goll ers tridiau neu fwy"),
        (_count(coming, NOBODY_GIVES_IT), "coming session has no trainer", "coming sessions have no trainer",
         "sesiwn i ddod heb hyfforddwr"),
        (_count(coming, CourseSession.minimum.is_not(None), _decided_by(day + timedelta(days=2)), CourseSession.minimum > BOOKED),
         "session has too few people and is to be decided", "sessions have too few people and are to be decided",
         "sesiwn â rhy ychydig o bobl, ac angen penderfyniad"),
        (_count(sa.or_(Letter.status.in_((LetterStatus.FAILED, LetterStatus.AMBIGUOUS)), Letter.withdrawn_in_doubt),
                sa.func.coalesce(Letter.first_tried_at, Letter.written_at) > now - timedelta(days=7)),
         "letter of the last week could not be delivered for certain", "letters of the last week could not be delivered for certain",
         "llythyr o’r wythnos ddiwethaf nad yw’n sicr iddo gyrraedd"),
        (_count(Letter.status == LetterStatus.VOID, Letter.words == TOO_LATE, Letter.valid_until > now - timedelta(days=7)),
         "letter of the last week was withdrawn, as it could not leave in time",
         "letters of the last week were withdrawn, as they could not leave in time",
         "llythyr o’r wythnos ddiwethaf wedi’i dynnu’n ôl, am na allai adael mewn pryd"),
        (_count(Letter.status == LetterStatus.HELD, sa.or_(Letter.valid_until.is_(None), Letter.valid_until > now)),
         "letter is held, as its address does not work", "letters are held, as their addresses do not work",
         "llythyr yn cael ei ddal yn ôl, am nad yw’r cyfeiriad yn gweithio"),
        (_count(Letter.status == LetterStatus.QUEUED, Letter.due_at < now - timedelta(hours=24)) if letters_leave else 0,
         "letter has waited for more than a day", "letters have waited for more than a day",
         "llythyr wedi aros am fwy na diwrnod"),
    )
    return [Both(f"{count} {one if count == 1 else many}", f"{count} {in_welsh}") for count, one, many, in_welsh in counts if count]


def _coming(now: datetime) -> list[Both]:
    """The sessions from now until the end of the next working day: on a Friday those of Monday too."""
    today = clock.london_date(now)
    rows = db.session.execute(
        sa.select(CourseSession, BOOKED).where(
            CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now,
            CourseSession.starts_at < end_of_day(working_days_after(today, 1)))
        .order_by(CourseSession.starts_at).options(joinedload(CourseSession.course))
    ).all()
    return [both("{} at {}: {}, {} of {} booked", "{} am {}: {}, {} o {} wedi archebu", _day_in_words(clock.london_date(row.starts_at), today),
                 f"{clock.london(row.starts_at):%H:%M}", row.title, str(booked), str(row.capacity)) for row, booked in rows]


def _day_in_words(day: date, today: date) -> Both:
    near = {0: Both("Today", "Heddiw"), 1: Both("Tomorrow", "Yfory")}.get((day - today).days)
    return near or Both(f"{day:%A}", f"Dydd {welsh.DAYS[day.weekday()]}")
