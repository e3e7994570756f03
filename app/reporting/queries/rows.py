"""The rows behind a figure: as many as the figure says, for those who may see people."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agency, Person
from app.booking.models import Booking
from app.catalogue.models import Briefing, BriefingViews, Contribution, Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.core.pages import Page
from app.core.periods import Period
from app.reporting.queries import AGENCY, AREA, BOOKINGS, KIND, in_period
from app.reporting.rules import counting

SIZE = 50
TITLES = {
    "attendances": "Attendances", "no_shows": "Booked places not used", "excused": "Excused", "walk_ins": "Walk-ins",
    "cancelled_by_delegate": "Given back", "sessions_delivered": "Sessions delivered", "places_cancelled": "Cancelled sessions",
    "contributions": "Contributions", "contacts": "Attendances and partners' training", "courses_offered": "Courses offered",
    "briefing_views": "Views of briefings",
}
KINDS = {
    "attendances": (counting.ATTENDED, counting.PARTLY, counting.WALK_INS), "no_shows": (counting.NO_SHOWS,),
    "excused": (counting.EXCUSED,), "walk_ins": (counting.WALK_INS,), "cancelled_by_delegate": (counting.CANCELLED_BY_DELEGATE,),
}


def rows(figure: str, period: Period, area: int | None, page: int | None) -> tuple[Page, Sequence[str], Sequence[Sequence[Any]]]:
    """A page of the rows, and what their columns are. `area`: only people of this partnership."""
    head, query = _people(figure, period, area) if figure in KINDS else _others(figure, period)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    at = Page.at(page, size=SIZE, total=total)
    return at, head, [list(row) for row in db.session.execute(query.offset(at.offset).limit(SIZE))]


def _people(figure: str, period: Period, area: int | None) -> tuple[Sequence[str], sa.Select[Any]]:
    name = Person.first_name + " " + Person.last_name
    query = (
        sa.select(
            Course.title.label("course"), CourseSession.last_day.label("day"), name.label("person"), Agency.name.label("agency"), KIND.label("kind"),
        )
        .select_from(
            BOOKINGS.join(CourseSession, CourseSession.id == Booking.course_session_id).join(Course, Course.id == CourseSession.course_id)
            .join(Person, Person.id == Booking.person_id).join(Agency, Agency.id == AGENCY, isouter=True)
        )
        .where(in_period(period), CourseSession.status != SessionStatus.DRAFT, KIND.in_(KINDS[figure]))
        .order_by(CourseSession.last_day, Course.title, Person.last_name, Booking.id)
    )
    return ("Course", "Day", "Person", "Agency then", "What"), query if area is None else query.where(area == AREA)


def _others(figure: str, period: Period) -> tuple[Sequence[str], sa.Select[Any]]:
    if figure == "courses_offered":
        held = sa.func.sum(sa.case((CourseSession.status == SessionStatus.DELIVERED, 1), else_=0))
        cancelled = sa.func.sum(sa.case((CourseSession.status == SessionStatus.CANCELLED, 1), else_=0))
        return ("Course", "Code", "Sessions delivered", "Sessions cancelled"), sa.select(
            Course.title, Course.code, held.label("held"), cancelled.label("cancelled")
        ).join(CourseSession, CourseSession.course_id == Course.id).where(
            in_period(period), CourseSession.status.in_((SessionStatus.DELIVERED, SessionStatus.CANCELLED))
        ).group_by(Course.id, Course.title, Course.code).order_by(Course.title, Course.id)
    if figure == "contacts":
        return ("What", "Day", "People"), _contacts(period)
    if figure == "contributions":
        query = sa.select(Contribution.title, Contribution.held_on, Agency.name, Contribution.contacts)
        joined = query.outerjoin(Agency, Agency.id == Contribution.host_agency_id)
        return ("What", "Day", "Host", "People"), joined.where(
            Contribution.held_on.between(period.first, period.last)
        ).order_by(Contribution.held_on, Contribution.id)
    if figure == "briefing_views":
        views = sa.select(Briefing.title, BriefingViews.month, BriefingViews.views).join(Briefing, Briefing.id == BriefingViews.briefing_id)
        return ("Briefing", "Month from", "Views"), views.where(
            BriefingViews.month.between(period.first, period.last)
        ).order_by(Briefing.title, BriefingViews.month)
    status = SessionStatus.DELIVERED if figure == "sessions_delivered" else SessionStatus.CANCELLED
    columns = (Course.title, CourseSession.ref, CourseSession.last_day, CourseSession.capacity, CourseSession.cancel_reason)
    return ("Course", "Session", "Day", "Places", "Why cancelled"), sa.select(*columns).join(
        Course, Course.id == CourseSession.course_id
    ).where(in_period(period), CourseSession.status == status).order_by(CourseSession.last_day, CourseSession.id)


def _contacts(period: Period) -> sa.Select[Any]:
    """Each delivered session with those who came, and each contribution with those it reached."""
    came = (
        sa.select(Course.title.label("what"), CourseSession.last_day.label("day"), sa.func.count().label("people"))
        .select_from(BOOKINGS.join(CourseSession, CourseSession.id == Booking.course_session_id).join(Course, Course.id == CourseSession.course_id))
        .where(in_period(period), CourseSession.status != SessionStatus.DRAFT, KIND.in_(KINDS["attendances"]))
        .group_by(CourseSession.id, Course.title, CourseSession.last_day)
    )
    reached = sa.select(Contribution.title, Contribution.held_on, Contribution.contacts).where(
        Contribution.held_on.between(period.first, period.last)
    )
    both = sa.union_all(came, reached).subquery()
    return sa.select(both).order_by(both.c.day, both.c.what)
