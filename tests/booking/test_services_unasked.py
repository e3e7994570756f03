"""What somebody never said yes to costs them nothing: moved by another, booked in again by another, or only asked for."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance import services as registers
from app.attendance.rules import Outcome
from app.attendance.services import Mark
from app.booking import services
from app.booking.models import Booking, BookingEvent, BookingPolicy, Charge
from app.booking.queries import notices
from app.booking.queries.strikes import missed_at
from app.booking.rules import policy
from app.booking.rules.charges import ChargeKind
from app.booking.rules.policy import Notice
from app.booking.rules.states import BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    acts,
    book,
    broken,
    by_coordinator,
    give_back,
    letters,
    settle,
    status,
)
from tests.builders import a_course, a_person, an_account

pytestmark = pytest.mark.usefixtures("app")


def again(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def moved(booking, to, **more):
    """A coordinator moves somebody who did not ask for it."""
    return services.move(booking_id=booking.id, to_session_id=to.id, by="c", behalf_id=a_person().id, now=NOW, **more)


def dates(*starts, **more):
    course = a_course(**more)
    return [a_session(course=course, starts_in=start, places=9) for start in starts]


def charging():
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    long_ago = NOW - 90 * DAY
    services.save_policy(partnership_id=None, starts_on=clock.london_date(long_ago), facts={"charges": True}, now=long_ago)


def charged(session):
    """What the finished register of a session costs, by kind; one more person was there, and whoever has a place was too."""
    account, _one_more = an_account(), book(session)
    there = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.status == BookingStatus.BOOKED)).all()
    marks = [Mark(one.ref, Outcome.ATTENDED, None, None) for one in there]
    registers.save_marks(session_id=session.id, marks=marks, account_id=account.id, coordinator=True, now=session.ends_at)
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    return charges()


def charges():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Charge.kind).order_by(Charge.id)))


ENDS = {
    "given back": lambda new, _third: give_back(new, now=NOW + MINUTE),
    "declined": lambda new, _third: services.decline(booking_id=new.id, by="x", now=NOW + MINUTE),
    "called off": lambda new, _third: services.cancel_session(session_id=new.course_session_id, reason="snow", by="c", now=NOW + MINUTE),
    "has left": lambda new, _third: services.has_left(person_id=new.person_id, by="c", now=NOW + MINUTE),
    "moved by themselves": lambda new, third: services.move(booking_id=new.id, to_session_id=third.id, by="x", now=NOW + MINUTE),
    "a colleague goes": lambda new, _third: services.substitute(booking_id=new.id, person_id=a_person().id, by="x", now=NOW + MINUTE),
    "moved again, and given back": lambda new, third: give_back(moved(new, third), now=NOW + MINUTE),
}


@pytest.mark.parametrize("ends", ENDS)
def test_whoever_never_said_yes_to_the_date_to_which_another_moved_them_left_nothing_late_however_that_ends(ends):
    charging()
    here, there, third = dates(DAY, 20 * DAY, 30 * DAY)
    booking = book(here)
    new = moved(booking, there)
    assert again(booking).notice is Notice.LATE
    ENDS[ends](new, third)
    assert again(booking).notice is not Notice.LATE and again(new).notice is not Notice.LATE
    assert charged(here) == [] and broken(here.ends_at) == []


@pytest.mark.parametrize("ends", ["given back", "called off", "has left", "moved by themselves"])
def test_whoever_said_yes_to_the_new_date_left_the_first_one_late(ends):
    here, there, third = dates(DAY, 20 * DAY, 30 * DAY)
    booking = book(here)
    new = moved(booking, there)
    services.say_still_coming(booking_id=new.id, by="x", now=NOW)
    ENDS[ends](new, third)
    assert again(booking).notice is Notice.LATE


def test_leaving_the_first_date_costs_nothing_before_its_person_said_yes_to_the_second_and_what_it_costs_once_they_have():
    charging()
    here, there = dates(DAY, 20 * DAY)
    new = moved(book(here), there)
    assert charged(here) == []
    for _ in range(2):
        services.say_still_coming(booking_id=new.id, by="x", now=here.ends_at + HOUR)
    assert charges() == [ChargeKind.LATE] and broken(here.ends_at + HOUR) == []


def test_a_yes_before_the_first_date_was_over_costs_only_once_its_register_is_finished():
    charging()
    here, there = dates(DAY, 20 * DAY)
    services.say_still_coming(booking_id=moved(book(here), there).id, by="x", now=NOW + MINUTE)
    assert charges() == [] and charged(here) == [ChargeKind.LATE]


@pytest.mark.parametrize("outcome", [Outcome.NO_SHOW, Outcome.ATTENDED, Outcome.EXCUSED])
def test_a_date_that_has_been_and_that_its_person_never_said_yes_to_costs_nothing_nor_does_leaving_the_one_before(outcome):
    charging()
    here, there = dates(DAY, 20 * DAY)
    booking = book(here)
    new, account = moved(booking, there), an_account()
    assert charged(here) == []
    registers.save_marks(session_id=there.id, marks=[Mark(new.ref, outcome, None, None)], account_id=account.id, coordinator=True, now=there.ends_at)
    registers.finish(session_id=there.id, account_id=account.id, coordinator=True, now=there.ends_at)
    assert charges() == [] and again(booking).notice is Notice.IN_TIME and broken(there.ends_at) == []


def test_a_charge_for_the_first_date_is_taken_back_when_a_new_date_that_nobody_says_yes_to_any_more_ends():
    charging()
    here, there = dates(DAY, 20 * DAY)
    new, later = moved(book(here), there), here.ends_at + HOUR
    services.say_still_coming(booking_id=new.id, by="x", now=NOW)
    assert charged(here) == [ChargeKind.LATE]
    give_back(new, now=later)
    services.undo_giving_back(booking_id=new.id, by="c", now=later, behalf_id=a_person().id)
    give_back(new, now=later)
    assert db.session.scalars(sa.select(sa.func.sum(Charge.pence))).one() == 0 and broken(here.ends_at + HOUR) == []


def test_whoever_declines_the_date_to_which_they_were_moved_has_the_first_place_again_when_it_is_free():
    here, there, third = dates(10 * DAY, 20 * DAY, 30 * DAY)
    booking = book(here)
    agreed = booking.agreed_at
    new = moved(moved(booking, there), third)
    first = services.decline(booking_id=new.id, by="x", now=NOW + MINUTE)
    assert first.id == booking.id
    stands = again(booking)
    assert (stands.status.value, stands.agreed_at, stands.notice) == ("booked", agreed, None)
    assert (status(new), acts(booking), broken()) == ("given_back", ["book", "move", "undo"], [])
    assert [letter.kind for letter in letters(person=booking.person)][-1] == "place-confirmed"
    assert services.decline(booking_id=new.id, by="x", now=NOW + MINUTE) is None, "pressed twice"


def test_whoever_declines_when_the_first_place_has_gone_stands_first_on_its_list():
    course = a_course()
    here, (booking,), (second, third) = a_full_session(course=course, waiting=2)
    there = a_session(course=course, starts_in=20 * DAY)
    new = moved(booking, there)
    assert status(second) == "offered"
    waits = services.decline(booking_id=new.id, by="x", now=NOW + MINUTE)
    assert (waits.course_session_id, waits.person_id, status(waits)) == (here.id, booking.person_id, "waiting")
    assert letters(kind="list-joined", person=booking.person)
    give_back(second, now=NOW + 2 * MINUTE)
    settle(here, NOW + HOUR)
    assert (status(waits), status(third), broken(NOW + HOUR)) == ("offered", "waiting", [])


def test_those_before_whom_somebody_comes_back_first_can_read_why_and_not_who(as_role):
    them = as_role(Role.DELEGATE)
    course = a_course()
    here, (booking,), (_second, displaced) = a_full_session(course=course, waiting=2)
    services.put_first(booking_id=displaced.id, first=True, reason="displaced", by="c", now=NOW)
    waits = book(here, db.session.get_one(Person, them.person_id))
    new = moved(booking, a_session(course=course, starts_in=20 * DAY))
    services.decline(booking_id=new.id, by=booking.person.acting, now=NOW + MINUTE)
    event = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == waits.id).order_by(BookingEvent.id.desc()).limit(1)).one()
    assert (event.act.value, event.by) == ("pass_over", "the waiting list")
    assert "pass_over" not in acts(displaced), "who stands first stays before whoever comes later"
    page = " ".join(them.get(f"/bookings/{waits.ref}").text.split())
    assert "was moved from here without being asked" in page and booking.person.name not in page
    assert "people whose own date was cancelled or who were moved from this one without being asked" in page
    assert broken(NOW + MINUTE) == []


@pytest.mark.parametrize("gone", ["called off", "begun", "booked again"])
def test_whoever_declines_gets_nothing_of_a_first_date_that_is_no_longer_to_come_or_that_they_have_again(gone):
    here, there = dates(2 * DAY, 20 * DAY)
    booking = book(here)
    new, then = moved(booking, there), NOW + (3 * DAY if gone == "begun" else HOUR)
    if gone == "called off":
        services.cancel_session(session_id=here.id, reason="snow", by="c", now=NOW)
    if gone == "booked again":
        book(here, booking.person)
    assert services.decline(booking_id=new.id, by="x", now=then) is None
    assert (status(booking), status(new), broken()) == ("moved", "given_back", [])


def by_a_list(session, person, coordinator, now):
    services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="c", behalf=OnBehalf(coordinator.id), now=now)


def by_name(session, person, coordinator, now):
    services.book_place(session_id=session.id, person_id=person.id, by="c", behalf=by_coordinator(coordinator), now=now)


def at_the_desk(session, person, coordinator, now):
    booking = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.person_id == person.id)).one()
    services.undo_giving_back(booking_id=booking.id, by="c", now=now, behalf_id=coordinator.id)


@pytest.mark.parametrize("take_back", [by_a_list, by_name, at_the_desk])
def test_whoever_has_a_place_back_by_another_is_told_can_decline_and_is_never_late_by_it(take_back):
    session, coordinator = a_session(places=1, starts_in=7 * DAY), a_person()
    deadline = policy.deadline(policy.Policy(), session.starts_at)
    booking = book(session)
    give_back(booking, now=deadline - 5 * MINUTE)
    take_back(session, booking.person, coordinator, deadline + 5 * MINUTE)
    stands = again(booking)
    assert (stands.status.value, stands.booked_by_id, stands.agreed_at) == ("booked", coordinator.id, None)
    assert [letter.kind for letter in letters(person=booking.person)][-1] == "booked-for-you"
    assert notices.notice_of(stands, deadline + HOUR) is Notice.IN_TIME
    services.decline(booking_id=booking.id, by="x", now=deadline + HOUR)
    assert (again(booking).notice, broken()) == (Notice.IN_TIME, [])


def test_whoever_takes_their_own_place_back_has_said_yes_to_it():
    session, person = a_session(starts_in=7 * DAY), a_person()
    booking = book(session, person)
    give_back(booking)
    services.undo_giving_back(booking_id=booking.id, by="x", now=NOW, behalf_id=person.id)
    assert (again(booking).booked_by_id, again(booking).agreed_at) == (None, NOW)
    with pytest.raises(Refused, match="agreed to this place"):
        services.decline(booking_id=booking.id, by="x", now=NOW)


def test_a_request_to_which_nobody_agreed_costs_nothing_when_it_is_taken_back_or_moved():
    charging()
    here, there = dates(2 * DAY, 20 * DAY, approval=Approval.COORDINATOR)
    first, second, agreed = book(here), book(here), book(here)
    services.approve(booking_id=agreed.id, by="c", now=NOW)
    give_back(first)
    services.move(booking_id=second.id, to_session_id=there.id, by="x", now=NOW)
    give_back(agreed, now=NOW + 3 * HOUR)
    assert [again(one).notice for one in (first, second, agreed)] == [Notice.IN_TIME, Notice.IN_TIME, Notice.LATE]


def test_whose_request_is_agreed_to_after_the_deadline_has_a_moment_to_say_no():
    (here,) = dates(6 * DAY, approval=Approval.COORDINATOR)
    booking, agreed = book(here), here.starts_at - DAY - HOUR
    with transaction() as writing:
        writing.get_one(Booking, booking.id).due_at = here.starts_at
    services.approve(booking_id=booking.id, by="c", now=agreed)
    assert [notices.notice_of(again(booking), agreed + later) for later in (10 * MINUTE, 3 * HOUR)] == [Notice.IN_TIME, Notice.LATE]


def missed(session, booking):
    account = an_account()
    registers.save_marks(session_id=session.id, marks=[Mark(booking.ref, Outcome.NO_SHOW, None, None)], account_id=account.id, coordinator=True,
                         now=session.ends_at)
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    return charges()


def test_whoever_misses_what_another_booked_and_they_never_said_yes_to_is_not_charged():
    charging()
    for yes, kinds in ((False, []), (True, [ChargeKind.NO_SHOW])):
        session = a_session(starts_in=5 * DAY)
        booking = book(session, behalf=by_coordinator())
        if yes:
            services.say_still_coming(booking_id=booking.id, by="x", now=NOW)
        assert missed(session, booking) == kinds


@pytest.mark.parametrize(("yes", "kinds"), [(False, []), (True, [ChargeKind.NO_SHOW])])
def test_whoever_misses_a_session_at_a_time_to_which_they_never_said_yes_is_not_charged(yes, kinds):
    charging()
    session = a_session(starts_in=5 * DAY)
    booking = book(session, now=NOW - DAY)
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).times_changed_at = NOW
    if yes:
        services.say_still_coming(booking_id=booking.id, by="x", now=NOW + HOUR)
    assert missed(session, booking) == kinds


@pytest.mark.parametrize(("comes", "kinds"), [(Outcome.ATTENDED, []), (Outcome.NO_SHOW, [ChargeKind.NO_SHOW])])
def test_of_two_dates_that_somebody_has_by_us_one_may_be_missed(comes, kinds):
    charging()
    here, there = dates(5 * DAY, 8 * DAY)
    booking, account = book(here), an_account()
    services.cancel_session(session_id=here.id, other_id=there.id, reason="snow", by="c", now=NOW)
    held = db.session.scalars(sa.select(Booking).where(Booking.previous_id == booking.id)).one()
    services.accept_offer(booking_id=held.id, by="x", now=NOW + MINUTE)
    services.undo_cancelling(session_ids=[here.id], by="c", now=NOW + 2 * MINUTE)
    assert missed(here, again(booking)) == []
    marks = [Mark(held.ref, comes, None, None)]
    registers.save_marks(session_id=there.id, marks=marks, account_id=account.id, coordinator=True, now=there.ends_at)
    registers.finish(session_id=there.id, account_id=account.id, coordinator=True, now=there.ends_at)
    assert charges() == kinds
    assert len(missed_at([booking.person_id]).get(booking.person_id, ())) == 2 * len(kinds), "nor does it count among the missed ones"


def test_one_person_is_charged_once_for_giving_the_same_session_back_late():
    charging()
    session, person = a_session(places=9, starts_in=DAY), a_person()
    for number in range(3):
        booking = book(session, person, now=NOW + number * HOUR)
        give_back(booking, now=NOW + number * HOUR)
        settle(session, NOW + number * HOUR + timedelta(minutes=20))
    assert db.session.scalar(sa.select(sa.func.count()).where(Booking.notice == Notice.LATE)) == 3
    assert charged(session) == [ChargeKind.LATE] and broken(session.ends_at) == []
    services.waive_charges(charge_ids=db.session.scalars(sa.select(Charge.id)).all(), reason="flood", by="c", now=session.ends_at)
    with transaction() as writing:
        assert services.charge_session(writing, session.id, now=session.ends_at) == 0, "what was waived is not charged for the other return"
