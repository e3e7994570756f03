"""Finding, booking and giving back, page by page."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import calendars as calendar_queries
from app.booking.rules import calendars as calendar_rules
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.catalogue.models import Course, CourseSession, SessionPart
from app.catalogue.rules import Format, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.rules.showing import FEWEST
from app.mail import jobs
from app.mail.rules.links import KEPT
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency


def test_a_delegate_books_and_gives_back_with_buttons_only(client):
    session = a_session(places=1)
    person = a_person(email="ann@example.org")
    client.signed_in_as(an_account(Role.DELEGATE, person=person))
    assert "1 place left" in client.get(f"/sessions/{session.ref}").text
    client.get(f"/sessions/{session.ref}/book")
    page = client.follow(client.post(f"/sessions/{session.ref}/book"))
    assert "<h1>You have a place</h1>" in page.text
    mine = client.get("/my-training").text
    assert session.title in mine and "Give my place back" in mine
    address = page.request.path
    asked = client.get(f"{address}/give-back").text
    assert "Give your place back?" in asked
    assert "<h1>You have given your place back</h1>" in client.follow(client.post(f"{address}/give-back")).text


def test_a_full_session_offers_the_waiting_list(as_role):
    session = a_session(places=1)
    a_booking(session)
    browser = as_role(Role.DELEGATE)
    assert "Join the waiting list" in browser.get(f"/sessions/{session.ref}").text
    page = browser.follow(browser.post(f"/sessions/{session.ref}/book"))
    assert "<h1>You are on the waiting list</h1>" in page.text and "1st of 1" in page.text


def test_signed_out_the_button_leads_to_signing_in_and_back(client):
    session = a_session()
    response = client.get(f"/sessions/{session.ref}/book")
    assert response.location == f"/sign-in?next=/sessions/{session.ref}/book"


def test_somebody_who_never_said_where_they_work_is_asked_once(client):
    agency = an_agency(name="Harbour Trust")
    person = a_person()
    with transaction() as writing:
        writing.delete(person.affiliation)
    client.signed_in_as(an_account(Role.DELEGATE, person=person))
    session = a_session()
    assert "Where do you work?" in client.get(f"/sessions/{session.ref}/book").text
    refused = client.post(f"/sessions/{session.ref}/book", {"agency": "", "job_title": "Nurse"})
    assert "Choose the agency" in refused.text and 'value="Nurse"' in refused.text
    client.follow(client.post(f"/sessions/{session.ref}/book", {"agency": agency.id, "job_title": "Nurse"}))
    db.session.expire_all()
    assert person.affiliation.agency.name == "Harbour Trust"


def test_a_clash_is_said_and_does_not_stop_the_booking(as_role):
    browser = as_role(Role.DELEGATE)
    other = a_session(course=a_course(title="Information sharing"))
    a_booking(other, db.session.get(type(a_person()), browser.person_id))
    session = a_session()
    assert "Information sharing" in browser.get(f"/sessions/{session.ref}/book").text


@pytest.mark.parametrize(("facts", "said"), [
    ({"status": SessionStatus.CANCELLED, "cancel_reason": "Snow"}, "Snow"),
    ({"starts_in": timedelta(days=-3)}, "This session was on "),
    ({"starts_in": timedelta(minutes=-10)}, "has started"),
])
def test_a_session_says_why_it_cannot_be_booked(client, facts, said):
    session = a_session(**facts)
    page = client.get(f"/sessions/{session.ref}").text
    assert said in page and "Book a place" not in page


def test_drafts_and_unpublished_courses_are_not_there(client):
    draft, hidden = a_session(status=SessionStatus.DRAFT), a_session(course=a_course(published=False))
    for address in (f"/sessions/{draft.ref}", f"/sessions/{hidden.ref}", f"/courses/{hidden.course.code}", "/sessions/nothing", "/courses/nothing"):
        assert client.get(address).status_code == 404


def test_a_joining_link_is_shown_to_people_with_a_place_only(client, as_role):
    session = a_session(venue_or_link="https://meet.example/secret")
    browser = as_role(Role.DELEGATE)
    for reader in (client, browser):
        assert "meet.example" not in reader.get(f"/sessions/{session.ref}").text
    browser.post(f"/sessions/{session.ref}/book")
    assert "meet.example/secret" in browser.get(f"/sessions/{session.ref}").text
    assert "meet.example/secret" in browser.get("/my-training").text


def test_somebody_elses_booking_looks_like_one_that_is_not_there(as_role):
    theirs = a_booking(a_session())
    browser = as_role(Role.DELEGATE)
    same = browser.get("/bookings/none-none-none")
    for address in (f"/bookings/{theirs.ref}", f"/bookings/{theirs.ref}/give-back"):
        response = browser.get(address)
        assert (response.status_code, len(response.text)) == (404, len(same.text))
    assert browser.post(f"/bookings/{theirs.ref}/give-back").status_code == 404
    db.session.refresh(theirs)
    assert theirs.status is BookingStatus.BOOKED


def test_the_catalogue_is_filtered_by_words_topic_format_month_and_places(client):
    free = a_session(course=a_course(title="Child neglect"), starts_in=timedelta(days=40))
    full = a_session(places=1, course=a_course(title="Online abuse", format=Format.IN_PERSON))
    a_booking(full)
    a_course(title="Undated course")
    month = f"{clock.london_date(free.starts_at):%Y-%m}"
    everything = client.get("/courses").text
    assert all(title in everything for title in ("Child neglect", "Online abuse", "Undated course"))
    for query, there, gone in (
        ("q=NEGLECT", "Child neglect", "Online abuse"), ("format=in_person", "Online abuse", "Child neglect"),
        ("places=free", "Child neglect", "Online abuse"), (f"month={month}&q=child", "Child neglect", "Undated course"),
    ):
        page = client.get(f"/courses?{query}").text
        assert there in page and gone not in page, query


def test_with_places_free_means_free_for_whoever_looks(as_role, client, counting):
    """The limit of one's own agency is seen by its people alone, and places kept for an agency by everybody else."""
    browser = as_role(Role.DELEGATE)
    mine, other = db.session.get_one(Person, browser.person_id).affiliation.agency, an_agency()
    limited, kept = a_session(course=a_course(title="Limited")), a_session(course=a_course(title="Kept for mine"))
    for_others = a_session(course=a_course(title="Kept for others"))
    quota = {"sector": None, "releases_at": None, "by": "c", "now": clock.now()}
    a_booking(limited, a_person(agency=mine))
    services.add_quota(session_id=limited.id, kind=QuotaKind.MOST, places=1, agency_id=mine.id, **quota)
    services.add_quota(session_id=kept.id, kind=QuotaKind.KEPT, places=2, agency_id=mine.id, **quota)
    services.add_quota(session_id=for_others.id, kind=QuotaKind.KEPT, places=2, agency_id=other.id, **quota)
    signed_in, anybody = browser.get("/courses?places=free").text, client.get("/courses?places=free").text
    assert ["Limited" in signed_in, "Kept for mine" in signed_in, "Kept for others" in signed_in] == [False, True, False]
    assert ["Limited" in anybody, "Kept for mine" in anybody, "Kept for others" in anybody] == [True, False, False]
    assert "Limited" in browser.get("/courses").text and "Limited" not in browser.get("/").text
    few = counting(lambda: browser.get("/courses?places=free"))
    for _ in range(9):
        more = a_session(places=9)
        services.add_quota(session_id=more.id, kind=QuotaKind.MOST, places=1, agency_id=mine.id, **quota)
    assert counting(lambda: browser.get("/courses?places=free")) <= few <= 20, few


