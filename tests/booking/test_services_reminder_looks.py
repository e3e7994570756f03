"""Sessions are looked at for reminders when something is due or changed, and at rest one statement says that there is none."""

import inspect

import pytest
import sqlalchemy as sa

from app.booking import jobs, services
from app.booking.models import Booking, ReminderLook
from app.booking.rules.reminding import reminded_at
from app.booking.services import reminding
from app.catalogue.models import Course, CourseSession
from app.catalogue.services import Planned, save_course
from app.core import clock
from app.core.db import db, transaction
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, all_left, book, broken, give_back, letters
from tests.builders import a_course, a_partnership, a_person

pytestmark = pytest.mark.usefixtures("app")


def nine(session, days):
    return reminded_at(session.starts_at, days)


def reminders():
    return len(letters(kind="reminder"))


def a_looked_at_session(**more):
    """A session with one person, looked at when nothing was due."""
    session = a_session(starts_in=12 * DAY, places=9, **more)
    booking = book(session, now=NOW - 3 * HOUR)
    jobs.remind(NOW)
    assert services.sessions_to_remind(NOW + MINUTE) == []
    return session, booking


def test_at_rest_one_statement_finds_that_nothing_is_due(counting):
    for _ in range(5):
        a_looked_at_session()
    db.session.rollback()
    services.sessions_to_remind(NOW)
    assert counting(lambda: services.sessions_to_remind(NOW + MINUTE)) == 1


def test_a_session_is_looked_at_when_its_next_reminder_is_due_and_not_before():
    session, _booking = a_looked_at_session()
    for days in (11, 10, 9, 8):
        jobs.remind(nine(session, days))
    assert services.sessions_to_remind(nine(session, 7) - MINUTE) == []
    jobs.remind(nine(session, 7))
    assert reminders() == 1 and services.sessions_to_remind(nine(session, 7) + MINUTE) == []
    assert services.sessions_to_remind(nine(session, 7) + 25 * HOUR) == [session.id], "once a day at the least"


def test_whoever_takes_a_return_back_after_the_reminder_was_due_is_reminded_at_the_next_tick():
    session, booking = a_looked_at_session()
    give_back(booking, now=nine(session, 7) - 5 * MINUTE)
    jobs.remind(nine(session, 7))
    assert reminders() == 0
    services.undo_giving_back(booking_id=booking.id, by="x", now=nine(session, 7) + 5 * MINUTE)
    jobs.remind(nine(session, 7) + 6 * MINUTE)
    assert reminders() == 1


def test_another_time_other_settings_of_the_course_or_another_policy_are_seen_at_the_next_tick():
    session, _booking = a_looked_at_session(course=a_course())
    soon = NOW + HOUR
    today = (session.starts_at - NOW).days
    course = db.session.get(Course, session.course_id)
    save_course(course_id=course.id, facts={"code": course.code, "reminder_days": [today]}, priority_ids=[], now=NOW)
    jobs.remind(soon)
    assert reminders() == 1
    with transaction() as writing:
        writing.execute(sa.update(Booking).values(booked_at=NOW - 2 * DAY))
    services.save_policy(partnership_id=None, starts_on=clock.london_date(NOW), facts={"joining_days": today}, now=NOW)
    jobs.remind(soon + HOUR)
    assert len(letters(kind="joining-instructions")) == 1
    with transaction() as writing:
        writing.execute(sa.update(CourseSession).values(starts_at=session.starts_at - DAY, ends_at=session.ends_at - DAY))
    assert services.sessions_to_remind(soon + 2 * HOUR) == [session.id]


def test_each_area_is_reminded_as_its_own_policy_says_and_a_course_overrules_both():
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(NOW), facts={"reminder_days": [3]}, now=NOW)
    session = a_session(starts_in=12 * DAY, places=9)
    theirs, others = book(session, a_person(partnership=area)), book(session)
    for days in (7, 3, 1):
        jobs.remind(nine(session, days))
    assert [(letter.person_id, letter.about.split(":")[3]) for letter in letters(kind="reminder")] == [
        (others.person_id, "7"), (theirs.person_id, "3"), (others.person_id, "1")]
    quiet = a_session(starts_in=12 * DAY, places=9, course=a_course(reminder_days=[], joining_days=0))
    book(quiet)
    before = len(letters())
    for days in (7, 5, 1):
        jobs.remind(nine(quiet, days))
    assert len(letters()) == before


