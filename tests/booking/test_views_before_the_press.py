"""What pages say before a press is what the press does: other dates, waiting for a course, and what becomes of a place that is given back."""

import re
from datetime import timedelta

import pytest

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.db import transaction
from tests.booking.test_views_letters import holding
from tests.builders import a_course, a_person, a_session

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FAR = 20 * DAY


@pytest.fixture
def me(as_role):
    """A delegate's browser."""
    return as_role(Role.DELEGATE)


def words(page):
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("&rsquo;", "’").replace("&#39;", "'")


def book(session, person_id=None, *, now=None, **more):
    return services.book_place(session_id=session.id, person_id=person_id or a_person().id, by="x", now=now or clock.now(), **more)


def of(session, **facts):
    """The session with these of its facts otherwise."""
    with transaction() as writing:
        for name, value in facts.items():
            setattr(writing.get_one(CourseSession, session.id), name, value)


@pytest.mark.parametrize("what", ["closes_at", "opens_at", None])
def test_a_date_that_cannot_be_booked_now_is_not_offered_as_one_with_places(me, client, what):
    course = a_course()
    session, other = a_session(course=course, starts_in=FAR, places=1), a_session(course=course, starts_in=2 * FAR, places=3)
    if what:
        of(other, **{what: clock.now() + (5 * DAY if what == "opens_at" else -DAY)})
    mine = book(session, me.person_id)
    holding(client, mine, "booking")
    pages = [me.get(f"/bookings/{mine.ref}/give-back"), client.get(client.letter)]
    assert [f"Move to {clock.london_date(other.starts_at):%A}" in words(page) for page in pages] == [what is None] * 2
    assert ("No other date of this course has places" in words(me.get(f"/bookings/{mine.ref}/move"))) is bool(what)


@pytest.mark.parametrize("closed", [True, False])
def test_a_full_date_does_not_call_one_surer_whose_booking_has_closed(me, closed):
    course = a_course()
    session, other = a_session(course=course, starts_in=FAR, places=1), a_session(course=course, starts_in=2 * FAR, places=3)
    of(other, closes_at=clock.now() - DAY if closed else None)
    book(session)
    assert ("another date is the surer way" in words(me.get(f"/sessions/{session.ref}"))) is not closed


def test_any_date_is_refused_with_the_rule_and_the_way_round_it_to_whom_the_course_is_not_open(me):
    course = a_course(least_level=3)
    a_session(course=course, starts_in=FAR, places=5)
    page = words(me.follow(me.post(f"/courses/{course.code}/wait", {"answer": "any"})))
    assert "This course is for level 3." in page and "a coordinator can make an exception" in page and "You can be told when it runs again." in page
    assert "You wait for this course" not in page
    assert "We tell you when it runs again" in words(me.follow(me.post(f"/courses/{course.code}/wait", {"answer": "tell"})))


def test_who_takes_any_date_of_a_course_that_is_not_open_to_them_any_more_reads_why_nothing_is_offered(me):
    course = a_course()
    page = words(me.follow(me.post(f"/courses/{course.code}/wait", {"answer": "any"})))
    assert "Any date will do:" in page and "At present nothing is offered to you" not in page
    with transaction() as writing:
        writing.get_one(Course, course.id).least_level = 3
    assert "At present nothing is offered to you. This course is for level 3." in words(me.get(f"/courses/{course.code}"))
