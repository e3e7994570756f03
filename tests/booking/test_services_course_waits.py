"""Waiting for a course: what ends it, who waits again as before, and that every change of it is an event."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking import jobs, services
from app.booking.models import Booking, CourseInterest, CourseInterestEvent
from app.booking.queries import mine
from app.booking.rules.states import BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.jobs import JobRun
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, all_left, book, broken, by_coordinator, give_back, letters, settle, status
from tests.builders import a_booking, a_course, a_person

pytestmark = pytest.mark.usefixtures("app")


def waits(course, person, *, any_date=True, now=NOW):
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=any_date, now=now)


def still(course, person):
    """Since when and how the person waits for the course; none when they do not."""
    db.session.rollback()
    found = mine.interest(course.id, person.id)
    return found and (found.any_date, found.joined_at)


def happened(person):
    """What happened to the person's waits, and by whom."""
    db.session.rollback()
    return [(one.act.value, one.by_id == person.id) for one in db.session.scalars(
        sa.select(CourseInterestEvent).join(CourseInterest).where(CourseInterest.person_id == person.id).order_by(CourseInterestEvent.id))]


def there(session, person):
    db.session.rollback()
    return db.session.scalars(sa.select(Booking).where(
        Booking.course_session_id == session.id, Booking.person_id == person.id).order_by(Booking.id.desc())).first()


def booked_by_another(session, person, now=NOW):
    (booking,) = services.book_for_others(
        session_id=session.id, person_ids=[person.id], together=False, by="c", behalf=by_coordinator(), now=now)
    return booking


def test_joining_changing_and_leaving_the_list_of_a_course_are_events_with_who_did_it():
    course, person = a_course(), a_person()
    waits(course, person)
    waits(course, person)
    waits(course, person, any_date=False)
    services.stop_waiting_for_course(course_id=course.id, person_id=person.id, now=NOW)
    services.stop_waiting_for_course(course_id=course.id, person_id=person.id, now=NOW)
    assert happened(person) == [("any_date", True), ("tell_me", True), ("leave", True)]


def test_who_says_no_to_one_date_goes_on_waiting_for_any_other():
    course, person = a_course(), a_person()
    waits(course, person)
    first = a_session(course=course, places=1)
    settle(first, NOW)
    offer = there(first, person)
    assert status(offer) == "offered" and "say no: you go on waiting for the other dates" in " ".join(letters(kind="offer")[0].text.split())
    services.give_back(booking_id=offer.id, by=person.acting, now=NOW + HOUR)
    assert still(course, person) == (True, NOW)
    second = a_session(course=course, places=1, starts_in=20 * DAY)
    jobs.settle(NOW + 2 * HOUR)
    jobs.offer_opened(NOW + 2 * HOUR)
    assert status(there(second, person)) == "offered" and broken(NOW + 2 * HOUR) == []


def has_run(now):
    """In the timetable it says that the worker has looked."""
    with transaction() as session:
        session.merge(JobRun(name="places-opened", next_run_at=now, last_started_at=now, last_ended_at=now, failures_in_a_row=0, last_words=""))


def look(now):
    """The worker looks: at what is due, then at the lists that something may have opened. How many those were."""
    jobs.settle(now)
    said = jobs.offer_opened(now)
    has_run(now)
    return said


@pytest.mark.parametrize("no", [False, True])
def test_every_date_with_a_free_place_is_offered_in_turn_to_whom_any_will_do(no):
    course, person = a_course(), a_person()
    dates = [a_session(course=course, places=5, starts_in=days * DAY) for days in (10, 20, 30)]
    waits(course, person)
    now = NOW
    for date in dates:
        assert status(there(date, person)) == "offered" and broken(now) == []
        if no:
            services.give_back(booking_id=there(date, person).id, by=person.acting, now=now)
        now += DAY + MINUTE
        look(now)
        look(now + MINUTE)
    assert {status(there(date, person)) for date in dates} == {"left_list" if no else "lapsed"}
    assert (look(now + DAY), look(now + DAY)) == ("0 lists looked at",) * 2 and broken(now + DAY) == []


def test_a_free_date_that_nobody_offers_to_whom_any_will_do_is_found_by_the_check():
    course, person = a_course(), a_person()
    waits(course, person)
    a_session(course=course, places=5)
    has_run(NOW + HOUR)
    assert broken(NOW + HOUR) == [], "it may have come free while the worker looked"
    has_run(NOW + 2 * HOUR)
    assert broken(NOW + 2 * HOUR) == ["any-date-offered"]
    look(NOW + 2 * HOUR)
    assert broken(NOW + 2 * HOUR) == []


def test_who_declines_a_place_that_another_booked_waits_for_the_course_as_before():
    course, person = a_course(), a_person()
    waits(course, person, now=NOW - DAY)
    booking = booked_by_another(a_session(course=course), person)
    assert still(course, person) is None
    services.decline(booking_id=booking.id, by=person.acting, now=NOW + HOUR)
    assert still(course, person) == (True, NOW - DAY)
    assert happened(person) == [("any_date", True), ("placed", False), ("again", True)]


