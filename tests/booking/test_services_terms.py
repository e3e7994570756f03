"""Which version of the terms somebody agreed to is kept when they say yes; nothing is kept of who has said nothing."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking
from app.booking.services import OnBehalf
from app.core.db import db
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, book, by_coordinator, give_back, settle
from tests.builders import a_person

pytestmark = pytest.mark.usefixtures("app")


def terms(text, now):
    return services.save_terms(text=text, by="c", now=now).id


def kept(booking):
    """(when they said yes, the terms), as they stand in the database."""
    db.session.rollback()
    row = db.session.execute(sa.select(Booking.agreed_at, Booking.terms_id).where(Booking.id == booking.id)).one()
    return tuple(row)


def test_who_books_agrees_to_the_terms_of_that_moment_and_another_yes_to_coming_leaves_them():
    first = terms("Come on time.", NOW - HOUR)
    booking = book(a_session())
    assert kept(booking) == (NOW, first)
    terms("Come early.", NOW + MINUTE)
    services.say_still_coming(booking_id=booking.id, by="them", now=NOW + HOUR)
    assert kept(booking)[1] == first


def test_who_is_booked_by_another_agrees_to_the_terms_as_they_are_when_they_say_yes():
    terms("Come on time.", NOW - HOUR)
    session, manager, person = a_session(), a_person(), a_person()
    booking, = services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="m",
                                        behalf=OnBehalf(manager.id, manages=frozenset({person.id})), now=NOW)
    assert kept(booking) == (None, None)
    second = terms("Come early.", NOW + MINUTE)
    services.say_still_coming(booking_id=booking.id, by="them", now=NOW + HOUR)
    assert kept(booking) == (NOW + HOUR, second)


@pytest.mark.parametrize("by_themselves", [True, False])
def test_who_takes_an_offer_agrees_to_the_terms_of_that_moment_and_nobody_does_for_them(by_themselves):
    first = terms("Come on time.", NOW - 2 * HOUR)
    session, (had,), (waits,) = a_full_session(waiting=1)
    assert kept(waits)[1] == first
    give_back(had)
    settle(session, NOW + 16 * MINUTE)
    second = terms("Come early.", NOW + 17 * MINUTE)
    now = NOW + HOUR
    services.accept_offer(booking_id=waits.id, by="x", now=now, coordinator_id=None if by_themselves else by_coordinator().person_id)
    assert kept(waits) == ((now, second) if by_themselves else (None, None))


def test_who_moves_keeps_the_terms_to_which_they_said_yes_and_who_never_did_agrees_to_those_of_now():
    first = terms("Come on time.", NOW - HOUR)
    session, coordinator = a_session(places=5), a_person()
    there = a_session(course=session.course, starts_in=20 * DAY, places=5)
    mine = book(session)
    given, = services.book_for_others(session_id=session.id, person_ids=[a_person().id], together=False, by="c", now=NOW,
                                      behalf=OnBehalf(coordinator.id, coordinator=True))
    second, now = terms("Come early.", NOW + MINUTE), NOW + HOUR
    moved = [services.move(booking_id=one.id, to_session_id=there.id, by="them", now=now) for one in (mine, given)]
    assert [kept(one) for one in moved] == [(now, first), (now, second)]


def test_who_comes_instead_of_a_colleague_or_is_moved_has_agreed_to_nothing_yet():
    terms("Come on time.", NOW - HOUR)
    session = a_session()
    new = services.substitute(booking_id=book(session).id, person_id=a_person().id, by="them", now=NOW)
    assert kept(new) == (None, None)
    there = a_session(course=session.course)
    moved = services.move(booking_id=book(session).id, to_session_id=there.id, by="c", now=NOW, behalf_id=a_person().id)
    assert kept(moved) == (None, None)
