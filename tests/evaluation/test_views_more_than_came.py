"""Anonymous answers of more people than came: nobody can tell which are whose, so the page counts answers, and shows none where few were there."""

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.booking.rules.turnout import Turnout
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.rules.stages import Stage
from app.evaluation.services import anonymous
from tests.builders import a_booking, a_finished_register, a_session
from tests.evaluation.anonymously import answer, make_anonymous


def answered(browser, came):
    """A session of a trainer of which five have answered anonymously and so many came; the page of its answers."""
    version_id = make_anonymous(Stage.AFTER, clock.now())
    session = a_session(starts_in=timedelta(hours=-4), places=9, trainer=db.session.get(Person, browser.person_id))
    bookings = [a_booking(session) for _ in range(max(5, came))]
    for number, booking in enumerate(bookings[:5]):
        answer(session, version_id, number, clock.now(), owner=anonymous.owner_of(booking.id))
    with transaction() as rows:
        for number, booking in enumerate(bookings):
            there = number < came
            rows.get(Booking, booking.id).turnout = Turnout.CAME if there else Turnout.MISSED
            rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED if there else Outcome.NO_SHOW, marked_at=clock.now()))
    a_finished_register(session)
    return browser.get(f"/my-sessions/{session.ref}/answers").text


@pytest.mark.parametrize("came", [3, 4])
def test_five_answers_of_fewer_than_five_people_are_not_shown(as_role, came):
    page = answered(as_role(Role.TRAINER), came)
    assert "5 answers came, and fewer than 5 people were there" in page and "person 1" not in page and f"{came} people came" in page


def test_five_answers_of_five_people_are(as_role):
    page = answered(as_role(Role.TRAINER), 5)
    assert "person 1" in page and "More answers than people" not in page and "5 answered afterwards" in page


def test_more_answers_than_people_are_called_answers(as_role):
    browser = as_role(Role.TRAINER)
    version_id = make_anonymous(Stage.AFTER, clock.now())
    session = a_session(starts_in=timedelta(hours=-4), places=12, trainer=db.session.get(Person, browser.person_id))
    bookings = [a_booking(session) for _ in range(10)]
    for number, booking in enumerate(bookings):
        answer(session, version_id, number, clock.now(), owner=anonymous.owner_of(booking.id))
    anonymous.count_the_rest(session_id=session.id, stage=Stage.AFTER)
    with transaction() as rows:
        for number, booking in enumerate(bookings):
            rows.get(Booking, booking.id).turnout = Turnout.CAME if number else Turnout.MISSED
            rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED if number else Outcome.NO_SHOW, marked_at=clock.now()))
    a_finished_register(session)
    page = browser.get(f"/my-sessions/{session.ref}/answers").text
    assert "More answers than people: 10 answers, and 9 people came" in page and "10 answers came afterwards" in page
    assert "10 of 10 answers have something" in page and "as answers, not as people" in page
