"""Requests that wait for a manager while files are taken in of which nobody is told: whoever can answer is asked all the same."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.booking import services as places
from app.booking.models import Booking
from app.booking.queries import mine
from app.booking.rules.states import Act
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.imports.services import import_programme
from app.mail.queries import live_purposes
from tests.booking.acting import all_left, broken, letters, queued, status
from tests.imports.folders import RIGHT, with_cell, written

pytestmark = pytest.mark.usefixtures("app")


def take_in(tmp_path, **changed):
    return import_programme(written(tmp_path / "folder", **changed), now=clock.now())


@pytest.fixture
def request_(tmp_path):
    """Ann has asked for a place, and her manager is to agree; no letter has left yet."""
    take_in(tmp_path)
    with transaction() as writing:
        writing.execute(sa.update(Course).values(approval=Approval.MANAGER))
        writing.execute(sa.update(CourseSession).values(capacity=9))
    ann = db.session.scalars(sa.select(Person).where(Person.email == "ann@csc.example")).one()
    session = db.session.scalars(sa.select(CourseSession).where(CourseSession.ref == "neg-3")).one()
    return places.book_place(session_id=session.id, person_id=ann.id, by=ann.acting, now=clock.now())


def asked():
    return [letter.address for letter in letters(kind="approval-asked") if letter.outdated_at is None]


def fresh(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


@pytest.mark.parametrize("left", [True, False])
def test_the_manager_whom_a_file_names_newly_is_asked_though_nobody_is_told_of_the_import_and_the_old_link_ends(tmp_path, request_, left):
    if left:
        all_left()
    links = sa.text("SELECT count(*) FROM link WHERE purpose = 'approval' AND ended_at IS NULL")
    assert db.session.scalar(links) == 1
    take_in(tmp_path, **with_cell("people", 0, "manager_email", "newboss@csc.example"))
    assert asked() == ["newboss@csc.example"] and "request-made" in queued(request_.person)
    assert db.session.scalar(links) == 1 and live_purposes(f"booking:{request_.id}", clock.now()) >= {"approval"}
    booking, last = fresh(request_), mine.history(request_.id)[0]
    assert (booking.status.value, booking.manager_email) == ("awaiting_manager", "newboss@csc.example")
    assert (last.act, last.by) == (Act.OTHER_MANAGER, "import") and broken(clock.now()) == []


def test_a_request_for_which_a_file_names_no_manager_any_more_is_the_coordinators_by_the_file(tmp_path, request_):
    take_in(tmp_path, **with_cell("people", 0, "manager_email", ""))
    last = mine.history(request_.id)[0]
    assert status(request_) == "awaiting_coordinator" and (last.act, last.by) == (Act.PASS_ON, "import")


def test_a_question_that_waits_while_a_file_moves_its_session_is_asked_with_the_new_time_though_nobody_is_told(tmp_path, request_):
    kinds = queued()
    later = [RIGHT["sessions.csv"][0], RIGHT["sessions.csv"][1], RIGHT["sessions.csv"][2].replace("2090-06-01", "2090-06-08")]
    take_in(tmp_path, sessions=later)
    assert asked() == ["boss@csc.example"] and sorted(queued()) == sorted(kinds)
    (letter,) = [one for one in letters(kind="approval-asked") if one.outdated_at is None]
    assert "8 June 2090" in letter.text and "1 June 2090" not in letter.text


def test_of_a_question_that_has_left_nothing_is_written_again_by_a_file_that_moves_the_session(tmp_path, request_):
    all_left()
    take_in(tmp_path, sessions=[*RIGHT["sessions.csv"][:2], RIGHT["sessions.csv"][2].replace("2090-06-01", "2090-06-08")])
    assert queued() == [] and status(request_) == "awaiting_manager"


def test_whom_nobody_asks_yet_whether_they_still_come_is_not_asked_by_a_file_that_moves_the_session_either(tmp_path, request_):
    with transaction() as writing:
        writing.execute(sa.update(Course).values(approval=Approval.NOBODY))
        writing.get_one(CourseSession, request_.course_session_id).confirm_days = 5
    places.approve(booking_id=request_.id, by="c", now=clock.now())
    all_left()
    starts_at = fresh(request_).course_session.starts_at
    places.ask_still_coming(session_id=request_.course_session_id, now=starts_at - timedelta(days=8))
    assert "still-coming" in queued(request_.person)
    take_in(tmp_path, sessions=[*RIGHT["sessions.csv"][:2], RIGHT["sessions.csv"][2].replace("2090-06-01", "2090-06-20")])
    assert queued(request_.person) == [] and fresh(request_).asked_at is None