@pytest.mark.parametrize("query", ["page=99", "page=x", "level=abc", "month=2026-99", "endpoint=x&_external=1&code=1", "topic=nothing", "q=%25_%5C"])
def test_odd_addresses_of_the_catalogue_open(client, query):
    a_session()
    assert client.get(f"/courses?{query}").status_code == 200


def test_nothing_found_says_what_to_do(client):
    assert "There is no course on the programme yet" in client.get("/courses").text
    a_session()
    assert "Take a filter away" in client.get("/courses?q=zzz").text


def many_courses(count):
    """So many courses with a session each, written at once."""
    start = (clock.now() + timedelta(days=30)).replace(second=0, microsecond=0)
    courses = [{"id": number, "code": f"bulk{number}", "title": f"Bulk {number}", "summary": "About it.", "format": Format.VIRTUAL,
                "duration_minutes": 60, "learning_outcomes": [], "materials": [], "published": True} for number in range(10_001, 10_001 + count)]
    sessions = [{"id": one["id"], "ref": one["code"], "course_id": one["id"], "starts_at": start, "ends_at": start + timedelta(hours=1),
                 "last_day": start.date(), "format": Format.VIRTUAL, "capacity": 9, "status": SessionStatus.SCHEDULED, "places_version": 0}
                for one in courses]
    with transaction() as writing:
        writing.execute(sa.insert(Course), courses)
        writing.execute(sa.insert(CourseSession), sessions)
        writing.execute(sa.insert(SessionPart), [{"course_session_id": one["id"], "starts_at": start, "ends_at": one["ends_at"]} for one in sessions])


PAGES = ("/", "/courses", "/courses?page=2", "/courses?q=bulk&places=free", "/desk", "/desk/sessions", "/desk/courses")


