"""Who stands first on a list: whoever is passed by somebody whom a coordinator puts first reads it, and only a cancelled date makes displaced."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.queries import cancelling, mine
from app.booking.rules.states import Act
from app.core.db import db
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, acts, book, broken, letters, queued, status
from tests.builders import a_course

pytestmark = pytest.mark.usefixtures("app")


def put_first(booking, now=NOW + 2 * HOUR):
    services.put_first(booking_id=booking.id, first=True, reason="A court order", by="c", now=now)


def position(booking):
    db.session.rollback()
    return mine.position(db.session.get_one(Booking, booking.id))


def there(session, person):
    return db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.person_id == person.id)).one_or_none()


def read(booking):
    """What somebody can read of who goes before them."""
    return db.session.scalars(sa.select(BookingEvent.reason).where(BookingEvent.booking_id == booking.id, BookingEvent.act == Act.PASS_OVER)).all()


def test_whose_own_date_was_cancelled_reads_that_somebody_who_is_put_first_passes_them():
    course = a_course()
    called_off = a_session(course=course, starts_in=12 * DAY)
    session, _booked, (earlier, latest) = a_full_session(waiting=2, course=course, starts_in=20 * DAY)
    person = book(called_off).person
    services.cancel_session(session_id=called_off.id, reason="Snow", by="c", now=NOW + HOUR, other_id=session.id)
    displaced = there(session, person)
    assert position(displaced) == (1, 3)
    put_first(earlier)
    assert (position(displaced), read(displaced), read(latest)) == ((2, 3), ["A court order"], []) and broken(NOW + 2 * HOUR) == []


def test_of_two_who_are_put_first_the_one_who_is_passed_by_the_other_reads_it():
    _session, _booked, (first, second, third) = a_full_session(waiting=3, starts_in=20 * DAY)
    put_first(third, now=NOW + HOUR)
    put_first(first)
    put_first(second, now=NOW + 3 * HOUR)
    assert [position(one)[0] for one in (first, second, third)] == [1, 2, 3]
    assert (read(third), read(first)) == (["A court order"] * 2, ["A court order"])


@pytest.mark.parametrize("places", [1, 2], ids=["a full other date", "a free place there"])
def test_who_only_waited_and_was_put_first_has_nothing_instead_when_the_session_is_called_off(places):
    course = a_course()
    other = a_session(course=course, starts_in=25 * DAY, places=places)
    booked, waits = book(other), book(other) if places == 1 else None
    session, _there, (first,) = a_full_session(waiting=1, course=course, starts_in=20 * DAY)
    put_first(first)
    (shown,) = cancelling.one_session(session.id, NOW + 2 * HOUR).sessions
    assert shown.had_place == 1
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + 3 * HOUR, other_id=other.id)
    assert there(other, first.person) is None and status(booked) == "booked"
    assert waits is None or (position(waits)[0], acts(waits)) == (2, ["join"]), "only the one who had a place stands before"
    (letter,) = letters(kind="session-cancelled", person=first.person)
    assert "Its waiting list has ended with it." in " ".join(letter.text.split())


def test_who_is_displaced_twice_stands_first_twice_also_where_they_waited_before():
    course = a_course()
    other, _booked, (waited,) = a_full_session(waiting=1, course=course, starts_in=25 * DAY)
    last = a_full_session(course=course, starts_in=30 * DAY)[0]
    session = a_session(course=course, starts_in=20 * DAY)
    book(session, waited.person, now=NOW)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + HOUR, other_id=other.id)
    services.cancel_session(session_id=other.id, reason="Snow", by="c", now=NOW + HOUR + 20 * MINUTE, other_id=last.id)
    assert position(there(last, waited.person)) is not None and queued(waited.person).count("session-cancelled") == 2
