"""Planning a session once however often its form is sent, and what becomes of its days of booking when it moves, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import SessionEvent
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from tests.booking.acting import DAY, HOUR, NOW, a_session, book, broken
from tests.builders import a_course

pytestmark = pytest.mark.usefixtures("app")


def planned(course, starts_in=20 * DAY, lasts=3 * HOUR):
    return Planned([(NOW + starts_in, NOW + starts_in + lasts)], course.format, "Hall", None)


def refs():
    db.session.rollback()
    return db.session.scalars(sa.select(CourseSession.ref)).all()


def test_a_form_that_plans_a_session_sent_twice_plans_one(app):
    course = a_course()
    start, asked = Barrier(4), {"course_id": course.id, "planned": planned(course), "capacity": 9, "now": NOW}
    db.session.rollback()

    def send(key):
        with app.app_context():
            start.wait()
            return services.plan_once(key=key, **asked).ref

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, ["k"] * 4))
    assert list(answers) == refs() and len(answers) == 1
    assert services.plan_once(key="k", **asked).ref in answers
    services.plan_once(key="another form", **asked)
    assert len(refs()) == 2
    with pytest.raises(Refused, match="sent before with something else"):
        services.plan_once(key="k", **{**asked, "capacity": 10})


def moved(session, by, **more):
    starts_at = session.starts_at + by
    plan = Planned([(starts_at, starts_at + 3 * HOUR)], session.format, session.venue_or_link, None)
    services.change_session(session_id=session.id, planned=plan, capacity=session.capacity, by="c", now=NOW, **more)
    db.session.rollback()
    return db.session.get_one(CourseSession, session.id, populate_existing=True)


def said(session):
    return " ".join(db.session.scalars(sa.select(SessionEvent.what).where(SessionEvent.course_session_id == session.id).order_by(SessionEvent.id)))


def days_of(session):
    return [session.opens_at and session.starts_at - session.opens_at, session.starts_at - session.closes_at,
            clock.london_date(session.starts_at) - session.decide_on]


def a_limited_session(**more):
    """It starts in twenty days, booking closes two days before, and it is decided on five days before."""
    session = a_session(places=5, starts_in=20 * DAY, opens_at=None, closes_at=NOW + 18 * DAY, minimum=3, **more)
    with db.session.begin_nested():
        session.decide_on = clock.london_date(NOW + 15 * DAY)
    db.session.commit()
    return session


def test_days_that_would_lie_after_the_new_start_move_with_it_and_the_history_says_so():
    session = a_limited_session()
    after = moved(session, -10 * DAY)
    assert days_of(after) == [None, 2 * DAY, timedelta(days=5)]
    assert "Booking closes:" in said(session) and "Day of decision:" in said(session)
    assert book(session).status.value == "booked" and broken() == []


def test_days_that_still_fit_stay_where_they_are():
    session = a_limited_session()
    after = moved(session, 7 * DAY)
    assert days_of(after) == [None, 9 * DAY, timedelta(days=12)]
    assert "Booking closes" not in said(session)


def test_a_draft_keeps_days_that_are_possible_too():
    session = a_limited_session(status=SessionStatus.DRAFT)
    assert days_of(moved(session, -10 * DAY))[1:] == [2 * DAY, timedelta(days=5)]


def test_what_a_change_would_be_refused_for_is_said_before_anybody_has_to_say_yes():
    session = a_limited_session()
    book(session)

    def check(capacity=5, **more):
        return services.check_change(course_session=session, planned=planned(session.course, **more), capacity=capacity, now=NOW)

    assert "Booking closes" in check(starts_in=10 * DAY) and check() == ""
    for more, why in (({"lasts": -HOUR}, "ends before it starts"), ({"starts_in": -DAY}, "lies in the past"), ({"capacity": 0}, "at least one place")):
        with pytest.raises(Refused, match=why):
            check(**more)
