"""What organisers do with places and lists, on both databases: quotas, names, cancelling, any date, sessions made from a list."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingEvent, CapacityOverride, CourseInterest, HeldPlaces, SessionQuota
from app.booking.queries import cancelling, facts, mine
from app.booking.rules.places import QuotaKind
from app.booking.rules.possible import Can, can
from app.booking.services import Cancelling, OnBehalf, Wish
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned, save_course
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.london import london_date
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
from tests.builders import a_course, a_person, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def quota(session, kind, places, agency=None, until=None):
    services.add_quota(session_id=session.id, kind=kind, places=places, agency_id=agency and agency.id, sector=None, releases_at=until, by="c", now=NOW)


def group(session, people, *, together, behalf=None):
    return services.book_for_others(session_id=session.id, person_ids=[person.id for person in people], together=together, by="x", behalf=behalf or OnBehalf(a_person().id), now=NOW)


def test_a_group_comes_together_or_as_they_can():
    people = [a_person() for _ in range(3)]
    session = a_session(places=2)
    assert [booking.status.value for booking in group(session, people, together=False)] == ["booked", "booked", "waiting"]
    other = a_session(places=3)
    book(other)
    assert [booking.status.value for booking in group(other, people, together=True)] == ["waiting"] * 3
    services.change_capacity(session_id=other.id, capacity=4, by="c", now=NOW)
    assert (statuses(other), broken()) == (["booked"] + ["offered"] * 3, [])


def test_a_group_of_two_agencies_gets_in_only_when_each_of_them_may():
    police, session = an_agency(sector="police"), a_session(places=3)
    book(session)
    quota(session, QuotaKind.MOST, 1, police, NOW + 5 * DAY)
    there = group(session, [a_person(), a_person(agency=police), a_person(agency=police)], together=True)
    services.change_capacity(session_id=session.id, capacity=5, by="c", now=NOW)
    assert (statuses(session)[1:], broken()) == (["waiting"] * 3, [])
    services.release_quota(quota_id=db.session.scalars(sa.select(SessionQuota.id)).one(), by="c", now=NOW)
    assert [status(one) for one in there] == ["offered"] * 3


def test_a_coordinator_who_says_so_books_in_on_a_kept_place_before_those_who_wait_and_nobody_else_gets_it():
    session = a_session(places=2)
    book(session)
    quota(session, QuotaKind.KEPT, 1)
    waits = book(session)
    behalf = replace(by_coordinator(), uses_kept=True)
    usual = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=by_coordinator(), now=NOW)
    booked = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=behalf, now=NOW)
    late = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=behalf, now=NOW)
    assert [status(one) for one in (waits, usual, booked, late)] == ["waiting", "waiting", "booked", "waiting"] and broken() == []


def test_of_a_group_nobody_is_booked_when_one_cannot_be():
    session, there = a_session(places=9), a_person()
    book(session, there)
    with pytest.raises(Refused, match="On this session already: Ann"):
        group(session, [a_person(), there], together=False)
    assert statuses(session) == ["booked"]


def test_a_place_over_capacity_has_a_name_and_a_reason_and_every_count_shows_it():
    session, _there, (waits,) = a_full_session(waiting=1)
    with pytest.raises(Refused, match="Write why"):
        services.book_over_capacity(session_id=session.id, person_id=waits.person_id, reason=" ", by="c", behalf=by_coordinator(), now=NOW)
    services.book_over_capacity(session_id=session.id, person_id=waits.person_id, reason="duty", by="c", behalf=by_coordinator(), now=NOW)
    assert (status(waits), broken(), facts.standing(session, NOW).limit) == ("booked", [], 2)
    give_back(waits)
    settle(session, NOW + HOUR)
    assert facts.standing(session, NOW).limit == 1


def crowded(*, places, over):
    """A full session with so many booked over capacity besides."""
    session, there, _waiting = a_full_session(places=places)
    for _ in range(over):
        services.book_over_capacity(session_id=session.id, person_id=a_person().id, reason="duty", by="c", behalf=by_coordinator(), now=NOW)
    return session, there


def by_name():
    return [one.places for one in db.session.scalars(sa.select(CapacityOverride).order_by(CapacityOverride.id).execution_options(populate_existing=True))]


def test_more_places_take_in_those_booked_over_capacity_before_anybody_else():
    session, _there = crowded(places=5, over=2)
    services.change_capacity(session_id=session.id, capacity=9, by="c", now=NOW)
    assert (by_name(), facts.standing(session, NOW).limit) == ([0, 0], 9)
    assert [book(session).status.value for _ in range(3)] == ["booked", "booked", "waiting"]
    assert broken() == []


def test_one_place_more_takes_in_the_last_who_was_booked_over_capacity():
    session, _there = crowded(places=5, over=2)
    services.change_capacity(session_id=session.id, capacity=6, by="c", now=NOW)
    assert (by_name(), facts.standing(session, NOW).places_left) == ([1, 0], 0)


def test_a_place_given_back_on_an_overfull_session_is_offered_to_nobody():
    session, there = crowded(places=5, over=1)
    waits = book(session)
    give_back(there[0])
    settle(session, NOW + HOUR)
    assert (status(waits), facts.standing(session, NOW).taken, facts.standing(session, NOW).limit) == ("waiting", 5, 5)
    give_back(there[1], now=NOW + HOUR)
    settle(session, NOW + 2 * HOUR)
    assert (status(waits), broken(NOW + 2 * HOUR)) == ("offered", [])


def test_extra_places_go_to_those_who_wait_and_come_back_only_when_nobody_has_them():
    session, _there, (waits,) = a_full_session(waiting=1)
    services.add_extra_places(session_id=session.id, places=1, risk=5, reason="a quarter stays away", by="c", now=NOW)
    override = db.session.scalars(sa.select(CapacityOverride.id)).one()
    assert status(waits) == "offered"
    with pytest.raises(Refused, match="promised already"):
        services.take_extra_places_back(override_id=override, by="c", now=NOW)
    give_back(waits, withdrawn=True)
    services.take_extra_places_back(override_id=override, by="c", now=NOW)
    assert broken() == []


def test_a_limit_of_an_agency_holds_its_people_back_until_it_is_released():
    police, session = an_agency(sector="police"), a_session(places=3)
    quota(session, QuotaKind.MOST, 1, police, NOW + DAY)
    book(session, a_person(agency=police))
    waits = book(session, a_person(agency=police))
    assert (waits.status.value, book(session).status.value) == ("waiting", "booked")
    settle(session, NOW + DAY)
    assert (status(waits), broken(NOW + DAY)) == ("offered", [])


def test_a_cut_of_places_leaves_what_is_kept_until_it_is_released():
    police, session = an_agency(sector="police"), a_session(places=20)
    quota(session, QuotaKind.KEPT, 8, police)
    group(session, [a_person(agency=police), *(a_person() for _ in range(8))], together=False)
    with pytest.raises(Refused, match="9 places are promised and 7 more kept for groups, so there must be at least 16"):
        services.change_capacity(session_id=session.id, capacity=10, by="c", now=NOW)
    services.release_quota(quota_id=db.session.scalars(sa.select(SessionQuota.id)).one(), by="c", now=NOW)
    services.change_capacity(session_id=session.id, capacity=10, by="c", now=NOW)
    assert (facts.standing(session, NOW).capacity, broken()) == (10, [])


def test_extra_places_that_are_kept_for_a_group_stay_until_it_lets_them_go():
    police, session = an_agency(sector="police"), a_session(places=1)
    services.add_extra_places(session_id=session.id, places=2, risk=5, reason="some stay away", by="c", now=NOW)
    quota(session, QuotaKind.KEPT, 2, police)
    with pytest.raises(Refused, match="Release kept places first"):
        services.take_extra_places_back(override_id=db.session.scalars(sa.select(CapacityOverride.id)).one(), by="c", now=NOW)


def test_places_kept_for_the_coordinator_are_had_by_name_and_go_to_the_list_when_they_are_released():
    session = a_session(places=2)
    quota(session, QuotaKind.KEPT, 1, None, NOW + DAY)
    book(session)
    first, second = book(session), book(session)
    assert (first.status.value, second.status.value) == ("waiting", "waiting")
    with pytest.raises(Refused, match="free to be kept"):
        quota(session, QuotaKind.KEPT, 1)
    services.offer_out_of_turn(booking_id=second.id, reason="court", by="c", now=NOW)
    assert (status(second), acts(first)) == ("offered", ["join", "pass_over"])
    assert broken() == []


def test_places_without_names_are_held_named_and_released():
    police, session, lead = an_agency(sector="police"), a_session(places=3), a_person()
    held = services.hold_places(session_id=session.id, agency_id=police.id, by_id=lead.id, places=2, releases_at=NOW + DAY, now=NOW).id
    book(session)
    waits = book(session)
    named = services.name_place(held_id=held, person_id=a_person(agency=police).id, by="l", behalf=OnBehalf(lead.id), now=NOW)
    assert (named.status.value, status(waits), db.session.get_one(HeldPlaces, held).places) == ("booked", "waiting", 1)
    settle(session, NOW + DAY)
    assert (status(waits), broken(NOW + DAY)) == ("offered", [])
    with pytest.raises(Refused, match="have gone back"):
        services.name_place(held_id=held, person_id=a_person().id, by="l", behalf=OnBehalf(lead.id), now=NOW + DAY)


def test_held_places_go_back_while_they_can_still_be_offered():
    session, lead = a_session(places=3), a_person()
    last = session.starts_at - 2 * HOUR - 15 * MINUTE
    day = london_date(last) - DAY
    kept = {"session_id": session.id, "agency_id": an_agency().id, "by_id": lead.id, "places": 1, "now": NOW}
    for moment in (last, session.starts_at - 30 * MINUTE):
        with pytest.raises(Refused, match=f"can be offered to nobody: .* Choose {day.day if last.hour < 9 else london_date(last).day} "):
            services.hold_places(releases_at=moment, **kept)
    assert services.hold_places(releases_at=last - MINUTE, **kept).places == 1


def test_places_without_names_are_held_only_for_an_agency_for_which_the_course_is_or_of_which_a_part_is():
    police, council = an_agency(sector="police"), an_agency(name="Ash Council", sector="council")
    part = an_agency(sector="police")
    with transaction():
        part.parent_id = council.id
    lead, left = a_person(), {"places": 1, "releases_at": NOW + DAY, "now": NOW}
    named = a_course()
    save_course(course_id=named.id, facts={"code": named.code}, priority_ids=[], agency_ids=[police.id, part.id], now=NOW)
    for course in (a_course(for_sectors=["police"]), named):
        session = a_session(course=course, places=4)
        for agency in (police, part, council):
            assert services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.id, **left).places == 1
        other = an_agency(name="Elm Council", sector="council")
        with pytest.raises(Refused, match=r"This course is for people .* held for Elm Council without names.* Ask a@b.org: a coordinator can make"):
            services.hold_places(session_id=session.id, agency_id=other.id, by_id=lead.id, contact="a@b.org", **left)
    asks_level = a_session(course=a_course(least_level=3), places=4)
    assert services.hold_places(session_id=asks_level.id, agency_id=council.id, by_id=lead.id, **left).places == 1


def test_nobody_holds_places_past_those_who_wait():
    session, _there, _waiting = a_full_session(waiting=1)
    with pytest.raises(Refused, match="People are waiting"):
        services.hold_places(session_id=session.id, agency_id=an_agency().id, by_id=a_person().id, places=1, releases_at=NOW + DAY, now=NOW)


def two_dates(*, there=1):
    course = a_course()
    session, booked, line = a_full_session(places=2, waiting=1, course=course, starts_in=10 * DAY)
    return session, booked, line, a_session(course=course, places=there, starts_in=20 * DAY)


def seen(session):
    """Who is on the session, as its page of cancelling carries it."""
    (one,) = cancelling.one_session(session.id, NOW).sessions
    return {session.id: one.stand}


def cancel(session, other=None, **more):
    return services.cancel_sessions(cancelling=[Cancelling(session.id, other and other.id)], reason="No trainer", by="c", now=NOW, **more)


def test_who_had_a_place_is_offered_another_date_before_everybody_and_the_rest_of_them_wait_there_first():
    session, _booked, _line, other = two_dates()
    book(other)
    stranger = book(other)
    services.change_capacity(session_id=other.id, capacity=2, by="c", now=NOW)
    assert status(stranger) == "offered"
    services.change_capacity(session_id=other.id, capacity=3, by="c", now=NOW)
    done = cancel(session, other)
    assert (done.places, done.ended, done.held, done.waiting) == (2, 3, 1, 1)
    assert statuses(other) == ["booked", "offered", "offered", "waiting"]
    give_back(stranger, withdrawn=True)
    assert (statuses(other)[2:], broken()) == (["offered", "offered"], [])


def test_a_cancellation_taken_back_within_ten_minutes_leaves_all_as_it_was():
    session, _booked, _line, other = two_dates(there=3)
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=NOW)
    held = services.hold_places(session_id=other.id, agency_id=an_agency().id, by_id=a_person().id, places=1, releases_at=NOW + DAY, now=NOW).id
    cancel(session, other)
    with pytest.raises(Refused, match="ten minutes"):
        services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 10 * MINUTE + MINUTE)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 9 * MINUTE)
    assert (statuses(session), statuses(other)) == (["booked", "booked", "offered"], ["left_list", "left_list"])
    cancel(other)
    services.undo_cancelling(session_ids=[other.id], by="c", now=NOW + MINUTE)
    db.session.rollback()
    assert (db.session.get_one(HeldPlaces, held).places, broken()) == (1, [])


def test_bookings_made_since_the_page_was_opened_stop_a_cancellation():
    session, _booked, _line, _other = two_dates()
    stood = seen(session)
    book(session)
    with pytest.raises(Refused, match="1 person has booked since you opened this"):
        cancel(session, seen=stood)
    cancel(session, seen=seen(session))


def test_somebody_who_came_for_somebody_who_went_stops_a_cancellation_too():
    session, (first, second), _line, _other = two_dates()
    stood = seen(session)
    services.substitute(booking_id=first.id, person_id=a_person().id, by="x", now=NOW)
    with pytest.raises(Refused, match="Bookings have changed since you opened this"):
        cancel(session, seen=stood)
    stood = seen(session)
    give_back(second)
    services.change_capacity(session_id=session.id, capacity=3, by="c", now=NOW)
    with pytest.raises(Refused, match="Bookings have changed"):
        cancel(session, seen=stood)
    assert "session_cancelled" not in statuses(session)


def test_another_date_must_be_a_coming_one_of_the_same_course():
    session, _booked, _line, other = two_dates()
    for wrong in (a_session(), a_session(course=session.course, status=SessionStatus.CANCELLED), session):
        with pytest.raises(Refused, match="cannot be offered instead"):
            cancel(session, wrong)
    assert statuses(other) == []


def test_nobody_goes_back_to_the_list_of_a_session_that_was_called_off():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + HOUR)
    settle(session, NOW + 2 * DAY)
    services.cancel_session(session_id=session.id, reason="snow", by="c", now=NOW + 2 * DAY)
    with pytest.raises(Refused, match="was cancelled"):
        services.rejoin(booking_id=second.id, by="x", now=NOW + 2 * DAY)
    assert broken() == []


def test_a_lapsed_offer_gives_the_old_place_back_once():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + HOUR)
    settle(session, NOW + HOUR + DAY)
    assert [status(second), status(third)] == ["lapsed", "offered"]
    services.rejoin(booking_id=second.id, by="x", now=NOW + 2 * DAY)
    give_back(third, now=NOW + 2 * DAY, withdrawn=True)
    assert status(second) == "offered"
    settle(session, NOW + 3 * DAY)
    with pytest.raises(Refused, match="at its end"):
        services.rejoin(booking_id=second.id, by="x", now=NOW + 3 * DAY)


def test_who_said_whenever_is_booked_at_once_and_keeps_the_order():
    session, (first,), (second,) = a_full_session(waiting=1, starts_in=20 * DAY)
    third = book(session, wish=Wish(whenever=True), now=NOW)
    services.change_capacity(session_id=session.id, capacity=2, by="c", now=NOW)
    assert [status(second), status(third)] == ["offered", "waiting"]
    services.say_whenever(booking_id=third.id, whenever=True, by=third.person.name, now=NOW)
    give_back(first, now=session.starts_at - 5 * HOUR)
    settle(session, session.starts_at - 4 * HOUR)
    assert status(third) == "booked"


def last_reason(booking):
    return db.session.scalar(sa.select(BookingEvent.reason).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id.desc()).limit(1))


def test_putting_somebody_first_needs_a_reason_and_leaves_the_time_they_joined():
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    joined = third.booked_at
    with pytest.raises(Refused, match="Write why"):
        services.put_first(booking_id=third.id, first=True, reason="", by="c", now=NOW)
    services.put_first(booking_id=third.id, first=True, reason="court", by="c", now=NOW)
    services.put_first(booking_id=third.id, first=True, reason="court", by="c", now=NOW)
    assert acts(second) == ["join", "pass_over"] and last_reason(second) == "court", "whoever stood before reads why, once"
    give_back(first)
    settle(session, NOW + HOUR)
    db.session.rollback()
    assert [status(second), status(third)] == ["waiting", "offered"] and db.session.get_one(Booking, third.id).booked_at == joined
    assert broken() == []


def test_a_free_place_goes_to_the_first_for_whom_any_date_will_do_and_who_may_come():
    course = a_course(for_sectors=["council"])
    people = [a_person(agency=an_agency(sector="police")), a_person(), a_person()]
    for number, person in enumerate(people):
        services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW + number * MINUTE)
    session = a_session(course=course, places=1, starts_in=20 * DAY)
    settle(session, NOW + HOUR)
    (offered,) = db.session.scalars(sa.select(Booking)).all()
    assert (offered.person_id, offered.status.value, offered.booked_at) == (people[1].id, "offered", NOW + MINUTE)
    services.accept_offer(booking_id=offered.id, by="x", now=NOW + HOUR)
    still = db.session.scalars(sa.select(CourseInterest.person_id).where(CourseInterest.ended_at.is_(None)).order_by(CourseInterest.id)).all()
    assert still == [people[0].id, people[2].id]


def test_a_session_is_made_from_those_who_wait_in_the_order_in_which_they_joined():
    course = a_course()
    _full, _booked, (waits,) = a_full_session(waiting=1, course=course)
    later = a_person()
    services.wait_for_course(course_id=course.id, person_id=later.id, any_date=False, now=NOW)
    starts = NOW + 30 * DAY
    planned = Planned([(starts, starts + 3 * HOUR)], course.format, "Hall", None)
    made, offers = services.session_from_waiting(course_id=course.id, planned=planned, capacity=5, by="c", now=NOW)
    there = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == made.id).order_by(Booking.id)).all()
    assert (offers, [one.person_id for one in there], [one.status.value for one in there]) == (2, [waits.person_id, later.id], ["offered"] * 2)
    assert (status(waits), broken()) == ("waiting", [])
    with pytest.raises(Refused, match="Nobody waits"):
        services.session_from_waiting(course_id=a_course().id, planned=planned, capacity=5, by="c", now=NOW)


def test_in_the_last_hours_a_free_place_is_taken_only_by_somebody_to_whom_the_course_is_open():
    course = a_course()
    session, (first,), (waits,) = a_full_session(waiting=1, course=course, starts_in=DAY)
    with transaction():
        course.for_sectors = ["police"]
    give_back(first, now=session.starts_at - HOUR)
    with pytest.raises(Refused, match="for people who work in police"):
        services.take_free_place(booking_id=waits.id, by="x", now=session.starts_at - HOUR)
    with transaction():
        course.for_sectors = []
    services.take_free_place(booking_id=waits.id, by="x", now=session.starts_at - HOUR)
    assert status(waits) == "booked"


def test_whom_the_coordinator_took_off_the_list_cannot_undo_that_themselves():
    _session, _booked, (waits, leaves) = a_full_session(waiting=2, starts_in=20 * DAY)
    coordinator = an_account(Role.COORDINATOR).person
    services.give_back(booking_id=waits.id, by=coordinator.acting, now=NOW, reason="Booked twice")
    give_back(leaves)
    again = [Can.UNDO_LEAVING in can(mine.held(db.session.get_one(Booking, one.id)), NOW + MINUTE) for one in (waits, leaves)]
    assert again == [False, True]
    with pytest.raises(Refused, match="has passed"):
        services.undo_giving_back(booking_id=waits.id, by=waits.person.acting, now=NOW + MINUTE)
    services.undo_giving_back(booking_id=waits.id, by=coordinator.acting, now=NOW + 2 * MINUTE)
    assert status(waits) == "waiting"
