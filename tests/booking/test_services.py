"""Places, on both databases, also when everybody asks at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from tests.builders import a_booking, a_person, a_session

pytestmark = pytest.mark.usefixtures("app")


def book(session, person):
    return services.book_place(session_id=session.id, person_id=person.id, by=person.name, now=clock.now())


def statuses(session):
    db.session.rollback()
    return [booking.status.value for booking in db.session.scalars(
        sa.select(Booking).where(Booking.course_session_id == session.id).order_by(Booking.booked_at, Booking.id)
    )]


def test_a_free_place_is_booked_with_where_the_person_works_and_kept_in_the_history():
    session, person = a_session(places=1), a_person(job_title="Nurse")
    booking = book(session, person)
    assert (booking.status, booking.job_title, booking.agency_id) == (BookingStatus.BOOKED, "Nurse", person.affiliation.agency_id)
    events = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id)).all()
    assert [(event.before, event.after, event.by) for event in events] == [(None, BookingStatus.BOOKED, person.name)]


def test_a_full_session_puts_people_on_the_waiting_list():
    session = a_session(places=1)
    book(session, a_person())
    assert book(session, a_person()).status is BookingStatus.WAITING


def test_asking_twice_gives_the_same_booking():
    session, person = a_session(), a_person()
    assert book(session, person).id == book(session, person).id
    assert statuses(session) == ["booked"]


def test_a_place_that_comes_free_goes_to_the_first_who_waits():
    session = a_session(places=1)
    first, *_others = [book(session, a_person()) for _ in range(3)]
    services.give_back(booking_id=first.id, by="first", now=clock.now())
    assert statuses(session) == ["given_back", "waiting", "waiting"]
    services.give_back(booking_id=first.id, by="first", now=clock.now())
    services.settle_session(session_id=session.id, now=clock.now() + timedelta(minutes=15))
    assert statuses(session) == ["given_back", "offered", "waiting"]


def test_nobody_overtakes_those_who_wait_even_when_a_place_is_free():
    session = a_session(places=1)
    a_booking(session, status=BookingStatus.WAITING)
    assert book(session, a_person()).status is BookingStatus.WAITING
    assert statuses(session) == ["offered", "waiting"]


def test_a_larger_room_is_offered_to_those_who_wait_in_their_order():
    session = a_session(places=1)
    for _ in range(4):
        book(session, a_person())
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=clock.now())
    assert statuses(session) == ["booked", "offered", "offered", "waiting"]


def test_fewer_places_than_are_booked_are_refused():
    session = a_session(places=3)
    for _ in range(2):
        book(session, a_person())
    with pytest.raises(Refused, match="at least 2"):
        services.change_capacity(session_id=session.id, capacity=1, by="c", now=clock.now())
    db.session.rollback()
    assert session.capacity == 3


@pytest.mark.parametrize("facts", [
    {"status": SessionStatus.CANCELLED}, {"status": SessionStatus.DRAFT}, {"status": SessionStatus.DELIVERED}, {"starts_in": timedelta(minutes=-1)},
])
def test_what_is_not_open_cannot_be_booked(facts):
    session = a_session(**facts)
    with pytest.raises(Refused):
        book(session, a_person())
    assert statuses(session) == []


def test_a_place_cannot_be_given_back_once_the_session_has_started():
    session = a_session(starts_in=timedelta(minutes=-5))
    booking = a_booking(session)
    with pytest.raises(Refused, match="has started"):
        services.give_back(booking_id=booking.id, by="me", now=clock.now())


def test_somebody_who_gave_back_can_book_again_at_the_end():
    session = a_session(places=1)
    person = a_person()
    services.give_back(booking_id=book(session, person).id, by="me", now=clock.now())
    other = book(session, a_person())
    later = clock.now() + timedelta(minutes=16)
    again = services.book_place(session_id=session.id, person_id=person.id, by="me", now=later)
    assert (again.status, db.session.get_one(Booking, other.id).status) == (BookingStatus.WAITING, BookingStatus.OFFERED)


def test_cancelling_a_session_ends_every_live_booking_with_the_reason():
    session = a_session(places=1)
    book(session, a_person())
    book(session, a_person())
    assert services.cancel_session(session_id=session.id, reason="Snow", by="c", now=clock.now()) == 2
    assert statuses(session) == ["session_cancelled", "session_cancelled"]
    cancelled = db.session.get(CourseSession, session.id)
    assert (cancelled.status, cancelled.cancel_reason) == (SessionStatus.CANCELLED, "Snow")
    with pytest.raises(Refused, match="already"):
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=clock.now())


def test_a_session_that_has_started_cannot_be_cancelled():
    session = a_session(starts_in=timedelta(minutes=-5))
    with pytest.raises(Refused, match="has started"):
        services.cancel_session(session_id=session.id, reason="Snow", by="c", now=clock.now())


def together(app, session_id, person_ids):
    """All of them ask at the same moment, each in a thread and connection of their own."""
    def ask(person_id):
        with app.app_context():
            services.book_place(session_id=session_id, person_id=person_id, by="race", now=clock.now())

    with ThreadPoolExecutor(len(person_ids)) as threads:
        list(threads.map(ask, person_ids))


def test_twelve_who_ask_at_once_get_three_places_and_nine_waiting_places(app):
    session = a_session(places=3)
    session_id, people = session.id, [a_person().id for _ in range(12)]
    db.session.rollback()
    together(app, session_id, people)
    assert sorted(statuses(db.session.get(CourseSession, session_id))) == ["booked"] * 3 + ["waiting"] * 9


def test_one_person_who_presses_many_times_has_one_booking(app):
    session = a_session(places=3)
    session_id, person = session.id, a_person().id
    db.session.rollback()
    together(app, session_id, [person] * 8)
    assert statuses(db.session.get(CourseSession, session_id)) == ["booked"]


def test_without_the_lock_the_last_place_is_sold_twice(app, backend, monkeypatch):
    """The switch: with the protection taken away the race is lost, so the tests above can fail."""
    if backend == "sqlite":
        monkeypatch.setattr("app.core.db.BEGIN_WRITING", "BEGIN")
    session = a_session(places=3)
    session_id, people = session.id, [a_person().id for _ in range(12)]
    db.session.rollback()
    gate = Barrier(4, timeout=2)

    def unheld(writing, number):
        return writing.get_one(CourseSession, number)

    counted = facts.counted

    def slow(course_session, now):
        found = counted(course_session, now)
        try:
            gate.wait()
        except Exception:
            return found
        return found

    monkeypatch.setattr("app.booking.services.taking.hold", unheld)
    monkeypatch.setattr(facts, "counted", slow)
    try:
        together(app, session_id, people)
    except sa.exc.OperationalError:
        assert backend == "sqlite"  # without its write lock SQLite itself stops the second writer
        return
    assert statuses(db.session.get(CourseSession, session_id)).count("booked") > 3
