"""A session made from those who wait for a course: who is offered a place, who is told of the date, and to whom a place goes on."""

import pytest

from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.queries import facts
from app.booking.rules.turnout import Turnout
from app.catalogue.services import Planned
from app.core.db import db, transaction
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    acts,
    book,
    broken,
    by_coordinator,
    give_back,
    letters,
    queued,
    settle,
    status,
    statuses,
)
from tests.builders import a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")
ASKED = NOW - 9 * DAY


def waits(course, *, any_date=False, after=0, **more):
    person = a_person(**more)
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=any_date, now=ASKED + after * HOUR)
    return person


def made(course, capacity=1, now=NOW):
    starts = NOW + 30 * DAY
    planned = Planned([(starts, starts + 3 * HOUR)], course.format, "Hall", None)
    return services.session_from_waiting(course_id=course.id, planned=planned, capacity=capacity, by="c", now=now)


def at(session, person):
    """What the person has on the session."""
    db.session.rollback()
    return facts.live_booking(session.id, person.id)


def test_what_lapses_or_is_declined_goes_to_the_next_who_waited_for_the_course_before_a_newcomer_and_once():
    course = a_course()
    first, second, third = waits(course), waits(course, any_date=True, after=1), waits(course, after=2)
    session, offers = made(course)
    newcomer = book(session, now=NOW + HOUR)
    assert (offers, statuses(session), newcomer.status.value) == (1, ["offered", "waiting", "waiting", "waiting"], "waiting")
    settle(session, NOW + 25 * HOUR)
    assert (at(session, first), status(at(session, second)), status(newcomer)) == (None, "offered", "waiting")
    give_back(at(session, second), now=NOW + 26 * HOUR)
    settle(session, NOW + 27 * HOUR)
    assert (at(session, second), status(at(session, third)), status(newcomer)) == (None, "offered", "waiting")
    services.accept_offer(booking_id=at(session, third).id, by=third.acting, now=NOW + 28 * HOUR)
    assert acts(at(session, third)) == ["join", "offer", "accept"] and broken(NOW + 28 * HOUR) == []
    assert [len(letters(kind="offer", person=one)) for one in (first, second, third)] == [1, 1, 1]


def test_each_who_waits_has_one_letter_about_the_date_made_for_them():
    course = a_course(for_sectors=["council"])
    _full, _booked, (on_list,) = a_full_session(waiting=1, course=course)
    people = [waits(course), waits(course, after=1), waits(course, any_date=True, after=2), waits(course, after=3, agency=an_agency(sector="police")),
              waits(course, any_date=True, after=4, agency=an_agency(sector="police"))]
    session, _offers = made(course)
    assert [queued(one) for one in people] == [["offer"], ["list-joined"], ["list-joined"], ["runs-again"], []]
    said = " ".join(letters(kind="list-joined", person=people[1])[0].text.split())
    assert "a new date for those who wait for it" in said and "You are 1st of 3 (at " in said
    assert [status(on_list), status(at(session, on_list.person))] == ["waiting", "waiting"]


def test_the_order_is_that_in_which_people_asked_with_those_who_stand_first_before_them():
    course = a_course()
    _full, _booked, (displaced,) = a_full_session(waiting=1, course=course)
    services.put_first(booking_id=displaced.id, first=True, reason="displaced", by="c", now=NOW)
    later, sooner = waits(course, after=2), waits(course, after=1)
    session, _offers = made(course)
    assert at(session, displaced.person).status.value == "offered"
    assert [one.person_id for one in facts.in_line(session.id)] == [sooner.id, later.id]


def test_whoever_waited_and_has_another_date_since_leaves_the_list_when_a_place_would_be_theirs():
    course = a_course()
    waits(course)
    second, third = waits(course, after=1), waits(course, after=2)
    session, _offers = made(course)
    book(a_session(course=course, starts_in=20 * DAY), second, now=NOW + HOUR)
    listed = at(session, second)
    jobs.settle(NOW + 25 * HOUR)
    assert (status(listed), status(at(session, third))) == ("left_list", "offered")
    assert letters(kind="off-list") == [] and broken(NOW + 25 * HOUR) == []


@pytest.mark.parametrize(("turnout", "left"), [(None, True), (Turnout.CAME, True), (Turnout.MISSED, False)])
def test_whoever_waited_and_came_to_another_date_since_is_not_asked_any_more_and_who_missed_it_is(turnout, left):
    course = a_course()
    waits(course)
    second = waits(course, after=1)
    session, _offers = made(course)
    earlier = a_session(course=course, starts_in=2 * HOUR)
    booked = book(earlier, second, now=NOW + HOUR)
    with transaction() as kept:
        kept.get_one(Booking, booked.id).turnout = turnout
    listed = at(session, second)
    jobs.settle(NOW + 25 * HOUR)
    assert status(listed) == ("left_list" if left else "offered")


def test_whoever_joined_the_list_themselves_and_has_another_date_is_asked_all_the_same():
    course = a_course()
    waits(course)
    session, _offers = made(course)
    joined = book(session, now=NOW + MINUTE)
    book(a_session(course=course, starts_in=20 * DAY), joined.person, now=NOW + HOUR)
    settle(session, NOW + 25 * HOUR)
    assert status(joined) == "offered"


def test_a_place_that_nobody_who_waits_can_have_is_free_for_everybody():
    course = a_course()
    waits(course)
    session, offers = made(course, capacity=3)
    assert (offers, book(session, now=NOW + MINUTE).status.value) == (1, "booked")
    booked = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=by_coordinator(), now=NOW + MINUTE)
    assert db.session.get_one(Booking, booked.id).status.value == "booked"
