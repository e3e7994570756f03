"""A letter that is withdrawn may have carried the only news of a time: what people read next starts from what they were last told. On both databases."""

import pytest

from app.booking import services
from app.booking.services import Cancelling
from app.booking.views.desk.changing import _asked as asked_of
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.core.london import london
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, all_left, book, broken, letters, queued
from tests.builders import a_booking, a_person

pytestmark = pytest.mark.usefixtures("app")
LATER = NOW + HOUR


def move(session, *, days=7, now=LATER):
    parts = [(part.starts_at + days * DAY, part.ends_at + days * DAY) for part in session.parts]
    services.change_session(session_id=session.id, capacity=session.capacity, by="c", now=now, planned=Planned(
        parts, session.format, session.venue_or_link, session.trainer_id))


def cancel(*sessions, now=LATER + MINUTE):
    services.cancel_sessions(cancelling=[Cancelling(session.id) for session in sessions], reason="Snow", by="c", now=now)


def undo(session):
    services.undo_cancelling(session_ids=[session.id], by="c", now=LATER + 3 * MINUTE)


def day(at):
    local = london(at)
    return f"{local.day} {local:%B %Y}"


def said(person):
    (letter,) = [one for one in letters(person=person, fate=LetterStatus.QUEUED) if one.kind not in ("taken-out", "calendar-entry")]
    return letter.kind, " ".join(letter.text.split())


@pytest.mark.parametrize("left", [False, True], ids=["the news waits", "the news has left"])
def test_of_a_session_that_was_moved_and_then_called_off_people_read_the_time_that_they_were_told(left):
    session = a_session(places=1)
    before = day(session.starts_at)
    booked, waiting = book(session), book(session)
    all_left()
    move(session)
    after = day(session.starts_at)
    if left:
        all_left()
    cancel(session)
    for booking in (booked, waiting):
        kind, text = said(booking.person)
        assert (kind, before in text, after in text) == ("session-cancelled", not left, left)
    assert broken(LATER) == []


def test_of_several_sessions_each_is_named_by_the_time_that_its_reader_was_told():
    person, moved, other = a_person(), a_session(), a_session(starts_in=12 * DAY)
    before = day(moved.starts_at)
    book(moved, person), book(other, person)
    all_left()
    move(moved)
    cancel(moved, other)
    kind, text = said(person)
    assert kind == "sessions-cancelled" and before in text and day(other.starts_at) in text and day(moved.starts_at) not in text


def test_a_new_time_that_waited_when_the_session_was_called_off_is_asked_about_when_it_takes_place_after_all():
    session = a_session(places=1)
    booked, waiting = book(session), book(session)
    all_left()
    move(session)
    cancel(session)
    undo(session)
    for booking, expected in ((booked, "times-changed"), (waiting, "list-times-changed")):
        kind, text = said(booking.person)
        assert kind == expected and day(session.starts_at) in text and text.startswith("Hello") and "New time" in text
    move(session, now=LATER + 4 * MINUTE)
    cancel(session, now=LATER + 5 * MINUTE)
    services.undo_cancelling(session_ids=[session.id], by="c", now=LATER + 6 * MINUTE)
    assert said(booked.person)[0] == "times-changed" and day(session.starts_at) in said(booked.person)[1]


def test_who_has_read_of_the_new_time_is_told_that_it_takes_place_after_all_as_ever():
    session = a_session()
    booking = book(session)
    all_left()
    move(session)
    all_left()
    cancel(session)
    undo(session)
    assert queued(booking.person) == ["place-confirmed"]


def test_of_a_later_part_at_another_time_people_are_asked_what_can_be_answered_once_the_session_has_begun():
    session = a_session(starts_in=-HOUR)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + 7 * DAY, ends_at=session.ends_at + 7 * DAY))
        writing.get_one(CourseSession, session.id).ends_at = session.ends_at + 7 * DAY
    booking = a_booking(session, booked_at=NOW - 20 * DAY)
    db.session.expire_all()
    first, second = ((part.starts_at, part.ends_at) for part in db.session.get_one(CourseSession, session.id).parts)
    services.change_session(session_id=session.id, capacity=session.capacity, by="c", now=NOW, planned=Planned(
        [first, (second[0] + DAY, second[1] + DAY)], session.format, session.venue_or_link, None))
    kind, text = said(booking.person)
    assert kind == "times-changed" and "whether you can come to the rest" in text and "give your place back" not in text and "giving" not in text
    with transaction() as writing:
        kept = writing.get_one(CourseSession, session.id)
        assert "send their apologies" not in asked_of(kept)
        kept.starts_at = clock.now() - MINUTE
        assert "send their apologies" in asked_of(kept)
