"""Managers, agency leads and coordinators who act for others, in a real browser on both databases, without script; and what axe says."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.booking.models import Booking, HeldPlaces
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from tests.browser.conftest import NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def statuses(session):
    db.session.rollback()
    return [one.status.value for one in db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id).order_by(Booking.id))]


def named_as_manager(person, manager):
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=manager.email))


def test_a_lead_ticks_and_pastes_people_corrects_the_list_and_reads_who_has_a_place(open_page):
    agency = an_agency()
    lead = an_account(Role.AGENCY_LEAD, person=a_person(agency=agency))
    a_person(agency=agency, first_name="Zoë", last_name="Nowak")
    session = a_session(places=2, course=a_course(title="Child neglect"))
    page = open_page(lead, viewport=PHONE, script=False)
    page.goto(f"/sessions/{session.ref}")
    page.get_by_role("link", name="Book for others").click()
    page.get_by_label("Find people by name, job or address").fill("nowak")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Zoë Nowak").check()
    page.get_by_label("Write or paste people, one a line").fill("abe@example.org, Abe, Berg\ncy@example.org")
    page.get_by_role("button", name="Book for them").click()
    page.get_by_text("Line 2: cy@example.org is new here").first.wait_for()
    assert statuses(session) == []
    page.get_by_label("Write or paste people, one a line").fill("abe@example.org, Abe, Berg\ncy@example.org, Cy, Dee")
    page.get_by_role("button", name="Book for them").click()
    assert page.get_by_role("heading", level=1).inner_text() == "2 people have a place, 1 waits"
    assert sorted(statuses(session)) == ["booked", "booked", "waiting"]
    page.reload()
    assert len(statuses(session)) == 3


def test_a_lead_books_a_group_that_waits_together_and_lets_it_come_one_by_one(open_page):
    lead = an_account(Role.AGENCY_LEAD)
    session = a_session(places=2)
    a_booking(session)
    page = open_page(lead, viewport=PHONE, script=False)
    page.goto(f"/sessions/{session.ref}/book-for-others")
    page.get_by_label("Write or paste people, one a line").fill("abe@example.org, Abe, Berg\ncy@example.org, Cy, Dee")
    page.get_by_label("All together").check()
    page.get_by_role("button", name="Book for them").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Nobody has a place yet, 2 wait"
    page.get_by_role("button", name="Let them come one by one").click()
    page.get_by_text("They no longer wait for each other").wait_for()
    assert statuses(session) == ["booked", "offered", "waiting"]


def test_a_manager_agrees_from_the_list_and_says_no_with_a_reason(open_page):
    manager = an_account(Role.LINE_MANAGER)
    person = a_person(first_name="Zoë", last_name="Nowak")
    named_as_manager(person, manager.person)
    session, other = (a_session(course=a_course(approval=Approval.MANAGER)) for _ in range(2))
    for one in (session, other):
        a_booking(one, person, status=BookingStatus.AWAITING_MANAGER, due_at=one.starts_at)
    page = open_page(manager, viewport=PHONE, script=False)
    page.goto("/my-team")
    page.get_by_role("button", name=re.compile(f"^Agree *: Zoë Nowak, {session.title}$")).click()
    page.get_by_role("link", name=re.compile(f"^Say no *: Zoë Nowak, {other.title}$")).click()
    page.get_by_text("No, not this time").click()
    page.get_by_label("Why?").fill("That week is too full")
    page.get_by_role("button", name="Say no").click()
    assert (statuses(session), statuses(other)) == (["booked"], ["refused"])


def test_a_lead_holds_places_names_one_and_gives_the_rest_back(open_page):
    agency = an_agency()
    lead = an_account(Role.AGENCY_LEAD, person=a_person(agency=agency))
    session = a_session(places=5, starts_in=timedelta(days=30))
    page = open_page(lead, viewport=PHONE, script=False)
    page.goto(f"/sessions/{session.ref}")
    page.get_by_role("link", name="Hold places without names").click()
    page.get_by_label("How many places?").fill("3")
    page.get_by_role("button", name="Hold the places").click()
    page.get_by_role("link", name="Name or give back").click()
    page.get_by_label("Write or paste people, one a line").fill("abe@example.org, Abe, Berg")
    page.get_by_role("button", name="Name them").click()
    page.get_by_role("link", name="Name or give back").click()
    page.get_by_role("button", name="Give back 2 places").click()
    db.session.rollback()
    assert statuses(session) == ["booked"] and db.session.scalars(sa.select(HeldPlaces.places)).all() == [0]


def test_a_lead_says_that_somebody_has_left_and_the_place_goes_on(open_page):
    agency = an_agency()
    lead = an_account(Role.AGENCY_LEAD, person=a_person(agency=agency))
    person = a_person(agency=agency, first_name="Zoë", last_name="Nowak")
    session = a_session(places=1)
    a_booking(session, person)
    a_booking(session, status=BookingStatus.WAITING)
    page = open_page(lead, viewport=PHONE, script=False)
    page.goto("/my-agency")
    page.get_by_role("link", name="Zoë Nowak").click()
    page.get_by_role("link", name="They have left").click()
    page.get_by_role("button", name="Yes, they have left").click()
    assert says(page, "has left from today") and statuses(session) == ["given_back", "offered"]


def test_axe_finds_nothing_on_these_pages_and_none_scrolls_sideways(open_page, backend):
    agency = an_agency(name="A trust with a long name for the children and families of the whole county")
    everybody = an_account(Role.LINE_MANAGER, Role.AGENCY_LEAD, Role.ADMINISTRATOR, person=a_person(agency=agency))
    lead_and_desk = an_account(Role.COORDINATOR)
    person = a_person(agency=agency, first_name="Maximiliana", last_name="Featherstonehaugh-Cholmondeley")
    named_as_manager(person, everybody.person)
    session = a_session(places=9, starts_in=timedelta(days=30), course=a_course(title="A course with a rather long title about safeguarding"))
    asked = a_booking(a_session(course=a_course(approval=Approval.MANAGER)), person, status=BookingStatus.AWAITING_MANAGER,
                      due_at=clock.now() + timedelta(days=3))
    a_booking(a_session(starts_in=timedelta(days=-9)), person, turnout=Turnout.MISSED)
    for number in range(32):
        a_person(agency=agency, last_name=f"Name{number:02}")
    with transaction() as writing:
        held = HeldPlaces(course_session_id=session.id, agency_id=agency.id, by_id=everybody.person_id, places=3, at=clock.now(),
                          releases_at=session.starts_at - timedelta(days=2))
        writing.add(held)
    ref, held_ref = session.ref, held.ref
    addresses = ["/my-team", "/my-agency", "/my-agency?page=2", "/my-agency?q=zzz", f"/my-people/{person.id}", f"/my-people/{person.id}/left",
                 f"/my-people/bookings/{asked.ref}/give-back", f"/my-team/requests/{asked.ref}", f"/sessions/{ref}/hold-places",
                 f"/my-agency/held/{held_ref}", f"/desk/people/{person.id}/account", f"/sessions/{ref}/book-for-others"]
    db.session.rollback()
    page = open_page(everybody, viewport=NARROW)
    found = []
    for address in addresses:
        page.goto(address)
        found += wrong(page, address)
    page.get_by_label("Write or paste people, one a line").fill("wrong\nabe@example.org")
    page.get_by_role("button", name="Book for them").click()
    found += wrong(page, "a faulty list")
    page.get_by_label("Write or paste people, one a line").fill("abe@example.org, Abe, Berg")
    page.get_by_role("button", name="Book for them").click()
    found += wrong(page, "the result")
    desk = open_page(lead_and_desk, viewport=NARROW)
    for address in (f"/sessions/{ref}/book-for-others", "/desk/leavers"):
        desk.goto(address)
        found += wrong(desk, address)
    assert found == []
