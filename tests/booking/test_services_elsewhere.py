"""Somebody with a place on one date of a course who waits for another with "yes, whenever": asked first, never booked twice by itself."""

import pytest

from app.booking import services
from app.booking.queries import facts, one_session
from app.booking.services import Wish
from tests.booking.acting import DAY, HOUR, NOW, a_full_session, acts, book, broken, letters, status
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
WHENEVER = Wish(whenever=True)


def two_lists(person):
    """Two full dates of one course, on whose lists the person stands with "yes, whenever"."""
    course = a_course()
    dates = [a_full_session(course=course, starts_in=days * DAY)[0] for days in (10, 20)]
    return dates, [book(one, person, wish=WHENEVER) for one in dates]


def test_who_has_a_place_on_another_date_is_offered_one_and_told_of_the_other():
    person = a_person()
    (first, second), (here, there) = two_lists(person)
    for session in (first, second):
        services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    assert (status(here), status(there), acts(there)) == ("booked", "offered", ["join", "offer"])
    (letter,) = letters(kind="offer", person=person)
    assert "we ask first. If you take this one, please give the other back." in " ".join(letter.text.split())
    assert broken() == []


def test_the_desk_reads_who_is_asked_first_and_in_the_last_hours_nobody_is_let_in_twice():
    person = a_person()
    (first, second), (here, there) = two_lists(person)
    services.change_capacity(session_id=second.id, capacity=2, by="c", now=NOW)
    near = first.starts_at - HOUR
    services.change_capacity(session_id=first.id, capacity=2, by="c", now=near)
    assert (status(there), status(here)) == ("booked", "waiting")
    line = one_session.line(first, facts.standing(first, near), facts.in_line(first.id), near)
    assert set(line.asked_first) == {here.id} and "too soon" in line.reasons[here.id]


def test_whose_other_place_was_given_back_or_is_over_gets_in_at_once_again():
    person = a_person()
    (first, second), (here, there) = two_lists(person)
    services.change_capacity(session_id=first.id, capacity=2, by="c", now=NOW)
    services.give_back(booking_id=here.id, by="x", now=NOW)
    services.change_capacity(session_id=second.id, capacity=2, by="c", now=NOW + HOUR)
    assert (status(there), acts(there)[-1]) == ("booked", "let_in")


def test_who_said_whenever_on_two_courses_at_the_same_hour_is_asked_about_the_second():
    person = a_person()
    first, second = (a_full_session(course=a_course(title=title))[0] for title in ("Neglect", "Working with fathers"))
    here, there = (book(one, person, wish=WHENEVER) for one in (first, second))
    services.change_capacity(session_id=first.id, capacity=2, by="c", now=NOW)
    line = one_session.line(second, facts.standing(second, NOW), facts.in_line(second.id), NOW)
    assert line.asked_first == {there.id: "they have something else at that time, so they are asked first"}
    services.change_capacity(session_id=second.id, capacity=2, by="c", now=NOW)
    assert (status(here), status(there), acts(there)) == ("booked", "offered", ["join", "offer"])
    (letter,) = letters(kind="offer", person=person)
    assert "As you have a place on Neglect at the same time, we ask first." in " ".join(letter.text.split())
