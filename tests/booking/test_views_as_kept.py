"""What a page says of an act is what is kept: also where the booking changed while the page was open."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation, Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.ui.filters import until
from tests.booking.acting import acts, broken, letters, status
from tests.booking.test_views_mine import words
from tests.builders import a_course, a_person, a_session, an_account, an_agency

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def desk(as_role):
    """A coordinator's browser."""
    return as_role(Role.COORDINATOR)


@pytest.fixture
def manager(as_role):
    """A line manager's browser."""
    return as_role(Role.LINE_MANAGER)


@pytest.fixture
def me(as_role):
    """A delegate's browser."""
    return as_role(Role.DELEGATE)


def managed_by(address, **more):
    person = a_person(**more)
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=address))
    return person


def book(session, person):
    return services.book_place(session_id=session.id, person_id=person.id, by=person.acting, now=clock.now())


def booked_by_another(session, person, **more):
    (booking,) = services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="x", now=clock.now(),
                                          behalf=OnBehalf(a_person().id, **more))
    return booking


def notice(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True).notice


# ---------- a manager's yes ----------

def asked(manager):
    return book(a_session(course=a_course(approval=Approval.MANAGER)), managed_by(manager.email))


def test_a_managers_yes_after_the_request_was_passed_on_is_not_said_to_be_kept(manager):
    request = asked(manager)
    services.pass_on_request(booking_id=request.id, now=clock.now())
    for _twice in range(2):
        page = words(manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"}))
        assert "your yes is not kept. Tell the coordinator if you agree" in page and "You agreed" not in page
    assert (status(request), acts(request)) == ("awaiting_coordinator", ["ask", "pass_on"])


def test_a_managers_yes_after_the_coordinators_is_said_to_come_after_the_decision(manager):
    request = asked(manager)
    services.approve(booking_id=request.id, by="c", now=clock.now())
    page = words(manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"}))
    assert "decided already" in page and "You agreed" not in page and acts(request) == ["ask", "approve"]


def test_a_managers_yes_pressed_twice_is_thanked_for_twice(manager):
    request = asked(manager)
    for _twice in range(2):
        assert "You agreed" in words(manager.follow(manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"})))
    assert acts(request) == ["ask", "agree"]


# ---------- declining ----------

def test_who_agreed_and_gave_back_late_is_not_told_that_they_declined_and_that_it_does_not_count(me):
    booking = booked_by_another(a_session(starts_in=DAY), db.session.get_one(Person, me.person_id))
    me.post(f"/bookings/{booking.ref}/act", {"answer": "coming"})
    me.post(f"/bookings/{booking.ref}/give-back")
    page = words(me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": "decline"})))
    assert "You had agreed to this place, and it has been given back since" in page and "does not count against you" not in page
    assert notice(booking) is Notice.LATE and broken(clock.now()) == []


def test_declining_twice_says_the_same_twice(me):
    booking = booked_by_another(a_session(starts_in=DAY), db.session.get_one(Person, me.person_id))
    for _twice in range(2):
        assert "You have declined. It does not count against you" in words(me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": "decline"})))
    assert notice(booking) is Notice.IN_TIME


# ---------- booked in at the desk ----------

@pytest.mark.parametrize(("approval", "manager_email", "said"), [
    (Approval.MANAGER, "boss@example.org", "Zoe Hill has asked for a place, which is held for them. Their manager has to agree first"),
    (Approval.COORDINATOR, None, "Zoe Hill has asked for a place, which is held for them. A coordinator has to agree first"),
])
def test_who_asked_while_the_desk_was_about_to_book_them_in_is_not_said_to_have_a_place(desk, approval, manager_email, said):
    session, person = a_session(course=a_course(approval=approval)), managed_by(manager_email, first_name="Zoe", last_name="Hill")
    book(session, person)
    page = words(desk.follow(desk.post(f"/desk/sessions/{session.ref}/book-in", {"email": person.email, "person": str(person.id)})))
    assert said in page and "Zoe Hill has a place" not in page


def test_who_was_offered_a_place_while_the_desk_was_about_to_book_them_in_is_said_to_be_offered_it(desk):
    session, person = a_session(places=1), a_person(first_name="Zoe", last_name="Hill")
    first = book(session, a_person())
    book(session, person)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=clock.now())
    page = words(desk.follow(desk.post(f"/desk/sessions/{session.ref}/book-in", {"email": person.email, "person": str(person.id)})))
    assert "Zoe Hill has been offered a place, which is held for them" in page and "Zoe Hill has a place" not in page
    assert status(first) == "booked"


# ---------- what giving back means ----------

def test_a_manager_does_not_read_that_a_place_to_which_its_person_never_agreed_comes_back_late(manager):
    person = managed_by(manager.email)
    booking = booked_by_another(a_session(starts_in=DAY), person)
    page = words(manager.get(f"/my-people/bookings/{booking.ref}/give-back"))
    assert "This is in good time. It does not count as late. Somebody" in page and "This is late" not in page
    agreed = book(a_session(starts_in=DAY), person)
    assert "This is late" in words(manager.get(f"/my-people/bookings/{agreed.ref}/give-back"))
    assert services.give_back(booking_id=booking.id, by="m", now=clock.now()) is Notice.IN_TIME


def test_until_when_giving_back_can_be_undone_is_said_as_it_is_near_the_start_too(me, desk):
    session = a_session(starts_in=2 * HOUR + 37 * MINUTE)
    booking = book(session, db.session.get_one(Person, me.person_id))
    now = clock.now()
    ends_at = session.starts_at - 2 * HOUR - 30 * MINUTE
    assert now < ends_at < now + 15 * MINUTE
    assert f"You can undo it until {until(ends_at)}: until then nobody else" in words(me.get(f"/bookings/{booking.ref}/give-back"))
    assert f"The place is held until {until(ends_at)}, so that this can be undone" in words(desk.get(f"/desk/bookings/{booking.ref}/give-back"))
    me.post(f"/bookings/{booking.ref}/give-back")
    db.session.rollback()
    assert db.session.get_one(Booking, booking.id, populate_existing=True).due_at == ends_at


# ---------- what the list and offers are said to be ----------

def said(kind, person):
    return " ".join(letters(kind=kind, person=person)[-1].text.split())


def test_a_session_with_places_that_are_kept_for_others_is_not_written_of_as_full(app):
    session, person = a_session(places=5), a_person()
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=5, agency_id=an_agency().id, sector=None, releases_at=None, by="c",
                       now=clock.now())
    book(session, person)
    letter = said("list-joined", person)
    assert f"No place on {session.title} is free for you at present" in letter and "is full" not in letter


def test_an_offer_that_lapsed_is_not_said_to_have_gone_to_somebody_else_where_nobody_waits(app):
    session, person = a_session(places=1, starts_in=20 * DAY), a_person()
    book(session, a_person())
    book(session, person)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=clock.now())
    services.settle_session(session_id=session.id, now=clock.now() + 4 * DAY)
    letter = said("offer-lapsed", person)
    assert "we no longer hold it" in letter and "next person" not in letter


# ---------- what else somebody has at that time ----------

def at_one_time(person, title="Neglect"):
    """A session at whose time this person has a place on another, of this title."""
    starts_in = 9 * DAY
    book(a_session(course=a_course(title=title), starts_in=starts_in), person)
    return a_session(starts_in=starts_in)


def colleague():
    return an_account(Role.DELEGATE, person=a_person(first_name="Colin", last_name="Cole"))


def test_a_colleague_who_comes_instead_reads_everywhere_what_else_they_have_at_that_time(me):
    account = colleague()
    person = account.person
    session = at_one_time(person)
    booking = book(session, db.session.get_one(Person, me.person_id))
    page = words(me.follow(me.post(f"/bookings/{booking.ref}/substitute", {"email": person.email})))
    assert "Colin Cole has the place now. They have something else at that time. Tell them" in page and "Neglect" not in page
    new = db.session.scalars(sa.select(Booking).where(Booking.person_id == person.id, Booking.course_session_id == session.id)).one()
    theirs = type(me)(me.app).signed_in_as(account)
    assert "You have something else at that time: Neglect" in words(theirs.get(f"/bookings/{new.ref}"))
    assert f"At the same time as {session.title}" in words(theirs.get("/my-training"))
    assert "You have something else at that time: Neglect. You can have both" in said("booked-for-you", person)


def test_who_is_booked_with_others_reads_in_the_letter_what_else_they_have_at_that_time(app):
    busy, free = a_person(), a_person()
    session = at_one_time(busy)
    services.book_for_others(session_id=session.id, person_ids=[busy.id, free.id], together=False, by="x", behalf=OnBehalf(a_person().id),
                             now=clock.now())
    assert "something else at that time: Neglect" in said("booked-for-you", busy) and "something else" not in said("booked-for-you", free)


def test_the_desk_reads_what_else_somebody_has_at_that_time_before_it_books_them_over_capacity_or_instead(desk):
    person = colleague().person
    session = at_one_time(person)
    booking = book(session, a_person())
    for address, more in ((f"/desk/sessions/{session.ref}/over-capacity", {"reason": "x"}), (f"/desk/sessions/{session.ref}/book-in", {}),
                          (f"/desk/bookings/{booking.ref}/substitute", {})):
        assert "Colin Cole has a place at the same time on Neglect." in words(desk.post(address, {"email": person.email, **more}))
