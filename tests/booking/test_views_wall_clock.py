"""Every form that takes a time refuses one that clocks skip in spring, and takes the first of the two that they show twice in autumn."""

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.rules import Role
from app.booking import services
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.db import db
from tests.builders import a_course, a_person, a_session

SPRING, AUTUMN = "2027-03-28", "2027-10-31"
PLAN = {"format": "virtual", "venue_or_link": "https://meet.example/x", "trainer": "0", "capacity": "8"}


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def new_session(course):
    return f"/desk/courses/{course.code}/sessions/new"


def change(course):
    return f"/desk/sessions/{a_session(course=course).ref}/change"


def for_those_who_wait(course):
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=False, now=clock.now())
    return f"/desk/courses/{course.code}/waiting"


def sessions():
    db.session.rollback()
    return db.session.query(CourseSession).order_by(CourseSession.id.desc()).all()


def parts(day, starts, ends):
    return {"day_1": day, "starts_1": starts, "ends_1": ends, **PLAN}


@pytest.mark.parametrize("form", [new_session, change, for_those_who_wait])
@pytest.mark.parametrize(("starts", "ends", "skipped"), [("1:30", "4:00", "01:30"), ("0:30", "1:00", "01:00"), ("0:30", "1:59", "01:59")])
def test_a_time_that_clocks_skip_is_refused_with_what_to_do_and_nothing_typed_is_lost(desk, form, starts, ends, skipped):
    course = a_course()
    address, before = form(course), len(sessions())
    page = desk.post(address, parts(SPRING, starts, ends)).text
    assert f"Part 1: clocks skip {skipped} on that day. Choose another time." in page
    assert f'value="{starts}"' in page and f'value="{SPRING}"' in page and len(sessions()) == before


@pytest.mark.parametrize(("starts", "ends"), [("0:30", "2:00"), ("9:30", "12:30")])
def test_the_times_before_and_after_the_skipped_hour_are_taken(desk, starts, ends):
    desk.post(new_session(a_course()), parts(SPRING, starts, ends))
    (made,) = sessions()
    offset = 0 if starts == "0:30" else 1
    hour, minute = map(int, starts.split(":"))
    assert made.starts_at == datetime(2027, 3, 28, hour - offset, minute, tzinfo=UTC)


@pytest.mark.parametrize("form", [new_session, change])
def test_a_time_that_clocks_show_twice_is_the_first_of_the_two(desk, form):
    desk.post(form(a_course()), {**parts(AUTUMN, "1:30", "3:30"), "confirmed": "1"})
    made = sessions()[0]
    assert (made.starts_at, made.ends_at) == (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 3, 30, tzinfo=UTC))


def test_the_moment_at_which_booking_opens_or_closes_is_held_to_the_same(desk):
    session = a_session(starts_in=timedelta(days=500))
    address, empty = f"/desk/sessions/{session.ref}/rules", {"minimum": "", "decide_on": "", "confirm_days": ""}
    for opens, closes in (("01:30", ""), ("", "01:30")):
        page = desk.post(address, {**empty, "opens_on": SPRING if opens else "", "opens_time": opens, "closes_on": SPRING if closes else "",
                                   "closes_time": closes}).text
        assert "Clocks skip 01:30 on that day. Choose another time." in page
    desk.post(address, {**empty, "opens_on": AUTUMN, "opens_time": "01:30", "closes_on": "", "closes_time": ""})
    assert sessions()[0].opens_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
