"""The question "can you still come?": a cancellation that is undone leaves it as it was, and an honest no costs nothing. On both databases."""

import pytest

from app.booking import services
from app.booking.models import Booking
from app.booking.queries import notices
from app.booking.rules.policy import Notice
from app.core.db import db
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, all_left, book, broken, give_back, letters, queued, settle, status

pytestmark = pytest.mark.usefixtures("app")


def asking():
    """A session whose people are asked five days before, which is now, and somebody who is asked."""
    session = a_session(starts_in=5 * DAY - MINUTE, confirm_days=5)
    booking = book(session, now=NOW - 20 * DAY)
    all_left()
    assert services.ask_still_coming(session_id=session.id, now=NOW) == 1
    return session, booking


def fresh(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def cancel_and_undo(session):
    services.cancel_session(session_id=session.id, reason="A slip", by="c", now=NOW + 2 * MINUTE)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 5 * MINUTE)


def test_who_was_asked_has_as_long_to_answer_as_they_were_told_though_the_session_was_called_off_for_a_moment():
    session, booking = asking()
    until = fresh(booking).due_at
    all_left()
    cancel_and_undo(session)
    assert (fresh(booking).due_at, fresh(booking).asked_at) == (until, NOW) and services.sessions_to_ask(NOW + HOUR) == [] and broken() == []
    settle(session, until)
    assert status(booking) == "released"


def test_whom_the_question_had_not_reached_is_asked_once_more():
    session, booking = asking()
    cancel_and_undo(session)
    assert (fresh(booking).due_at, fresh(booking).asked_at) == (None, None)
    assert services.sessions_to_ask(NOW + HOUR) == [session.id] and services.ask_still_coming(session_id=session.id, now=NOW + HOUR) == 1
    assert queued(booking.person).count("still-coming") == 1


def test_who_had_said_yes_is_not_asked_again():
    session, booking = asking()
    all_left()
    services.say_still_coming(booking_id=booking.id, by=booking.person.acting, now=NOW + MINUTE)
    cancel_and_undo(session)
    assert fresh(booking).due_at is None and services.sessions_to_ask(NOW + HOUR) == []


def test_people_are_asked_anew_when_the_question_was_taken_away_and_put_back():
    session, booking = asking()
    all_left()
    for days in (None, 5):
        services.set_booking_rules(session_id=session.id, rules={"confirm_days": days}, by="c", now=NOW + MINUTE)
    assert services.sessions_to_ask(NOW + HOUR) == [session.id] and services.ask_still_coming(session_id=session.id, now=NOW + HOUR) == 1
    assert fresh(booking).due_at is not None


@pytest.mark.parametrize("answer", ["no", "nothing", "yes, and then no"])
def test_an_honest_no_to_our_own_question_costs_nothing_as_silence_does(answer):
    session = a_session(starts_in=2 * DAY, confirm_days=2)
    booking = book(session, now=NOW - 20 * DAY)
    services.ask_still_coming(session_id=session.id, now=NOW)
    assert "A no by then does not count as late." in " ".join(letters(kind="still-coming")[0].text.split())
    all_left()
    if answer == "nothing":
        settle(session, fresh(booking).due_at)
        assert (status(booking), fresh(booking).notice) == ("released", None)
        return
    if answer != "no":
        services.say_still_coming(booking_id=booking.id, by=booking.person.acting, now=NOW + MINUTE)
    expected = Notice.IN_TIME if answer == "no" else Notice.LATE
    assert notices.notice_of(fresh(booking), NOW + HOUR) is expected
    give_back(booking, now=NOW + HOUR)
    assert fresh(booking).notice is expected and acts(booking)[-1] == "give_back"
