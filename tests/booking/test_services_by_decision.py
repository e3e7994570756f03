"""What a coordinator decides for somebody: over capacity, as an exception, off the list. And what nobody holds for whoever has left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Account
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingEvent, CapacityOverride, EligibilityException, SessionEvent
from app.booking.queries import mine, notices
from app.booking.rules.policy import Notice
from app.booking.rules.possible import Can, can
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.models import Course
from app.catalogue.rules import Approval
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import DAY, NOW, a_full_session, a_session, book, broken, give_back, letters, settle, status, statuses
from tests.builders import a_booking, a_course, a_person, a_trainer, an_account, an_agency
from tests.faults.browsing import forms

pytestmark = pytest.mark.usefixtures("app")


def over(session, person, *, by=None, **more):
    by = by or a_person(first_name="Marian")
    return services.book_over_capacity(**{"session_id": session.id, "person_id": person.id, "reason": "duty", "by": "Marian",
                                          "behalf": OnBehalf(by.id, coordinator=True), "now": NOW, **more})


def for_alpha(**more):
    """A session of a course that is for Alpha's people only."""
    course, alpha = a_course(), an_agency(name="Alpha")
    with transaction() as session:
        session.get_one(Course, course.id).for_agencies = [alpha]
    return a_session(course=course, **more), alpha


def test_whoever_is_taken_from_the_list_over_capacity_may_decline_and_is_never_late():
    session, _there, (waits,) = a_full_session(waiting=1, starts_in=2 * DAY)
    booking = over(session, waits.person)
    assert booking.id == waits.id and status(waits) == "booked"
    kept = db.session.get_one(Booking, waits.id)
    assert (notices.notice_of(kept, NOW), Can.DECLINE in can(mine.held(kept), NOW)) == (Notice.IN_TIME, True)
    assert [letter.kind for letter in letters(person=waits.person)][-1] == "booked-for-you"
    services.decline(booking_id=waits.id, by=waits.person.name, now=NOW)
    assert status(waits) == "given_back"


def test_nobody_to_whom_the_course_is_not_open_is_booked_without_an_exception_and_the_exception_is_kept():
    session, _alpha = for_alpha(places=3)
    person = a_person(first_name="Otto")
    with pytest.raises(Refused, match=r"for people of Alpha.*Nobody was booked.*exception"):
        over(session, person)
    assert statuses(session) == []
    over(session, person, exception=True)
    db.session.rollback()
    assert statuses(session) == ["booked"]
    assert db.session.execute(sa.select(EligibilityException.person_id, EligibilityException.reason, EligibilityException.by)).all() == [(person.id, "duty", "Marian")]
    assert f"An exception for {person.name}, to whom the course is not open: duty" in db.session.scalars(sa.select(SessionEvent.what)).all()
    assert db.session.scalar(sa.select(sa.func.count(CapacityOverride.id))) == 0, "a place was free, so nothing goes over capacity"
    assert over(session, person, exception=True).person_id == person.id and broken() == []


def test_who_has_left_is_booked_by_no_exception():
    session, alpha = for_alpha(places=3)
    person = a_person(agency=alpha)
    account = an_account(person=person)
    with transaction():
        account.closed_at = NOW
    with pytest.raises(Refused, match="account here was ended"):
        over(session, person, exception=True)


def test_the_page_says_what_the_decision_means_before_it_is_made(as_role):
    desk = as_role(Role.COORDINATOR)
    session, alpha = for_alpha(places=2)
    otto, alma = a_person(email="otto@example.org"), a_person(email="alma@example.org", agency=alpha)
    address = f"/desk/sessions/{session.ref}/over-capacity"
    page = desk.post(address, {"email": alma.email, "reason": "duty"}).text
    assert "2 places are free for" in page and "nothing goes over capacity" in page and "exception" not in page
    page = desk.post(address, {"email": otto.email, "reason": "duty"}).text
    assert "This course is for people of Alpha." in page and "Make an exception and book" in page
    assert statuses(session) == []
    form = dict(next(form for form in forms(page) if form.in_main).fields)
    desk.follow(desk.post(address, form))
    assert statuses(session) == ["booked"]
    assert "duty" in desk.get(f"/desk/sessions/{session.ref}/history").text


def test_an_exception_that_the_page_did_not_speak_of_is_not_made(as_role):
    desk = as_role(Role.COORDINATOR)
    session, _alpha = for_alpha(places=2)
    otto = a_person(email="otto@example.org")
    page = desk.post(f"/desk/sessions/{session.ref}/over-capacity", {"email": otto.email, "reason": "duty", "person": str(otto.id)})
    assert "Nobody was booked" in page.text and "Make an exception and book" in page.text and statuses(session) == []


def closed(person):
    account = db.session.scalar(sa.select(Account).where(Account.person_id == person.id)) or an_account(person=person)
    with transaction() as session:
        session.get_one(Account, account.id).closed_at = NOW


def test_no_place_on_another_date_is_held_for_whoever_has_left():
    course = a_course()
    here, other = a_session(course=course), a_session(course=course, starts_in=30 * DAY, places=1)
    gone, stays = book(here), book(here)
    closed(gone.person)
    services.cancel_session(session_id=here.id, reason="Ill", by="c", now=NOW, other_id=other.id)
    db.session.rollback()
    assert db.session.scalars(sa.select(Booking.person_id).where(Booking.course_session_id == other.id)).all() == [stays.person_id]
    assert statuses(other) == ["offered"]


def test_a_place_for_an_ended_account_is_freed_whenever_it_came():
    booking = a_booking(a_session(), booked_at=NOW)
    account = an_account(person=booking.person)
    with transaction():
        account.closed_at = NOW - DAY
    assert services.bookings_of_leavers(NOW) == [booking.id]


@pytest.mark.parametrize(("shown", "now_is"), [(BookingStatus.WAITING, BookingStatus.BOOKED), (BookingStatus.OFFERED, BookingStatus.BOOKED)])
def test_a_page_that_takes_somebody_off_the_list_gives_back_no_place_that_was_booked_meanwhile(as_role, shown, now_is):
    desk = as_role(Role.COORDINATOR)
    booking = a_booking(a_session(), status=shown, due_at=clock.now() + timedelta(hours=5) if shown is BookingStatus.OFFERED else None)
    address = f"/desk/bookings/{booking.ref}/give-back"
    form = dict(next(form for form in forms(desk.get(address).text) if form.in_main).fields)
    with transaction() as session:
        session.get_one(Booking, booking.id).status = now_is
    page = desk.post(address, form).text
    assert "A place was booked meanwhile, so nothing was given back" in page and status(booking) == "booked"
    form = dict(next(form for form in forms(page) if form.in_main).fields)
    desk.follow(desk.post(address, form))
    assert status(booking) == "given_back", "the page that spoke of the place may give it back"


def told(booking):
    db.session.rollback()
    return db.session.execute(sa.select(BookingEvent.act, BookingEvent.by, BookingEvent.reason).where(BookingEvent.booking_id == booking.id)
                              .order_by(BookingEvent.id)).all()


def test_what_somebody_says_of_their_own_booking_is_in_its_history_once_and_needs_never_say_what():
    _session, _there, (waits,) = a_full_session(waiting=1)
    for whenever in (True, True, False):
        services.say_whenever(booking_id=waits.id, whenever=whenever, by=waits.person.name, now=NOW)
    for access in ("A ramp", "A ramp", ""):
        services.say_needs(booking_id=waits.id, dietary="", access=access, by=waits.person.name, now=NOW)
    name = waits.person.name
    assert told(waits)[1:] == [(Act.WHENEVER, name, None), (Act.ASK_FIRST, name, None), (Act.NEEDS, name, None), (Act.NEEDS, name, None)]
    assert letters(kind="place-confirmed", person=waits.person) == [] and broken() == []


def test_an_undo_that_somebody_pressed_on_a_page_of_an_earlier_time_says_so():
    session = a_session()
    booking = book(session)
    give_back(booking)
    with pytest.raises(Refused, match="time of this session has changed"):
        services.undo_giving_back(booking_id=booking.id, by="x", now=NOW, times=7)
    services.undo_giving_back(booking_id=booking.id, by="x", now=NOW, times=0)
    settle(session, NOW)
    assert status(booking) == "booked"


def test_another_trainer_stands_in_the_history_of_the_session():
    trainer, other = a_trainer(), a_trainer()
    session = a_session(trainer=trainer)
    parts = [(part.starts_at, part.ends_at) for part in session.parts]
    for number in (other.person_id, other.person_id, None):
        services.change_session(session_id=session.id, planned=Planned(parts, session.format, session.venue_or_link, number), capacity=session.capacity,
                                by="Marian", now=NOW)
    before, after = trainer.person.name, other.person.name
    assert db.session.scalars(sa.select(SessionEvent.what).order_by(SessionEvent.id)).all() == [
        f"Trainer: {after}, before: {before}", f"Trainer: nobody yet, before: {after}"]


def test_that_another_manager_is_asked_stands_in_the_history_of_the_request():
    person = a_person()
    accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email="old@example.org", now=NOW)
    booking = book(a_session(course=a_course(approval=Approval.MANAGER)), person)
    accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email="new@example.org", now=NOW)
    assert told(booking)[-1] == (Act.OTHER_MANAGER, person.name, None) and status(booking) == "awaiting_manager"
