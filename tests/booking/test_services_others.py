"""Booking for others, held places and leavers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.queries import Visitor, affiliation_of
from app.accounts.rules import Role
from app.booking import jobs, services
from app.booking.models import Booking, BookingEvent, HeldPlaces
from app.booking.queries import leaving, others
from app.booking.rules.pasted import FaultyList
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import Booker, Named, OnBehalf
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Letter
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def a_visitor(person, *roles):
    return Visitor("x", 0, person.id, person.name, person.email, frozenset(roles), clock.now())


def a_booker(person, *roles):
    """Whoever books, as their roles make them."""
    at = affiliation_of(person.id)
    coordinator = Role.COORDINATOR in roles
    return Booker(
        person.id, person.name, person.email, others.scope_of(a_visitor(person, *roles)), coordinator=coordinator,
        as_manager=Role.AGENCY_LEAD not in roles and not coordinator, agency_id=at.agency_id, partnership_id=at.partnership_id,
    )


def a_lead(agency=None):
    person = a_person(agency=agency)
    return person, a_booker(person, Role.AGENCY_LEAD)


def a_manager():
    person = a_person()
    return person, a_booker(person, Role.LINE_MANAGER)


def managed(manager, **more):
    """Somebody who names this manager."""
    person = a_person(**more)
    with transaction():
        affiliation_of(person.id).manager_email = manager.email
    return person


def book(session, booker, *people, pasted="", together=False, key=""):
    return services.book_people(session_id=session.id, named=Named([one.id for one in people], pasted), together=together, booker=booker,
                                now=clock.now(), key=key, contact="training@example.org")


def _for_another(booking):
    """The same booking as if somebody else had made it, so that it may be declined, which frees its place at once."""
    with transaction():
        booking.booked_by_id, booking.agreed_at = a_person().id, None
    return booking.id


def statuses(session):
    db.session.rollback()
    return [one.status.value for one in db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id).order_by(Booking.id))]


def count(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


# ---------- scope ----------

def test_an_agency_lead_looks_after_the_agency_and_all_under_it_and_a_manager_after_those_who_name_them():
    council = an_agency()
    service, team = an_agency(), an_agency()
    with transaction():
        service.parent_id, team.parent_id = council.id, service.id
    lead = a_person(agency=service)
    inside = {a_person(agency=service).id, a_person(agency=team).id}
    a_person(agency=council)
    assert {one.id for one in others.people(others.agency_of(a_visitor(lead, Role.AGENCY_LEAD)), "", 1)[1]} == inside
    own = managed(lead)
    assert [one.id for one in others.people(others.team_of(a_visitor(lead, Role.LINE_MANAGER)), "", 1)[1]] == [own.id]


def test_nobody_looks_after_themselves_or_after_somebody_who_moved_on():
    lead = a_person()
    scope = others.agency_of(a_visitor(lead, Role.AGENCY_LEAD))
    colleague = a_person(agency=lead.affiliation.agency)
    assert others.person(scope, lead.id) is None and others.person(scope, colleague.id) is not None
    accounts.say_where_somebody_works(person_id=colleague.id, agency_id=an_agency().id, job_title="x", now=clock.now())
    assert others.person(scope, colleague.id) is None
    assert others.people(others.Scope(lead.id), "", 1)[1] == []


# ---------- booking several ----------

def test_several_are_booked_in_one_act_each_with_who_booked_and_their_own_yes_still_to_come():
    lead, booker = a_lead()
    session = a_session(places=2)
    people = [a_person(agency=lead.affiliation.agency) for _ in range(3)]
    bookings = book(session, booker, *people)
    assert statuses(session) == ["booked", "booked", "waiting"]
    assert {one.booked_by_id for one in bookings} == {lead.id} and {one.agreed_at for one in bookings} == {None}
    assert len({one.group_id for one in bookings}) == 1
    services.decline(booking_id=bookings[0].id, by="x", now=clock.now())
    assert statuses(session) == ["given_back", "booked", "offered"]


def test_who_wants_to_come_together_gets_in_together_or_waits_together():
    lead, booker = a_lead()
    session = a_session(places=3)
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    people = [a_person(agency=lead.affiliation.agency) for _ in range(3)]
    book(session, booker, *people, together=True)
    assert statuses(session) == ["booked", "waiting", "waiting", "waiting"]
    services.decline(booking_id=_for_another(first), by="x", now=clock.now())
    assert statuses(session) == ["given_back", "offered", "offered", "offered"]


def test_a_group_larger_than_the_session_is_refused_with_the_way_round_it_as_it_could_never_be_served():
    lead, booker = a_lead()
    session = a_session(places=2)
    people = [a_person(agency=lead.affiliation.agency) for _ in range(3)]
    with pytest.raises(Refused, match=r"has 2 places, so 3 people can never come to it together\. Name 2 people or fewer, choose a larger date, or "
                                      "choose “As they come”"):
        book(session, booker, *people, together=True)
    assert statuses(session) == []
    book(session, booker, *people)
    assert statuses(session) == ["booked", "booked", "waiting"]


def test_a_group_larger_than_its_agency_may_ever_have_is_refused_and_a_limit_that_ends_is_waited_for():
    lead, booker = a_lead()
    people = [a_person(agency=lead.affiliation.agency) for _ in range(3)]
    limit = {"kind": QuotaKind.MOST, "places": 2, "agency_id": lead.affiliation.agency_id, "sector": None, "by": "c", "now": clock.now()}
    for_ever, for_a_while = a_session(places=9), a_session(places=9)
    services.add_quota(session_id=for_ever.id, releases_at=None, **limit)
    with pytest.raises(Refused, match="has 2 of its 9 places for your group"):
        book(for_ever, booker, *people, together=True)
    services.add_quota(session_id=for_a_while.id, releases_at=clock.now() + timedelta(days=2), **limit)
    book(for_a_while, booker, *people, together=True)
    assert statuses(for_a_while) == ["waiting"] * 3


def test_extra_places_for_everybody_count_for_a_group_and_one_by_name_does_not():
    lead, booker = a_lead()
    people = [a_person(agency=lead.affiliation.agency) for _ in range(3)]
    by_name, for_all = a_session(places=2), a_session(places=2)
    for session in (by_name, for_all):
        for _ in range(2):
            services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    services.book_over_capacity(session_id=by_name.id, person_id=a_person().id, reason="r", by="c", behalf=OnBehalf(lead.id), now=clock.now())
    services.add_extra_places(session_id=for_all.id, places=1, risk=5, reason="r", by="c", now=clock.now())
    with pytest.raises(Refused, match="has 2 places"):
        book(by_name, booker, *people, together=True)
    book(for_all, booker, *people, together=True)
    assert statuses(for_all) == ["booked", "booked", "waiting", "waiting", "waiting"]


def test_a_pasted_list_books_those_who_are_known_and_adds_those_who_are_new_to_the_bookers_agency():
    lead, booker = a_lead()
    known = a_person(agency=lead.affiliation.agency)
    session = a_session(places=5)
    bookings = book(session, booker, pasted=f"{known.email.upper()}\n\nzoe@example.org\tZoë\tNowak\tNurse\n")
    new = db.session.scalars(sa.select(Person).where(Person.email == "zoe@example.org")).one()
    assert {one.person_id for one in bookings} == {known.id, new.id}
    assert (new.name, new.affiliation.agency_id, new.affiliation.job_title) == ("Zoë Nowak", lead.affiliation.agency_id, "Nurse")
    assert new.affiliation.manager_email is None


def test_who_is_new_to_a_manager_names_the_manager():
    manager, booker = a_manager()
    book(a_session(), booker, pasted="zoe@example.org, Zoë, Nowak")
    new = db.session.scalars(sa.select(Person).where(Person.email == "zoe@example.org")).one()
    assert (new.affiliation.manager_email, new.affiliation.agency_id) == (manager.email, manager.affiliation.agency_id)


def test_every_fault_of_a_list_is_said_with_its_line_and_nothing_is_half_done():
    lead, booker = a_lead()
    here, there, unfit = (a_person(agency=lead.affiliation.agency) for _ in range(3))
    outside = a_person()
    session = a_session(places=9, course=a_course(least_level=3))
    for person in (here, there):
        accounts.say_where_somebody_works(person_id=person.id, agency_id=lead.affiliation.agency_id, job_title="x", now=clock.now(), level=3)
    a_booking(session, there)
    before = (count(Person), count(Booking), count(BookingEvent))
    text = (f"{here.email}\nnot an address\nnew@example.org\n{outside.email}\n{there.email}\n{unfit.email}\n{here.email}\n"
            f"{lead.email}\na@example.org,A,B,C,D\nzoe@example.org,Zoë,Nowak")
    with pytest.raises(FaultyList) as refused:
        book(session, booker, pasted=text)
    said = {fault.number: fault.sentence for fault in refused.value.faults}
    assert sorted(said) == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    for line, words in {2: "is not an address", 3: "is new here", 4: "cannot book for", 5: "on this session already", 6: "level 3",
                        7: "stands on line 1", 8: "your own address", 9: "5 columns", 10: "level 3"}.items():
        assert words in said[line], said[line]
    assert (count(Person), count(Booking), count(BookingEvent)) == before


def test_somebody_outside_cannot_be_booked_by_their_number_either():
    _lead, booker = a_lead()
    session = a_session()
    with pytest.raises(FaultyList, match="not among your people"):
        book(session, booker, a_person())
    assert statuses(session) == []


def test_a_coordinator_books_anybody():
    coordinator = a_person()
    session = a_session(course=a_course(approval=Approval.BOTH))
    bookings = book(session, a_booker(coordinator, Role.COORDINATOR), a_person(), pasted=f"{a_person().email}\n")
    assert [one.status for one in bookings] == [BookingStatus.BOOKED, BookingStatus.BOOKED]


def test_a_session_that_is_over_says_so_once():
    lead, booker = a_lead()
    people = [a_person(agency=lead.affiliation.agency) for _ in range(2)]
    with pytest.raises(Refused) as refused:
        book(a_session(starts_in=timedelta(minutes=-5)), booker, *people)
    assert str(refused.value).count("has started") == 1


def test_a_list_that_is_far_too_long_is_refused_before_anything_is_looked_up():
    _lead, booker = a_lead()
    with pytest.raises(FaultyList, match="at most 100"):
        book(a_session(), booker, pasted="\n".join(f"p{number}@example.org,A,B" for number in range(101)))


@pytest.mark.parametrize("approval, own, other", [
    (Approval.NOBODY, "booked", "booked"), (Approval.MANAGER, "booked", "awaiting_manager"),
    (Approval.BOTH, "awaiting_coordinator", "awaiting_manager"), (Approval.COORDINATOR, "awaiting_coordinator", "awaiting_coordinator"),
])
def test_a_managers_own_people_need_no_yes_of_their_manager_and_a_leads_do(approval, own, other):
    lead = a_person()
    booker = a_booker(lead, Role.AGENCY_LEAD, Role.LINE_MANAGER)
    mine = managed(lead)
    theirs = managed(a_person(), agency=lead.affiliation.agency)
    session = a_session(places=5, course=a_course(approval=approval))
    found = {one.person_id: one.status.value for one in book(session, booker, mine, theirs)}
    db.session.rollback()
    assert found.keys() == {mine.id, theirs.id} and statuses(session) == [own, other]
    alone = a_session(places=5, course=a_course(approval=approval))
    book(alone, booker, mine)
    assert statuses(alone) == [own]


def test_the_same_form_sent_again_has_the_same_answer_also_for_people_who_were_new():
    _lead, booker = a_lead()
    session = a_session(places=5)
    text = "zoe@example.org,Zoë,Nowak\nabe@example.org,Abe,Berg"
    first = [one.id for one in book(session, booker, pasted=text, key="k")]
    assert [one.id for one in book(session, booker, pasted=text, key="k")] == first
    assert (count(Booking), count(Person)) == (2, 3)
    with pytest.raises(Refused, match="something else in it"):
        book(session, booker, pasted="abe@example.org", key="k")


def test_the_same_form_from_many_tabs_at_once_books_once(app):
    """Without the key each of them would be told that the people are there already."""
    _lead, booker = a_lead()
    session_id, start = a_session(places=50).id, Barrier(6)
    db.session.rollback()

    def send(_number, key):
        with app.app_context():
            start.wait()
            try:
                return sorted(one.id for one in services.book_people(
                    session_id=session_id, named=Named((), "zoe@example.org,Zoë,Nowak"), together=False, booker=booker, now=clock.now(), key=key))
            except Refused:
                return "refused"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: send(number, "k"), range(6)))
        assert len(set(map(str, answers))) == 1 and "refused" not in answers
        assert count(Booking) == 1
        again = list(pool.map(lambda number: send(number, f"other {number}"), range(6)))
    assert set(again) == {"refused"} and count(Booking) == 1


def test_two_who_add_the_same_person_at_the_same_moment_on_two_sessions_do_not_fail(app):
    _lead, booker = a_lead()
    sessions, start = [a_session().id for _ in range(4)], Barrier(4)
    db.session.rollback()

    def send(session_id):
        with app.app_context():
            start.wait()
            return [one.person_id for one in services.book_people(
                session_id=session_id, named=Named((), "zoe@example.org,Zoë,Nowak"), together=False, booker=booker, now=clock.now())]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, sessions))
    assert len(set(map(str, answers))) == 1 and count(Booking) == 4


# ---------- places without names ----------

def held(session, lead, places=2, *, key="", days=5):
    services.hold_places_once(session_id=session.id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=places,
                              releases_at=clock.now() + timedelta(days=days), now=clock.now(), key=key)
    return db.session.scalars(sa.select(HeldPlaces).order_by(HeldPlaces.id.desc())).first()


def test_held_places_are_named_later_and_what_has_no_name_goes_back_on_its_day():
    lead, booker = a_lead()
    session = a_session(places=3)
    kept = held(session, lead, 2)
    person = a_person(agency=lead.affiliation.agency)
    services.name_people(held_id=kept.id, named=Named([person.id]), booker=booker, now=clock.now())
    assert statuses(session) == ["booked"]
    db.session.refresh(kept)
    assert kept.places == 1
    services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    assert statuses(session) == ["booked", "booked", "waiting"]
    services.settle_session(session_id=session.id, now=kept.releases_at)
    assert statuses(session) == ["booked", "booked", "offered"]


def test_a_held_place_goes_to_a_colleague_who_waits_by_the_booking_with_which_they_wait():
    lead, booker = a_lead()
    session = a_session(places=1)
    kept = held(session, lead, 1)
    person = a_person(agency=lead.affiliation.agency)
    waits = services.book_place(session_id=session.id, person_id=person.id, by="x", now=clock.now())
    assert waits.status is BookingStatus.WAITING
    number = waits.id
    named = services.name_people(held_id=kept.id, named=Named([person.id]), booker=booker, now=clock.now())
    assert [(one.id, one.status) for one in named] == [(number, BookingStatus.BOOKED)]
    db.session.refresh(kept)
    last = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == number).order_by(BookingEvent.id.desc())).first()
    assert (kept.places, last.act, last.by, last.reason) == (0, Act.TAKE, booker.name, "given a place that was held")
    with pytest.raises(Refused, match="have all been named"):
        services.name_people(held_id=kept.id, named=Named([person.id]), booker=booker, now=clock.now())


def test_a_form_that_holds_or_names_sent_again_does_it_once():
    lead, booker = a_lead()
    session = a_session(places=9)
    kept = held(session, lead, 3, key="h")
    now = kept.releases_at - timedelta(days=5)
    services.hold_places_once(session_id=session.id, agency_id=kept.agency_id, by_id=lead.id, places=3, releases_at=kept.releases_at, now=now, key="h")
    assert count(HeldPlaces) == 1
    named = Named((), "zoe@example.org,Zoë,Nowak")
    first = [one.id for one in services.name_people(held_id=kept.id, named=named, booker=booker, now=now, key="n")]
    assert [one.id for one in services.name_people(held_id=kept.id, named=named, booker=booker, now=now, key="n")] == first
    db.session.refresh(kept)
    assert kept.places == 2 and count(Booking) == 1


def test_more_names_than_held_places_book_nobody():
    lead, booker = a_lead()
    session = a_session(places=9)
    kept = held(session, lead, 1)
    with pytest.raises(Refused, match="You named 2 people for 1 held place"):
        services.name_people(held_id=kept.id, named=Named((), "a@example.org,A,B\nb@example.org,B,C"), booker=booker, now=clock.now())
    assert statuses(session) == [] and count(Person) == 1


# ---------- leavers ----------

def test_closing_an_account_frees_every_coming_place_at_once_and_leaves_what_is_over():
    person = a_person()
    account = an_account(person=person)
    coming, over = a_session(places=1), a_session(starts_in=timedelta(days=-3))
    mine, before = a_booking(coming, person), a_booking(over, person)
    waiting = a_booking(coming, status=BookingStatus.WAITING)
    assert services.set_roles(person_id=person.id, roles=[], password="", now=clock.now()) == 1
    db.session.rollback()
    assert (mine.status, before.status, waiting.status) == (BookingStatus.GIVEN_BACK, BookingStatus.BOOKED, BookingStatus.OFFERED)
    assert mine.due_at is None and account.closed_at is not None
    assert [booking.id for _event, booking in leaving.leavers(1)[1]] == [mine.id]


def test_an_account_that_keeps_a_role_keeps_its_places():
    person = a_person()
    an_account(person=person)
    mine = a_booking(a_session(), person)
    assert services.set_roles(person_id=person.id, roles=[Role.TRAINER], password="", now=clock.now()) == 0
    db.session.rollback()
    assert mine.status is BookingStatus.BOOKED


def test_what_could_not_be_freed_at_once_is_left_for_the_worker():
    """The account is closed before the places go on, so a fault between the two is found by the sweep."""
    person = a_person()
    an_account(person=person)
    mine = a_booking(a_session(), person)
    accounts.set_roles(person_id=person.id, roles=[], password="", now=clock.now())
    now = clock.now() + timedelta(minutes=1)
    assert list(services.bookings_of_leavers(now)) == [mine.id]
    services.set_roles(person_id=person.id, roles=[], password="", now=now)
    assert list(services.bookings_of_leavers(now)) == []


def test_who_has_left_works_nowhere_and_their_places_go_on_by_the_word_of_who_said_so():
    person = a_person()
    mine, waiting = a_booking(a_session(), person), a_booking(a_session(places=1), person, status=BookingStatus.WAITING)
    a_booking(waiting.course_session)
    assert services.has_left(person_id=person.id, by="Lee Lead", now=clock.now()) == 2
    assert services.has_left(person_id=person.id, by="Lee Lead", now=clock.now()) == 0
    db.session.rollback()
    assert (mine.status, waiting.status, affiliation_of(person.id)) == (BookingStatus.GIVEN_BACK, BookingStatus.LEFT_LIST, None)
    event = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == mine.id, BookingEvent.act == Act.LEAVER)).one()
    assert (event.by, event.reason) == ("Lee Lead", "they have left their agency")


def test_the_coordinators_are_told_once_of_everything_that_ended_when_somebody_left():
    coordinator, other, closed = an_account(Role.COORDINATOR), an_account(Role.COORDINATOR), an_account(Role.COORDINATOR)
    with transaction():
        closed.closed_at = clock.now()
    person = a_person(first_name="Zoë", last_name="Nowak")
    booked, waiting = a_session(), a_session(places=1)
    a_booking(booked, person)
    a_booking(waiting)
    a_booking(waiting, person, status=BookingStatus.WAITING)
    services.has_left(person_id=person.id, by="Lee Lead", now=clock.now())
    services.has_left(person_id=person.id, by="Lee Lead", now=clock.now())
    db.session.rollback()
    letters = db.session.scalars(sa.select(Letter).where(Letter.kind == "leaver").order_by(Letter.id)).all()
    assert [letter.person_id for letter in letters] == [coordinator.person_id, other.person_id]
    text = " ".join(letters[0].text.split())
    assert "Zoë Nowak has left: Lee Lead says that they have left their agency." in text and "2 bookings ended" in letters[0].subject
    assert booked.title in text and "(waiting list)" in text


def test_what_the_worker_frees_is_told_too():
    coordinator, person = an_account(Role.COORDINATOR), a_person()
    an_account(person=person)
    a_booking(a_session(), person)
    accounts.set_roles(person_id=person.id, roles=[], password="", now=clock.now())
    for minutes in (1, 2):
        jobs.free_places_of_leavers(clock.now() + timedelta(minutes=minutes))
        jobs.tell_of_leavers(clock.now() + timedelta(minutes=minutes))
    db.session.rollback()
    assert db.session.scalars(sa.select(Letter.person_id).where(Letter.kind == "leaver")).all() == [coordinator.person_id]


def test_who_is_put_on_a_list_or_asked_for_by_somebody_else_reads_by_whom():
    full, asks, lead = a_session(places=1), a_session(course=a_course(approval=Approval.COORDINATOR)), a_person(first_name="Keith", last_name="Barlow")
    a_booking(full)
    listed, asked, own = a_person(), a_person(), a_person()
    for session, person in ((full, listed), (asks, asked)):
        services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by="Keith Barlow", behalf=OnBehalf(lead.id), now=clock.now())
    services.book_place(session_id=asks.id, person_id=own.id, by="x", now=clock.now())
    db.session.rollback()
    found = {letter.person_id: letter for letter in db.session.scalars(sa.select(Letter))}
    assert "Keith Barlow asked for a place on it for you." in found[listed.id].text
    assert found[asked.id].subject.startswith("Keith Barlow has asked for a place for you: ")
    assert found[own.id].subject.startswith("You have asked for a place: ")


@pytest.mark.parametrize(("ticked", "written"), [(101, 0), (60, 41)])
def test_however_people_are_named_one_form_books_a_hundred_at_most(ticked, written):
    session = a_session(places=200)
    named = Named(range(1, ticked + 1), "\n".join(f"p{number}@example.org" for number in range(written)))
    with pytest.raises(Refused, match=r"You named 101 people\. Name at most 100 people at once"):
        services.book_people(session_id=session.id, named=named, together=False, booker=None, now=clock.now())
    with pytest.raises(Refused, match="at most 100"):
        services.name_people(held_id=0, named=named, booker=None, now=clock.now())
