"""What the question whether people still come did, as counted on both databases and shown at the desk."""

import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking
from app.booking.queries import confirming
from app.booking.rules.confirming import Asked, Effect, effects
from app.booking.rules.turnout import Turnout
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, NOW, a_session, book, give_back, letters, settle


def turned_out(turnout, *bookings):
    with transaction() as session:
        session.execute(sa.update(Booking).where(Booking.id.in_([one.id for one in bookings])).values(turnout=turnout))


def delivered(*bookings):
    """The question to these has arrived."""
    mine = {one.person_id for one in bookings}
    numbers = [one.id for one in letters(kind="still-coming") if one.person_id in mine]
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id.in_(numbers)).values(status=LetterStatus.SENT, sent_at=Letter.written_at, next_try_at=None))


def lived_through():
    """A session that asked five people, one of whom the letter did not reach, and a session that asked nobody."""
    asks = a_session(places=6, starts_in=10 * DAY, confirm_days=5)
    yes, also, back, silent, unreached = (book(asks) for _ in range(5))
    at = asks.starts_at - 5 * DAY
    services.ask_still_coming(session_id=asks.id, now=at)
    later = book(asks, now=at + HOUR)
    delivered(silent)
    for one in (yes, also):
        services.say_still_coming(booking_id=one.id, by="x", now=at + HOUR)
    give_back(back, now=at + 2 * HOUR)
    settle(asks, asks.starts_at - DAY)
    plain = a_session(places=3, starts_in=12 * DAY)
    there = [book(plain) for _ in range(3)]
    turned_out(Turnout.CAME, yes, also, later, there[0])
    turned_out(Turnout.MISSED, unreached, *there[1:2])
    turned_out(Turnout.EXCUSED, there[2])
    return asks, plain


def test_who_was_asked_and_came_or_missed_is_counted_beside_who_was_not_asked(app):
    asks, plain = lived_through()
    db.session.rollback()
    found = confirming.measured(NOW, plain.ends_at + DAY)
    assert [(one.asked, one.came, one.missed) for one in found.effects] == [
        (Asked.SAID_YES, 2, 0), (Asked.NO_ANSWER, 0, 1), (Asked.LATER, 1, 0), (Asked.NOT_ASKED, 1, 1)]
    assert (found.asked, found.gave_back, found.released) == (5, 1, 1)
    assert confirming.measured(NOW, asks.ends_at).asked == 0


def test_a_yes_to_the_question_is_one_also_when_the_session_got_another_time_afterwards(app):
    asks = a_session(places=6, starts_in=10 * DAY, confirm_days=5)
    yes, both, silent = (book(asks) for _ in range(3))
    at = asks.starts_at - 5 * DAY
    services.ask_still_coming(session_id=asks.id, now=at)
    for one in (yes, both):
        services.say_still_coming(booking_id=one.id, by="x", now=at + HOUR)
    parts = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in asks.parts]
    services.change_session(session_id=asks.id, planned=Planned(parts, asks.format, asks.venue_or_link, None), capacity=6, by="c", now=at + 2 * HOUR)
    services.say_still_coming(booking_id=both.id, by="x", now=at + 3 * HOUR)
    turned_out(Turnout.CAME, yes, both, silent)
    db.session.rollback()
    found = {one.asked: one.came for one in confirming.measured(NOW, asks.ends_at + DAY).effects}
    assert (found[Asked.SAID_YES], found[Asked.NO_ANSWER]) == (2, 1)


def test_a_share_is_of_those_who_came_or_missed_and_of_nobody_there_is_none():
    assert [one.missed_in_100 for one in effects([(Asked.SAID_YES, Turnout.CAME, 7), (Asked.SAID_YES, Turnout.MISSED, 1)])] == [13, None, None, None]
    assert Effect(Asked.LATER, 199, 1).missed_in_100 == 1


def test_the_page_shows_the_days_that_are_chosen_and_takes_whatever_is_typed(app, as_role):
    _asks, plain = lived_through()
    desk = as_role(Role.COORDINATOR)
    page = desk.get(f"/desk/no-shows/still-coming?last={plain.ends_at + DAY:%Y-%m-%d}").text
    assert "5 people were asked" in page and "1 of them gave the place back, and 1 did not answer" in page and "Asked, and said yes" in page
    assert "0 people were asked" in desk.get("/desk/no-shows/still-coming?first=nonsense&last=2020-02-30").text
    assert "Does asking help?" in desk.get("/desk/no-shows").text
