"""Pages on which a session is planned, and those on which it is changed."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def day(days):
    return f"{clock.london_date(clock.now() + timedelta(days=days)):%d/%m/%Y}"


def a_form(**more):
    return {"day_1": day(20), "starts_1": "9:30", "ends_1": "12:30", "format": "in_person", "venue_or_link": "Hall", "capacity": "12", "trainer": "0",
            **more}


def test_a_button_pressed_twice_plans_one_session_and_leads_to_it(desk):
    a_course(code="neg")
    address = "/desk/courses/neg/sessions/new"
    once = re.search(r'name="once" value="([^"]+)"', desk.get(address).text)[1]
    assert f'value="{once}"' in desk.post(address, a_form(once=once, ends_1="9:00")).text, "an error keeps the key"
    first, second = (desk.post(address, a_form(once=once)) for _ in range(2))
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count(CourseSession.id))) == 1
    desk.post(address, a_form(once="another"))
    assert db.session.scalar(sa.select(sa.func.count(CourseSession.id))) == 2


@pytest.mark.parametrize(("changed", "said"), [
    ({"ends_1": "8:00"}, "ends before it starts"), ({"day_1": day(-2)}, "lies in the past"),
    ({"day_2": day(20), "starts_2": "10:00", "ends_2": "11:00"}, "overlap"), ({"capacity": "1"}, "2 places are promised"),
])
def test_a_change_that_cannot_be_is_refused_before_anybody_is_asked_to_tell_people(desk, changed, said):
    session = a_session(places=5)
    a_booking(session)
    a_booking(session)
    page = desk.post(f"/desk/sessions/{session.ref}/change", a_form(**changed)).text
    assert said in page and "Check what people are told" not in page and "Hall" in page


def test_days_of_booking_that_move_with_the_session_are_said_before_and_after(desk):
    session = a_session(places=5, starts_in=timedelta(days=30))
    a_booking(session)
    with transaction():
        session.closes_at = clock.now() + timedelta(days=28)
    address = f"/desk/sessions/{session.ref}/change"
    page = desk.post(address, a_form(capacity="5")).text
    assert "What would lie after the new start moves with it. Booking closes: " in page
    assert "Booking closes: " in desk.follow(desk.post(address, a_form(capacity="5", confirmed="1"))).text
    kept = db.session.get_one(CourseSession, session.id, populate_existing=True)
    assert clock.now() < kept.closes_at < kept.starts_at


NOTHING = {"minimum": "", "decide_on": "", "confirm_days": ""}


def shown(page):
    """The fields that a page's form carries without being typed."""
    return {"seen": re.search(r'name="seen"[^>]*value="([^"]+)"', page)[1]}


@pytest.mark.parametrize("told", [True, False])
def test_what_somebody_else_changed_meanwhile_is_said_before_it_is_overwritten(desk, told):
    session = a_session(places=10, starts_in=timedelta(days=20))
    if told:
        a_booking(session)
    address = f"/desk/sessions/{session.ref}/change"
    opened = shown(desk.get(address).text)
    with transaction():
        session.capacity, session.venue_or_link = 25, "County Hall"
    page = desk.post(address, a_form(**opened, capacity="10", venue_or_link="Town Hall")).text
    assert "Somebody has changed this since you opened the page" in page and "Places: 25" in page and "County Hall" in page and "Town Hall" in page
    db.session.rollback()
    assert (session.capacity, session.venue_or_link) == (25, "County Hall")
    desk.post(address, a_form(**shown(page), capacity="10", venue_or_link="Town Hall", confirmed="1"))
    db.session.rollback()
    assert (session.capacity, session.venue_or_link) == (10, "Town Hall"), "whoever has read it may overwrite it"


def test_rules_that_somebody_else_saved_meanwhile_are_not_lost(desk):
    session = a_session(places=10)
    address = f"/desk/sessions/{session.ref}/rules"
    opened = shown(desk.get(address).text)
    with transaction():
        session.minimum = 8
    page = desk.post(address, {**opened, **NOTHING, "tentative": "y"}).text
    assert "Somebody has changed this since you opened the page" in page and ": 8" in page
    db.session.rollback()
    assert session.minimum == 8 and not session.tentative


def test_the_switch_without_what_the_page_showed_the_other_change_is_overwritten_unseen(desk):
    session = a_session(places=10)
    address = f"/desk/sessions/{session.ref}/rules"
    desk.get(address)
    with transaction():
        session.minimum = 8
    desk.post(address, {**NOTHING, "tentative": "y"})
    db.session.rollback()
    assert session.minimum is None and session.tentative


