"""Two dates of a course that somebody has by us: one of them may be missed or given back late freely, and every answer to that is the same."""

import pytest

from app.booking import services
from app.booking.models import Booking
from app.booking.queries import notices, strikes
from app.booking.queries.policies import policies_of
from app.booking.rules.policy import Notice
from app.booking.rules.turnout import Turnout
from app.core.db import db, transaction
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, book, give_back, settle
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
SOON = NOW + 9 * DAY
"""A day before the first of the sessions, when giving it back is late."""


def dates(*days):
    course = a_course()
    return [a_session(course=course, starts_in=number * DAY, places=5) for number in days]


def called_off_by_mistake(session, other=None, *, meanwhile=lambda: None, now=NOW + HOUR):
    services.cancel_session(session_id=session.id, reason="A mistake", by="c", now=now, other_id=other.id if other else None)
    held = db.session.query(Booking).filter_by(course_session_id=other.id).one() if other else None
    if held is not None:
        services.accept_offer(booking_id=held.id, by=held.person.acting, now=now + MINUTE)
    meanwhile()
    services.undo_cancelling(session_ids=[session.id], by="c", now=now + 5 * MINUTE)
    return held


def marked(**turnouts):
    """What registers say of bookings, by name."""
    with transaction() as session:
        for booking, turnout in turnouts.values():
            session.get_one(Booking, booking.id).turnout = turnout
    db.session.rollback()


def answers(booking, *, beside, now=SOON):
    """Whether giving a date back late counts: to the act, on its page and in the list of all that its person has."""
    db.session.rollback()
    kept = [db.session.get_one(Booking, one.id) for one in (booking, *beside)]
    return (notices.notice_of(kept[0], now) is Notice.LATE, notices.return_of(kept[0], now).late,
            notices.returns_of(kept, policies_of(kept), now)[booking.id].late)


def test_of_three_dates_the_two_by_us_are_free_to_the_act_and_on_every_page():
    offered_instead, called_off, third = dates(10, 12, 14)
    first = book(called_off)
    second = called_off_by_mistake(called_off, offered_instead)
    own = book(third, first.person, now=NOW + DAY)
    assert answers(second, beside=[first, own]) == (False,) * 3
    assert answers(own, beside=[first, second], now=NOW + 13 * DAY) == (True,) * 3


def test_of_three_dates_one_of_the_two_by_us_is_missed_freely_for_strikes_and_charges():
    offered_instead, called_off, third = dates(10, 12, 14)
    first = book(called_off)
    second = called_off_by_mistake(called_off, offered_instead)
    book(third, first.person, now=NOW + DAY)
    marked(missed=(second, Turnout.MISSED), came=(first, Turnout.CAME))
    assert (strikes.strikes_of(first.person_id, NOW - DAY), strikes.said_yes(db.session.get_one(Booking, second.id))) == (0, False)


def test_who_came_to_one_of_two_dates_by_us_gives_the_other_back_freely():
    called_off, offered_instead = dates(10, 20)
    first = book(called_off)
    second = called_off_by_mistake(called_off, offered_instead)
    marked(came=(first, Turnout.CAME))
    assert answers(second, beside=[first], now=NOW + 19 * DAY) == (False,) * 3
    marked(missed=(first, Turnout.MISSED))
    assert answers(second, beside=[first], now=NOW + 19 * DAY) == (True,) * 3


def test_a_date_that_somebody_books_after_the_undo_is_their_own_and_excuses_nothing():
    session, later = dates(10, 40)
    booking = book(session)
    called_off_by_mistake(session)
    own = book(later, booking.person, now=SOON)
    assert answers(booking, beside=[own]) == (True,) * 3
    marked(missed=(booking, Turnout.MISSED))
    assert (strikes.strikes_of(booking.person_id, NOW - DAY), strikes.said_yes(db.session.get_one(Booking, booking.id))) == (1, True)


def test_a_place_taken_from_a_list_after_the_undo_excuses_nothing():
    session, person = a_session(course=a_course(), starts_in=10 * DAY, places=5), a_person()
    full, (first,), _waiting = a_full_session(course=session.course, starts_in=40 * DAY)
    waits, booking = book(full, person), book(session, person)
    called_off_by_mistake(session)
    give_back(first, now=NOW + DAY)
    settle(full, NOW + 2 * DAY)
    services.accept_offer(booking_id=waits.id, by=person.acting, now=NOW + 2 * DAY)
    assert answers(booking, beside=[waits]) == (True,) * 3


def test_a_date_that_somebody_books_while_theirs_is_called_off_is_one_of_two_by_us():
    session, later = dates(10, 40)
    booking, made = book(session), []
    called_off_by_mistake(session, meanwhile=lambda: made.append(book(later, booking.person, now=NOW + HOUR + MINUTE)))
    assert answers(booking, beside=made) == (False,) * 3
