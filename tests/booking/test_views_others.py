"""My team, My agency and booking for others, page by page."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Affiliation, Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, HeldPlaces
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import Course
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency

OTHERS = (Role.LINE_MANAGER, Role.AGENCY_LEAD, Role.COORDINATOR)


@pytest.fixture
def agency(app):
    return an_agency(name="Harbour Trust")


@pytest.fixture
def lead(client, agency):
    return client.signed_in_as(an_account(Role.AGENCY_LEAD, person=a_person(agency=agency)))


@pytest.fixture
def manager(as_role):
    return as_role(Role.LINE_MANAGER)


def managed_by(browser, **more):
    person = a_person(**more)
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=browser.email))
    return person


def a_request(person, **more):
    session = a_session(course=a_course(approval=Approval.MANAGER))
    return a_booking(session, person, status=BookingStatus.AWAITING_MANAGER, due_at=session.starts_at, **more)


def now_is(booking):
    db.session.rollback()
    db.session.refresh(booking)
    return booking.status.value


# ---------- the people ----------

def test_a_manager_sees_their_own_people_with_what_is_to_come_and_what_was_missed(manager):
    person = managed_by(manager, first_name="Zoë", last_name="Nowak")
    a_person(first_name="Ann", last_name="Other")
    coming = a_session()
    a_booking(coming, person)
    a_booking(a_session(starts_in=timedelta(days=-30), status=SessionStatus.DELIVERED), person, turnout=Turnout.MISSED)
    a_booking(a_session(starts_in=timedelta(days=-400), status=SessionStatus.DELIVERED), person, turnout=Turnout.MISSED)
    page = manager.get("/my-team").text
    assert "Zoë Nowak" in page and coming.title in page and "missed 1" in page and "Ann Other" not in page
    assert "Nobody was found" not in page and "Zoë" in manager.get("/my-team?q=nowak").text
    assert "0 people" in manager.get("/my-team?q=nobody").text


def test_the_states_of_somebody_elses_bookings_are_said_in_words(lead, agency):
    person = a_person(agency=agency)
    full = a_session(places=1)
    a_booking(full)
    a_booking(full, person, status=BookingStatus.WAITING)
    a_request(person)
    page = lead.get("/my-agency").text
    assert "1st of 1 waiting" in page and "Waiting for their manager" in page


def test_who_is_outside_is_as_if_not_there(lead, manager):
    outside = a_person()
    booking = a_booking(a_session(), outside)
    request = a_request(outside)
    for browser in (lead, manager):
        for address in (f"/my-people/{outside.id}", f"/my-people/{outside.id + 999}", f"/my-people/bookings/{booking.ref}/give-back",
                        "/my-people/bookings/none/give-back"):
            assert browser.get(address).status_code == 404, address
    assert manager.get(f"/my-team/requests/{request.ref}").status_code == 404
    assert manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"}).status_code == 404
    assert lead.post(f"/my-people/{outside.id}/left").status_code == 404
    assert lead.post(f"/my-people/bookings/{booking.ref}/give-back").status_code == 404
    assert now_is(booking) == "booked" and now_is(request) == "awaiting_manager"


def test_nobody_agrees_to_their_own_request(manager):
    me = db.session.get(Person, manager.person_id)
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == me.id).values(manager_email=me.email))
    request = a_request(me)
    assert request.course_session.title not in manager.get("/my-team").text
    assert manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"}).status_code == 404


def test_a_lead_of_whom_no_agency_is_known_is_told_what_to_do(as_role):
    browser = as_role(Role.AGENCY_LEAD)
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == browser.person_id).values(agency_id=None))
    a_person()
    for address in ("/my-agency", f"/sessions/{a_session().ref}/hold-places"):
        assert "We do not know for which agency you work" in browser.get(address).text


def test_what_people_answered_or_need_is_on_none_of_these_pages(lead, agency):
    from app.booking.models import BookingNeed  # noqa: PLC0415  (here only)
    person = a_person(agency=agency)
    booking = a_booking(a_session(), person)
    with transaction() as session:
        session.add(BookingNeed(booking_id=booking.id, access="hearing loop", dietary="no nuts", delete_at=clock.now()))
    for address in ("/my-agency", f"/my-people/{person.id}", f"/my-people/bookings/{booking.ref}/give-back"):
        page = lead.get(address).text
        assert "hearing loop" not in page and "no nuts" not in page


# ---------- a manager's answer ----------

def test_a_manager_agrees_from_the_list_with_one_button(manager):
    request = a_request(managed_by(manager))
    assert "1 request waits for your answer" in manager.get("/my-team").text
    page = manager.follow(manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"})).text
    assert "You agreed" in page and now_is(request) == "booked"
    assert "Nothing waits for your answer" in manager.get(f"/my-team/requests/{request.ref}").text


def test_a_manager_says_no_with_or_without_a_reason(manager):
    person = managed_by(manager)
    for reason in ("", "We are short of people that week"):
        request = a_request(person)
        assert "Can Ann" in manager.get(f"/my-team/requests/{request.ref}").text
        manager.post(f"/my-team/requests/{request.ref}", {"act": "refuse", "reason": reason})
        assert now_is(request) == "refused" and (request.reason or "") == reason


def test_a_form_without_either_button_decides_nothing(manager):
    request = a_request(managed_by(manager))
    for act in ({}, {"act": "perhaps"}):
        assert manager.post(f"/my-team/requests/{request.ref}", act).status_code == 400
    assert now_is(request) == "awaiting_manager"


def test_an_answer_after_the_decision_says_that_it_was_decided(manager):
    request = a_request(managed_by(manager))
    manager.post(f"/my-team/requests/{request.ref}", {"act": "refuse"})
    assert "decided already" in manager.post(f"/my-team/requests/{request.ref}", {"act": "agree"}).text
    assert now_is(request) == "refused"


def test_a_place_is_given_back_in_somebodys_stead(lead, agency):
    booking = a_booking(a_session(), a_person(agency=agency))
    address = f"/my-people/bookings/{booking.ref}/give-back"
    assert "in good time" in lead.get(address).text
    assert "no longer on" in lead.follow(lead.post(address, {"reason": "ill"})).text
    assert now_is(booking) == "given_back"
    assert "nothing to give back" in lead.get(address).text


def test_before_a_place_is_given_back_for_somebody_it_is_said_whether_that_is_late_for_them_and_once_it_has_started_nothing_is(lead, agency):
    def page_for(starts_in, **more):
        booking = a_booking(a_session(starts_in=starts_in), a_person(agency=agency), booked_at=clock.now() - timedelta(days=20), **more)
        return lead.get(f"/my-people/bookings/{booking.ref}/give-back").text

    soon, late = timedelta(hours=30), "This is late:"
    assert late in page_for(soon) and "nothing to give back" in page_for(-timedelta(hours=1))
    unasked = page_for(soon, booked_by_id=a_person().id)
    assert late not in unasked and "It does not count as late." in unasked


# ---------- booking for others ----------

def test_people_are_ticked_and_written_and_the_result_says_who_has_a_place_and_who_waits(lead, agency):
    session = a_session(places=1)
    person = a_person(agency=agency, first_name="Zoë", last_name="Nowak")
    page = lead.get(f"/sessions/{session.ref}/book-for-others").text
    assert "Zoë Nowak" in page
    answer = lead.post(f"/sessions/{session.ref}/book-for-others",
                       {"people": [person.id], "pasted": "abe@example.org, Abe, Berg", "together": "as_they_come", "once": "k", "act": "book"})
    result = lead.follow(answer).text
    assert "1 person has a place, 1 waits" in result and "Abe Berg" in result and "1st of 1 waiting" in result
    assert "Abe Berg" in lead.get("/my-agency").text


def test_every_fault_is_shown_and_what_was_typed_and_ticked_stays(lead, agency):
    session = a_session()
    person = a_person(agency=agency)
    page = lead.post(f"/sessions/{session.ref}/book-for-others",
                     {"people": [person.id], "pasted": "wrong\nnew@example.org", "together": "together", "act": "book"}).text
    assert "Line 1: “wrong” is not an address" in page and "Line 2: new@example.org is new here" in page
    assert "wrong\nnew@example.org" in page and re.search(rf'name="chosen"[^>]*value="{person.id}" checked', page)
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0


def test_searching_and_turning_the_page_books_nobody_and_keeps_who_is_ticked(lead, agency):
    session = a_session(places=99)
    people = [a_person(agency=agency, last_name=f"Name{number:02}") for number in range(35)]
    address = f"/sessions/{session.ref}/book-for-others"
    second = lead.post(address, {"people": [people[0].id], "act": "page-2", "shown": "1"}).text
    assert "Chosen so far" in second and "Name00" in second and "Name34" in second and "Name05" not in second
    found = lead.post(address, {"chosen": [people[0].id], "people": [people[34].id], "q": "Name07", "act": "search"}).text
    assert "Name00" in found and "Name34" in found and "Name07" in found and "Name08" not in found
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0
    lead.post(address, {"chosen": [people[0].id, people[34].id], "people": [people[7].id], "together": "as_they_come", "act": "book"})
    booked = set(db.session.scalars(sa.select(Booking.person_id)))
    assert booked == {people[0].id, people[34].id, people[7].id}


def test_a_page_of_people_with_a_number_that_cannot_be_is_the_first(lead, agency):
    session = a_session(places=99)
    a_person(agency=agency, last_name="Nowak")
    for number in ("9" * 5000, "x", "²"):
        assert "Nowak" in lead.post(f"/sessions/{session.ref}/book-for-others", {"act": f"page-{number}"}).text


def test_a_coordinator_searches_everybody_but_is_not_shown_everybody(as_role):
    desk = as_role(Role.COORDINATOR)
    session, person = a_session(), a_person(first_name="Zoë", last_name="Nowak")
    address = f"/sessions/{session.ref}/book-for-others"
    assert "Zoë" not in desk.get(address).text
    assert "Zoë Nowak" in desk.post(address, {"q": "nowak", "act": "search"}).text
    agency = an_agency()
    desk.post(address, {"pasted": f"{person.email}\nabe@example.org,Abe,Berg", "agency_id": agency.id, "together": "as_they_come"})
    new = db.session.scalars(sa.select(Person).where(Person.email == "abe@example.org")).one()
    assert new.affiliation.agency_id == agency.id
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 2


def test_the_form_sent_twice_leads_to_the_same_result(lead):
    session = a_session()
    form = {"pasted": "abe@example.org,Abe,Berg", "together": "as_they_come", "once": "k"}
    first = lead.post(f"/sessions/{session.ref}/book-for-others", form)
    assert lead.post(f"/sessions/{session.ref}/book-for-others", form).location == first.location


def booked_through(browser, session, person, key):
    """The answer to the form by which somebody is booked for another."""
    return browser.post(f"/sessions/{session.ref}/book-for-others", {"people": [person.id], "together": "as_they_come", "once": key})


@pytest.mark.parametrize("by_another", [False, True])
def test_the_page_of_those_whom_somebody_booked_says_that_they_were_booked_anew_since(lead, agency, as_role, by_another):
    session, person = a_session(), a_person(agency=agency)
    other = as_role(Role.COORDINATOR) if by_another else lead
    first = booked_through(lead, session, person, "k").location
    booking = db.session.scalars(sa.select(Booking)).one()
    services.give_back(booking_id=booking.id, by=person.acting, now=clock.now())
    second = booked_through(other, session, person, "l").location
    assert second != first and "1 person has a place" in other.get(second).text
    page = lead.get(first)
    assert page.status_code == 200 and "Booked anew since" in page.text and "Go to My agency" in page.text
    assert lead.post(first, {}).status_code == 200, "a page that was left open"
    again = lead.follow(booked_through(lead, session, person, "k")).text
    assert ("Somebody else has booked them anew since." if by_another else "1 person has a place") in again


def test_what_somebody_else_booked_is_not_there(lead, as_role):
    session = a_session()
    answer = lead.post(f"/sessions/{session.ref}/book-for-others", {"pasted": "abe@example.org,Abe,Berg", "together": "as_they_come"})
    assert as_role(*OTHERS).get(answer.location).status_code == 404


def test_whoever_works_elsewhere_since_is_no_longer_shown_to_those_who_booked_them(lead, agency):
    person, stays, session, secret = a_person(agency=agency, first_name="Zebedee"), a_person(agency=agency), a_session(), a_session(course=a_course(title="Secret"))
    answer = lead.post(f"/sessions/{session.ref}/book-for-others", {"people": [person.id, stays.id], "together": "as_they_come"})
    assert person.email in lead.get(answer.location).text
    accounts.say_where_somebody_works(
        person_id=person.id, agency_id=an_agency().id, job_title="x", now=clock.now(), partnership_id=None, manager_email=None)
    a_booking(secret, person)
    page = lead.get(answer.location).text
    assert "1 person whom you booked is not among your people any more" in page and stays.email in page
    assert "Zebedee" not in page and person.email not in page and "Secret" not in page
    assert "1 person has a place" in page


def test_something_else_at_that_time_is_pointed_out(lead, agency):
    person = a_person(agency=agency)
    other, session = a_session(), a_session()
    a_booking(other, person)
    page = lead.follow(lead.post(f"/sessions/{session.ref}/book-for-others", {"people": [person.id], "together": "as_they_come"})).text
    assert "Has something else at that time" in page and other.title in page


def test_whoever_booked_a_group_lets_it_come_one_by_one_when_it_has_lost_its_room(lead, as_role):
    session = a_session(places=3)
    for _ in range(2):
        a_booking(session)
    pasted = "abe@example.org,Abe,Berg\nbea@example.org,Bea,Crane\ncai@example.org,Cai,Dunn"
    result = lead.post(f"/sessions/{session.ref}/book-for-others", {"pasted": pasted, "together": "together"}).location
    assert "They wait until 3 places are free at once." in lead.get(result).text
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=clock.now())
    page = lead.get(result).text
    assert "They can never come together" in page and "room for 2 of the 3 who wait together" in page
    page = lead.follow(lead.post(result)).text
    assert "They no longer wait for each other" in page and "They can never come together" not in page and "one by one" not in page
    assert as_role(*OTHERS).post(result).status_code == 404


# ---------- places without names ----------

def test_places_are_held_named_and_given_back_by_pages(lead, agency):
    session = a_session(places=3, starts_in=timedelta(days=30))
    day = clock.london_date(clock.now() + timedelta(days=10))
    lead.get(f"/sessions/{session.ref}/hold-places")
    form = {"agency_id": agency.id, "places": "2", "releases_on": day.isoformat(), "once": "k"}
    page = lead.follow(lead.post(f"/sessions/{session.ref}/hold-places", form)).text
    assert "2 places" in page and "9am on" in page
    lead.post(f"/sessions/{session.ref}/hold-places", form)
    held = db.session.scalars(sa.select(HeldPlaces)).one()
    assert "1 place left" in lead.get(f"/sessions/{session.ref}").text
    address = f"/my-agency/held/{held.ref}"
    assert "2 held places" in lead.get(address).text
    assert "Line 1:" in lead.post(address, {"pasted": "wrong"}).text
    assert "1 place has its name" in lead.follow(lead.post(address, {"pasted": "abe@example.org,Abe,Berg", "once": "n"})).text
    lead.post(f"{address}/give-back")
    assert "No place is held any more" in lead.get(address).text
    assert "2 places left" in lead.get(f"/sessions/{session.ref}").text


def test_places_held_on_a_session_that_was_cancelled_are_not_there_to_be_named(lead, agency):
    session = a_session(places=3, starts_in=timedelta(days=30))
    day = clock.london_date(clock.now() + timedelta(days=10))
    lead.post(f"/sessions/{session.ref}/hold-places", {"agency_id": agency.id, "places": "2", "releases_on": day.isoformat(), "once": "k"})
    assert "Name or give back" in lead.get("/my-agency").text
    services.cancel_session(session_id=session.id, reason="Ill", by="c", now=clock.now())
    assert "Name or give back" not in lead.get("/my-agency").text


@pytest.mark.parametrize("places, days, words", [("0", 3, "from 1 to 500"), ("9", 3, "Hold 3 or fewer"), ("1", 60, "between today and the session"), ("1", -1, "between today")])
def test_what_cannot_be_held_is_refused_with_what_can(lead, agency, places, days, words):
    session = a_session(places=3)
    day = clock.london_date(clock.now() + timedelta(days=days))
    page = lead.post(f"/sessions/{session.ref}/hold-places", {"agency_id": agency.id, "places": places, "releases_on": day.isoformat()}).text
    assert words in page and f'value="{places}"' in page


def test_places_on_a_course_that_is_not_for_the_agency_are_not_held_and_the_page_says_the_way_round(lead, agency):
    session = a_session(places=3, course=a_course(for_sectors=["police"]))
    day = clock.london_date(clock.now() + timedelta(days=3))
    page = lead.post(f"/sessions/{session.ref}/hold-places", {"agency_id": agency.id, "places": "1", "releases_on": day.isoformat()}).text
    assert "This course is for people who work in police." in page and "then you book them by name" in page
    assert db.session.scalar(sa.select(sa.func.count(HeldPlaces.id))) == 0


def test_places_of_another_agency_are_not_there_and_none_are_held_for_it(lead, as_role):
    session = a_session(places=5)
    other = an_agency()
    day = clock.london_date(clock.now() + timedelta(days=3)).isoformat()
    lead.post(f"/sessions/{session.ref}/hold-places", {"agency_id": other.id, "places": "1", "releases_on": day})
    assert db.session.scalar(sa.select(sa.func.count(HeldPlaces.id))) == 0
    holder = a_person()
    with transaction() as writing:
        writing.add(HeldPlaces(course_session_id=session.id, agency_id=other.id, by_id=holder.id, places=2, at=clock.now(),
                               releases_at=clock.now() + timedelta(days=2)))
    held = db.session.scalars(sa.select(HeldPlaces)).one()
    assert lead.get(f"/my-agency/held/{held.ref}").status_code == 404
    assert lead.post(f"/my-agency/held/{held.ref}/give-back").status_code == 404
    db.session.refresh(held)
    assert held.places == 2


# ---------- leavers ----------

def test_closing_an_account_says_first_what_ends_and_the_coordinator_sees_it_afterwards(as_role):
    admin = as_role(Role.ADMINISTRATOR)
    person = a_person(first_name="Zoë", last_name="Nowak")
    an_account(person=person)
    booking = a_booking(a_session(), person)
    page = admin.get(f"/desk/people/{person.id}/account").text
    assert "1 coming booking ends" in page and booking.course_session.title in page
    assert "1 coming booking ended" in admin.follow(admin.post(f"/desk/people/{person.id}/account", {"roles": []})).text
    assert now_is(booking) == "given_back"
    leavers = as_role(Role.COORDINATOR).get("/desk/leavers").text
    assert "Zoë Nowak" in leavers and booking.course_session.title in leavers


def test_a_lead_says_that_somebody_has_left_after_reading_what_happens(lead, agency):
    person = a_person(agency=agency)
    booking = a_booking(a_session(), person)
    assert "1 coming booking ends" in lead.get(f"/my-people/{person.id}/left").text
    assert now_is(booking) == "booked"
    page = lead.follow(lead.post(f"/my-people/{person.id}/left")).text
    assert "has left from today" in page and now_is(booking) == "given_back"
    assert lead.get(f"/my-people/{person.id}").status_code == 404


def test_saying_twice_that_somebody_has_left_has_the_same_answer_and_others_are_as_if_not_there(lead, agency):
    person, outside = a_person(agency=agency), a_person(agency=an_agency())
    with transaction() as session:
        session.get(Person, outside.id).affiliation.ends_on = clock.london_date(clock.now())
    lead.post(f"/my-people/{person.id}/left")
    for press in (lead.post, lead.get):
        again = press(f"/my-people/{person.id}/left")
        assert again.location == "/my-agency" and "has left from today: it is done already" in lead.follow(again).text
    assert lead.post(f"/my-people/{outside.id}/left").status_code == 404
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(
            ends_on=clock.london_date(clock.now() - timedelta(days=1))))
    assert lead.post(f"/my-people/{person.id}/left").status_code == 404


def test_while_a_course_is_off_the_programme_no_page_leads_to_pages_that_are_not_there(lead, agency, as_role):
    me, course = as_role(Role.DELEGATE), a_course()
    session, ended = a_session(course=course, places=5), a_session(course=course, places=5)
    with transaction() as writing:
        writing.get(Affiliation, db.session.get(Person, me.person_id).affiliation.id).agency_id = agency.id
    booking, gone = a_booking(session, db.session.get(Person, me.person_id)), a_booking(ended, db.session.get(Person, me.person_id))
    services.give_back(booking_id=gone.id, reason="", by="x", now=clock.now())
    services.wait_for_course(course_id=course.id, person_id=me.person_id, any_date=False, now=clock.now())
    held = services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.person_id, places=1, now=clock.now(),
                                 releases_at=session.starts_at - timedelta(days=3))
    services.release_held_places(held_id=held.id, by="x", by_id=lead.person_id, now=clock.now())
    pages = ((me, "/my-training"), (me, f"/bookings/{booking.ref}"), (me, f"/bookings/{booking.ref}/move"), (me, f"/bookings/{gone.ref}"),
             (lead, f"/my-people/{me.person_id}"), (lead, f"/my-agency/held/{held.ref}"), (lead, "/my-agency"))

    def led_to():
        return {address for browser, page in pages for address in re.findall(r'href="(/(?:sessions|courses)/[^"]+)"', browser.get(page).text)}

    before = led_to()
    assert {f"/sessions/{session.ref}", f"/courses/{course.code}"} <= before
    with transaction() as writing:
        writing.get(Course, course.id).published = False
    assert led_to() == set() and me.get(f"/sessions/{session.ref}").status_code == 404


def test_a_line_manager_cannot_say_that_somebody_has_left_and_a_coordinator_can(manager, as_role):
    person = managed_by(manager)
    assert manager.get(f"/my-people/{person.id}/left").status_code == 403
    desk = as_role(Role.COORDINATOR)
    assert "They have left" in desk.get(f"/desk/people/{person.id}").text
    desk.post(f"/my-people/{person.id}/left")
    db.session.expire_all()
    assert person.affiliation is None


# ---------- every page ----------

def test_every_page_takes_as_many_statements_for_many_people_as_for_few(client, counting, agency):
    me = a_person(agency=agency)
    browser = client.signed_in_as(an_account(*OTHERS[:2], person=me))
    session = a_session(places=500, starts_in=timedelta(days=30))
    browser.post(f"/sessions/{session.ref}/book-for-others", {"pasted": "abe@example.org,Abe,Berg", "together": "as_they_come"})
    group = db.session.scalars(sa.select(Booking.group_id)).one()
    with transaction() as writing:
        held = HeldPlaces(course_session_id=session.id, agency_id=agency.id, by_id=me.id, places=3, at=clock.now(), releases_at=session.starts_at - timedelta(days=2))
        writing.add(held)

    def more():
        person = managed_by(browser, agency=agency)
        a_booking(a_session(places=1), person)
        full = a_session(places=1)
        a_booking(full)
        a_booking(full, person, status=BookingStatus.WAITING)
        a_booking(a_session(starts_in=timedelta(days=-9)), person, turnout=Turnout.MISSED)
        a_request(person)
        another = a_session(places=9)
        with transaction() as writing:
            writing.add(HeldPlaces(course_session_id=another.id, agency_id=agency.id, by_id=me.id, places=1, at=clock.now(),
                                   releases_at=clock.now() + timedelta(days=1)))
        a_booking(session, person, group_id=group)
        return person

    person = more()
    addresses = ("/my-team", "/my-agency", f"/my-people/{person.id}", f"/sessions/{session.ref}/book-for-others", f"/booked-for-others/{group}",
                 f"/sessions/{session.ref}/hold-places", f"/my-agency/held/{held.ref}", f"/my-people/{person.id}/left")

    def counts():
        return {address: counting(lambda address=address: browser.get(address)) for address in addresses}

    few = counts()
    for _ in range(34):
        more()
    for _ in range(8):
        a_booking(a_session(), person)
    many = counts()
    assert {address: (few[address], number) for address, number in many.items() if number > few[address]} == {}
    assert max(many.values()) <= 20
