"""Private calendars of trainers and coordinators: what is in them, for how long, and that an entry's sequence rises with each change."""

import re

import pytest
from icalendar import Calendar

from app.accounts.rules import Role
from app.accounts.services import set_roles
from app.booking import services
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from tests.booking.acting import HOUR
from tests.builders import a_course, a_person, a_session, a_trainer


def made(browser, feed):
    """The path of a new address for this calendar."""
    return re.search(r"http://localhost(/calendars/[\w-]+\.ics)", browser.post("/calendars", {"feed": feed, "act": "make"}).text).group(1)


def entries(client, path):
    return {str(one["SUMMARY"]): (str(one["UID"]), int(one["SEQUENCE"]), str(one["LOCATION"])) for one in Calendar.from_ical(client.get(path).text).walk("VEVENT")}


@pytest.mark.parametrize(("role", "feed"), [(Role.TRAINER, "trainer"), (Role.COORDINATOR, "all")])
def test_trainers_have_the_sessions_they_give_and_coordinators_every_session(as_role, client, role, feed):
    browser = as_role(role)
    person = db.session.get(type(a_person()), browser.person_id)
    a_session(course=a_course(title="Given"), trainer=person)
    a_session(course=a_course(title="Given by another"), trainer=a_trainer())
    assert set(entries(client, made(browser, feed))) == ({"Given"} if feed == "trainer" else {"Given", "Given by another"})


def test_an_entry_of_a_trainer_rises_with_another_time_and_with_another_place(as_role, client):
    browser = as_role(Role.TRAINER)
    session = a_session(course=a_course(title="Given"), trainer=db.session.get(type(a_person()), browser.person_id))
    path, seen = made(browser, "trainer"), []
    for hours, where in ((0, session.venue_or_link), (1, session.venue_or_link), (0, "County Hall"), (2, "https://meet.example/1")):
        parts = [(session.starts_at + hours * HOUR, session.ends_at + hours * HOUR)]
        services.change_session(session_id=session.id, planned=Planned(parts, session.format, where, session.trainer_id), capacity=2, by="c", now=clock.now())
        seen.append(entries(client, path)["Given"])
    assert len({uid for uid, _sequence, _where in seen}) == 1 and seen[-1][2] == "https://meet.example/1"
    sequences = [sequence for _uid, sequence, _where in seen]
    assert sequences == sorted(set(sequences))


@pytest.mark.parametrize(("role", "feed"), [(Role.TRAINER, "trainer"), (Role.COORDINATOR, "all"), (Role.DELEGATE, "mine")])
def test_a_calendar_ends_with_the_role_or_the_account_that_it_was_made_with(as_role, client, role, feed):
    browser = as_role(role)
    path = made(browser, feed)
    assert client.get(path).status_code == 200
    set_roles(person_id=browser.person_id, roles=set() if feed == "mine" else {Role.DELEGATE}, password="", now=clock.now())
    gone = client.get(path, checked=False)
    assert gone.status_code == 410 and "has ended, or no longer has the role that it needs" in gone.text and "VEVENT" not in gone.text