def test_who_gives_back_the_place_that_ended_the_wait_waits_again_and_an_undo_ends_it_again():
    course, person = a_course(), a_person()
    first, second = a_session(course=course, places=1), a_session(course=course, places=1, starts_in=20 * DAY)
    stranger = book(second, now=NOW - HOUR)
    waits(course, person)
    services.accept_offer(booking_id=there(first, person).id, by=person.acting, now=NOW)
    give_back(stranger)
    mine_ = there(first, person)
    assert still(course, person) is None
    give_back(mine_, now=NOW + HOUR)
    assert still(course, person) == (True, NOW) and "You wait for another date of this course again" in " ".join(letters(kind="given-back")[-1].text.split())
    jobs.offer_opened(NOW + HOUR)
    assert there(second, person) is None  # the place is held for them still, so they are offered no other
    services.undo_giving_back(booking_id=mine_.id, by=person.acting, now=NOW + HOUR + MINUTE)
    assert still(course, person) is None and happened(person)[-2:] == [("again", True), ("placed", True)]
    give_back(mine_, now=NOW + 2 * HOUR)
    jobs.settle(NOW + 3 * HOUR)
    jobs.offer_opened(NOW + 3 * HOUR)
    assert status(there(second, person)) == "offered" and broken(NOW + 3 * HOUR) == []


def test_who_moved_to_another_date_and_gives_that_back_waits_again():
    course, person = a_course(), a_person()
    waits(course, person, any_date=False)
    first, second = a_session(course=course), a_session(course=course, starts_in=20 * DAY)
    moved = services.move(booking_id=book(first, person).id, to_session_id=second.id, by=person.acting, now=NOW + HOUR)
    assert still(course, person) is None
    give_back(moved, now=NOW + 2 * HOUR)
    assert still(course, person) == (False, NOW)


def test_who_has_another_date_too_does_not_wait_again_until_that_is_given_up_as_well():
    course, person = a_course(), a_person()
    waits(course, person, any_date=False)
    first, second = book(a_session(course=course), person), book(a_session(course=course, starts_in=20 * DAY), person)
    give_back(first, now=NOW + HOUR)
    assert still(course, person) is None
    give_back(second, now=NOW + 2 * HOUR)
    assert still(course, person) == (False, NOW)


def test_whose_only_date_is_called_off_waits_again_and_no_longer_when_it_goes_ahead():
    course, person = a_course(), a_person()
    waits(course, person)
    session = a_session(course=course, places=1)
    settle(session, NOW)
    services.accept_offer(booking_id=there(session, person).id, by=person.acting, now=NOW)
    services.cancel_session(session_id=session.id, reason="No trainer", by="c", now=NOW + HOUR)
    assert still(course, person) == (True, NOW)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + HOUR + MINUTE)
    assert still(course, person) is None and happened(person)[-2:] == [("again", False), ("placed", False)]


def test_a_request_that_was_not_agreed_does_not_bring_a_wait_back():
    course, person = a_course(approval=Approval.COORDINATOR), a_person()
    waits(course, person)
    booking = book(a_session(course=course), person)
    services.refuse(booking_id=booking.id, reason="Not yet", by="c", now=NOW + HOUR)
    assert still(course, person) is None


@pytest.mark.parametrize("waits_anew", [False, True])
def test_whose_request_has_just_run_out_and_who_is_booked_by_another_has_the_place_and_waits_no_more(waits_anew):
    course, person, boss = a_course(approval=Approval.MANAGER), a_person(), a_person()
    say_where_somebody_works(person_id=person.id, agency_id=None, job_title=None, manager_email="boss@example.org", now=NOW)
    waits(course, person)
    session = a_session(course=course, places=2, starts_in=30 * DAY)
    settle(session, NOW)
    request = there(session, person)
    services.accept_offer(booking_id=request.id, by=person.acting, now=NOW)
    if waits_anew:
        waits(course, person, now=NOW + HOUR)
    late = there(session, person).due_at + timedelta(seconds=20)  # the worker has not looked yet
    (booking,) = services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="boss", now=late,
                                          behalf=OnBehalf(boss.id, manages=frozenset({person.id})))
    assert (status(booking), status(request), still(course, person)) == ("booked", "lapsed", None)
    assert broken(late) == []


def test_whose_two_waits_meet_as_a_request_runs_out_waits_once():
    course, person, first = a_course(approval=Approval.MANAGER), a_person(), a_person()
    say_where_somebody_works(person_id=person.id, agency_id=None, job_title=None, manager_email="boss@example.org", now=NOW)
    waits(course, person)
    session = a_session(course=course, places=1, starts_in=30 * DAY)
    settle(session, NOW)
    services.accept_offer(booking_id=there(session, person).id, by=person.acting, now=NOW)
    waits(course, person, now=NOW + HOUR)
    ahead = book(session, first, now=NOW + HOUR)
    late = there(session, person).due_at + timedelta(seconds=20)
    booking = booked_by_another(session, person, now=late)
    assert (status(ahead), status(booking)) == ("offered", "waiting")
    assert still(course, person)[0] and broken(late) == []


