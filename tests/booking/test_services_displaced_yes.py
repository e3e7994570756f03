"""Whose place was agreed to and was called off takes that yes along to the date that is held for them. On both databases."""

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.booking import services
from app.booking.models import Booking
from app.booking.services import Cancelling
from app.catalogue.rules import Approval
from app.core.db import db
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, NOW, a_session, all_left, book, broken, letters, status
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")


def dates(approval=Approval.MANAGER, places=9):
    """Three dates of a course for which others have to agree, and somebody who names a manager."""
    person = a_person()
    accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email="boss@example.org", now=NOW - DAY)
    course = a_course(approval=approval)
    return person, [a_session(course=course, starts_in=days * DAY, places=places) for days in (10, 20, 30)]


def cancel(session, other, now):
    services.cancel_sessions(cancelling=[Cancelling(session.id, other.id)], reason="Snow", by="c", now=now)


def on(session, person):
    db.session.rollback()
    return db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.person_id == person.id)).one()


def said(person):
    return " ".join(" ".join(letter.text.split()) for letter in letters(person=person, fate=LetterStatus.QUEUED))


@pytest.mark.parametrize("waited", [False, True], ids=["not on the other date", "on its list already"])
@pytest.mark.parametrize("times", [1, 2])
def test_who_is_displaced_from_a_place_that_was_agreed_to_has_the_held_one_by_their_own_yes(times, waited):
    person, (first, second, third) = dates(places=1)
    booking = book(first, person)
    services.manager_agrees(booking_id=booking.id, by="Boss", now=NOW)
    last = third if times == 2 else second
    if waited:
        there = book(last)
        assert book(last, person).status.value == "waiting"
    all_left()
    cancel(first, second, NOW + HOUR)
    if times == 2:
        cancel(second, third, NOW + 2 * HOUR)
    held = on(last, person)
    if waited:
        services.refuse(booking_id=there.id, reason="", by="c", now=NOW + 3 * HOUR)
    assert status(held) == "offered" and "has to agree" not in said(person)
    services.accept_offer(booking_id=held.id, by=person.acting, now=NOW + 4 * HOUR)
    assert status(held) == "booked" and broken(NOW + 4 * HOUR) == []


@pytest.mark.parametrize(("approval", "agreed", "expected"), [
    (Approval.MANAGER, False, "awaiting_manager"), (Approval.BOTH, True, "awaiting_coordinator"), (Approval.BOTH, False, "awaiting_manager")])
def test_whose_request_was_open_reads_who_has_to_agree_to_the_date_that_is_held_for_them(approval, agreed, expected):
    person, (first, second, _third) = dates(approval)
    booking = book(first, person)
    if agreed:
        services.manager_agrees(booking_id=booking.id, by="Boss", now=NOW)
    all_left()
    cancel(first, second, NOW + HOUR)
    assert "Once you have said yes, " in said(person)
    held = on(second, person)
    services.accept_offer(booking_id=held.id, by=person.acting, now=NOW + 2 * HOUR)
    assert status(held) == expected and broken(NOW + 2 * HOUR) == []
