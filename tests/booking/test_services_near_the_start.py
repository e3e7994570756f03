"""What happens shortly before a session, twice in a row, or after a mark was corrected, is told, offered and charged as it stands."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking
from app.booking.queries import cancelling, notices
from app.booking.rules.displaced import Fate, fates
from app.booking.rules.policy import Notice
from app.catalogue import services as catalogue
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, SessionStatus
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    book,
    broken,
    give_back,
    letters,
    settle,
    status,
)
from tests.builders import a_course, a_person

pytestmark = pytest.mark.usefixtures("app")
WHENEVER = services.Wish(whenever=True)


def leaves(kind, person):
    """The one letter of this kind to somebody: when it is due, and until when it is of use."""
    (letter,) = letters(kind=kind, person=person)
    return letter.due_at, letter.valid_until


@pytest.mark.parametrize(("before", "waits"), [(9 * MINUTE, False), (11 * MINUTE, True)])
def test_a_session_that_is_cancelled_minutes_before_its_start_is_told_at_once_and_that_is_not_undone(before, waits):
    session = a_session()
    person = book(session).person
    now = session.starts_at - before
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=now)
    due, until = leaves("session-cancelled", person)
    assert (due, until) == (now + (10 * MINUTE if waits else timedelta()), session.ends_at)
    assert [bool(one.undone_until) for one in cancelling.lately(now)] == [waits]
    if waits:
        assert services.undo_cancelling(session_ids=[session.id], by="c", now=now).restored == 1
        return
    with pytest.raises(Refused, match="told at once"):
        services.undo_cancelling(session_ids=[session.id], by="c", now=now)


def test_who_asked_and_heard_nothing_until_the_start_is_told_so_after_it():
    session = a_session(course=a_course(approval=Approval.COORDINATOR), starts_in=2 * DAY)
    booking = book(session)
    settle(session, session.starts_at)
    assert status(booking) == "lapsed" and leaves("request-lapsed", booking.person)[1] == session.ends_at


def test_what_is_said_of_a_later_part_is_of_use_until_that_begins():
    session = a_session()
    booking = book(session)
    later = (session.starts_at + 7 * DAY, session.ends_at + 7 * DAY)
    services.change_session(session_id=session.id, planned=Planned([(session.starts_at, session.ends_at), later], session.format, session.venue_or_link, None),
                            capacity=1, by="c", now=NOW)
    assert leaves("times-changed", booking.person)[1] == later[0]


def test_nobody_who_was_asked_loses_the_place_by_silence_once_nobody_is_asked_any_more():
    session = a_session(starts_in=20 * DAY)
    booking = book(session)
    with transaction():
        kept, there = db.session.get_one(CourseSession, session.id), db.session.get_one(Booking, booking.id)
        kept.confirm_days, there.asked_at, there.due_at = 3, NOW, NOW + DAY
    services.set_booking_rules(session_id=session.id, rules={"confirm_days": None}, by="c", now=NOW)
    assert db.session.get_one(Booking, booking.id).due_at is None


def test_who_was_displaced_twice_is_offered_the_third_date_first():
    course = a_course()
    first, second, third = (a_session(course=course, starts_in=days * DAY, places=places) for days, places in ((20, 2), (25, 1), (30, 5)))
    held, listed = book(first), book(first, now=NOW + MINUTE)
    services.cancel_session(session_id=first.id, other_id=second.id, reason="ill", by="c", now=NOW + HOUR)
    found = cancelling.one_session(second.id, NOW + HOUR)
    (choice,) = found.sessions
    told = dict(fates([choice.called_off(third.id)], found.others, NOW + HOUR)[second.id])
    assert told == {held.person_id: Fate.HELD, listed.person_id: Fate.HELD}
    services.cancel_session(session_id=second.id, other_id=third.id, reason="ill too", by="c", now=NOW + 2 * HOUR)
    there = db.session.execute(sa.select(Booking.person_id, Booking.status).where(Booking.course_session_id == third.id)).all()
    assert {row.person_id: row.status.value for row in there} == {held.person_id: "offered", listed.person_id: "offered"}


def test_nobody_who_said_whenever_is_booked_in_the_last_hours_in_which_nobody_is_asked():
    session, (first,), _ = a_full_session(starts_in=20 * DAY)
    waits = book(session, wish=WHENEVER)
    give_back(first, now=session.starts_at - HOUR)
    assert status(waits) == "waiting"


def test_who_was_let_in_after_the_deadline_may_say_no_as_long_as_an_offer_would_have_stood():
    session, (first,), _ = a_full_session(starts_in=20 * DAY)
    waits = book(session, wish=WHENEVER)
    near = session.starts_at - 8 * HOUR
    give_back(first, now=near - HOUR)
    settle(session, near)
    booking = db.session.get_one(Booking, waits.id)
    assert booking.status.value == "booked"
    assert notices.notice_of(booking, near + HOUR) is Notice.IN_TIME and notices.notice_of(booking, near + 3 * HOUR) is Notice.LATE


def test_an_offer_that_the_new_time_leaves_no_time_to_answer_goes_back_to_the_list_and_is_no_lapse():
    session, (first,), (waits,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + HOUR)
    assert status(waits) == "offered"
    soon = NOW + 2 * HOUR
    services.change_session(session_id=session.id, planned=Planned([(soon + HOUR, soon + 4 * HOUR)], session.format, session.venue_or_link, None),
                            capacity=1, by="c", now=soon)
    assert (status(waits), db.session.get_one(Booking, waits.id).lapses) == ("waiting", 0)
    assert letters(kind="offer-lapsed") == [] and letters(kind="list-times-changed", person=waits.person) and broken(soon) == []


def test_a_session_is_put_on_the_programme_under_its_lock(monkeypatch):
    session = a_session(status=SessionStatus.DRAFT)
    locked = []
    monkeypatch.setattr(services.listing, "hold", lambda *given: locked.append("hold") or services.locking.hold(*given))
    monkeypatch.setattr(catalogue, "publish", lambda **_: locked.append("publish"))
    services.put_on_programme(session_id=session.id, by="c", now=NOW)
    assert locked[:2] == ["hold", "publish"]


def test_a_reason_of_somebody_else_is_never_shown_as_the_reason_of_an_end():
    session = a_session(course=a_course(approval=Approval.COORDINATOR), places=1)
    first, waits = book(session), book(session)
    give_back(first)
    settle(session, NOW + HOUR)
    with transaction():
        db.session.get_one(Booking, waits.id).reason = "her case is in court next week"
    services.accept_offer(booking_id=waits.id, by="x", now=NOW + HOUR)
    services.refuse(booking_id=waits.id, reason="", by="c", now=NOW + HOUR)
    assert db.session.get_one(Booking, waits.id).reason is None


def test_who_was_moved_without_having_asked_and_declines_has_given_nothing_back_late():
    course = a_course()
    here, there = a_session(course=course, starts_in=DAY), a_session(course=course, starts_in=20 * DAY)
    booking = book(here)
    new = services.move(booking_id=booking.id, to_session_id=there.id, by="c", now=NOW, behalf_id=a_person().id)
    assert db.session.get_one(Booking, booking.id).notice is Notice.LATE
    assert letters(kind="booked-for-you", person=booking.person), "they are asked"
    services.decline(booking_id=new.id, by="x", now=NOW)
    assert db.session.get_one(Booking, booking.id).notice is None, "the first place is theirs again"


@pytest.mark.parametrize(("before", "stands"), [(2 * HOUR + 40 * MINUTE, "offered"), (2 * HOUR + 20 * MINUTE, "offered"), (2 * HOUR + 10 * MINUTE, "waiting")])
def test_what_is_given_back_shortly_before_offers_end_is_offered_while_somebody_can_be_asked(before, stands):
    session, (first,), (second,) = a_full_session(waiting=1)
    given = session.starts_at - before
    give_back(first, now=given)
    settle(session, min(given + 15 * MINUTE, session.starts_at - 2 * HOUR - 16 * MINUTE) if stands == "offered" else given)
    assert status(second) == stands
    if stands == "waiting":  # an offer of ten minutes would be none: whoever waits may take it
        services.take_free_place(booking_id=second.id, by="x", now=given + MINUTE)
        assert status(second) == "booked"


def test_a_request_that_nobody_answers_near_the_start_ends_while_its_place_can_be_offered_to_who_waits():
    session, (request,), (waits,) = a_full_session(course=a_course(approval=Approval.COORDINATOR), waiting=1, starts_in=5 * HOUR)
    assert status(request) == "awaiting_coordinator"
    ends_at = request.due_at
    settle(session, ends_at)
    assert (status(request), status(waits), session.starts_at - ends_at) == ("lapsed", "offered", 2 * HOUR + 30 * MINUTE)
    assert broken(ends_at) == []


def test_a_request_never_outlives_the_offers_of_a_new_time():
    session, (request,), (waits,) = a_full_session(course=a_course(approval=Approval.COORDINATOR), waiting=1, starts_in=20 * DAY)
    soon = NOW + 8 * HOUR
    services.change_session(session_id=session.id, planned=Planned([(soon, soon + HOUR)], session.format, session.venue_or_link, None),
                            capacity=1, by="c", now=NOW)
    db.session.rollback()
    settle(session, db.session.get_one(Booking, request.id).due_at)
    assert (status(request), status(waits)) == ("lapsed", "offered")
