"""Of two cancellations, one after the other, each can be undone: what people held instead follows the date that they have again. On both databases."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking
from app.booking.services import Cancelling
from app.core.db import db
from tests.booking.acting import DAY, MINUTE, NOW, a_session, all_left, book, broken, queued, status
from tests.builders import a_course

pytestmark = pytest.mark.usefixtures("app")


def displaced_twice():
    """Somebody whose date was called off, and then the one that was held for them instead, within minutes."""
    course = a_course()
    first, second, third = (a_session(course=course, starts_in=days * DAY) for days in (10, 20, 30))
    booking = book(first)
    all_left()
    for number, (session, other) in enumerate(((first, second), (second, third))):
        services.cancel_sessions(cancelling=[Cancelling(session.id, other.id)], reason="Snow", by="c", now=NOW + number * MINUTE)
    return booking, first, second, third


def on(session, booking):
    db.session.rollback()
    return db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.person_id == booking.person_id)).one()


def undo(session, minutes):
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + minutes * MINUTE)


@pytest.mark.parametrize("order", ["first alone", "first, then second", "second, then first"])
def test_who_has_their_first_date_again_holds_nothing_on_the_others_and_reads_of_none_of_them(order):
    booking, first, second, third = displaced_twice()
    for number, name in enumerate(order.replace(" alone", "").split(", then ")):
        undo({"first": first, "second": second}[name], 3 + number)
    assert status(booking) == "booked" and queued(booking.person) == ["place-confirmed"] and broken(NOW) == []
    assert status(on(third, booking)) == "left_list"
    assert status(on(second, booking)) == ("left_list" if order == "second, then first" else "session_cancelled")


def test_who_has_taken_the_last_date_meanwhile_keeps_it_and_is_asked_which_of_the_two_they_want():
    booking, first, _second, third = displaced_twice()
    services.accept_offer(booking_id=on(third, booking).id, by=booking.person.acting, now=NOW + 2 * MINUTE)
    undo(first, 3)
    assert [status(one) for one in (booking, on(third, booking))] == ["booked", "booked"] and "two-dates" in queued(booking.person)
