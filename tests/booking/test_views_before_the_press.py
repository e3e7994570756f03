"""What pages say before a press is what the press does: other dates, waiting for a course, and what becomes of a place that is given back."""

import re
from datetime import timedelta

import pytest

from app.accounts import services as accounts
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import facts
from app.booking.rules import policy
from app.booking.services import OnBehalf
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import transaction
from tests.booking.test_views_letters import holding
from tests.builders import a_course, a_person, a_session, an_agency

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FAR = 20 * DAY


@pytest.fixture
def me(as_role):
    """A delegate's browser."""
    return as_role(Role.DELEGATE)


def words(page):
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("&rsquo;", "’").replace("&#39;", "'")


def book(session, person_id=None, *, now=None, **more):
    return services.book_place(session_id=session.id, person_id=person_id or a_person().id, by="x", now=now or clock.now(), **more)


def of(session, **facts):
    """The session with these of its facts otherwise."""
    with transaction() as writing:
        for name, value in facts.items():
            setattr(writing.get_one(CourseSession, session.id), name, value)


@pytest.mark.parametrize("what", ["closes_at", "opens_at", None])
def test_a_date_that_cannot_be_booked_now_is_not_offered_as_one_with_places(me, client, what):
    course = a_course()
    session, other = a_session(course=course, starts_in=FAR, places=1), a_session(course=course, starts_in=2 * FAR, places=3)
    if what:
        of(other, **{what: clock.now() + (5 * DAY if what == "opens_at" else -DAY)})
    mine = book(session, me.person_id)
    holding(client, mine, "booking")
    pages = [me.get(f"/bookings/{mine.ref}/give-back"), client.get(client.letter)]
    assert [f"Move to {clock.london_date(other.starts_at):%A}" in words(page) for page in pages] == [what is None] * 2
    assert ("No other date of this course has places" in words(me.get(f"/bookings/{mine.ref}/move"))) is bool(what)


@pytest.mark.parametrize("closed", [True, False])
def test_a_full_date_does_not_call_one_surer_whose_booking_has_closed(me, closed):
    course = a_course()
    session, other = a_session(course=course, starts_in=FAR, places=1), a_session(course=course, starts_in=2 * FAR, places=3)
    of(other, closes_at=clock.now() - DAY if closed else None)
    book(session)
    assert ("another date is the surer way" in words(me.get(f"/sessions/{session.ref}"))) is not closed


def test_who_takes_any_date_of_a_course_that_is_not_open_to_them_reads_that_nothing_is_offered_and_the_way_round_it(me):
    course = a_course(least_level=3)
    a_session(course=course, starts_in=FAR, places=5)
    page = words(me.follow(me.post(f"/courses/{course.code}/wait", {"answer": "any"})))
    assert "At present no place on" in page and "This course is for level 3." in page and "a coordinator can make an exception" in page
    assert "you are offered the next one that comes free for you" not in page


def test_who_takes_any_date_of_a_course_that_is_not_open_to_them_any_more_reads_why_nothing_is_offered(me):
    course = a_course()
    page = words(me.follow(me.post(f"/courses/{course.code}/wait", {"answer": "any"})))
    assert "Any date will do:" in page and "At present nothing is offered to you" not in page
    with transaction() as writing:
        writing.get_one(Course, course.id).least_level = 3
    assert "At present nothing is offered to you. This course is for level 3." in words(me.get(f"/courses/{course.code}"))


def gives_back(me, *, starts_in=FAR, over=""):
    """The page on which a place is given back for which somebody waits; somebody is over capacity by name: whoever gives back, or another."""
    session = a_session(starts_in=starts_in, places=1)
    first = book(session, me.person_id if over != "they" else None, behalf=OnBehalf(a_person().id))  # so it is not late however near
    book(session)
    if over:
        services.book_over_capacity(session_id=session.id, person_id=me.person_id if over == "they" else a_person().id, reason="r", by="c",
                                    behalf=OnBehalf(a_person().id, coordinator=True), now=clock.now())
    mine = facts.live_booking(session.id, me.person_id) if over == "they" else first
    return words(me.get(f"/bookings/{mine.ref}/give-back"))


