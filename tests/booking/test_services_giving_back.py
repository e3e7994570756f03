"""Giving back, undoing it, colleagues, other dates, apologies and saying yes, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingNeed, CapacityOverride
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice
from app.booking.services import OnBehalf, Wish
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
    acts,
    book,
    broken,
    by_coordinator,
    give_back,
    settle,
    status,
    statuses,
)
from tests.builders import a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def undo(booking, now):
    services.undo_giving_back(booking_id=booking.id, by="x", now=now)


def fresh(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def declinable(booking):
    """The same booking as if somebody else had made it: what is declined goes on at once."""
    with transaction():
        booking.booked_by_id, booking.agreed_at = a_person().id, None
    return booking.id


def substitute(booking, person, now=NOW):
    return services.substitute(booking_id=booking.id, person_id=person.id, by="x", now=now)


def move(booking, session, now=NOW):
    return services.move(booking_id=booking.id, to_session_id=session.id, by="x", now=now)


def test_a_place_is_held_for_a_quarter_of_an_hour_and_then_goes_on():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    assert give_back(first) is Notice.IN_TIME
    settle(session, NOW + 15 * MINUTE - timedelta(milliseconds=1))
    assert statuses(session) == ["given_back", "waiting"]
    settle(session, NOW + 15 * MINUTE)
    assert statuses(session) == ["given_back", "offered"]
    assert acts(first) == ["book", "give_back", "free"] and acts(second) == ["join", "offer"]


def test_a_no_to_an_offer_can_be_undone_for_a_quarter_of_an_hour_and_then_the_place_goes_to_the_next():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    services.decline(booking_id=declinable(first), by="x", now=NOW)
    until, joined = fresh(second).due_at, second.booked_at
    give_back(second, now=NOW + HOUR)
    assert (status(second), status(third), acts(second)[-1]) == ("left_list", "waiting", "decline_offer")
    undo(second, NOW + HOUR + 14 * MINUTE)
    assert (status(second), fresh(second).due_at, fresh(second).booked_at) == ("offered", until, joined)
    undo(second, NOW + HOUR + 14 * MINUTE)
    give_back(second, now=NOW + 2 * HOUR)
    settle(session, NOW + 2 * HOUR + 15 * MINUTE)
    assert (status(second), status(third), acts(second)[-1]) == ("left_list", "offered", "free")
    with pytest.raises(Refused, match="has passed"):
        undo(second, NOW + 2 * HOUR + 15 * MINUTE)
    assert broken(NOW + 2 * HOUR + 15 * MINUTE) == []


def test_a_no_shortly_before_the_offer_ends_can_be_undone_to_that_moment_and_no_longer():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    services.decline(booking_id=declinable(first), by="x", now=NOW)
    until = fresh(second).due_at
    give_back(second, now=until - 5 * MINUTE)
    assert fresh(second).due_at == until
    settle(session, until)
    assert (status(second), status(third)) == ("left_list", "offered")


def test_leaving_the_list_can_be_undone_for_a_quarter_of_an_hour_and_the_place_on_it_is_the_old_one():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    joined = second.booked_at
    give_back(second, now=NOW + HOUR)
    assert (status(second), fresh(second).due_at, statuses(session)) == ("left_list", None, ["booked", "left_list", "waiting"])
    for _twice in range(2):
        undo(second, NOW + HOUR + 15 * MINUTE - timedelta(milliseconds=1))
    assert (status(second), fresh(second).booked_at, fresh(second).ended_at) == ("waiting", joined, None)
    assert acts(second) == ["join", "leave", "undo"] and broken(NOW + 2 * HOUR) == []
    give_back(first, now=NOW + 2 * HOUR)
    settle(session, NOW + 3 * HOUR)
    assert (status(second), status(third)) == ("offered", "waiting")


def test_leaving_the_list_holds_nothing_and_cannot_be_undone_after_a_quarter_of_an_hour():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(second, now=NOW + HOUR)
    give_back(first, now=NOW + HOUR)
    settle(session, NOW + HOUR + 15 * MINUTE)
    assert (status(second), status(third)) == ("left_list", "offered")
    with pytest.raises(Refused, match="has passed"):
        undo(second, NOW + HOUR + 15 * MINUTE)
    assert acts(second) == ["join", "leave"] and broken(NOW + 2 * HOUR) == []


def test_a_place_that_came_free_meanwhile_is_offered_to_whoever_is_back_on_the_list():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first, now=NOW)
    give_back(second, now=NOW + 10 * MINUTE)
    settle(session, NOW + 20 * MINUTE)
    assert statuses(session) == ["given_back", "left_list"]
    undo(second, NOW + 21 * MINUTE)
    assert (status(second), acts(second), broken(NOW + HOUR)) == ("offered", ["join", "leave", "undo", "offer"], [])


def test_an_offer_that_was_made_meanwhile_stays_with_the_other():
    _session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(second, now=NOW + HOUR)
    services.decline(booking_id=declinable(first), by="x", now=NOW + HOUR + MINUTE)
    undo(second, NOW + HOUR + 2 * MINUTE)
    assert (status(second), status(third), broken(NOW + 2 * HOUR)) == ("waiting", "offered", [])


def test_who_joined_the_list_again_or_whose_session_was_cancelled_cannot_undo_leaving_it():
    session, _there, (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(second, now=NOW + HOUR)
    book(session, second.person, now=NOW + HOUR)
    with pytest.raises(Refused, match="on this session again"):
        undo(second, NOW + HOUR + MINUTE)
    give_back(third, now=NOW + HOUR)
    services.cancel_session(session_id=session.id, reason="snow", by="c", now=NOW + HOUR)
    with pytest.raises(Refused, match="was cancelled meanwhile"):
        undo(third, NOW + HOUR + MINUTE)


def test_near_the_start_leaving_the_list_can_be_undone_to_the_start():
    session, _there, (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    left = session.starts_at - 10 * MINUTE
    give_back(second, now=left)
    undo(second, left + 9 * MINUTE)
    assert status(second) == "waiting"
    give_back(second, now=left + 9 * MINUTE)
    with pytest.raises(Refused, match="has passed"):
        undo(second, session.starts_at)


def test_who_left_the_list_as_they_have_a_colleagues_place_cannot_undo_that():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    new = substitute(first, second.person)
    give_back(new, now=NOW + MINUTE)
    assert (acts(second), statuses(session)) == (["join", "leave"], ["substituted", "left_list", "given_back"])
    with pytest.raises(Refused, match="has passed"):
        undo(second, NOW + 2 * MINUTE)


def test_what_a_coordinator_withdraws_goes_on_at_once():
    _session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    services.decline(booking_id=declinable(first), by="x", now=NOW)
    give_back(second, now=NOW + HOUR, withdrawn=True)
    assert (status(second), status(third)) == ("left_list", "offered")


def test_who_said_no_and_books_a_moment_later_has_the_place_that_is_held_for_them():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    services.decline(booking_id=declinable(first), by="x", now=NOW)
    give_back(second, now=NOW + HOUR)
    again = book(session, second.person, now=NOW + HOUR + MINUTE)
    assert (again.id, status(second), status(third), broken()) == (second.id, "booked", "waiting", [])


def test_within_two_hours_of_the_start_a_place_is_free_at_once_for_whoever_asks():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    near = session.starts_at - 2 * HOUR
    assert give_back(first, now=near) is Notice.LATE
    assert statuses(session) == ["given_back", "waiting"]
    services.take_free_place(booking_id=second.id, by="x", now=near)
    assert statuses(session) == ["given_back", "booked"]


def test_an_undo_brings_back_the_place_and_the_list_never_saw_it():
    _session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    undo(first, NOW + 14 * MINUTE)
    undo(first, NOW + 14 * MINUTE)
    assert (status(first), acts(first), acts(second)) == ("booked", ["book", "give_back", "undo"], ["join"])
    give_back(first, now=NOW + HOUR)
    with pytest.raises(Refused, match="time for taking it back has passed"):
        undo(first, NOW + HOUR + 15 * MINUTE)


def test_who_booked_again_meanwhile_has_nothing_to_take_back():
    session = a_session(places=2)
    person = a_person()
    first = book(session, person)
    give_back(first)
    services.book_over_capacity(session_id=session.id, person_id=person.id, reason="by phone", by="c", behalf=OnBehalf(a_person().id, coordinator=True), now=NOW)
    with pytest.raises(Refused, match="on this session again"):
        undo(first, NOW + MINUTE)
    assert statuses(session) == ["given_back", "booked"]


def test_a_reason_before_the_start_excuses_a_late_return():
    session = a_session(starts_in=DAY)
    assert give_back(book(session)) is Notice.LATE
    assert give_back(book(session), reason="child ill") is Notice.EXCUSED


def test_giving_back_twice_frees_one_place_once():
    session, (first,), (_second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(first)
    give_back(first, now=NOW + MINUTE)
    settle(session, NOW + DAY)
    give_back(first, now=NOW + DAY)
    assert statuses(session) == ["given_back", "offered", "waiting"]
    assert acts(first) == ["book", "give_back", "free"] and acts(third) == ["join"]


def test_what_another_booked_can_be_declined_at_any_time_and_is_free_at_once():
    session = a_session(places=1, starts_in=DAY)
    first, waits = a_person(), a_person()
    (booking,) = services.book_for_others(session_id=session.id, person_ids=[first.id], together=False, by="x", behalf=by_coordinator(), now=NOW)
    book(session, waits, now=NOW + MINUTE)
    services.decline(booking_id=booking.id, by="x", now=NOW + HOUR)
    services.decline(booking_id=booking.id, by="x", now=NOW + HOUR)
    assert statuses(session) == ["given_back", "offered"]
    assert db.session.get_one(Booking, booking.id).notice is Notice.IN_TIME
    with pytest.raises(Refused, match="agreed to this place"):
        services.decline(booking_id=book(a_session()).id, by="x", now=NOW)


def test_a_colleague_takes_the_place_and_the_list_is_not_asked():
    session, (first,), (_second,) = a_full_session(waiting=1, starts_in=DAY)
    new = substitute(first, a_person())
    assert statuses(session) == ["substituted", "waiting", "booked"]
    assert (new.previous_id, new.booked_by_id, new.agreed_at) == (first.id, first.person_id, None)
    assert db.session.get_one(Booking, first.id).notice is None
    assert broken() == []


def test_a_colleague_who_waits_leaves_the_list_for_the_place():
    session, (first,), (second, _third) = a_full_session(waiting=2, starts_in=DAY)
    services.substitute(booking_id=first.id, person_id=second.person_id, by="x", now=NOW)
    assert statuses(session) == ["substituted", "left_list", "waiting", "booked"]


def test_a_colleague_is_held_to_the_rules_of_the_course_and_to_the_limit_of_their_agency():
    police = an_agency(sector="police")
    session = a_session(places=3, course=a_course())
    services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=police.id, sector=None, releases_at=None, by="c", now=NOW)
    book(session, a_person(agency=police))
    other = book(session)
    with pytest.raises(Refused, match=r"Agency .* has its 1 place"):
        substitute(other, a_person(agency=police))
    assert (status(other), broken()) == ("booked", [])
    narrow = a_session(course=a_course(for_sectors=["council"]))
    with pytest.raises(Refused, match="for people who work in council"):
        substitute(book(narrow), a_person(agency=police))


def test_a_place_over_capacity_goes_with_whoever_takes_it():
    session, _there, _waiting = a_full_session(starts_in=20 * DAY)
    over = services.book_over_capacity(session_id=session.id, person_id=a_person().id, reason="duty", by="c", behalf=by_coordinator(), now=NOW)
    new = substitute(over, a_person())
    assert (statuses(session), broken()) == (["booked", "substituted", "booked"], [])
    assert db.session.scalars(sa.select(CapacityOverride.booking_id)).all() == [new.id]


def test_a_move_goes_to_another_date_with_what_somebody_needs():
    course = a_course()
    here, there = a_session(course=course, places=1, starts_in=10 * DAY), a_session(course=course, places=1, starts_in=20 * DAY)
    booking = book(here, wish=Wish(dietary="No nuts"))
    waits = book(here)
    new = move(booking, there)
    assert (statuses(here), statuses(there)) == (["moved", "offered"], ["booked"])
    assert new.previous_id == booking.id and status(waits) == "offered"
    needs = db.session.get_one(BookingNeed, new.id)
    assert (needs.dietary, needs.delete_at) == ("No nuts", there.ends_at + 30 * DAY)


def test_a_move_never_loses_the_first_place():
    course = a_course()
    here, there = a_session(course=course), a_session(course=course, places=1, starts_in=20 * DAY)
    booking = book(here)
    book(there)
    with pytest.raises(Refused, match="your place here stays"):
        move(booking, there)
    with pytest.raises(Refused, match="another date of the same course"):
        move(booking, a_session())
    assert statuses(here) == ["booked"]


def test_a_late_move_is_noted_as_late():
    course = a_course()
    booking = book(a_session(course=course, starts_in=DAY))
    move(booking, a_session(course=course, starts_in=20 * DAY))
    assert db.session.get_one(Booking, booking.id).notice is Notice.LATE


def test_apologies_come_after_the_start_and_giving_back_before_it():
    session = a_session(starts_in=DAY)
    booking = book(session)
    with pytest.raises(Refused, match="Give the place back"):
        services.send_apologies(booking_id=booking.id, reason="snow", by="x", now=NOW)
    with pytest.raises(Refused, match="Send your apologies"):
        give_back(booking, now=session.starts_at)
    services.send_apologies(booking_id=booking.id, reason="snow", by="x", now=session.starts_at)
    assert (status(booking), acts(booking)) == ("booked", ["book", "apologise"])


def test_after_a_change_of_time_nobody_is_late_who_did_not_say_yes_to_it():
    session = a_session(starts_in=2 * DAY)
    first, second = book(session), book(session)
    later = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(later, session.format, session.venue_or_link, None), capacity=2, by="c", now=NOW + HOUR)
    services.say_still_coming(booking_id=second.id, by="x", now=NOW + 2 * HOUR)
    services.say_still_coming(booking_id=second.id, by="x", now=NOW + 2 * HOUR)
    assert acts(second) == ["book", "change_times", "still_coming"]
    assert give_back(first, now=NOW + 3 * HOUR) is Notice.IN_TIME
    assert give_back(second, now=NOW + 3 * HOUR) is Notice.LATE


def test_a_change_of_link_keeps_every_place():
    session = a_session(starts_in=2 * DAY)
    booking = book(session)
    parts = [(part.starts_at, part.ends_at) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(parts, session.format, "https://meet.example/new", None), capacity=2, by="c", now=NOW + HOUR)
    assert (acts(booking), give_back(booking, now=NOW + HOUR)) == (["book"], Notice.LATE)


def test_somebody_whose_manager_booked_gives_it_back_in_time_until_they_agree():
    session = a_session(starts_in=DAY)
    people = [a_person(), a_person()]
    first, second = services.book_for_others(session_id=session.id, person_ids=[one.id for one in people], together=False, by="m", behalf=OnBehalf(a_person().id, manages=frozenset(one.id for one in people)), now=NOW)
    services.say_still_coming(booking_id=second.id, by="x", now=NOW + MINUTE)
    assert (give_back(first, now=NOW + HOUR), give_back(second, now=NOW + HOUR)) == (Notice.IN_TIME, Notice.LATE)


def test_whoever_books_again_has_the_place_that_is_held_for_the_undo_and_never_holds_two():
    session, person = a_session(places=2), a_person()
    first = book(session, person)
    for number in range(3):
        give_back(first, now=NOW + number * MINUTE)
        again = book(session, person, now=NOW + number * MINUTE)
        assert again.id == first.id
    assert statuses(session) == ["booked"] and broken(NOW + 3 * MINUTE) == []
    other = book(session)
    assert status(other) == "booked"


def test_what_somebody_gave_back_a_moment_ago_is_not_held_for_them_when_they_have_left():
    session, person = a_session(places=1), a_person()
    booking, waits = book(session, person), book(session)
    give_back(booking)
    services.has_left(person_id=person.id, by="Lee Lead", now=NOW + MINUTE)
    with pytest.raises(Refused, match="time for taking it back has passed"):
        services.undo_giving_back(booking_id=booking.id, by="x", now=NOW + MINUTE)
    settle(session, NOW + MINUTE)
    assert status(waits) == "offered"
