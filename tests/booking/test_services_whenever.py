"""Whoever said "yes, whenever" is booked without a question only at the time to which they said it, and not once they came to another date."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.rules.turnout import Turnout
from app.booking.rules.waiting import ASKED_AS_SERVED, NEW_TIME
from app.booking.services import Wish
from app.catalogue.models import CourseSession
from app.catalogue.services import Planned
from app.core.db import db, transaction
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, acts, book, broken, give_back, letters, settle, status
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
WHENEVER = Wish(whenever=True)


def a_week_later(session, now):
    kept = db.session.get_one(CourseSession, session.id)
    parts = [(part.starts_at + 7 * DAY + 3 * HOUR, part.ends_at + 7 * DAY + 3 * HOUR) for part in kept.parts]
    services.change_session(session_id=session.id, planned=Planned(parts, kept.format, kept.venue_or_link, None), capacity=1, by="c", now=now)


def kept(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def why_offered(booking):
    return db.session.scalars(sa.select(BookingEvent.reason).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id.desc())).first()


def text(letter):
    return " ".join(letter.text.split())


def test_a_new_time_has_everybody_who_said_yes_whenever_asked_first_and_they_may_say_it_again():
    session, (first,), _waiting = a_full_session(starts_in=20 * DAY)
    waits, again = (book(session, wish=WHENEVER, now=NOW + number * MINUTE) for number in (1, 2))
    a_week_later(session, NOW + HOUR)
    assert not kept(waits).whenever and acts(waits)[-1] == "ask_first" and why_offered(waits) == NEW_TIME
    (letter,) = letters(kind="list-times-changed", person=waits.person)
    assert "we ask you first now, as the time is another" in text(letter)
    services.say_whenever(booking_id=again.id, whenever=True, by=again.person.acting, now=NOW + 2 * HOUR)
    give_back(first, now=NOW + 2 * HOUR)
    settle(session, NOW + 3 * HOUR)
    assert status(waits) == "offered"
    services.give_back(booking_id=waits.id, by="x", now=NOW + 4 * HOUR)
    settle(session, NOW + 5 * HOUR)
    assert status(again) == "booked" and broken(NOW + 5 * HOUR) == []


def test_who_comes_back_to_the_list_after_a_new_time_is_asked_first_too():
    session, (first,), _waiting = a_full_session(starts_in=20 * DAY)
    waits = book(session, wish=WHENEVER)
    give_back(waits, now=NOW + HOUR)
    a_week_later(session, NOW + HOUR + MINUTE)
    services.undo_giving_back(booking_id=waits.id, by=waits.person.acting, now=NOW + HOUR + 2 * MINUTE)
    give_back(first, now=NOW + 2 * HOUR)
    settle(session, NOW + 3 * HOUR)
    assert status(waits) == "offered"


@pytest.mark.parametrize(("turnout", "stands"), [(Turnout.CAME, "offered"), (None, "offered"), (Turnout.MISSED, "booked")])
def test_who_came_to_another_date_since_or_may_have_is_asked_first(turnout, stands):
    course, person = a_course(), a_person()
    earlier, (session, (first,), _waiting) = a_session(course=course, starts_in=2 * DAY), a_full_session(course=course, starts_in=20 * DAY)
    there, waits = book(earlier, person), book(session, person, wish=WHENEVER)
    with transaction() as writing:
        writing.get_one(Booking, there.id).turnout = turnout
    give_back(first, now=NOW + 3 * DAY)
    settle(session, NOW + 3 * DAY + HOUR)
    assert status(waits) == stands
    if stands == "offered":
        (letter,) = letters(kind="offer", person=person)
        assert why_offered(waits) == ASKED_AS_SERVED and "As you have had another date of the course since, we ask first." in text(letter)


def test_who_came_to_the_course_before_they_asked_for_this_date_meant_it():
    course, person = a_course(), a_person()
    earlier = a_session(course=course, starts_in=2 * DAY)
    there = book(earlier, person)
    with transaction() as writing:
        writing.get_one(Booking, there.id).turnout = Turnout.CAME
    session, (first,), _waiting = a_full_session(course=course, starts_in=20 * DAY)
    waits = book(session, person, wish=WHENEVER, now=NOW + 3 * DAY)
    give_back(first, now=NOW + 4 * DAY)
    settle(session, NOW + 4 * DAY + HOUR)
    assert status(waits) == "booked"
