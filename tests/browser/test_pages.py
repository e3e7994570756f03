"""Every page, as each role sees it: nothing that axe finds, nothing that scrolls sideways on the narrowest phone, no script error."""

from datetime import date, time, timedelta

import pytest
from flask import current_app

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking.rules.states import BookingStatus
from app.core import clock
from app.core.db import db
from app.evaluation.rules import links
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme
from tests.browser.conftest import NARROW
from tests.browser.looking import says, wrong
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, a_trainer, an_account
from tests.reporting.test_report_figures import DATA


@pytest.fixture
def world(app):
    """A programme with something on every page, and everybody's addresses in it."""
    import_programme(DATA, now=clock.now())
    asked = ensure_questionnaires(now=clock.now())
    account = an_account(*Role, email="everybody@example.org")
    me = db.session.get(Person, account.person_id)
    trainer = a_trainer(person=me)
    coming = a_session(places=3, trainer=trainer, course=a_course(title="A course with a rather long title about safeguarding"))
    full = a_session(places=1)
    a_booking(full)
    draft_course = a_course()
    mine = a_booking(coming, me)
    waiting = a_booking(full, me, status=BookingStatus.WAITING)
    over = a_session(starts_in=timedelta(hours=-5), trainer=trainer, places=30)
    past = a_booking(over, me)
    for number in range(12):
        booking = a_booking(over)
        submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, given={"knowledge": "2"}, quoting=Quoting.NO, now=over.starts_at)
        given = {"knowledge": str(3 + number % 2), "engaging": "5", "improved_knowledge": "4", "useful_in_role": "5", "comment": "Good."}
        submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=given, quoting=Quoting.ANONYMOUS, now=over.ends_at)
    token = links.token(current_app.config["SECRET_KEY"], past.id, Stage.AFTER)
    addresses = [
        "/", "/courses", "/courses?q=nothing-like-it", "/courses/sbt", f"/courses/{draft_course.code}", f"/sessions/{coming.ref}", f"/sessions/{full.ref}",
        "/sessions/sbt-20240102-00", "/briefings", "/help", "/privacy", "/accessibility", "/nowhere",
        "/my-training", f"/bookings/{mine.ref}", f"/bookings/{waiting.ref}", f"/bookings/{mine.ref}/give-back",
        f"/bookings/{mine.ref}/questions/before", f"/bookings/{past.ref}/questions/after", f"/bookings/{mine.ref}/questions/after", f"/answer/{token}",
        "/my-sessions", "/my-sessions?which=over", f"/registers/{over.ref}", f"/registers/{coming.ref}", f"/registers/{over.ref}/sheet",
        f"/my-sessions/{over.ref}/answers", f"/my-sessions/{coming.ref}/answers", f"/my-sessions/{over.ref}/paper/after/sheets",
        "/desk/answers", "/desk/answers?year=2024", "/desk/answers?year=2024&sector=x", "/desk/courses/sbt/answers", "/desk/no-shows-ahead",
        "/desk", "/desk/sessions", "/desk/sessions?which=cancelled", f"/desk/sessions/{over.ref}", f"/desk/sessions/{coming.ref}/cancel",
        f"/desk/sessions/{coming.ref}/change", f"/desk/sessions/{coming.ref}/questions", "/desk/courses", "/desk/courses/new", "/desk/courses/sbt",
        "/desk/courses/sbt/sessions/new", "/desk/priorities", "/desk/priorities/new", "/desk/priorities/1", "/desk/trainers", "/desk/briefings",
        "/desk/briefings/new", "/desk/briefings/1", "/desk/briefings/1/views", "/desk/contributions", "/desk/contributions/new", "/desk/contributions/1",
        "/desk/people", "/desk/people?q=zzz", "/desk/people/new", f"/desk/people/{me.id}", f"/desk/people/{me.id}/name", f"/desk/people/{me.id}/account",
        f"/desk/people/{me.id}/bookings", "/desk/agencies", "/desk/agencies/new", "/desk/agencies/1", "/desk/partnerships", "/desk/partnerships/1",
        "/desk/partnerships/new", "/desk/imports", "/reports/annual", "/reports/annual?audience=internal", "/reports/annual/rows/attendances",
        "/reports/annual/rows/briefing_views",
    ]
    db.session.rollback()
    return account, addresses


def test_axe_finds_nothing_and_no_page_scrolls_sideways(world, open_page):
    account, addresses = world
    page = open_page(account, viewport=NARROW)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" and "404" not in said.text else None)
    found = []
    for address in addresses:
        page.goto(address)
        found += wrong(page, address)
    assert found + errors == []


def test_the_sign_in_page_and_a_refused_form_are_sound_too(world, open_page):
    page = open_page(viewport=NARROW)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    assert says(page, "There is a problem")
    assert wrong(page) == []


def test_long_tags_break_on_the_narrowest_phone(open_page):
    a_session(opens_at=clock.from_london(date(clock.london_date(clock.now()).year + 1, 9, 24), time(9)), starts_in=timedelta(days=800),
              course=a_course(title="A course with a rather long title about safeguarding"))
    a_partnership(name="North")
    page = open_page(an_account(Role.COORDINATOR), viewport=NARROW)
    for address in ("/courses", "/desk/policies"):
        page.goto(address)
        assert page.locator(".govuk-tag").count()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], address


WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"


def test_a_word_that_has_no_end_makes_no_page_scroll_sideways(open_page):
    everybody, course = an_account(*Role, person=a_person(last_name=WORD)), a_course(title=WORD * 2)
    session = a_session(course=course, places=1, minimum=9, trainer=None)
    booking, waiting = a_booking(session, everybody.person), a_booking(session, a_person(last_name=WORD), status=BookingStatus.WAITING)
    over = a_session(course=course, starts_in=timedelta(days=-2))
    a_booking(over, waiting.person)
    page, found = open_page(everybody, viewport=NARROW), []
    addresses = ["/desk", "/desk/no-shows", "/desk/charges", "/my-training", "/courses", f"/courses/{course.code}", f"/desk/courses/{course.code}",
                 f"/desk/courses/{course.code}/waiting", f"/desk/bookings/{waiting.ref}", f"/registers/{over.ref}", f"/registers/{over.ref}/sheet"]
    addresses += [f"/sessions/{session.ref}{more}" for more in ("", "/book-for-others")]
    addresses += [f"/bookings/{booking.ref}{more}" for more in ("", "/give-back", "/move", "/substitute")]
    addresses += [f"/desk/sessions/{session.ref}{more}" for more in ("", "/history", "/cancel", "/change", "/quotas", "/rules")]
    db.session.rollback()
    for address in addresses:
        assert page.goto(address).status == 200, address
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            found.append(address)
    assert found == []
