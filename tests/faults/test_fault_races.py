"""Hundreds who press at once get exactly the places there are, each of them one answer, and nobody an error."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import current_app

from app.booking import services as places
from app.booking.models import Booking, BookingEvent
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.db import db, transaction
from app.core.settings import ROOT
from tests import builders
from tests.conftest import SECRET
from tests.faults.counts import FULL, times
from tests.faults.crowds import about_to_book, accounts, again_while_busy, at_once, opened, pressing

ATTEMPTS = times(500, otherwise=60)
CAPACITIES = (1, 2, 20, 100, 499) if FULL else (1, 20, 59)
GIVING_BACK = 5


def counted(session):
    """How many bookings of the session stand how."""
    db.session.rollback()
    return Counter(db.session.scalars(sa.select(Booking.status).where(Booking.course_session_id == session.id)))


def answers_by_status(answers):
    return Counter(answer.status for answer in answers)


def _let_the_freed_places_go(session):
    """The quarter of an hour is over: four processes' worth of workers notice it in the same moment."""
    number, app = session.id, current_app._get_current_object()
    db.session.rollback()

    def settle():
        with app.app_context():
            places.settle_session(session_id=number, now=clock.now() + timedelta(minutes=16))

    at_once([settle] * 4)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_exactly_the_places_there_are_go_to_those_who_press_at_once(served, capacity, record_property):
    """A few of those who had a place give it back in the same moment; for a quarter of an hour it is still theirs to take back."""
    session = builders.a_session(places=capacity)
    leaving = accounts(served, min(GIVING_BACK, capacity))
    with transaction():
        had = [builders.a_booking(session, account.person) for account in leaving]
        browsers = [served.browser(account) for account in leaving]
    buttons = about_to_book(served, session, accounts(served, ATTEMPTS))
    for booking, browser in zip(had, browsers, strict=True):
        buttons += opened([browser], f"/bookings/{booking.ref}/give-back")
    answers = at_once(buttons)
    assert answers_by_status(answers) == {302: ATTEMPTS + len(had)}
    assert len({answer.location for answer in answers}) == len(answers), "each was led to a booking of their own"
    free = capacity - len(had)
    expected = Counter({BookingStatus.BOOKED: min(free, ATTEMPTS), BookingStatus.WAITING: max(0, ATTEMPTS - free)})
    assert counted(session) == +expected + Counter({BookingStatus.GIVEN_BACK: len(had)})
    _let_the_freed_places_go(session)
    assert counted(session)[BookingStatus.OFFERED] == (min(len(had), ATTEMPTS - free) if free < ATTEMPTS else 0)
    record_property("tried", f"{len(answers)} at once, {min(free, ATTEMPTS)} booked of {free} free, 0 answers missing, 0 failures")


def test_a_double_click_is_one_booking(served, record_property):
    session = builders.a_session(places=10_000)
    for _ in range(times(40)):
        people = accounts(served, 25)
        with transaction():
            browsers = [served.browser(account) for account in people]
        twins = [type(browser)(browser.address, browser.cookies["session"]) for browser in browsers]
        served.opened.extend(twins)
        forms = [browser.form(browser.get(f"/sessions/{session.ref}/book")) for browser in browsers]
        for twin, browser in zip(twins, browsers, strict=True):
            twin.cookies = dict(browser.cookies)
        answers = at_once([pressing(one, form) for pair, form in zip(zip(browsers, twins, strict=True), forms, strict=True) for one in pair])
        assert answers_by_status(answers) == {302: 50}
        later = [browser.submit(form) for browser, form in zip(browsers, forms, strict=True)]
        assert all(answer.done for answer in later), "and the same form sent again from the page before"
    assert counted(session) == Counter({BookingStatus.BOOKED: 25 * times(40)})
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Booking.person_id))).where(Booking.course_session_id == session.id)) == 25 * times(40)
    record_property("tried", f"{25 * times(40)} double clicks, {25 * times(40)} bookings")


