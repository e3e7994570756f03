"""A course that asks for fewer yeses than before leaves nobody waiting for one that nobody has to give."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.booking import services
from app.booking.models import Booking
from app.booking.queries import notices
from app.booking.rules.policy import Notice
from app.booking.rules.states import BookingStatus
from app.catalogue import services as catalogue
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import Approval
from app.core.db import db, transaction
from app.letters.emails import moment
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, book, broken, give_back, letters, settle, status
from tests.builders import a_booking, a_course, a_person

pytestmark = pytest.mark.usefixtures("app")


def with_manager():
    person = a_person()
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email="boss@example.org"))
    return person


def asks(course, approval, now=NOW + MINUTE):
    kept = db.session.get_one(Course, course.id)
    catalogue.save_course(course_id=course.id, facts={"code": kept.code, "title": kept.title, "approval": approval}, priority_ids=[], now=now)


@pytest.mark.parametrize(("before", "after", "stands"), [
    (Approval.COORDINATOR, Approval.NOBODY, "booked"), (Approval.MANAGER, Approval.NOBODY, "booked"), (Approval.BOTH, Approval.NOBODY, "booked"),
    (Approval.BOTH, Approval.COORDINATOR, "awaiting_coordinator"), (Approval.MANAGER, Approval.COORDINATOR, "awaiting_coordinator"),
    (Approval.BOTH, Approval.MANAGER, "awaiting_manager"), (Approval.MANAGER, Approval.BOTH, "awaiting_manager"),
    (Approval.COORDINATOR, Approval.MANAGER, "awaiting_coordinator"),
])
def test_a_request_waits_for_nobody_whom_the_course_does_not_ask_any_more(before, after, stands):
    course = a_course(approval=before)
    booking = book(a_session(course=course), with_manager())
    asks(course, after)
    assert status(booking) == stands and broken() == []
    if stands == "booked":
        assert letters(kind="place-confirmed", person=booking.person) and acts(booking)[-1] == "book"
        assert [letter.outdated is not None for letter in letters(kind="approval-asked")] == ([] if before is Approval.COORDINATOR else [True])


def test_a_request_that_nobody_has_to_answer_any_more_does_not_end_and_stays_before_who_comes_later():
    course = a_course(approval=Approval.COORDINATOR)
    session = a_session(course=course, places=1)
    booking = book(session)
    due_at = booking.due_at
    asks(course, Approval.NOBODY)
    later = book(session, now=NOW + HOUR)
    settle(session, due_at + MINUTE)
    assert (status(booking), status(later)) == ("booked", "waiting")


def test_a_manager_who_has_agreed_is_enough_once_the_coordinator_is_not_asked_any_more():
    course = a_course(approval=Approval.BOTH)
    session = a_session(course=course, places=5)
    agreed, passed_on = book(session, with_manager()), book(session, with_manager())
    services.manager_agrees(booking_id=agreed.id, by="Boss", now=NOW)
    services.not_the_manager(booking_id=passed_on.id, by="Boss", now=NOW)
    asks(course, Approval.MANAGER)
    assert (status(agreed), status(passed_on)) == ("booked", "awaiting_coordinator")


def test_whoever_gets_a_place_so_after_the_deadline_has_time_to_say_no():
    course = a_course(approval=Approval.COORDINATOR)
    booking = book(a_session(course=course, starts_in=DAY + 3 * HOUR), now=NOW)
    asks(course, Approval.NOBODY)
    db.session.rollback()
    kept = db.session.get_one(Booking, booking.id, populate_existing=True)
    assert [notices.notice_of(kept, NOW + after) for after in (2 * MINUTE, 3 * HOUR)] == [Notice.IN_TIME, Notice.LATE]


def test_a_list_that_rests_goes_on_resting_when_requests_on_its_session_go_on():
    course = a_course(approval=Approval.COORDINATOR)
    session = a_session(course=course, places=2)
    booking = book(session)
    a_booking(session, status=BookingStatus.WAITING)
    with transaction() as writing:
        writing.execute(sa.update(CourseSession).values(list_rests=True))
    asks(course, Approval.NOBODY)
    db.session.rollback()
    assert status(booking) == "booked" and db.session.scalars(sa.select(CourseSession.list_rests)).all() == [True]


@pytest.mark.parametrize("ended", ["given back", "called off", "moved"])
def test_a_request_that_goes_on_waits_for_nobody_whom_the_course_does_not_ask_any_more(ended):
    course = a_course(approval=Approval.MANAGER)
    session, other = a_session(course=course, places=2, starts_in=20 * DAY), a_session(course=course, places=2, starts_in=30 * DAY)
    booking = book(session, with_manager())
    if ended == "given back":
        services.give_back(booking_id=booking.id, by="x", now=NOW + MINUTE)
    if ended == "called off":
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + MINUTE)
    if ended == "moved":
        with transaction() as kept:  # past the rule that lets requests go on at the change itself, as the booking would be sure by then
            kept.get_one(Course, course.id).approval = Approval.NOBODY
        booking = services.move(booking_id=booking.id, to_session_id=other.id, reason="", by="x", now=NOW + 3 * MINUTE)
    else:
        asks(course, Approval.NOBODY, now=NOW + 2 * MINUTE)
    if ended == "given back":
        services.undo_giving_back(booking_id=booking.id, by="x", now=NOW + 3 * MINUTE)
    if ended == "called off":
        services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 3 * MINUTE)
    assert (status(booking), db.session.get_one(Booking, booking.id).due_at, broken(NOW + 3 * MINUTE)) == ("booked", None, [])


@pytest.mark.parametrize("comes_back", ["the session goes ahead after all", "the person takes it back"])
def test_so_has_whose_request_is_a_place_when_it_comes_back_after_the_deadline(comes_back):
    course = a_course(approval=Approval.COORDINATOR)
    session = a_session(course=course, starts_in=30 * HOUR)
    booking, called_off = book(session), comes_back == "the session goes ahead after all"
    if called_off:
        services.cancel_session(session_id=session.id, reason="A mistake", by="c", now=NOW + MINUTE)
    else:
        give_back(booking, now=NOW + MINUTE)
    asks(course, Approval.NOBODY, now=NOW + 2 * MINUTE)
    if called_off:
        services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 3 * MINUTE)
    else:
        services.undo_giving_back(booking_id=booking.id, by=booking.person.acting, now=NOW + 3 * MINUTE)
    until, kept = NOW + 3 * MINUTE + 2 * HOUR, db.session.get_one(Booking, booking.id, populate_existing=True)
    assert status(booking) == "booked"
    assert [notices.notice_of(kept, at) for at in (until - MINUTE, until)] == [Notice.IN_TIME, Notice.LATE]
    (letter,) = letters(kind="place-confirmed", person=booking.person)
    assert f"Until {moment(until).english} it does not count as late." in " ".join(letter.text.split())


@pytest.mark.parametrize("moves", [1, 2])
def test_the_manager_s_yes_goes_with_a_request_that_is_moved(moves):
    course = a_course(approval=Approval.BOTH)
    dates = [a_session(course=course, starts_in=(20 + number) * DAY) for number in range(moves + 1)]
    booking = book(dates[0], with_manager())
    services.manager_agrees(booking_id=booking.id, by="Boss", now=NOW)
    for number in range(1, moves + 1):
        booking = services.move(booking_id=booking.id, to_session_id=dates[number].id, by=booking.person.acting, now=NOW + number * MINUTE)
    assert status(booking) == "awaiting_coordinator"
    asks(course, Approval.MANAGER, now=NOW + HOUR)
    assert status(booking) == "booked" and broken(NOW + HOUR) == []


@pytest.mark.parametrize("comes_back", ["moves again", "takes it back", "the session goes ahead after all"])
def test_a_moved_request_that_goes_on_later_waits_for_nobody_whom_the_course_does_not_ask_any_more(comes_back):
    course = a_course(approval=Approval.BOTH)
    first, second, third = (a_session(course=course, starts_in=(20 + number) * DAY) for number in range(3))
    booking = book(first, with_manager())
    services.manager_agrees(booking_id=booking.id, by="Boss", now=NOW)
    booking = services.move(booking_id=booking.id, to_session_id=second.id, by=booking.person.acting, now=NOW + MINUTE)
    if comes_back == "takes it back":
        give_back(booking, now=NOW + 2 * MINUTE)
    elif comes_back == "the session goes ahead after all":
        services.cancel_session(session_id=second.id, reason="A mistake", by="c", now=NOW + 2 * MINUTE)
    with transaction() as writing:
        writing.get_one(Course, course.id).approval = Approval.MANAGER
    if comes_back == "moves again":
        booking = services.move(booking_id=booking.id, to_session_id=third.id, by=booking.person.acting, now=NOW + 3 * MINUTE)
    elif comes_back == "takes it back":
        services.undo_giving_back(booking_id=booking.id, by=booking.person.acting, now=NOW + 3 * MINUTE)
    else:
        services.undo_cancelling(session_ids=[second.id], by="c", now=NOW + 3 * MINUTE)
    assert status(booking) == "booked"