def test_a_place_over_capacity_that_becomes_an_ordinary_one_says_so_in_its_history():
    session = a_session(places=1)
    first, person = book(session, now=NOW - HOUR), a_person()
    over = services.book_over_capacity(session_id=session.id, person_id=person.id, reason="Needed", by="c", behalf=by_coordinator(), now=NOW)
    give_back(first)
    settle(session, NOW + HOUR)
    settle(session, NOW + HOUR)
    assert acts(over) == ["book", "fit_in"] and broken(NOW + HOUR) == []


def test_who_waits_for_any_date_is_offered_a_place_before_booking_opens_but_after_the_own_list_of_the_date():
    course, any_date, newcomer = a_course(), a_person(), a_person()
    waits(course, any_date, now=NOW - DAY)
    session = a_session(course=course, places=1, opens_at=NOW + 5 * DAY)
    on_its_list = a_booking(session, booked_at=NOW, status=BookingStatus.WAITING)
    settle(session, NOW)
    assert (status(on_its_list), there(session, any_date)) == ("offered", None)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    offer = there(session, any_date)
    services.accept_offer(booking_id=offer.id, by="x", now=NOW + HOUR)
    assert (status(offer), broken(NOW + HOUR)) == ("booked", [])
    with pytest.raises(Refused, match="Booking opens at"):
        book(session, newcomer)


def test_the_page_of_the_course_and_the_rules_of_booking_say_that_waiting_comes_before_the_opening(as_role):
    course = a_course()
    session = a_session(course=course, places=1, opens_at=NOW + 5 * DAY)
    assert "also before booking opens for everybody" in " ".join(as_role(Role.DELEGATE).get(f"/courses/{course.code}").text.split())
    rules = as_role(Role.COORDINATOR).get(f"/desk/sessions/{session.ref}/rules").text
    assert "is offered free places before. To keep places back, keep them for the coordinator." in " ".join(rules.split())


def an_any_date_offer(course, person, *, starts_in=20 * DAY):
    """A place of a full date that came free, held for somebody for whom any date will do; and two who joined its own list afterwards."""
    session = a_session(course=course, places=1, starts_in=starts_in)
    there_first = book(session, now=NOW - HOUR)
    waits(course, person)
    give_back(there_first, now=NOW)
    settle(session, NOW + 20 * MINUTE)
    return session, there(session, person), [book(session, now=NOW + 30 * MINUTE), book(session, now=NOW + 40 * MINUTE)]


def stands(booking):
    db.session.rollback()
    return mine.position(db.session.get_one(Booking, booking.id))


def test_who_lets_an_offer_lapse_that_any_date_brought_has_no_old_place_on_the_list_of_that_date():
    course, person = a_course(), a_person()
    session, offer, (first, second) = an_any_date_offer(course, person)
    all_left()
    settle(session, NOW + 2 * DAY)
    assert (status(offer), status(first), stands(second)) == ("lapsed", "offered", (1, 1))
    assert "you can join the list again, at its end" in " ".join(letters(kind="offer-lapsed")[0].text.split())
    with pytest.raises(Refused, match="at its end"):
        services.rejoin(booking_id=offer.id, by=person.acting, now=NOW + 2 * DAY)
    assert still(course, person) == (True, NOW)
    again = book(session, person, now=NOW + 2 * DAY)
    assert (stands(second), stands(again), broken(NOW + 2 * DAY)) == ((1, 2), (2, 2), [])


def not_told(session, offer):
    settle(session, offer.due_at)


def held_earlier(session, offer):
    start = NOW + 2 * HOUR
    plan = Planned([(start, start + HOUR)], session.format, session.venue_or_link, None)
    services.change_session(session_id=session.id, planned=plan, capacity=1, by="c", now=NOW + HOUR)


def called_off_and_back(session, offer):
    ends_at = offer.due_at
    services.cancel_session(session_id=session.id, reason="No trainer", by="c", now=ends_at - MINUTE)
    services.undo_cancelling(session_ids=[session.id], by="c", now=ends_at + MINUTE)


@pytest.mark.parametrize("goes_back", [not_told, held_earlier, called_off_and_back])
def test_an_any_date_offer_that_nobody_could_answer_comes_after_the_list_of_the_date(goes_back, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "office", replace(app.extensions["office"], letters_leave=True))
    course, person = a_course(), a_person()
    session, offer, (_first, second) = an_any_date_offer(course, person, starts_in=4 * HOUR)
    goes_back(session, offer)
    assert (status(offer), stands(offer), stands(second)) == ("waiting", (3, 3), (2, 3))
