"""What happens seldom and must not break a promise: acts that meet each other in ways that nobody plans."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking
from app.booking.queries import mine
from app.booking.queries.others import Scope
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.booking.services import by_itself
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import broken
from tests.booking.test_services import book, statuses
from tests.builders import a_booking, a_course, a_person, a_session, an_account

pytestmark = pytest.mark.usefixtures("app")


def test_places_of_a_cancelled_session_stay_so_that_undoing_it_oversells_nothing():
    session, now = a_session(places=3), clock.now()
    for _ in range(3):
        book(session, a_person())
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=now)
    with pytest.raises(Refused, match="Undo the cancellation"):
        services.change_capacity(session_id=session.id, capacity=1, by="c", now=now)
    with pytest.raises(Refused, match="Undo the cancellation"):
        services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=None, sector="council", releases_at=None, by="c", now=now)
    services.undo_cancelling(session_ids=[session.id], by="c", now=now + timedelta(minutes=5))
    assert statuses(session) == ["booked"] * 3
    db.session.refresh(session)
    assert (session.status, session.capacity) == (SessionStatus.SCHEDULED, 3)


def now_is(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def change_times(session, starts_at, now):
    planned = Planned([(starts_at, starts_at + timedelta(hours=3))], session.format, session.venue_or_link, session.trainer_id)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=now)


def test_what_somebody_needs_goes_thirty_days_after_the_new_day_of_a_session_that_was_moved():
    session, person, now = a_session(), a_person(), clock.now()
    services.book_place(session_id=session.id, person_id=person.id, by="p", now=now, wish=services.Wish(access="Large print"))
    later = session.starts_at + timedelta(days=60)
    change_times(session, later, now)
    assert services.delete_needs(now=later) == 0
    assert services.delete_needs(now=later + timedelta(days=30, hours=3)) == 1


def test_an_offer_never_stands_past_two_hours_before_the_new_start_of_a_session_that_was_moved():
    session, now = a_session(places=1, starts_in=timedelta(days=10)), clock.now()
    first, second = book(session, a_person()), book(session, a_person())
    services.give_back(booking_id=first.id, by="first", now=now)
    offered_at = now + timedelta(minutes=15)
    services.settle_session(session_id=session.id, now=offered_at)
    sooner = (now + timedelta(hours=20)).replace(second=0, microsecond=0)
    change_times(session, sooner, offered_at)
    db.session.rollback()
    assert db.session.get(Booking, second.id).due_at == sooner - timedelta(hours=2)


def waits_for(course, person):
    db.session.rollback()
    return mine.interest(course.id, person.id) is not None


def test_who_books_a_date_no_longer_waits_for_the_course_and_is_not_offered_the_next():
    course, person, now = a_course(), a_person(), clock.now()
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=now)
    session = a_session(course=course)
    assert book(session, person).status is BookingStatus.BOOKED
    assert (statuses(session), waits_for(course, person)) == (["booked"], False)
    following = a_session(course=course, starts_in=timedelta(days=40))
    services.settle_session(session_id=following.id, now=now + timedelta(days=11))
    assert statuses(following) == []


def test_who_was_to_be_told_of_the_next_date_is_not_told_any_more_once_they_have_a_place():
    session, person, now = a_session(), a_person(), clock.now()
    services.wait_for_course(course_id=session.course_id, person_id=person.id, any_date=False, now=now)
    book(session, person)
    assert not waits_for(session.course, person)


def test_somebody_for_whom_any_date_will_do_can_be_booked_by_others():
    course, person, lead, now = a_course(), a_person(), a_person(), clock.now()
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=now)
    session = a_session(course=course)
    booker = services.Booker(lead.id, lead.name, lead.email, Scope(lead.id, everybody=True), coordinator=True)
    services.book_people(session_id=session.id, named=services.Named(chosen=[person.id]), together=False, booker=booker, now=now)
    assert (statuses(session), waits_for(course, person)) == (["booked"], False)


def test_who_only_joins_a_list_still_waits_for_the_course():
    course, person, now = a_course(), a_person(), clock.now()
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=now)
    session = a_session(course=course, places=1)
    a_booking(session)
    assert book(session, person).status is BookingStatus.WAITING
    assert waits_for(course, person)


def test_no_course_keeps_a_place_for_somebody_who_has_left():
    gone, account, courses = a_person(), an_account(), [a_course(), a_course()]
    for course, number in zip(courses, (gone.id, account.person_id), strict=True):
        services.wait_for_course(course_id=course.id, person_id=number, any_date=True, now=clock.now())
    services.has_left(person_id=gone.id, by="lead", now=clock.now())
    services.set_roles(person_id=account.person_id, roles=[], password="", now=clock.now())
    for course in courses:
        session = a_session(course=course)
        services.settle_session(session_id=session.id, now=clock.now())
        assert statuses(session) == []


@pytest.mark.parametrize("window", [{"opens_at": timedelta(days=1)}, {"closes_at": timedelta(days=-1)}])
def test_the_training_team_books_people_in_outside_the_hours_of_booking_as_the_page_says(window):
    now = clock.now()
    session = a_session(**{name: now + after for name, after in window.items()})
    person, coordinator = a_person(), a_person()
    with pytest.raises(Refused, match="Booking"):
        book(session, person)
    behalf = services.OnBehalf(coordinator.id, coordinator=True)
    services.book_place(session_id=session.id, person_id=person.id, by="c", behalf=behalf, now=now)
    booker = services.Booker(coordinator.id, "c", "c@example.org", Scope(coordinator.id, everybody=True), coordinator=True)
    services.book_people(session_id=session.id, named=services.Named(chosen=[a_person().id]), together=False, booker=booker, now=now)
    assert statuses(session) == ["booked", "booked"]


def letters(session):
    db.session.rollback()
    return [(one.kind, one.address) for one in db.session.scalars(
        sa.select(Letter).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(LetterConcern.subject == f"session:{session.id}")
        .order_by(Letter.id))]


def test_a_session_that_is_put_on_the_programme_is_told_to_those_who_asked_and_offered_to_those_for_whom_any_date_will_do():
    course, asked, anyway, gone, now = a_course(), a_person(), a_person(), a_person(), clock.now()
    for person, any_date in ((asked, False), (anyway, True), (gone, False)):
        services.wait_for_course(course_id=course.id, person_id=person.id, any_date=any_date, now=now)
    services.stop_waiting_for_course(course_id=course.id, person_id=gone.id, now=now)
    session = a_session(course=course, status=SessionStatus.DRAFT)
    assert services.put_on_programme(session_id=session.id, by="c", now=now) == 2
    assert sorted(letters(session)) == sorted([("offer", anyway.email), ("runs-again", asked.email)])
    assert statuses(session) == ["offered"]
    assert services.put_on_programme(session_id=session.id, by="c", now=now) == 0, "pressed twice: nothing is done again"
    assert len(letters(session)) == 2


def test_whoever_holds_places_without_names_is_told_once_that_the_session_is_cancelled_unless_that_is_undone():
    lead, now = a_person(), clock.now()
    session = a_session(places=5)
    services.hold_places(session_id=session.id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=2,
                         releases_at=session.starts_at - timedelta(days=3), now=now)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=now)
    assert letters(session) == [("held-places-cancelled", lead.email)]
    letter = db.session.scalars(sa.select(Letter)).one()
    assert "You hold 2 places without a name on it" in letter.text and "The reason: Snow" in letter.text and letter.due_at == now + timedelta(minutes=10)
    services.undo_cancelling(session_ids=[session.id], by="c", now=now + timedelta(minutes=5))
    db.session.rollback()
    assert db.session.scalars(sa.select(Letter.status)).all() == [LetterStatus.VOID]
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=now + timedelta(minutes=6))
    assert len(letters(session)) == 2


@pytest.mark.parametrize(("hours_before", "asked"), [(73, False), (72, True), (37, True), (36, False), (2, False)])
def test_nobody_is_asked_whether_they_still_come_so_late_that_they_could_hardly_answer(hours_before, asked):
    session = a_session(confirm_days=3)
    a_booking(session)
    found = by_itself.sessions_to_ask(session.starts_at - timedelta(hours=hours_before))
    assert (session.id in found) is asked


def test_what_was_given_back_a_moment_ago_is_held_no_longer_than_it_can_be_offered_before_the_new_start():
    session, now = a_session(places=2, starts_in=timedelta(days=10)), clock.now()
    soon, later = book(session, a_person()), book(session, a_person())
    services.give_back(booking_id=soon.id, by="x", now=now)
    change_times(session, now + timedelta(hours=2, minutes=35), now + timedelta(minutes=1))
    assert now < now_is(soon).due_at <= now + timedelta(minutes=5) and broken(now + timedelta(minutes=1)) == []
    services.give_back(booking_id=later.id, by="x", now=now + timedelta(minutes=2))
    change_times(db.session.get_one(CourseSession, session.id), now + timedelta(minutes=20), now + timedelta(minutes=3))
    assert [now_is(one).due_at for one in (soon, later)] == [None, None] and broken(now + timedelta(minutes=3)) == []