def test_people_book_while_a_year_is_imported(served, record_property):
    """The import may keep them waiting; who is told to try again does, and everybody has one answer in the end."""
    session = builders.a_session(places=20)
    people = accounts(served, ATTEMPTS)
    buttons = about_to_book(served, session, people)
    environ = {"DATABASE_URL": served.url.replace("postgresql+psycopg", "postgresql"), "SECRET_KEY": SECRET, "INSTANCE_PATH": str(served.folder), "PATH": ""}
    year = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "import-programme", str(ROOT / "app" / "demo" / "programme-2024")],
                            cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    browsers = served.opened[-len(people):]
    answers = at_once([again_while_busy(button, browser) for button, browser in zip(buttons, browsers, strict=True)])
    said = year.communicate(timeout=120)[0]
    assert year.returncode == 0 and said.startswith(("The programme is in", "Nothing to do")), said
    assert answers_by_status(answers) == {302: ATTEMPTS}
    assert counted(session) == Counter({BookingStatus.BOOKED: 20, BookingStatus.WAITING: ATTEMPTS - 20})
    record_property("tried", f"{ATTEMPTS} at once beside an import: {said.splitlines()[0]}")


def limited(agency):
    """A session with room for everybody, of which this agency may have three places."""
    session = builders.a_session(places=1000)
    places.add_quota(session_id=session.id, kind=QuotaKind.MOST, agency_id=agency.id, sector=None, places=3, releases_at=None, by="c", now=clock.now())
    return session


def test_of_an_agency_that_presses_at_once_as_many_get_in_as_its_limit_says(served, record_property):
    session = limited(served.agency())
    answers = at_once(about_to_book(served, session, accounts(served, ATTEMPTS)))
    assert answers_by_status(answers) == {302: ATTEMPTS}
    assert counted(session) == Counter({BookingStatus.BOOKED: 3, BookingStatus.WAITING: ATTEMPTS - 3})
    record_property("tried", f"{ATTEMPTS} of one agency at once, 3 booked as its limit says")


def test_without_the_lock_an_agency_passes_its_limit_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="lock")
    with site.app.app_context():
        for _ in range(12):
            session = limited(site.agency())
            at_once(about_to_book(site, session, accounts(site, 60)))
            if counted(session)[BookingStatus.BOOKED] > 3:
                break
        site.close_browsers()
        ref = session.ref
        assert counted(session)[BookingStatus.BOOKED] > 3
        done = site.app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1 and "BROKEN  within-quota" in done.output and ref in done.output


def returned(site, *, fingers):
    """One place, given back by so many buttons of its person at once while two wait: how often it says that it was, and how many it freed."""
    with transaction():
        session, (account,) = builders.a_session(places=1), accounts(site, 1)
        booking = builders.a_booking(session, account.person)
        for _ in range(2):
            builders.a_booking(session, builders.a_person(agency=site.agency()), status=BookingStatus.WAITING)
        browsers = [site.browser(account) for _ in range(fingers)]
    at_once(opened(browsers, f"/bookings/{booking.ref}/give-back"))
    site.close_browsers()
    _let_the_freed_places_go(session)
    said = sa.select(sa.func.count()).select_from(BookingEvent).where(BookingEvent.booking_id == booking.id, BookingEvent.act == Act.GIVE_BACK)
    return db.session.scalar(said), counted(session)[BookingStatus.OFFERED]


def test_a_place_that_is_given_back_by_many_presses_comes_back_once_and_frees_one(served):
    assert [returned(served, fingers=12) for _ in range(times(40))] == [(1, 1)] * times(40)


def test_without_the_lock_one_place_comes_back_more_than_once_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="lock")
    with site.app.app_context():
        assert any(returned(site, fingers=12)[0] > 1 for _ in range(12))
        done = site.app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1 and "BROKEN  history-follows" in done.output


def test_without_the_lock_more_places_are_sold_than_there_are_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="lock")
    with site.app.app_context():
        for _ in range(3):
            session = builders.a_session(places=5)
            at_once(about_to_book(site, session, accounts(site, 60)))
            if counted(session)[BookingStatus.BOOKED] > 5:
                break
        site.close_browsers()
        ref = session.ref
        assert counted(session)[BookingStatus.BOOKED] > db.session.get(CourseSession, session.id).capacity
        done = site.app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1 and "BROKEN  within-capacity" in done.output and ref in done.output