def test_fewer_places_for_a_group_that_waits_together_are_said_before_and_who_is_told(desk):
    session, booker = a_session(places=4, starts_in=timedelta(days=20)), a_person(first_name="Lee", last_name="Lead")
    for _ in range(2):
        a_booking(session)
    services.book_for_others(session_id=session.id, person_ids=[a_person().id for _ in range(3)], together=True, by="Lee Lead",
                             behalf=services.OnBehalf(booker.id, coordinator=True), now=clock.now())
    address = f"/desk/sessions/{session.ref}/change"
    typed = dict(re.findall(r'name="([a-z_0-9]+)"[^>]*value="([^"]*)"', desk.get(address).text))
    same = {name: typed[name] for name in ("day_1", "starts_1", "ends_1")} | {"venue_or_link": session.venue_or_link or "", "format": session.format.value}
    page = desk.post(address, a_form(**same, capacity="2")).text
    assert "group of 3 waits to come together and never could with 2 places. Lee Lead is told." in page and "Save and tell them" in page
    desk.post(address, a_form(**same, capacity="2", confirmed="1"))
    assert db.session.scalars(sa.select(Letter.kind).where(Letter.person_id == booker.id)).all() == ["group-without-room"]


def as_it_stands(session, page, **more):
    """What the form shows, with something changed."""
    typed = dict(re.findall(r'name="((?:day|starts|ends)_1)"[^>]*value="([^"]*)"', page))
    return {**shown(page), **typed, "format": session.format.value, "venue_or_link": session.venue_or_link, "capacity": str(session.capacity),
            "trainer": str(session.trainer_id or 0), **more}


def letters_to_trainers():
    db.session.rollback()
    return db.session.scalars(sa.select(Letter.kind).where(Letter.kind.startswith("trainer")).order_by(Letter.kind)).all()


def test_another_trainer_is_said_before_it_is_saved_and_both_are_counted(desk):
    tim, tom = (a_trainer(person=a_person(first_name=name, last_name="Hall")) for name in ("Tim", "Tom"))
    session = a_session(places=5, starts_in=timedelta(days=20), trainer=tim)
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/change"
    typed = as_it_stands(session, desk.get(address).text, trainer=str(tom.person_id))
    page = desk.post(address, typed).text
    assert "Tom Hall is told that this session is theirs to give." in page and "Tim Hall is told that it is theirs no longer." in page
    assert "Nothing changes for those who have a place or wait" in page and "Save and tell 2 people" in page and letters_to_trainers() == []
    assert desk.post(address, typed | {"confirmed": "1"}).status_code == 302
    assert letters_to_trainers() == ["trainer-named", "trainer-released"]


def test_another_trainer_and_another_time_count_all_who_are_written_to(desk):
    tim, tom = a_trainer(), a_trainer()
    session = a_session(places=5, starts_in=timedelta(days=20), trainer=tim)
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/change"
    typed = as_it_stands(session, desk.get(address).text, trainer=str(tom.person_id), day_1=day(30))
    page = desk.post(address, typed).text
    assert "Change the time for 3 people" in page and "is theirs to give" in page and "theirs no longer" in page
    desk.post(address, typed | {"confirmed": "1"})
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Letter.person_id)))) == 3


def test_a_trainer_who_gives_another_session_then_is_pointed_out_before_it_is_saved(desk):
    tim = a_trainer(person=a_person(first_name="Tim", last_name="Hall"))
    session, theirs = (a_session(places=5, starts_in=timedelta(days=days), trainer=one) for days, one in ((20, None), (30, tim)))
    address = f"/desk/sessions/{session.ref}/change"
    page = desk.get(address).text
    quiet = desk.post(address, as_it_stands(session, page, trainer=str(tim.person_id))).text
    assert "Tim Hall is told" in quiet and "at that time too" not in quiet
    at = re.search(r'name="day_1"[^>]*value="([^"]*)"', desk.get(f"/desk/sessions/{theirs.ref}/change").text)[1]
    assert f"Tim Hall gives {theirs.title} at that time too: " in desk.post(
        address, as_it_stands(session, page, trainer=str(tim.person_id), day_1=at)).text


def test_the_trainer_of_a_draft_changes_without_a_question(desk):
    session, tom = a_session(places=5, status=SessionStatus.DRAFT), a_trainer()
    address = f"/desk/sessions/{session.ref}/change"
    assert desk.post(address, as_it_stands(session, desk.get(address).text, trainer=str(tom.person_id))).status_code == 302
    assert letters_to_trainers() == []