@pytest.mark.parametrize(("how", "goes_on"), [
    ({}, True), ({"over": "they"}, False), ({"over": "another"}, False), ({"starts_in": 90 * MINUTE}, False)])
def test_a_place_that_is_given_back_is_not_said_to_go_to_who_waits_when_it_does_not(me, how, goes_on):
    page = gives_back(me, **how)
    assert ("it goes to" in page) is goes_on and "1 person is waiting" in page


def test_who_gives_back_a_request_after_the_deadline_is_not_told_that_they_had_not_agreed_to_the_time(me):
    mine = book(a_session(course=a_course(approval=Approval.COORDINATOR), starts_in=30 * HOUR), me.person_id)
    page = words(me.get(f"/bookings/{mine.ref}/give-back"))
    assert "It does not count as late for you." in page and "you had not agreed to this time" not in page


def test_what_a_lead_booked_and_nobody_agreed_to_yet_is_not_called_a_place(as_role):
    lead, agency = as_role(Role.AGENCY_LEAD), an_agency()
    accounts.say_where_somebody_works(person_id=lead.person_id, agency_id=agency.id, job_title="x", now=clock.now())
    session, ann = a_session(course=a_course(approval=Approval.COORDINATOR), starts_in=FAR, places=3), a_person(agency=agency)
    answer = {"people": str(ann.id), "act": "", "together": "as_they_come"}
    page = words(lead.follow(lead.post(f"/sessions/{session.ref}/book-for-others", answer)))
    assert "Nobody has a place yet, 1 place is asked for or offered" in page and "1 person has a place" not in page


def test_who_takes_a_withdrawn_request_back_is_not_told_that_they_have_the_place(me):
    mine = book(a_session(course=a_course(approval=Approval.COORDINATOR), starts_in=FAR), me.person_id)
    services.give_back(booking_id=mine.id, by="x", now=clock.now())
    page = words(me.follow(me.post(f"/bookings/{mine.ref}/act", {"answer": "undo"})))
    assert "Your request stands again, and waits for an answer as before." in page and "You have your place back" not in page


@pytest.mark.parametrize("asks", [True, False])
def test_the_desk_reads_whether_what_it_takes_back_is_a_request_or_a_place_as_the_course_asks_by_now(as_role, asks):
    desk, course = as_role(Role.COORDINATOR), a_course(approval=Approval.COORDINATOR)
    theirs = book(a_session(course=course, starts_in=FAR))
    services.give_back(booking_id=theirs.id, by="x", now=clock.now())
    if not asks:
        with transaction() as writing:
            writing.get_one(Course, course.id).approval = Approval.NOBODY
    address = f"/desk/bookings/{theirs.ref}/take-back"
    assert ("What they asked for still has to be agreed" in words(desk.get(address))) is asks
    assert ("request stands again" in words(desk.follow(desk.post(address)))) is asks


@pytest.mark.parametrize("way", ["give-back", "letter"])
def test_who_opens_the_page_in_time_and_presses_too_late_reads_that_and_why_they_could_be_excused(me, client, monkeypatch, way):
    facts_of = {"notice": 72, "notice_unit": policy.NoticeUnit.HOURS}
    services.save_policy(partnership_id=None, starts_on=clock.london_date(clock.now()), facts=facts_of, now=clock.now())
    mine = book(a_session(starts_in=72 * HOUR + 5 * MINUTE), me.person_id)
    if way == "letter":
        holding(client, mine, "booking")
    browser, address = (client, client.letter) if way == "letter" else (me, f"/bookings/{mine.ref}/give-back")
    assert 'name="in_time"' in browser.get(address).text
    later = clock.now() + 6 * MINUTE
    monkeypatch.setattr(clock, "now", lambda: later)
    page = browser.post(address, {"in_time": "1", "answer": "give_back"})
    assert "ended while the page was open, so nothing was done" in words(page) and "If you tell us why" in words(page)
    assert 'name="in_time"' not in page.text and facts.live_booking(mine.course_session_id, me.person_id) is not None
    browser.post(address, {"answer": "give_back"})
    assert facts.live_booking(mine.course_session_id, me.person_id) is None
