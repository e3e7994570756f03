"""A page of many bookings says of each whether giving it back is late as the act answers it, by when its session starts, however long it lasts."""

from datetime import timedelta

import pytest

from app.booking.models import BookingEvent
from app.booking.queries import notices
from app.booking.queries.policies import policies_of
from app.booking.rules.policy import Notice
from app.booking.rules.states import Act, BookingStatus
from app.core.db import transaction
from tests.booking.acting import DAY, HOUR, NOW, a_session
from tests.builders import a_booking, a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
NEAR, FAR = timedelta(hours=30), 20 * DAY


def booked(person, *, starts_in, **more):
    return a_booking(a_session(starts_in=starts_in, **more), person, booked_at=NOW - FAR)


def with_event(booking, act, before):
    with transaction() as session:
        session.add(BookingEvent(booking_id=booking.id, at=NOW - HOUR, by="x", act=act, before=before, after=BookingStatus.BOOKED))
    return booking


def in_time(person):
    return [booked(person, starts_in=FAR)], 0


def past_the_deadline(person):
    return [booked(person, starts_in=NEAR), booked(person, starts_in=FAR)], 1


def begins_soon_and_ends_in_weeks(person):
    return [booked(person, starts_in=NEAR, lasts=FAR)], 1


def under_way(person):
    return [booked(person, starts_in=-HOUR, lasts=FAR)], 0


def just_let_in(person):
    return [with_event(booked(person, starts_in=NEAR), Act.LET_IN, BookingStatus.WAITING)], 0


def two_dates_by_us(person):
    course = a_course()
    first = booked(person, starts_in=NEAR, course=course)
    return [with_event(first, Act.REINSTATE, BookingStatus.SESSION_CANCELLED), booked(person, starts_in=NEAR + HOUR, course=course)], 0


@pytest.mark.parametrize("made", [in_time, past_the_deadline, begins_soon_and_ends_in_weeks, under_way, just_let_in, two_dates_by_us])
def test_of_many_bookings_those_are_late_that_are_late_one_by_one(made):
    bookings, late = made(a_person())
    coming = [one for one in bookings if one.course_session.starts_at > NOW]
    found = {number for number, back in notices.returns_of(coming, policies_of(coming), NOW).items() if back.late}
    assert found == {one.id for one in bookings[:late]}
    assert found == {one.id for one in coming if notices.notice_of(one, NOW) is Notice.LATE}
