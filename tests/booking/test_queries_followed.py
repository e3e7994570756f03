"""What letters did in a month, as the page at the desk shows it, on both databases."""

from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import followed
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, NOW, a_session, book, give_back, letters
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
MONTH = (NOW - 5 * DAY, NOW + 20 * DAY)


def left(kind, at):
    """Letters of this kind left at this moment."""
    number = [one.id for one in letters(kind=kind)]
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id.in_(number)).values(status=LetterStatus.SENT, sent_at=at, next_try_at=None))


def seen(month=MONTH):
    return {(one.course, one.row.kind): (one.row.sent, one.row.back, one.row.filled) for one in followed.of_month(*month)[1]}


def a_reminded_session(title, people=3, **more):
    """A session of which everybody was reminded seven days before, at nine."""
    session = a_session(starts_in=9 * DAY, places=people, course=a_course(title=title), **more)
    there = [book(session) for _ in range(people)]
    at = clock.from_london(clock.london_date(session.starts_at) - timedelta(days=7), time(9))
    services.remind(session_id=session.id, now=at)
    left("reminder", at)
    return session, there, at


def test_places_given_back_within_48_hours_of_a_letter_are_counted_and_those_filled_again():
    session, (first, second, third), at = a_reminded_session("Neglect")
    waits = book(session, now=at)
    give_back(first, now=at + HOUR)
    give_back(second, now=at + 47 * HOUR)
    give_back(third, now=at + 49 * HOUR)
    assert seen()["Neglect", "reminder"] == (3, 2, 0)
    services.settle_session(session_id=session.id, now=at + 2 * HOUR)
    services.accept_offer(booking_id=waits.id, by="x", now=at + 3 * HOUR)
    assert seen()["Neglect", "reminder"] == (3, 2, 1)
    over_all, _each = followed.of_month(*MONTH)
    assert [(one.title, one.row.sent, one.row.back) for one in over_all] == [("A reminder before a session", 3, 2)]


def test_a_return_that_was_undone_and_a_letter_of_another_month_count_for_nothing():
    _session, (first, second, _third), at = a_reminded_session("Neglect")
    give_back(first, now=at + HOUR)
    services.undo_giving_back(booking_id=first.id, by="x", now=at + HOUR + timedelta(minutes=5))
    assert seen()["Neglect", "reminder"] == (3, 0, 0)
    give_back(second, now=at + 2 * HOUR)
    assert seen((at + HOUR, NOW + 90 * DAY)) == {} and seen((at, at + HOUR)) == {("Neglect", "reminder"): (3, 1, 0)}


def test_a_colleague_who_comes_instead_fills_nothing_and_a_copy_to_a_manager_is_no_letter_of_the_person():
    _session, (first, second, third), at = a_reminded_session("Neglect")
    copy = letters(kind="reminder", person=third.person)[0].id
    give_back(first, now=at + HOUR)
    services.substitute(booking_id=second.id, person_id=a_person().id, by="x", now=at + 2 * HOUR)
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id == copy).values(person_id=None))
    assert seen()["Neglect", "reminder"] == (2, 1, 0)


def test_whoever_gives_back_and_books_again_is_nobody_else():
    session, (first, _second, _third), at = a_reminded_session("Neglect")
    give_back(first, now=at + HOUR)
    services.settle_session(session_id=session.id, now=at + 2 * HOUR)
    book(session, first.person, now=at + 3 * HOUR)
    assert seen()["Neglect", "reminder"] == (3, 1, 0)


def test_it_takes_three_statements_however_much_there_was(counting):
    a_reminded_session("Neglect")
    seen()
    few = counting(lambda: followed.of_month(*MONTH))
    for number in range(4):
        _session, there, at = a_reminded_session(f"Course {number}")
        give_back(there[0], now=at + HOUR)
    seen()
    assert counting(lambda: followed.of_month(*MONTH)) == few == 3


def test_the_page_shows_a_month_and_takes_whatever_is_typed(as_role):
    _session, there, at = a_reminded_session("Neglect")
    give_back(there[0], now=at + HOUR)
    browser = as_role(Role.COORDINATOR)
    assert "What letters did" in browser.get("/desk/letters").text
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.kind == "reminder").values(sent_at=clock.now()))
    page = browser.get("/desk/letters/followed").text
    assert "A reminder before a session" in page and "Neglect" in page and "never tracked" in page
    for month in ("2020-01", "x", "2026-13"):
        assert browser.get(f"/desk/letters/followed?month={month}").status_code == 200
    db.session.rollback()
