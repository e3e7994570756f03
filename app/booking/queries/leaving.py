"""Whose places went on because they left."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import Account, AccountRole, Person
from app.accounts.rules import Role
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.pages import Page
from app.mail.models import Letter, LetterConcern

SIZE = 30
LATELY = timedelta(days=7)
"""What ended longer ago is old news."""


def whose_account_ended(people: Collection[int]) -> set[int]:
    """Which of these people have an account that was ended: they are offered nothing."""
    return set(db.session.scalars(sa.select(Account.person_id).where(Account.person_id.in_(people), Account.closed_at.is_not(None))))


def not_told(now: datetime) -> list[Sequence[tuple[BookingEvent, Booking]]]:
    """What ended lately because somebody left and no coordinator was written to about it, person by person."""
    told = sa.exists().where(
        LetterConcern.subject == sa.literal("booking:") + sa.cast(Booking.id, sa.Text), Letter.id == LetterConcern.letter_id, Letter.kind == "leaver")
    found: dict[int, list[tuple[BookingEvent, Booking]]] = {}
    for event, booking in db.session.execute(
        sa.select(BookingEvent, Booking).join(Booking, Booking.id == BookingEvent.booking_id).join(Booking.person)
        .where(BookingEvent.act == Act.LEAVER, BookingEvent.at > now - LATELY, ~told)
        .options(contains_eager(Booking.person), joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts)).order_by(BookingEvent.id)
    ):
        found.setdefault(booking.person_id, []).append((event, booking))
    return list(found.values())


def given_by(person_id: int, now: datetime) -> Sequence[CourseSession]:
    """The sessions that somebody is to give, all of them or parts that are still to come, soonest first."""
    to_come = sa.or_(CourseSession.starts_at > now, has_parts_to_come(now))
    return db.session.scalars(
        sa.select(CourseSession).where(CourseSession.trainer_id == person_id, CourseSession.status == SessionStatus.SCHEDULED, to_come)
        .options(joinedload(CourseSession.course), selectinload(CourseSession.parts)).order_by(CourseSession.starts_at, CourseSession.id)
    ).all()


def has_parts_to_come(now: datetime) -> sa.ColumnElement[bool]:
    """Condition: a part of the session has not begun."""
    return sa.exists().where(SessionPart.course_session_id == CourseSession.id, SessionPart.starts_at > now)


def coordinators() -> Sequence[Person]:
    """Everybody who is a coordinator now."""
    return db.session.scalars(
        sa.select(Person).join(Account, Account.person_id == Person.id).join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role == Role.COORDINATOR, Account.closed_at.is_(None)).order_by(Person.id)
    ).all()


def leavers(page: int | None) -> tuple[Page, Sequence[Any]]:
    """A page of the places that went on because somebody left, latest first: (the event, the booking)."""
    total = db.session.scalar(sa.select(sa.func.count(BookingEvent.id)).where(BookingEvent.act == Act.LEAVER)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(
        sa.select(BookingEvent, Booking).join(Booking, Booking.id == BookingEvent.booking_id).join(Booking.person)
        .where(BookingEvent.act == Act.LEAVER)
        .options(contains_eager(Booking.person), joinedload(Booking.course_session).joinedload(CourseSession.course), joinedload(Booking.agency))
        .order_by(BookingEvent.at.desc(), BookingEvent.id.desc()).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows
