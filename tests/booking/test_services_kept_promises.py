"""What was promised is kept however near the start, whoever acted for somebody, and whatever was switched off since."""


import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Account, Person
from app.accounts.rules import Role
from app.attendance import services as registers
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark
from app.booking import jobs, services
from app.booking.models import Booking, Charge, CourseInterest
from app.booking.queries import facts, mine, notices, one_session
from app.booking.rules.charges import ChargeKind
from app.booking.rules.policy import Notice
from app.booking.rules.possible import Can, can
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import UndeliverableAddress
from app.mail.services import make_link
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    book,
    broken,
    by_coordinator,
    give_back,
    letters,
    settle,
    status,
    statuses,
)
from tests.builders import a_booking, a_course, a_person, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def kept(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def charged():
    services.save_policy(partnership_id=None, starts_on=clock.london_date(clock.now()), facts={"charges": True, "no_show_pence": 5000}, now=clock.now())


def test_a_mark_that_is_corrected_after_the_register_was_finished_costs_what_it_costs():
    charged()
    account, session = an_account(Role.TRAINER), a_session(starts_in=-3 * DAY)
    booking = a_booking(session, booked_at=clock.now())
    here, absent = Said(Outcome.ATTENDED), Said(Outcome.NO_SHOW)

    def mark(outcome, seen):
        registers.save_marks(session_id=session.id, marks=[Mark(booking.ref, outcome, None, seen)], account_id=account.id, coordinator=False, now=clock.now())

    mark(Outcome.ATTENDED, None)
    registers.finish(session_id=session.id, account_id=account.id, coordinator=False, now=clock.now())
    assert db.session.scalars(sa.select(Charge.kind)).all() == []
    mark(Outcome.NO_SHOW, here)
    mark(Outcome.NO_SHOW, absent)
    db.session.rollback()
    assert db.session.execute(sa.select(Charge.kind, Charge.pence)).all() == [(ChargeKind.NO_SHOW, 5000)]


def test_a_copy_about_a_missed_session_goes_to_the_manager_of_today_or_to_nobody():
    services.save_policy(partnership_id=None, starts_on=clock.london_date(NOW), facts={"tell_manager": True}, now=clock.now())
    person = a_person()

    def named(address):
        accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email=address, now=NOW)

    named("old@example.org")
    first, second = (book(a_session(), person) for _ in range(2))
    with transaction() as session:
        for one in (first, second):
            session.get_one(Booking, one.id).turnout = Turnout.MISSED
    named("new@example.org")
    registers.write_to_missed(booking_id=first.id, now=NOW)
    named("")
    registers.write_to_missed(booking_id=second.id, now=NOW)
    assert sorted(letter.address for letter in letters(kind="missed")) == sorted([person.email, person.email, "new@example.org"])


def test_an_offer_that_a_coordinator_takes_for_somebody_may_be_declined_and_is_never_late():
    session, (first,), (waits,) = a_full_session(waiting=1, starts_in=2 * DAY + 3 * HOUR)
    give_back(first)
    settle(session, NOW + HOUR)
    assert status(waits) == "offered"
    services.accept_offer(booking_id=waits.id, by="Marian", coordinator_id=a_person().id, now=NOW + HOUR)
    booking = kept(waits)
    assert (booking.status, booking.agreed_at) == (BookingStatus.BOOKED, None)
    assert (notices.notice_of(booking, NOW + HOUR), Can.DECLINE in can(mine.held(booking), NOW + HOUR)) == (Notice.IN_TIME, True)
    assert letters(person=waits.person)[-1].kind == "booked-for-you"


def test_a_coordinator_who_takes_their_own_offer_has_agreed_to_nothing_but_the_place():
    own = a_person()
    session, (first,), _none = a_full_session(starts_in=20 * DAY, course=a_course(approval=Approval.COORDINATOR))
    services.approve(booking_id=first.id, by="c", now=NOW)
    waits = book(session, own)
    give_back(first)
    settle(session, NOW + HOUR)
    services.accept_offer(booking_id=waits.id, by=own.name, coordinator_id=own.id, now=NOW + HOUR)
    assert status(waits) == "awaiting_coordinator"


def waits_for(course, person):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(CourseInterest.id)).where(
        CourseInterest.course_id == course.id, CourseInterest.person_id == person.id, CourseInterest.ended_at.is_(None))) == 1


