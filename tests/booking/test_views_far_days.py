"""Days so far off that nobody can mean them: a sentence where they were typed, and no account of them in an address."""

from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.db import db
from tests.booking.test_views_desk_lists import a_charge, a_miss, session_form
from tests.builders import a_session, a_trainer

TOO_FAR = "This day is too far off. Write a year from 1990 to 2100"
FAR = ["9999-12-31", "9999-12-30", "0001-01-01", "1989-12-31", "2101-01-01"]


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR, Role.ADMINISTRATOR, Role.REPORT_AUTHOR)


@pytest.mark.parametrize("day", FAR)
def test_a_session_is_moved_to_no_day_that_nobody_can_mean_and_what_was_typed_stays(desk, day):
    session = a_session()
    page = desk.post(f"/desk/sessions/{session.ref}/change", session_form(day_1=day, starts_1="8:45"))
    assert page.status_code == 200 and TOO_FAR in page.text and f'value="{day}"' in page.text and 'value="8:45"' in page.text
    db.session.rollback()
    assert db.session.get_one(CourseSession, session.id).starts_at == session.starts_at


def test_booking_opens_and_closes_on_days_that_can_be_meant(desk):
    session = a_session()
    page = desk.post(f"/desk/sessions/{session.ref}/rules", {"opens_on": "0001-01-01", "closes_on": "9999-12-31"}).text
    assert page.count(TOO_FAR) == 4  # each at its field and in the summary
    kept = db.session.get_one(CourseSession, session.id)
    assert (kept.opens_at, kept.closes_at) == (None, None)


@pytest.mark.parametrize("path", ["/desk/agencies/new", "/desk/partnerships/new"])
def test_the_last_years_that_can_be_meant_are_taken_and_the_next_is_not(desk, path):
    form = {"code": "x", "name": "New", "parent_id": "0", "starts_on": "1990-01-01", "ends_on": "2101-01-01"}
    assert TOO_FAR in desk.post(path, form).text
    assert desk.post(path, {**form, "ends_on": "2100-12-31"}).status_code == 302


@pytest.mark.parametrize("day", FAR)
def test_lists_leave_such_a_day_out_of_account(desk, day):
    missed = a_miss()
    a_charge(missed)
    for address in ("/desk/charges", "/desk/no-shows"):
        for name in ("first", "last"):
            page = desk.get(f"{address}?{name}={day}")
            assert page.status_code == 200 and TOO_FAR in page.text and missed.person.name in page.text
    trainer = a_trainer()
    coming = a_session(trainer=trainer)
    page = desk.get(f"/desk/trainers/{trainer.person_id}/sessions?from={day}")
    assert page.status_code == 200 and coming.course.title in page.text and day not in page.text.partition("<main")[2]


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_no_invoice_run_was_at_a_moment_that_nobody_can_mean(desk, at):
    assert desk.get("/desk/charges/run.csv", query_string={"at": at}, checked=False).status_code == 404


@pytest.mark.parametrize("address", ["/my-training/record/csv?year=9999", "/reports/annual?from=9999-01-01&to=9999-12-31", "/?month=9999-12"])
def test_other_addresses_open_or_lead_nowhere(desk, address):
    assert desk.get(address, checked=False).status_code in (200, 400, 404)


def test_a_day_that_can_be_meant_is_not_too_far_off(desk):
    session = a_session()
    soon = clock.london_date(clock.now() + timedelta(days=90)).isoformat()
    assert TOO_FAR not in desk.post(f"/desk/sessions/{session.ref}/change", session_form(day_1=soon)).text
