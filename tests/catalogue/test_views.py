"""What coordinators keep of the programme, page by page."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Briefing, BriefingViews, Contribution, Course, CourseSession, Priority, Trainer
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, a_trainer, an_account, an_agency

COURSE = {"code": "neg", "title": "Neglect", "format": "virtual", "duration_minutes": "180", "learning_outcomes": "One\nTwo\n", "published": "y"}


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def day(days):
    return f"{clock.london_date(clock.now() + timedelta(days=days)):%d/%m/%Y}"


def test_a_course_is_added_and_changed(desk, client):
    page = desk.follow(desk.post("/desk/courses/new", COURSE))
    assert "“Neglect” is saved" in page.text
    desk.post("/desk/courses/neg", {**COURSE, "title": "Child neglect"})
    course = db.session.scalars(sa.select(Course)).one()
    assert (course.title, course.learning_outcomes) == ("Child neglect", ["One", "Two"])
    assert "Child neglect" in client.get("/courses/neg").text


@pytest.mark.parametrize(("changed", "said"), [
    ({"title": ""}, "Enter a title"), ({"code": "a b"}, "Use letters, digits"), ({"duration_minutes": "0"}, "Enter a number from 1 to 20,000"),
    ({"materials": "javascript:alert(1)"}, "is not a web address"), ({"level": "12"}, "Enter a number from 1 to 9"),
])
def test_a_course_that_cannot_be_is_refused_at_its_field_and_keeps_what_was_typed(desk, changed, said):
    page = desk.post("/desk/courses/new", {**COURSE, "summary": "Typed with care", **changed}).text
    assert said in page and "Typed with care" in page
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 0


@pytest.mark.parametrize(("typed", "kept", "shown"), [("", None, ""), ("10, 2", [10, 2], "10, 2"), ("None", [], "none")])
def test_a_course_says_when_its_people_are_reminded_or_leaves_it_to_the_policy(desk, typed, kept, shown):
    desk.post("/desk/courses/new", {**COURSE, "reminder_days": typed, "joining_days": "0" if typed else ""})
    course = db.session.scalars(sa.select(Course)).one()
    assert (course.reminder_days, course.joining_days) == (kept, 0 if typed else None)
    page = desk.get("/desk/courses/neg").text
    assert f'name="reminder_days" type="text" value="{shown}"' in page or (not shown and 'value="none"' not in page)


@pytest.mark.parametrize("changed", [{"reminder_days": "61"}, {"reminder_days": "a week"}, {"joining_days": "61"}])
def test_days_that_cannot_be_are_refused_at_their_field(desk, changed):
    assert "There is a problem" in desk.post("/desk/courses/new", {**COURSE, **changed}).text
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 0


def test_the_form_says_how_many_sessions_are_still_to_come_when_a_course_is_taken_off_the_programme(desk):
    course = a_course(code="neg")
    assert "still to come" not in desk.get("/desk/courses/neg").text
    a_session(course=course)
    a_session(course=course, starts_in=timedelta(days=-3), status=SessionStatus.DELIVERED)
    page = desk.get("/desk/courses/neg").text
    assert "1 session of it is still to come. Off the programme, nobody finds or books any of them." in page


def test_a_code_that_is_taken_is_refused(desk):
    a_course(code="neg")
    assert "Another course has this code" in desk.post("/desk/courses/new", COURSE).text


def test_a_session_of_two_parts_is_planned_published_and_bookable(desk, client):
    a_course(code="neg", title="Neglect")
    form = {"day_1": day(20), "starts_1": "9:30", "ends_1": "12:30", "day_2": day(21), "starts_2": "1.30pm", "ends_2": "4pm",
            "format": "in_person", "venue_or_link": "Town Hall", "capacity": "12", "trainer": "0"}
    page = desk.follow(desk.post("/desk/courses/neg/sessions/new", form))
    session = db.session.scalars(sa.select(CourseSession)).one()
    assert "as a draft" in page.text and len(session.parts) == 2 and session.status is SessionStatus.DRAFT
    assert client.get(f"/sessions/{session.ref}").status_code == 404
    assert "People can book" in desk.follow(desk.post(f"/desk/sessions/{session.ref}/publish")).text
    assert "12 places left" in client.get(f"/sessions/{session.ref}").text


@pytest.mark.parametrize(("changed", "said"), [
    ({"ends_1": "9:00"}, "ends before it starts"), ({"starts_1": "noon"}, "is not a time"), ({"starts_1": ""}, "enter when it starts"),
    ({"day_1": ""}, "enter its day"), ({"capacity": "0"}, "Enter a number from 1"), ({"day_1": "31/03/2030", "starts_1": "1:30", "ends_1": "3:00"}, "clocks skip"),
    ({"day_1": "", "starts_1": "", "ends_1": ""}, "Enter when the session is"),
])
def test_a_session_that_cannot_be_is_refused_and_keeps_what_was_typed(desk, changed, said):
    a_course(code="neg")
    form = {"day_1": day(20), "starts_1": "9:30", "ends_1": "12:30", "format": "in_person", "venue_or_link": "Town Hall", "capacity": "12", "trainer": "0"}
    page = desk.post("/desk/courses/neg/sessions/new", {**form, **changed}).text
    assert said in page and "Town Hall" in page


def test_room_for_another_part_is_made_without_script(desk):
    a_course(code="neg")
    page = desk.post("/desk/courses/neg/sessions/new", {"day_1": day(20), "day_2": "", "more": "1", "venue_or_link": "Kept"}).text
    assert "Part 3" in page and "Kept" in page


def test_more_places_are_offered_to_those_who_wait_and_fewer_than_promised_are_refused(desk):
    session = a_session(places=1)
    a_booking(session)
    waiting = a_booking(session, status=BookingStatus.WAITING)
    starts = clock.london(session.starts_at)
    form = {"day_1": f"{starts:%Y-%m-%d}", "starts_1": f"{starts:%H:%M}", "ends_1": "23:59", "format": "virtual", "venue_or_link": "", "trainer": "0",
            "confirmed": "1"}
    desk.post(f"/desk/sessions/{session.ref}/change", {**form, "capacity": "2"})
    assert db.session.get(Booking, waiting.id).status is BookingStatus.OFFERED
    assert "2 places are promised" in desk.post(f"/desk/sessions/{session.ref}/change", {**form, "capacity": "1"}).text


def test_a_course_says_for_whom_it_is_and_what_comes_first(desk):
    agency, first = an_agency(name="Harbour Trust", sector="health"), a_course(code="intro")
    form = {**COURSE, "approval": "both", "least_level": "3", "for_sectors": ["health"], "for_agencies": "harbour trust\n", "for_jobs": "Nurse\nHealth visitor",
            "prerequisites": "INTRO"}
    desk.post("/desk/courses/new", form)
    course = db.session.scalars(sa.select(Course).where(Course.code == "neg")).one()
    assert (course.approval, course.least_level, course.for_sectors, course.for_jobs) == (Approval.BOTH, 3, ["health"], ["Nurse", "Health visitor"])
    assert ([one.id for one in course.for_agencies], [one.id for one in course.prerequisites]) == ([agency.id], [first.id])
    page = desk.get("/desk/courses/neg").text
    assert "Harbour Trust" in page and "intro" in page and "Health visitor" in page
    desk.post("/desk/courses/neg", {**COURSE, "approval": "nobody", "least_level": ""})
    db.session.expire_all()
    assert (course.for_agencies, course.prerequisites, course.for_sectors, course.least_level) == ([], [], [], None)


@pytest.mark.parametrize(("changed", "said"), [
    ({"for_agencies": "Nowhere Trust"}, "is no agency here"), ({"prerequisites": "nothing"}, "is no code of a course"),
    ({"least_level": "0"}, "Enter a number from 1 to 9"), ({"approval": "the king"}, "Choose one of those that are listed"),
])
def test_an_audience_that_cannot_be_is_refused_at_its_field(desk, changed, said):
    page = desk.post("/desk/courses/new", {**COURSE, **changed}).text
    assert said in page and db.session.scalar(sa.select(sa.func.count(Course.id))) == 0


def test_no_course_can_come_before_itself_even_through_another(desk):
    desk.post("/desk/courses/new", COURSE)
    desk.post("/desk/courses/new", {**COURSE, "code": "second", "prerequisites": "neg"})
    desk.post("/desk/courses/new", {**COURSE, "code": "third", "prerequisites": "second"})
    page = desk.post("/desk/courses/neg", {**COURSE, "prerequisites": "third"}).text
    assert "would have to be done before itself" in page
    assert db.session.scalars(sa.select(Course).where(Course.code == "neg")).one().prerequisites == []


def test_priorities_trainers_briefings_views_and_contributions_are_kept(desk):
    partnership, agency, person = a_partnership(), an_agency(), a_person()
    desk.post("/desk/priorities/new", {"partnership_id": partnership.id, "code": "neg-26", "name": "Neglect", "starts_on": "01/04/2026"})
    priority = db.session.scalars(sa.select(Priority)).one()
    assert "ends before it starts" in desk.post(f"/desk/priorities/{priority.id}", {
        "partnership_id": partnership.id, "code": "neg-26", "name": "Neglect", "starts_on": "01/04/2026", "ends_on": "01/03/2026"}).text
    desk.post("/desk/trainers", {"email": person.email})
    assert db.session.get(Trainer, person.id)
    assert "Nobody with this address" in desk.post("/desk/trainers", {"email": "no@example.org"}).text
    desk.post("/desk/briefings/new", {"code": "sbt", "title": "The tool", "url": "https://briefings.example/sbt", "priorities": [priority.id]})
    briefing = db.session.scalars(sa.select(Briefing)).one()
    assert [one.name for one in briefing.priorities] == ["Neglect"]
    for views in ("10", "12"):
        desk.post(f"/desk/briefings/{briefing.id}/views", {"month": "2026-03", "views": views})
    assert [row.views for row in db.session.scalars(sa.select(BriefingViews))] == [12]
    assert "is not a month" in desk.post(f"/desk/briefings/{briefing.id}/views", {"month": "2026-13", "views": "1"}).text
    desk.post("/desk/contributions/new", {"ref": "c1", "title": "Conference", "held_on": "2026-05-01", "kind": "conference", "format": "in_person",
                                          "host_agency_id": agency.id, "contacts": "120"})
    assert db.session.scalars(sa.select(Contribution)).one().contacts == 120
    for address in ("/desk/priorities", "/desk/trainers", "/desk/briefings", "/desk/contributions", "/desk/courses", f"/desk/briefings/{briefing.id}"):
        assert desk.get(address).status_code == 200


def test_briefings_are_open_to_everybody(client):
    assert "There is no briefing yet" in client.get("/briefings").text


def test_the_page_of_trainers_names_those_to_whom_no_list_goes(desk):
    says = "No list or reminder goes to them"
    a_trainer(), a_trainer(person=an_account(Role.TRAINER).person)
    assert says not in desk.get("/desk/trainers").text
    a_trainer(person=an_account(Role.DELEGATE).person)
    assert desk.get("/desk/trainers").text.count(says) == 1
