"""Taking back a cancellation of a large session costs as many statements as that of a small one, on both databases."""

from itertools import cycle, islice

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.booking import services
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import Approval
from app.core.db import db, transaction
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, book, broken, give_back, letters, status
from tests.builders import a_booking, a_course, a_partnership, a_person

pytestmark = pytest.mark.usefixtures("app")

BEGUN = NOW - DAY
"""Nobody waits for a letter of the time before."""


def booked(session, person):
    return a_booking(session, person, booked_at=BEGUN)


def booked_by_another(session, person):
    return a_booking(session, person, booked_at=BEGUN, booked_by_id=a_person().id)


def asks(session, person):
    return a_booking(session, person, booked_at=BEGUN, status=BookingStatus.AWAITING_MANAGER, due_at=NOW + DAY)


def offered(session, person):
    return a_booking(session, person, booked_at=NOW, booked_by_id=a_person().id, status=BookingStatus.OFFERED, due_at=NOW + HOUR)


def waits(session, person):
    return a_booking(session, person, booked_at=BEGUN, status=BookingStatus.WAITING)


def gave_back(session, person):
    booking = a_booking(session, person, booked_at=NOW)
    give_back(booking, now=NOW)
    return booking


def waited_for_the_course(session, person):
    services.wait_for_course(course_id=session.course_id, person_id=person.id, any_date=False, now=BEGUN)
    return book(session, person)


def takes_the_other_date(session, person):
    return a_booking(session, person, booked_at=BEGUN)


ALL_ON_IT = (booked, booked_by_another, asks, offered, waits)
SEVERAL_WAYS = (booked, gave_back, waited_for_the_course, takes_the_other_date, takes_the_other_date)


def called_off(kinds, number, *, starts_in):
    """A session with so many bookings of these kinds, by turns, called off for another date that some of them have taken since."""
    course = a_course(approval=Approval.MANAGER)
    every = list(islice(cycle(kinds), number))
    session = a_session(course=course, places=number - every.count(waits), starts_in=starts_in)
    other, there = a_session(course=course, places=number * 3 // 5, starts_in=30 * DAY), []
    for kind in every:
        person = a_person(partnership=a_partnership())
        with transaction() as writing:
            writing.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=f"boss{person.id}@example.org"))
        there.append((kind, kind(session, person)))
    services.cancel_sessions(cancelling=[services.Cancelling(session.id, other.id)], reason="Snow", by="c", now=NOW + MINUTE)
    taking = [one.id for kind, one in there if kind is takes_the_other_date]
    for held in db.session.scalars(sa.select(Booking).where(Booking.previous_id.in_(taking))).all():
        services.accept_offer(booking_id=held.id, by=held.person.acting, now=NOW + MINUTE)
    db.session.rollback()
    return session, there


@pytest.mark.parametrize("starts_in", [2 * DAY, 20 * DAY], ids=["past the deadline", "in time"])
@pytest.mark.parametrize("kinds", [ALL_ON_IT, SEVERAL_WAYS], ids=["all on it", "several ways"])
def test_undoing_a_cancellation_sends_as_many_statements_for_fifty_bookings_as_for_five(kinds, starts_in, counting):
    def statements(number):
        session, there = called_off(kinds, number, starts_in=starts_in)
        sent = counting(lambda: services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 2 * MINUTE))
        assert [acts(one)[-1] for _kind, one in there] == ["reinstate"] * number and broken(NOW + 2 * MINUTE) == []
        db.session.rollback()
        return sent

    few, many = statements(5), statements(50)
    assert few == many


def test_each_of_many_stands_as_before_and_is_told_what_concerns_them():
    session, there = called_off(ALL_ON_IT, 10, starts_in=20 * DAY)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 2 * MINUTE)
    assert [status(one) for _kind, one in there] == ["booked", "booked", "awaiting_manager", "offered", "waiting"] * 2
    kinds = [[letter.kind for letter in letters(person=one.person) if letter.written_at == NOW + 2 * MINUTE] for _kind, one in there]
    assert kinds == [["place-confirmed"], ["booked-for-you"], ["request-made"], ["offer"], []] * 2
