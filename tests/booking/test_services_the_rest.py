"""Calling off what is left of a session of several parts that is under way, and saying that one cannot come to it. On both databases."""

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from app.accounts.rules import Role
from app.attendance import services as registers
from app.attendance.rules import Outcome
from app.attendance.services import Mark
from app.booking import services
from app.booking.models import Booking, BookingEvent, BookingNeed, Charge, SessionEvent
from app.booking.queries import history, mine, one_session
from app.booking.rules.possible import Can, can
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, book, broken, letters, status
from tests.builders import a_booking, a_trainer, an_account
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import send

pytestmark = pytest.mark.usefixtures("app")


def in_three_parts(**more):
    session = a_session(starts_in=10 * DAY, **more)
    with transaction() as writing:
        for days in (7, 14):
            writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + days * DAY, ends_at=session.ends_at + days * DAY))
        kept = writing.get_one(CourseSession, session.id)
        kept.ends_at, kept.last_day = kept.ends_at + 14 * DAY, (kept.ends_at + 14 * DAY).date()
    db.session.expire_all()
    return db.session.get_one(CourseSession, session.id)


def cancel_rest(session, now, **more):
    return services.cancel_rest(session_id=session.id, **{"reason": "The trainer is ill", "by": "c", "now": now, **more})


def fresh(session):
    db.session.rollback()
    return db.session.get_one(CourseSession, session.id, populate_existing=True)


def all_sent():
    with transaction() as writing:
        writing.execute(sa.update(Letter).where(Letter.status == LetterStatus.QUEUED).values(status=LetterStatus.SENT, sent_at=NOW, next_try_at=None))
    db.session.rollback()


def test_what_is_left_of_a_session_is_called_off_and_each_is_told_once_with_the_parts_out_of_their_calendar():
    trainer = a_trainer()
    session = in_three_parts(places=5, trainer=trainer)
    booked = [book(session) for _ in range(2)]
    walked_in = a_booking(session, status=BookingStatus.WALK_IN)
    services.say_needs(booking_id=booked[0].id, dietary="", access="A ramp", by="x", now=NOW)
    all_sent()
    second, third = [(part.starts_at, part.ends_at) for part in session.parts[1:]]
    first_ends, begun = session.parts[0].ends_at, session.starts_at + HOUR
    assert cancel_rest(session, begun) == 3
    kept = fresh(session)
    assert (kept.ends_at, len(kept.parts), kept.times_version, kept.status.value) == (first_ends, 1, 1, "scheduled")
    for booking in booked:
        letter, other = letters(person=booking.person, fate=LetterStatus.QUEUED)
        assert (letter.kind, other.kind) == ("rest-cancelled", "taken-out")
        gone = [Calendar.from_ical(one.calendar).walk("VEVENT")[0] for one in (letter, other)]
        assert [(str(one["UID"]).rpartition("-")[2].partition("@")[0], one["DTSTART"].dt) for one in gone] == [("2", second[0]), ("3", third[0])]
        assert {letter.calendar_method, other.calendar_method} == {"CANCEL"} and letter.valid_until == third[1]
        assert "The reason: The trainer is ill" in " ".join(letter.text.split()) and letter.due_at == begun
        assert status(booking) == "booked" and acts(booking)[-1] == "cancel"
    (alone,) = letters(person=walked_in.person, fate=LetterStatus.QUEUED)
    assert (alone.kind, alone.calendar) == ("rest-cancelled", None)
    assert [letter.subject.partition(" for ")[0] for letter in letters(person=trainer.person, fate=LetterStatus.QUEUED)] == ["The rest is cancelled"]
    said = db.session.scalars(sa.select(SessionEvent.what).where(SessionEvent.course_session_id == session.id).order_by(SessionEvent.id.desc())).first()
    assert said.startswith("The rest was cancelled: ") and said.endswith(". 5 places and 3 bookings were lost for it: The trainer is ill")
    assert db.session.scalar(sa.select(BookingNeed.delete_at)) == first_ends + 30 * DAY
    assert broken(begun) == [] and db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0


def test_each_history_names_that_the_rest_was_cancelled_and_why_and_no_other_time():
    session = in_three_parts(places=5)
    booking = book(session)
    cancel_rest(session, session.starts_at + HOUR)
    db.session.rollback()
    events = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id.desc()))
    assert history.lines(booking.id, events)[0].what == "The rest of the session was cancelled: The trainer is ill"
    of_booking, own = one_session.latest(session.id)[:2]
    assert (of_booking.name, of_booking.what) == (booking.person.name, "The rest of the session was cancelled: The trainer is ill")
    assert own.what.endswith("5 places and 1 booking were lost for it: The trainer is ill")


