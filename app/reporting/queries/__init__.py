"""What reports count, each in one statement, however many bookings there are."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agency, Partnership
from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME, Outcome
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Briefing, BriefingViews, Contribution, Course, CourseSession, Priority, course_priority
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.periods import Period
from app.evaluation.queries import who_came
from app.reporting.rules import counting

KIND = sa.case(
    (Booking.status == BookingStatus.GIVEN_BACK, counting.CANCELLED_BY_DELEGATE),
    (Booking.status == BookingStatus.SESSION_CANCELLED, counting.ON_CANCELLED),
    (sa.and_(Booking.status == BookingStatus.WALK_IN, Attendance.outcome.in_(CAME)), counting.WALK_INS),
    (Attendance.outcome == Outcome.ATTENDED, counting.ATTENDED),
    (Attendance.outcome == Outcome.PARTLY_ATTENDED, counting.PARTLY),
    (sa.and_(Booking.status != BookingStatus.WALK_IN, Attendance.outcome == Outcome.NO_SHOW), counting.NO_SHOWS),
    (sa.and_(Booking.status != BookingStatus.WALK_IN, Attendance.outcome == Outcome.EXCUSED), counting.EXCUSED),
)
"""What became of a booking; none while nothing did, or for a walk-in who was not there after all."""
HAS_MARK = Attendance.booking_id.is_not(None)
AREA = sa.case((HAS_MARK, Attendance.partnership_id), else_=Booking.partnership_id)
AGENCY = sa.case((HAS_MARK, Attendance.agency_id), else_=Booking.agency_id)
BOOKINGS = sa.join(Booking, Attendance, Attendance.booking_id == Booking.id, isouter=True)


def in_period(period: Period) -> sa.ColumnElement[bool]:
    """A session belongs to the period that holds its last day."""
    return CourseSession.last_day.between(period.first, period.last)


def people_by_session(period: Period) -> list[tuple[int, int | None, str, int]]:
    """(session, area, kind, people) of every session of the period."""
    return _people(period, Booking.course_session_id)


def people_by_agency(period: Period) -> list[tuple[int | None, int | None, str, int]]:
    """(agency, area, kind, people) of every session of the period; the agency as it was then."""
    return _people(period, AGENCY)


def _people(period: Period, group: Any) -> list[tuple[Any, int | None, str, int]]:
    rows = db.session.execute(
        sa.select(group, AREA, KIND, sa.func.count())
        .select_from(BOOKINGS.join(CourseSession, CourseSession.id == Booking.course_session_id))
        .where(in_period(period), CourseSession.status != SessionStatus.DRAFT)
        .group_by(group, AREA, KIND)
    )
    return [(key, area, kind, count) for key, area, kind, count in rows if kind is not None]


def distinct_people(period: Period) -> tuple[int, dict[int | None, int]]:
    """How many different people came: in all, and in each area (where somebody may be in two)."""
    came = sa.select(Booking.person_id, AREA.label("area")).select_from(
        BOOKINGS.join(CourseSession, CourseSession.id == Booking.course_session_id)
    ).where(in_period(period), Attendance.outcome.in_(CAME)).distinct().subquery()
    by_area = dict(db.session.execute(sa.select(came.c.area, sa.func.count()).group_by(came.c.area)).all())
    if len(by_area) < 2:
        return sum(by_area.values()), by_area
    return db.session.scalar(sa.select(sa.func.count(sa.distinct(came.c.person_id)))) or 0, by_area


def sessions(period: Period) -> list[Any]:
    """Every session of the period that is or was on the programme: course, format, state, places, last day, end, register."""
    return list(db.session.execute(
        sa.select(
            CourseSession.id, CourseSession.ref, CourseSession.course_id, CourseSession.format, CourseSession.status,
            CourseSession.capacity, CourseSession.last_day, CourseSession.ends_at, CourseSession.cancel_reason,
            Register.finished_at, who_came.unmarked().label("unmarked"),
        )
        .outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(in_period(period), CourseSession.status != SessionStatus.DRAFT).order_by(CourseSession.starts_at, CourseSession.id)
    ))


def first_delivered() -> date | None:
    """The last day of the first delivered session on record."""
    return db.session.scalar(sa.select(sa.func.min(CourseSession.last_day)).where(CourseSession.status == SessionStatus.DELIVERED))


def last_delivered(before: date | None = None) -> date | None:
    """The last day of the latest delivered session on record, or of the latest before a day."""
    latest = sa.select(sa.func.max(CourseSession.last_day)).where(CourseSession.status == SessionStatus.DELIVERED)
    return db.session.scalar(latest if before is None else latest.where(CourseSession.last_day < before))


def courses(ids: set[int]) -> dict[int, Any]:
    """These courses, in the order of their titles."""
    found = db.session.execute(sa.select(Course.id, Course.code, Course.title).where(Course.id.in_(ids)).order_by(Course.title, Course.id))
    return {row.id: row for row in found}


def course_priorities(ids: set[int]) -> list[tuple[int, str, str]]:
    """(course, priority's code, its name with its partnership) for each tag of these courses."""
    rows = db.session.execute(
        sa.select(course_priority.c.course_id, Priority.code, Priority.name, Partnership.name)
        .join(Priority, Priority.id == course_priority.c.priority_id).join(Partnership, Partnership.id == Priority.partnership_id)
        .where(course_priority.c.course_id.in_(ids)).order_by(Priority.name, Partnership.name, Priority.code)
    )
    return [(course, code, f"{name} ({partnership})") for course, code, name, partnership in rows]


def agencies() -> dict[int, Any]:
    """Every agency by its id: code, name, sector; in the order of names."""
    return {row.id: row for row in db.session.execute(sa.select(Agency.id, Agency.code, Agency.name, Agency.sector).order_by(Agency.name))}


def partnerships() -> list[Partnership]:
    """Every partnership, by name."""
    return list(db.session.scalars(sa.select(Partnership).order_by(Partnership.name)))


def briefing_views(period: Period) -> dict[str, int]:
    """Views by briefing in the months that begin in the period; only briefings of which there are counts."""
    return dict(db.session.execute(
        sa.select(Briefing.code, sa.func.sum(BriefingViews.views)).join(Briefing, Briefing.id == BriefingViews.briefing_id)
        .where(BriefingViews.month.between(period.first, period.last)).group_by(Briefing.code)
    ).all())  # type: ignore[arg-type]


def briefings() -> list[tuple[str, str]]:
    """(code, title) of every briefing, by title."""
    return [(row.code, row.title) for row in db.session.execute(sa.select(Briefing.code, Briefing.title).order_by(Briefing.title))]


def contributions(period: Period) -> tuple[int, int]:
    """How many contributions to partners' training, and how many people they reached."""
    count, contacts = db.session.execute(
        sa.select(sa.func.count(Contribution.id), sa.func.coalesce(sa.func.sum(Contribution.contacts), 0))
        .where(Contribution.held_on.between(period.first, period.last))
    ).one()
    return count, contacts


def registers_missing(period: Period, now: datetime) -> int:
    """Sessions of the period that are over and whose register is not finished."""
    return db.session.scalar(
        sa.select(sa.func.count(CourseSession.id)).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(in_period(period), CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)),
               CourseSession.ends_at <= now, Register.finished_at.is_(None))
    ) or 0