def set_days(session, *days):
    with transaction() as writing:
        writing.execute(sa.update(Course).where(Course.id == session.course_id).values(reminder_days=list(days)))


def test_days_that_are_changed_bring_no_reminder_again_and_a_later_one_on_its_day():
    session, _booking = a_looked_at_session(course=a_course(reminder_days=[7, 1]))
    jobs.remind(nine(session, 7))
    for hours, days in enumerate(((10, 1), (11, 1), (8, 7, 1), (11, 4, 1)), start=1):
        set_days(session, *days)
        jobs.remind(nine(session, 7) + hours * HOUR)
        assert reminders() == 1
    for days in (4, 1):
        jobs.remind(nine(session, days))
    assert [letter.about.split(":")[3] for letter in letters(kind="reminder")] == ["7", "4", "1"]


@pytest.mark.parametrize(("facts", "kind"), [({"reminder_days": [11, 1]}, "reminder"), ({"joining_days": 11}, "joining-instructions")])
def test_what_a_new_policy_makes_due_at_night_leaves_at_nine(facts, kind):
    session, _booking = a_looked_at_session()
    night = nine(session, 9) - 9 * HOUR + 5 * MINUTE
    services.save_policy(partnership_id=None, starts_on=clock.london_date(night), facts=facts, now=NOW)
    jobs.remind(night)
    assert [letter.due_at for letter in letters(kind=kind)] == [nine(session, 9)]
    jobs.remind(nine(session, 9))
    assert len(letters(kind=kind)) == 1


def test_a_job_run_as_at_a_later_day_does_not_keep_the_present_ones_back():
    session, _booking = a_looked_at_session()
    with transaction() as writing:
        writing.execute(sa.update(ReminderLook).values(look_at=NOW + 300 * DAY))
    assert services.sessions_to_remind(NOW + MINUTE) == [session.id]
    assert broken() == []


def test_the_switch_without_the_version_of_the_places_a_return_taken_back_is_missed():
    """The canary: what the version of the places is there for."""
    session, booking = a_looked_at_session()
    give_back(booking, now=nine(session, 7) - 5 * MINUTE)
    jobs.remind(nine(session, 7))
    services.undo_giving_back(booking_id=booking.id, by="x", now=nine(session, 7) + 5 * MINUTE)
    source = inspect.getsource(reminding.sessions_to_remind).replace("ReminderLook.places_version != CourseSession.places_version, ", "")
    place = dict(vars(reminding))
    exec(source, place)
    assert place["sessions_to_remind"](nine(session, 7) + 6 * MINUTE) == [] != services.sessions_to_remind(nine(session, 7) + 6 * MINUTE)


def move(session, later, now):
    parts = [(part.starts_at + later, part.ends_at + later) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(parts, session.format, session.venue_or_link, None), capacity=session.capacity, by="c", now=now)


def test_who_was_told_of_a_new_time_is_not_reminded_of_it_at_once_and_not_told_again_what_they_need():
    session, booking = a_looked_at_session()
    for days in (7, 5):
        jobs.remind(nine(session, days))
    assert sorted(letter.kind for letter in letters(person=booking.person)) == ["joining-instructions", "place-confirmed", "reminder"]
    all_left()
    changed = nine(session, 3) + HOUR
    move(session, HOUR, changed)
    jobs.remind(changed + MINUTE)
    assert [letter.kind for letter in letters(person=booking.person, fate=LetterStatus.QUEUED)] == ["times-changed"]
    db.session.rollback()
    jobs.remind(nine(db.session.get_one(CourseSession, session.id), 1))
    assert reminders() == 2, "the day before they are reminded as everybody is"


def test_who_was_told_of_a_new_time_before_anything_was_due_has_each_letter_on_its_day():
    session, _booking = a_looked_at_session()
    move(session, 5 * DAY, NOW + HOUR)
    session = db.session.get_one(CourseSession, session.id, populate_existing=True)
    for days in (7, 5, 1):
        jobs.remind(nine(session, days))
    assert reminders() == 2 and len(letters(kind="joining-instructions")) == 1