def test_who_is_put_on_a_list_by_another_waits_for_any_date_as_before_and_who_gets_a_place_does_not():
    session, *_ = a_full_session()
    course, person, free = session.course, a_person(), a_person()
    for one in (person, free):
        services.wait_for_course(course_id=course.id, person_id=one.id, any_date=False, now=NOW - DAY)
    services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="m", behalf=by_coordinator(), now=NOW)
    other = a_session(course=course, starts_in=30 * DAY)
    services.book_for_others(session_id=other.id, person_ids=[free.id], together=False, by="m", behalf=by_coordinator(), now=NOW)
    assert (waits_for(course, person), waits_for(course, free)) == (True, False)


def test_who_comes_instead_of_a_colleague_waits_for_the_course_no_longer():
    booking, colleague = book(a_session()), a_person()
    services.wait_for_course(course_id=booking.course_session.course_id, person_id=colleague.id, any_date=False, now=NOW)
    services.substitute(booking_id=booking.id, person_id=colleague.id, by="x", now=NOW)
    assert not waits_for(booking.course_session.course, colleague)


def test_a_place_that_is_free_at_the_end_is_taken_from_the_list_when_booking_has_closed_too():
    session, (first,), (waits,) = a_full_session(waiting=1, starts_in=2 * DAY)
    with transaction():
        session.closes_at = session.starts_at - DAY
    late = session.starts_at - HOUR
    give_back(first, now=late)
    services.take_free_place(booking_id=waits.id, by="x", now=late)
    assert status(waits) == "booked"


def test_a_coordinator_moves_somebody_to_a_date_whose_booking_has_closed():
    course = a_course()
    booking, other = book(a_session(course=course)), a_session(course=course, starts_in=20 * DAY)
    with transaction():
        other.closes_at = NOW - HOUR
    with pytest.raises(Refused, match="Booking closed"):
        services.move(booking_id=booking.id, to_session_id=other.id, by="x", now=NOW)
    services.move(booking_id=booking.id, to_session_id=other.id, by="Marian", behalf_id=a_person().id, now=NOW)
    assert statuses(other) == ["booked"]


def test_who_is_booked_by_their_manager_a_moment_after_giving_back_has_the_place_that_is_held_for_them():
    session, (first,), (waits,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    services.book_for_others(session_id=session.id, person_ids=[first.person_id], together=False, by="m", now=NOW + 5 * MINUTE,
                             behalf=OnBehalf(a_person().id, manages=frozenset({first.person_id})))
    assert (status(first), status(waits)) == ("booked", "waiting")
    assert Can.DECLINE in can(mine.held(kept(first)), NOW + 5 * MINUTE) and broken() == []


def test_what_somebody_needs_goes_with_them_to_the_date_that_is_held_for_them():
    course = a_course()
    here, other = a_session(course=course), a_session(course=course, starts_in=30 * DAY)
    book(here, wish=services.Wish(access="wheelchair"))
    services.cancel_session(session_id=here.id, reason="Ill", by="c", now=NOW, other_id=other.id)
    held = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id)).one()
    assert held.need.access == "wheelchair" and held.need.delete_at == other.ends_at + 30 * DAY


def test_an_account_ends_though_its_person_is_marked_on_a_register_already():
    person = a_person()
    marked, later = book(a_session(starts_in=20 * MINUTE), person), book(a_session(), person)
    an_account(person=person)
    with transaction() as session:
        session.get_one(Booking, marked.id).turnout = Turnout.CAME
    assert services.set_roles(person_id=person.id, roles=[], password="", now=NOW) == 1
    assert (status(marked), status(later)) == ("booked", "given_back") and services.bookings_of_leavers(NOW) == []


def test_nobody_agrees_to_their_own_request_by_the_letter_to_their_manager(as_role):
    browser = as_role(Role.DELEGATE)
    person = db.session.get_one(Person, browser.person_id)
    accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", manager_email="home@example.org", now=clock.now())
    booking = services.book_place(session_id=a_session(course=a_course(approval=Approval.MANAGER)).id, person_id=person.id, by=person.name, now=clock.now())
    secret = make_link(purpose="approval", subject=f"booking:{booking.id}", person_id=None, expires_at=clock.now() + DAY, now=clock.now() - HOUR)
    browser.get(f"/a/{secret}")
    assert "Nobody agrees to their own request" in browser.post(browser.letter, {"answer": "agree"}).text and status(booking) == "awaiting_manager"