@pytest.mark.parametrize("count", [50, 5_000])
def test_pages_of_the_programme_take_few_statements_at_50_courses_as_at_5000(as_role, counting, count):
    many_courses(count)
    browser = as_role(Role.COORDINATOR)
    taken = {address: counting(lambda address=address: browser.get(address)) for address in PAGES}
    assert all(statements <= (18 if address == "/desk" else 12) for address, statements in taken.items()), taken
    assert all(len(browser.get(address).data) < 60_000 for address in PAGES)
    assert f"of {count:,}" in browser.get("/courses?page=2").text


def test_a_coordinator_cancels_a_session_with_its_reason(as_role):
    session = a_session()
    booking = a_booking(session)
    browser = as_role(Role.COORDINATOR)
    assert "Cancel the session and write to 1 person" in browser.get(f"/desk/sessions/{session.ref}/cancel").text
    refused = browser.post(f"/desk/sessions/{session.ref}/cancel", {"reason": ""})
    assert "Write why it is cancelled" in refused.text
    page = browser.follow(browser.post(f"/desk/sessions/{session.ref}/cancel", {"reason": "No trainer"}))
    assert "2 places and 1 booking ended" in page.text and "No trainer" in page.text
    db.session.refresh(booking)
    assert booking.status is BookingStatus.SESSION_CANCELLED


def test_a_delegate_cannot_open_the_coordinators_pages(as_role):
    session = a_session()
    browser = as_role(Role.DELEGATE)
    for address in ("/desk", "/desk/sessions", f"/desk/sessions/{session.ref}", f"/desk/sessions/{session.ref}/cancel"):
        assert browser.get(address).status_code == 403


def test_a_coordinator_sees_who_is_on_a_session_with_a_fixed_number_of_statements(as_role, counting):
    session = a_session(places=100)
    browser = as_role(Role.COORDINATOR)
    for _ in range(FEWEST):
        a_booking(session)
    browser.get(f"/desk/sessions/{session.ref}", checked=False)  # what past sessions taught is read once
    few = counting(lambda: browser.get(f"/desk/sessions/{session.ref}", checked=False))
    for _ in range(30):
        a_booking(session)
    assert counting(lambda: browser.get(f"/desk/sessions/{session.ref}", checked=False)) == few


def test_an_old_address_to_join_leads_to_the_present_meeting(as_role, client):
    session = a_session(venue_or_link="https://meet.example/old")
    booking = a_booking(session)
    assert client.get(f"/join/{booking.ref}").location == "https://meet.example/old"
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).venue_or_link = "https://meet.example/new"
    assert client.get(f"/join/{booking.ref}").location == "https://meet.example/new"
    services.give_back(booking_id=booking.id, by="me", now=clock.now())
    gone = client.get(f"/join/{booking.ref}")
    assert gone.status_code == 410 and "nothing to join" in gone.text


def test_a_private_feed_follows_a_persons_places_until_its_address_is_ended(as_role, client):
    browser = as_role(Role.DELEGATE)
    booking = a_booking(a_session(course=a_course(title="Child neglect")), db.session.get(type(a_person()), browser.person_id))
    a_booking(a_session(course=a_course(title="Somebody else's")))
    page = browser.post("/calendars", {"feed": "mine", "act": "make"})
    address = re.search(r"http://localhost(/calendars/[\w-]+\.ics)", page.text).group(1)
    feed = client.get(address)
    assert feed.mimetype == "text/calendar" and "SUMMARY:Child neglect" in feed.text and "Somebody else" not in feed.text
    assert f"UID:{booking.ref}-1@localhost" in feed.text
    assert "SEQUENCE:0" in calendar_an_hour_after(booking), "nothing has changed since"
    with transaction() as writing:
        writing.get_one(CourseSession, booking.course_session_id).place_version += 1
    assert "SEQUENCE:2" in calendar_an_hour_after(booking)
    assert browser.post("/calendars", {"feed": "all", "act": "make"}).text.count("/calendars/") == 0
    browser.post("/calendars", {"feed": "mine", "act": "end"})
    gone = client.get(address)
    assert gone.status_code == 410 and "This address has ended" in gone.text and "Make a new address" in gone.text and "VEVENT" not in gone.text
    jobs.forget_links(clock.now() + KEPT + timedelta(days=1))
    forgotten = client.get(address)
    assert forgotten.status_code == 404 and "It may have ended more than three months ago." in forgotten.text


def calendar_an_hour_after(booking):
    """The person's feed an hour after they booked, as text: its sequence is that of the last change, as in the letter that told of it."""
    now = booking.booked_at + timedelta(hours=1)
    return calendar_rules.feed(calendar_queries.mine(booking.person_id, now, "http://localhost"), name="x", made_at=now)


def test_the_catalogue_says_of_a_session_that_it_is_not_sure_yet(client):
    a_session(tentative=True)
    assert client.get("/courses").text.count("It is not sure yet") == 1
    a_session()
    assert client.get("/courses").text.count("It is not sure yet") == 1