def test_what_took_place_is_the_whole_of_the_session_for_its_register():
    session = in_three_parts(places=5)
    booking, missed = book(session), book(session)
    marker, begun = an_account(Role.COORDINATOR), session.starts_at + HOUR
    registers.save_marks(session_id=session.id, account_id=marker.id, coordinator=True, now=begun,
                         marks=[Mark(booking.ref, Outcome.ATTENDED, None, None), Mark(missed.ref, Outcome.NO_SHOW, None, None)])
    cancel_rest(session, begun)
    assert fresh(session).minutes == 180
    registers.finish(session_id=session.id, account_id=marker.id, coordinator=True, now=begun + 3 * HOUR)
    assert fresh(session).status.value == "delivered" and broken(begun + 3 * HOUR) == []
    with pytest.raises(Refused, match="Nothing of this session is still to come"):
        cancel_rest(session, begun + 4 * HOUR)


@pytest.mark.parametrize(("at", "more", "says"), [
    (-HOUR, {}, "has not begun yet"), (15 * DAY, {}, "Nothing of this session is still to come"), (HOUR, {"reason": " "}, "Write why"),
    (HOUR, {"times": 5}, "time of this session has changed")])
def test_the_rest_that_cannot_be_called_off_stays(at, more, says):
    session = in_three_parts()
    book(session)
    with pytest.raises(Refused, match=says):
        cancel_rest(session, session.starts_at + at, **more)
    assert len(fresh(session).parts) == 3 and letters(kind="rest-cancelled") == []


def test_a_part_that_is_being_held_goes_on():
    session = in_three_parts()
    book(session)
    ends_at = session.parts[1].ends_at
    cancel_rest(session, session.parts[1].starts_at + MINUTE)
    assert (len(fresh(session).parts), fresh(session).ends_at) == (2, ends_at)


def test_whoever_came_to_the_first_part_can_say_that_they_cannot_come_to_the_rest():
    session = in_three_parts(places=5)
    booking, begun = book(session), session.starts_at + HOUR
    registers.save_marks(session_id=session.id, account_id=an_account(Role.COORDINATOR).id, coordinator=True, now=begun,
                         marks=[Mark(booking.ref, Outcome.ATTENDED, None, None)])
    kept = mine.booking_numbered(booking.id)
    assert Can.APOLOGISE in can(mine.held(kept), begun + 10 * DAY) and Can.APOLOGISE not in can(mine.held(kept), begun + 15 * DAY)
    services.send_apologies(booking_id=booking.id, reason="Court", by="x", now=begun + DAY)
    assert (status(booking), db.session.get_one(Booking, booking.id).reason, broken(begun + DAY)) == ("booked", "Court", [])


def test_a_new_time_of_a_later_part_can_be_said_yes_to_while_the_session_is_under_way():
    session = in_three_parts(places=5)
    booking = book(session)
    under_way = session.starts_at + 2 * DAY
    first, *_later = parts = sorted((part.starts_at, part.ends_at) for part in session.parts)
    moved = [first, *((starts_at + HOUR, ends_at + HOUR) for starts_at, ends_at in parts[1:])]
    services.change_session(session_id=session.id, planned=Planned(moved, session.format, session.venue_or_link, None), capacity=5, by="c", now=under_way)
    assert len(letters(kind="times-changed", person=booking.person)) == 1
    held = mine.held(db.session.get_one(Booking, booking.id), 2)
    assert can(held, under_way + HOUR) == {Can.CONFIRM_TIME, Can.APOLOGISE}
    services.say_still_coming(booking_id=booking.id, by="x", now=under_way + HOUR)
    assert acts(booking)[-1] == "still_coming" and can(mine.held(db.session.get_one(Booking, booking.id), 2), under_way + 2 * HOUR) == {Can.APOLOGISE}
    with pytest.raises(Refused, match="last part of this session has started"):
        services.say_still_coming(booking_id=booking.id, by="x", now=moved[-1][0])


@pytest.mark.parametrize("named", [False, True], ids=["told before", "not told yet that it is theirs"])
def test_that_the_rest_is_called_off_reaches_whoever_gives_the_session_though_no_part_is_to_come_any_more(named):
    trainer = a_trainer()
    session = in_three_parts(places=5, trainer=None if named else trainer)
    if named:
        services.change_session(session_id=session.id, capacity=5, by="c", now=session.starts_at + HOUR, planned=Planned(
            [(part.starts_at, part.ends_at) for part in session.parts], session.format, session.venue_or_link, trainer.person_id))
    begun = session.starts_at + HOUR
    cancel_rest(session, begun)
    with smtp_server() as mail_server:
        send(mail_server, begun + DAY)
    (letter,) = [one for one in letters(person=trainer.person) if one.status is not LetterStatus.VOID]
    assert (letter.kind, letter.status) == ("trainer-named" if named else "trainer-changed", LetterStatus.SENT)
