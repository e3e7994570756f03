"""What an area of its own promises its people holds for them, and for them alone, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingPolicy
from app.booking.queries import facts, one_session
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, give_back, settle, status
from tests.builders import a_course, a_partnership, a_person

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def north():
    """An area that leaves its people six hours for an offer and makes none in the last twelve hours."""
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(NOW - 2 * DAY), now=NOW - 2 * DAY, facts={
        "offer_hours": 6, "near_offer_hours": 1, "no_offers_hours": 12})
    return area


def due(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True).due_at


def test_an_offer_stands_as_long_as_the_area_of_whoever_gets_it_says(north):
    session = a_session(places=1, starts_in=20 * DAY)
    book(session)
    ours, others = book(session, a_person(partnership=north)), book(session)
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=NOW)
    assert (due(ours), due(others), broken()) == (NOW + 6 * HOUR, NOW + 24 * HOUR, [])


def test_near_the_start_only_those_are_offered_a_place_whose_area_still_makes_offers(north):
    session = a_session(places=1, starts_in=10 * HOUR)
    first = book(session, now=NOW - DAY)
    ours, others = book(session, a_person(partnership=north), now=NOW - HOUR), book(session, now=NOW - HOUR)
    give_back(first)
    settle(session, NOW + 20 * MINUTE)
    assert (status(ours), status(others), due(others)) == ("waiting", "offered", NOW + 20 * MINUTE + 2 * HOUR)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW + 30 * MINUTE)
    course_session, standing, line = session, facts.standing(session, NOW + 30 * MINUTE), facts.in_line(session.id)
    said = one_session.line(course_session, standing, line, NOW + 30 * MINUTE)
    assert "too soon for offers" in said.answer and said.reasons[ours.id] == "the session starts too soon to ask them"


def test_any_date_and_a_session_made_from_a_list_are_offered_for_as_long_as_the_area_says(north):
    course, person = a_course(), a_person(partnership=north)
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW)
    soon = NOW + 11 * HOUR
    with pytest.raises(Refused, match="too soon for offers"):
        services.session_from_waiting(course_id=course.id, planned=Planned([(soon, soon + HOUR)], course.format, "Hall", None), capacity=5, by="c", now=NOW)
    starts = NOW + 30 * DAY
    made, offers = services.session_from_waiting(
        course_id=course.id, planned=Planned([(starts, starts + HOUR)], course.format, "Hall", None), capacity=5, by="c", now=NOW)
    offered = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == made.id)).one()
    assert (offers, offered.due_at) == (1, NOW + 6 * HOUR)
    services.give_back(booking_id=offered.id, by="x", now=NOW)
    other = a_session(course=course, places=1, starts_in=25 * DAY)
    later = NOW + timedelta(minutes=16)  # the first is held for an undo before
    settle(made, later)
    settle(other, later)
    again = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id)).one()
    assert again.due_at == later + 6 * HOUR


def test_with_another_time_an_offer_ends_as_the_area_says(north):
    session = a_session(places=1, starts_in=20 * DAY)
    book(session)
    ours = book(session, a_person(partnership=north))
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    starts = NOW + 15 * HOUR
    services.change_session(session_id=session.id, planned=Planned([(starts, starts + HOUR)], session.format, "Hall", None), capacity=2, by="c", now=NOW)
    assert due(ours) == NOW + 3 * HOUR
