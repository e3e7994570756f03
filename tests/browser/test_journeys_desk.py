"""What a coordinator comes to do with sessions and places, in a real browser on both databases; and every page of theirs under axe."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, Charge, StrikeWaiver
from app.booking.rules.charges import ChargeKind
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests.browser.conftest import NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, a_trainer, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")
S = BookingStatus


def now_is(model, row):
    db.session.rollback()
    return db.session.get(model, row.id, populate_existing=True)


def a_full_session():
    """A session in the state that a desk sees: booked, offered, asked, waiting, limits, held places, something over capacity."""
    agency = an_agency(name="Cambridgeshire Constabulary", sector="police")
    session = a_session(places=6, trainer=a_trainer(), minimum=5, confirm_days=7,
                        course=a_course(title="A course with a rather long title about safeguarding", approval=Approval.COORDINATOR, least_level=1))
    lead = a_person(first_name="Lee")
    for number in range(3):
        a_booking(session, a_person(agency=agency if number else None), booked_by_id=lead.id if number == 1 else None)
    a_booking(session, status=S.OFFERED, due_at=clock.now() + timedelta(hours=20))
    a_booking(session, status=S.AWAITING_COORDINATOR, due_at=clock.now() + timedelta(days=2))
    a_booking(session, status=S.GIVEN_BACK, ended_at=clock.now(), reason="ill")
    services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.id, places=1, releases_at=clock.now() + timedelta(days=3), now=clock.now())
    services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=3, agency_id=agency.id, sector=None,
                       releases_at=clock.now() + timedelta(days=4), by="c", now=clock.now())
    services.book_over_capacity(session_id=session.id, person_id=a_person().id, reason="interpreter for Keith Barlow", by="Marian Cole", exception=True,
                                behalf=services.OnBehalf(lead.id, coordinator=True), now=clock.now())
    for name in ("Hari", "Marta"):
        a_booking(session, a_person(first_name=name, agency=agency), status=S.WAITING)
    return session


@pytest.fixture
def addresses(app):
    """Every page of the desk about places, with something on it."""
    session, over = a_full_session(), a_session(starts_in=timedelta(days=-4), trainer=a_trainer())
    trainer, area = a_trainer(), a_partnership(name="Harbour Safeguarding Children Partnership")
    other = a_session(course=a_course(), trainer=trainer, places=9)
    a_booking(other)
    a_session(course=other.course, starts_in=timedelta(days=40))
    missed = a_booking(over, turnout=Turnout.MISSED, reason="The duty rota changed that morning")
    with transaction() as writing:
        writing.add(Charge(booking_id=missed.id, kind=ChargeKind.NO_SHOW, pence=5000, reason="Did not come", by="the policy", at=clock.now()))
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(clock.now()), facts={"charges": True}, now=clock.now())
    services.cancel_session(session_id=a_session().id, reason="Snow", by="x", now=clock.now())
    rows = {row.status: row.ref for row in db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id))}
    numbers = db.session.execute(sa.text("SELECT (SELECT max(id) FROM session_quota), (SELECT ref FROM held_places)")).one()
    acts = {S.AWAITING_COORDINATOR: ("agree", "refuse"), S.WAITING: ("offer", "order", "give-back"), S.OFFERED: ("give-back",), S.BOOKED: ("give-back",)}
    found = ["/desk", f"/desk/sessions/{session.ref}", f"/desk/sessions/{over.ref}", f"/desk/sessions/{session.ref}?all=1"]
    found += [f"/desk/sessions/{session.ref}/{page}" for page in (
        "history", "change", "places", "quotas", "extra-places", "rules", "book-in", "over-capacity", "cancel")]
    found += [f"/desk/bookings/{rows[status]}" for status in acts]
    found += [f"/desk/bookings/{rows[status]}/{act}" for status, pages in acts.items() for act in pages]
    found += [f"/desk/quotas/{numbers[0]}/release", f"/desk/held/{numbers[1]}/release", f"/desk/courses/{session.course.code}",
              f"/desk/courses/{session.course.code}/waiting", f"/desk/courses/{session.course.code}/exceptions",
              f"/desk/trainers/{trainer.person_id}/sessions", "/desk/cancelled", "/desk/no-shows", "/desk/charges?state=all", "/desk/policies",
              "/desk/policies/new", "/desk/no-shows/still-coming", "/desk/terms", f"/desk/people/{missed.person_id}/bookings"]
    db.session.rollback()
    return found


def test_axe_finds_nothing_on_the_desk_and_no_page_scrolls_sideways(addresses, open_page):
    page, found = open_page(an_account(Role.COORDINATOR), viewport=NARROW), []
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        found += wrong(page, address)
    assert found == []


def test_a_request_is_agreed_to_from_the_desk_in_two_clicks(open_page):
    booking = a_booking(a_session(trainer=a_trainer()), status=S.AWAITING_COORDINATOR, due_at=clock.now() + timedelta(days=2))
    page = open_page(an_account(Role.COORDINATOR))
    page.goto("/desk")
    page.get_by_role("link", name="Decide the first").click()
    page.get_by_role("button", name="Agree").click()
    assert now_is(Booking, booking).status is S.BOOKED


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_all_sessions_of_a_trainer_are_cancelled_on_one_page_and_that_is_undone(open_page, script):
    person = a_person(first_name="Sam", last_name="Okafor")
    trainer = a_trainer(person=person)
    sessions = [a_session(trainer=trainer, places=20, starts_in=timedelta(days=20 + number)) for number in range(12)]
    bookings = [a_booking(session) for session in sessions for _ in range(2)]
    other = a_session(course=sessions[0].course, places=5, starts_in=timedelta(days=60))
    page = open_page(an_account(Role.COORDINATOR), script=script)
    started = time.monotonic()
    page.goto("/desk/trainers")
    page.get_by_role("link", name="Give away, move or cancel sessions of Sam Okafor").click()
    page.get_by_label(f"What to do with {sessions[-1].title}").select_option("keep")
    page.get_by_role("button", name="Work it out again").click()
    page.get_by_label("Why are they cancelled?").fill("The trainer's post is vacant")
    page.get_by_role("button", name="Cancel 11 sessions and write to 23 people").click()
    assert says(page, "11 sessions are cancelled") and time.monotonic() - started < 60
    assert now_is(CourseSession, sessions[0]).status is SessionStatus.CANCELLED
    assert now_is(CourseSession, sessions[-1]).status is SessionStatus.SCHEDULED
    assert db.session.scalar(sa.select(sa.func.count(Booking.id)).where(Booking.course_session_id == other.id, Booking.status == S.OFFERED)) == 2
    page.get_by_role("button", name="Undo").click()
    assert says(page, "22 bookings stand as before")
    assert {now_is(Booking, booking).status for booking in bookings} == {S.BOOKED}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_sessions_of_somebody_who_leaves_are_given_away_moved_and_cancelled_on_a_phone_with_the_keyboard(open_page, script):
    sam, tom = (a_trainer(person=a_person(first_name=first, last_name=last)) for first, last in (("Sam", "Okafor"), ("Tom", "Hall")))
    sessions = [a_session(trainer=sam, course=a_course(title=title), places=9, starts_in=timedelta(days=20 + number))
                for number, title in enumerate(("Neglect", "Thresholds", "Listening", "Escalation"))]
    for session in sessions:
        a_booking(session)
    page = open_page(an_account(Role.COORDINATOR), script=script, viewport=PHONE)
    page.goto(f"/desk/trainers/{sam.person_id}/sessions")
    page.get_by_label("For all sessions").select_option("Give all to Tom Hall")
    page.get_by_role("button", name="Choose it for all").press("Enter")
    assert says(page, "Tom Hall: 4 sessions are theirs to give.")
    new_time = page.get_by_role("group", name="Another time for Thresholds")
    assert not new_time.is_visible(), "what is asked for only of a move stands under it alone"
    page.get_by_label("What to do with Thresholds").select_option("Move it to another time")
    page.get_by_label("What to do with Thresholds").press("Tab")
    assert new_time.get_by_label("New day").evaluate("field => field === document.activeElement")
    new_time.get_by_label("New day").fill(f"{clock.london_date(clock.now() + timedelta(days=50))}")
    new_time.get_by_label("Starts at").fill("13:30")
    page.get_by_label("What to do with Listening").select_option("Cancel, no other date yet")
    page.get_by_label("What to do with Escalation").select_option("Keep it")
    new_time.get_by_label("Starts at").press("Enter")
    assert says(page, "1 cancelled (9 places, 1 booked), 1 moved, 1 given to another trainer, 1 kept")
    if script:
        assert wrong(page, "the preview", (PHONE,)) == []
    page.get_by_label("Why are they cancelled?").fill("The post is vacant")
    page.get_by_role("button", name="Cancel 1 session, move 1, give 1 to another trainer and write to 4 people").press("Enter")
    assert says(page, "1 session has another time. Tom Hall gives 1 session now.")
    now = [now_is(CourseSession, one) for one in sessions]
    assert [one.trainer_id for one in now] == [tom.person_id, *[sam.person_id] * 3] and now[2].status is SessionStatus.CANCELLED
    assert f"{clock.london(now[1].starts_at):%H:%M}" == "13:30"
    page.get_by_role("button", name="Undo").press("Enter")
    assert says(page, "1 booking stands as before") and now_is(CourseSession, sessions[2]).status is SessionStatus.SCHEDULED


def test_a_session_is_made_from_those_who_wait(open_page):
    course = a_course(title="Neglect")
    for number in range(3):
        services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=True, now=clock.now() - timedelta(days=number))
    page = open_page(an_account(Role.COORDINATOR))
    page.goto(f"/desk/courses/{course.code}")
    page.get_by_role("link", name="Who waits for it").click()
    page.get_by_label("Day").fill(f"{clock.london_date(clock.now() + timedelta(days=40))}")
    page.get_by_label("Starts at").fill("9:30")
    page.get_by_label("Ends at").fill("12:30")
    page.get_by_label("Places", exact=True).fill("2")
    page.get_by_role("button", name="Look at what happens").click()
    page.get_by_role("button", name="Plan the session and offer 2 people a place").click()
    assert says(page, "2 people are offered a place")


def test_a_coordinator_books_somebody_over_capacity_by_name(open_page):
    session = a_session(places=1, trainer=a_trainer())
    a_booking(session)
    a_person(first_name="Keith", last_name="Barlow", email="keith@example.org")
    page = open_page(an_account(Role.COORDINATOR))
    page.goto(f"/desk/sessions/{session.ref}")
    page.get_by_role("link", name="Book somebody over capacity").click()
    page.get_by_label("Their work e-mail address").fill("keith@example.org")
    page.get_by_label("Why do they get a place").fill("interpreter")
    page.get_by_role("button", name="Look the person up").click()
    page.get_by_role("button", name="Book Keith Barlow over capacity").click()
    assert page.locator(".up-sentence").inner_text() == "2 booked of 1 place. 0 waiting."


def test_missed_sessions_are_let_go_and_charges_go_out_as_a_file(open_page, tmp_path):
    missed = a_booking(a_session(starts_in=timedelta(days=-4)), turnout=Turnout.MISSED)
    with transaction() as writing:
        writing.add(Charge(booking_id=missed.id, kind=ChargeKind.NO_SHOW, pence=5000, reason="Did not come", by="the policy", at=clock.now()))
    page = open_page(an_account(Role.COORDINATOR))
    page.goto("/desk/no-shows")
    page.locator(".govuk-checkboxes__label").first.click()
    page.get_by_label("Why?").fill("Snow")
    page.get_by_role("button", name="The chosen ones do not count").click()
    assert says(page, "1 missed session does not count any more")
    page.goto("/desk/charges")
    page.get_by_role("button", name="Export 1 line").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Spreadsheet of the run").click()
    download.value.save_as(tmp_path / "run.csv")
    assert "50.0" in (tmp_path / "run.csv").read_text(encoding="utf-8-sig")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(StrikeWaiver.booking_id))) == 1


def test_a_new_time_is_checked_before_people_are_asked(open_page):
    session = a_session(trainer=a_trainer())
    a_booking(session)
    page = open_page(an_account(Role.COORDINATOR))
    page.goto(f"/desk/sessions/{session.ref}/change")
    page.get_by_label("Day").first.fill(f"{clock.london_date(session.starts_at + timedelta(days=1))}")
    page.get_by_label("Starts at").first.fill("9:30")
    page.get_by_label("Ends at").first.fill("12:30")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change the time for 2 people").click()
    assert says(page, "The session is saved") and now_is(CourseSession, session).times_version == 1