@pytest.mark.parametrize("wish", [services.Wish(), services.Wish(whenever=True)])
def test_who_waited_and_declines_a_place_that_a_colleague_gave_them_stands_on_the_list_as_before_and_is_asked(wish):
    session, (first,), _none = a_full_session()
    waits, behind = book(session, wish=wish), book(session, now=NOW + MINUTE)
    instead = services.substitute(booking_id=first.id, person_id=waits.person_id, by="x", now=NOW + HOUR)
    services.decline(booking_id=instead.id, by=waits.person.name, now=NOW + 2 * HOUR)
    assert (status(waits), status(behind)) == ("offered", "waiting")
    services.give_back(booking_id=waits.id, by=waits.person.name, now=NOW + 3 * HOUR)
    settle(session, NOW + 4 * HOUR)
    assert (status(waits), status(behind)) == ("left_list", "offered") and broken(NOW + 4 * HOUR) == []


def test_who_waited_for_a_date_and_declines_being_moved_to_it_waits_for_it_as_before():
    course = a_course()
    here, (there, (taken,), (waits,)) = a_session(course=course), a_full_session(course=course, starts_in=6 * HOUR, waiting=1)
    booking = book(here, waits.person)
    near = there.starts_at - HOUR
    give_back(taken, now=near)
    moved = services.move(booking_id=booking.id, to_session_id=there.id, by="c", now=near, behalf_id=a_person().id)
    assert status(waits) == "left_list"
    services.decline(booking_id=moved.id, by=waits.person.name, now=near + MINUTE)
    assert (status(waits), status(moved)) == ("waiting", "given_back") and broken(near + MINUTE) == []


def asked_of(boss):
    """A request that waits for the yes of a manager with this address."""
    person = a_person()
    accounts.say_where_somebody_works(person_id=person.id, agency_id=an_agency().id, job_title="Nurse", manager_email=boss, now=clock.now())
    request = book(a_session(course=a_course(approval=Approval.MANAGER), starts_in=30 * DAY), person)
    assert status(request) == "awaiting_manager"
    return request


@pytest.mark.parametrize("closed", [True, False])
def test_what_waits_for_a_manager_who_has_left_is_the_coordinators_to_decide(closed):
    an_account(Role.ADMINISTRATOR)
    boss = an_account(Role.LINE_MANAGER).person
    request, other = asked_of(boss.email), asked_of("somebody-else@example.org")
    if closed:
        services.set_roles(person_id=boss.id, roles=[], password="", now=NOW)
    else:
        services.has_left(person_id=boss.id, by="lead", now=NOW)
    assert (status(request), status(other)) == ("awaiting_coordinator", "awaiting_manager")
    assert [letter.kind for letter in letters(person=request.person)][-1] == "request-made"


def test_what_waits_for_a_manager_to_whom_letters_come_back_goes_on_to_the_coordinator_and_so_does_what_is_asked_of_one_who_left_before():
    boss = an_account(Role.LINE_MANAGER).person
    request, late = asked_of("gone@example.org"), asked_of(boss.email)
    assert jobs.pass_on_requests(NOW) == "0 requests passed on"
    (asks,) = letters(kind="approval-asked")[:1]
    with transaction() as session:
        session.add(UndeliverableAddress(address="gone@example.org", since=NOW, words="no such user", letter_id=asks.id))
        session.execute(sa.update(Account).where(Account.person_id == boss.id).values(closed_at=NOW))
    assert jobs.pass_on_requests(NOW) == "2 requests passed on"
    assert (status(request), status(late)) == ("awaiting_coordinator", "awaiting_coordinator")
    assert jobs.pass_on_requests(NOW) == "0 requests passed on"


def test_the_list_offers_nothing_to_somebody_whose_account_was_ended_although_the_course_is_for_everybody():
    session, (first,), (gone, behind) = a_full_session(waiting=2)
    an_account(Role.DELEGATE, person=gone.person)
    with transaction() as writing:
        writing.execute(sa.update(Account).where(Account.person_id == gone.person_id).values(closed_at=NOW))
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=NOW)
    assert (status(first), status(gone), status(behind)) == ("booked", "waiting", "offered") and broken() == []
    line = one_session.line(session, facts.standing(session, NOW), facts.in_line(session.id), NOW)
    assert line.reasons == {gone.id: "the course is not open to them at present"}
    assert jobs.free_places_of_leavers(NOW) == "1 places freed" and status(gone) == "left_list"
