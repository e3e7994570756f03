"""Which sessions' free places somebody who waits can have by now, since something elsewhere changed: their job, an agency, what they came to."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.accounts.models import Affiliation
from app.booking.models import Booking, CourseInterest, EligibilityException
from app.booking.queries import facts
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.rules.eligibility import Asker, Audience, why_not_eligible
from app.booking.rules.places import Working
from app.booking.rules.states import HOLDING, BookingStatus
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db


def sessions(now: datetime) -> set[int]:
    """Sessions to come of courses that are not for everybody, with free places that somebody who waits, or takes any date, may have.

    Their lists move by themselves only when a place comes free; nothing tells them of what changed. A fixed number of statements.
    """
    waits = _who_waits(now)
    rows = db.session.execute(waits).all()
    if not rows:
        return set()
    courses = _restricted({row.course_id for row in rows})
    rows = [row for row in rows if row.course_id in courses]
    if not rows:
        return set()
    known = _known(waits.subquery(), courses)
    return {row.session_id for row in rows if not why_not_eligible(courses[row.course_id], known(row), "")}


def _who_waits(now: datetime) -> sa.Select[Any]:
    """(session, course, person) of everybody who waits for a session with free places, or would take any date of its course."""
    free = (CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.list_rests.is_(False),
            CourseSession.capacity + EXTRA > TAKEN)
    columns = (CourseSession.id.label("session_id"), CourseSession.course_id.label("course_id"))
    on_list = sa.select(*columns, Booking.person_id.label("person_id")).join(Booking, Booking.course_session_id == CourseSession.id).where(
        *free, Booking.status == BookingStatus.WAITING)
    there = sa.exists().where(Booking.person_id == CourseInterest.person_id, Booking.course_session_id == CourseSession.id)
    other = CourseSession.__table__.alias()
    placed = sa.exists().where(Booking.person_id == CourseInterest.person_id, Booking.status.in_(HOLDING), Booking.course_session_id == other.c.id,
                               other.c.course_id == CourseSession.course_id, other.c.starts_at > now)
    any_date = sa.select(*columns, CourseInterest.person_id.label("person_id")).join(
        CourseInterest, CourseInterest.course_id == CourseSession.course_id).where(
        *free, CourseInterest.any_date, CourseInterest.ended_at.is_(None), ~there, ~placed)
    return sa.select(sa.union(on_list, any_date).subquery())


def _restricted(numbers: set[int]) -> Mapping[int, Audience]:
    """For whom each of these courses is, by id; those that are for everybody are left out: their lists never stand still."""
    found = {}
    for course in db.session.scalars(sa.select(Course).where(Course.id.in_(numbers)).options(
        selectinload(Course.for_agencies), selectinload(Course.prerequisites)
    )):
        audience = Audience(
            course.least_level, tuple(course.for_sectors or ()), tuple((one.id, one.name) for one in course.for_agencies),
            tuple(course.for_jobs or ()), tuple((one.id, one.title) for one in course.prerequisites))
        if audience != Audience():
            found[course.id] = audience
    return found


def _known(waits: sa.Subquery, courses: Mapping[int, Audience]) -> Callable[[Any], Asker]:
    """What is known of whoever waits, as the rules need it: by a row of `waits`."""
    people = sa.select(waits.c.person_id)
    tree = facts.agency_tree()
    at = {row.person_id: row for row in db.session.execute(
        sa.select(Affiliation.person_id, Affiliation.agency_id, Affiliation.job_title, Affiliation.level)
        .where(Affiliation.person_id.in_(people), Affiliation.ends_on.is_(None)))}
    excepted = {(row.course_id, row.person_id) for row in db.session.execute(
        sa.select(EligibilityException.course_id, EligibilityException.person_id).where(EligibilityException.person_id.in_(people)))}
    done = facts.courses_done(people, {number for audience in courses.values() for number, _title in audience.prerequisites})

    def asker(row: Any) -> Asker:
        works = at.get(row.person_id)
        working = facts.working_at(works.agency_id, tree) if works else Working()
        return Asker(working, works.job_title if works else None, works.level if works else None, done.get(row.person_id, frozenset()),
                     (row.course_id, row.person_id) in excepted)

    return asker
