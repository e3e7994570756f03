"""Agencies' indicators with their months, and how many people came to training on a priority in the same months."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.attendance.models import Attendance
from app.attendance.rules import CAME
from app.booking.models import Booking
from app.catalogue.models import CourseSession, course_priority
from app.core.db import db
from app.core.pages import Page
from app.evidence.models import Example, Indicator
from app.evidence.queries.access import Scope
from app.evidence.queries.standing import STANDS
from app.evidence.rules.states import ExampleStatus
from app.evidence.rules.words import Direction, Strength

SIZE = 20


def indicators(scope: Scope, page: int | None) -> tuple[Page, Sequence[Indicator]]:
    """A page of the indicators, by title, each with its months."""
    total = db.session.scalar(sa.select(sa.func.count(Indicator.id)).where(scope.indicators)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.scalars(
        sa.select(Indicator).where(scope.indicators)
        .options(joinedload(Indicator.agency), joinedload(Indicator.priority), selectinload(Indicator.months))
        .order_by(Indicator.title, Indicator.id).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows


def indicator(scope: Scope, number: int) -> Indicator | None:
    """One indicator with its months."""
    return db.session.scalar(
        sa.select(Indicator).where(Indicator.id == number, scope.indicators)
        .options(joinedload(Indicator.agency), joinedload(Indicator.priority), selectinload(Indicator.months))
    )


def ladder(priority_id: int | None) -> dict[Strength, dict[Direction, int]]:
    """How many approved examples there are on the priority, by strength and for or against."""
    found: dict[Strength, dict[Direction, int]] = {}
    if priority_id is None:
        return found
    for strength, direction, count in db.session.execute(
        sa.select(Example.strength, Example.direction, sa.func.count())
        .where(Example.priority_id == priority_id, Example.status == ExampleStatus.APPROVED, STANDS).group_by(Example.strength, Example.direction)
    ):
        found.setdefault(strength, {})[direction] = count
    return found


def reach(priority_id: int | None, first: date, last: date) -> dict[date, int]:
    """How many attendances there were at courses on the priority, by month (its first day), from one day to another."""
    if priority_id is None:
        return {}
    found: dict[date, int] = {}
    for day, count in db.session.execute(
        sa.select(CourseSession.last_day, sa.func.count(Attendance.booking_id)).join(Booking, Booking.id == Attendance.booking_id)
        .join(CourseSession, CourseSession.id == Booking.course_session_id)
        .join(course_priority, course_priority.c.course_id == CourseSession.course_id)
        .where(course_priority.c.priority_id == priority_id, Attendance.outcome.in_(CAME), CourseSession.last_day.between(first, last))
        .group_by(CourseSession.last_day)
    ):
        month = day.replace(day=1)
        found[month] = found.get(month, 0) + count
    return found
