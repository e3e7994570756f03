"""Who changes agency while they wait, on both databases: a place is counted for the agency with which it was decided, at every door."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.accounts.services import say_somebody_left, say_where_somebody_works
from app.booking import services
from app.booking.models import Booking, CapacityOverride
from app.booking.rules.places import QuotaKind
from app.booking.services import OnBehalf
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from tests import builders
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, by_coordinator, give_back, settle, status
from tests.builders import a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def works_at(person, agency):
    say_where_somebody_works(person_id=person.id, agency_id=agency.id, job_title="Health visitor", now=NOW)


def limit(session, agency, places=1, kind=QuotaKind.MOST):
    services.add_quota(session_id=session.id, kind=kind, places=places, agency_id=agency.id, sector=None, releases_at=None, by="c", now=NOW)


def waits_and_goes(*, places=2, starts_in=10 * DAY):
    """A session of which Alpha has the one place that it may have; somebody of Alpha waits, and works at Beta since."""
    alpha, beta = an_agency(name="Alpha"), an_agency(name="Beta")
    session = a_session(places=places, starts_in=starts_in)
    limit(session, alpha)
    book(session, a_person(agency=alpha))
    waits = book(session, a_person(agency=alpha))
    assert status(waits) == "waiting"
    works_at(waits.person, beta)
    return session, waits, alpha, beta


def counted_for(booking):
    db.session.rollback()
    kept = db.session.get_one(Booking, booking.id)
    return kept.status.value, kept.agency.name, kept.job_title


def test_the_list_offers_a_free_place_by_where_people_work_today():
    session, waits, _alpha, _beta = waits_and_goes()
    settle(session, NOW)
    assert counted_for(waits) == ("offered", "Beta", "Health visitor") and broken() == []


def test_who_waits_and_goes_to_an_agency_whose_places_are_used_goes_on_waiting():
    alpha, beta, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=3)
    limit(session, alpha)
    first, _second, third = (book(session, a_person(agency=agency)) for agency in (beta, beta, alpha))
    waits = book(session, a_person(agency=beta))
    works_at(waits.person, alpha)
    give_back(first)
    settle(session, NOW + HOUR)
    assert counted_for(waits)[:2] == ("waiting", "Alpha") and broken() == []
    give_back(third, now=NOW + HOUR)
    settle(session, NOW + 2 * HOUR)
    assert counted_for(waits)[0] == "offered" and broken(NOW + 2 * HOUR) == []


def test_a_free_place_of_the_last_hours_is_taken_by_where_somebody_works_today():
    session, waits, _alpha, _beta = waits_and_goes(starts_in=DAY)
    late = session.starts_at - HOUR
    services.take_free_place(booking_id=waits.id, by="x", now=late)
    assert counted_for(waits)[:2] == ("booked", "Beta") and broken(late) == []


def test_nobody_takes_a_place_that_the_limit_of_their_agency_of_today_keeps_from_them():
    session, waits, alpha, _beta = waits_and_goes(starts_in=DAY)
    works_at(waits.person, alpha)
    with pytest.raises(Refused, match="gone to somebody else"):
        services.take_free_place(booking_id=waits.id, by="x", now=session.starts_at - HOUR)
    assert broken() == []


def test_who_waits_and_is_booked_by_a_decision_is_counted_where_they_work_today():
    session, waits, _alpha, _beta = waits_and_goes(starts_in=DAY)
    late = session.starts_at - HOUR
    services.book_over_capacity(
        session_id=session.id, person_id=waits.person_id, reason="needed", by="c", behalf=by_coordinator(), now=late)
    assert counted_for(waits)[:2] == ("booked", "Beta") and broken(late) == []
    assert db.session.scalars(sa.select(CapacityOverride)).all() == [], "a place was free for Beta"


def test_who_waits_and_has_a_held_place_is_counted_for_the_agency_that_held_it():
    alpha, beta, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=2)
    limit(session, alpha)
    book(session, a_person(agency=alpha))
    lead, person = a_person(agency=beta), a_person(agency=alpha)
    held = services.hold_places(session_id=session.id, agency_id=beta.id, by_id=lead.id, places=1, releases_at=NOW + 2 * DAY, now=NOW)
    waits = book(session, person)
    works_at(person, beta)
    services.name_place(held_id=held.id, person_id=person.id, by="lead", behalf=OnBehalf(lead.id), now=NOW)
    assert counted_for(waits)[:2] == ("booked", "Beta") and broken() == []


def test_who_declines_a_move_has_the_first_place_again_only_if_one_is_free_for_the_agency_that_it_counts_for():
    alpha, beta, course = an_agency(name="Alpha"), an_agency(name="Beta"), a_course()
    here, there = a_session(places=2, course=course), a_session(course=course, starts_in=20 * DAY)
    limit(here, alpha)
    first = book(here, a_person(agency=alpha))
    moved = services.move(booking_id=first.id, to_session_id=there.id, by="c", now=NOW, behalf_id=a_person().id)
    works_at(first.person, beta)
    book(here, a_person(agency=alpha))
    waits = services.decline(booking_id=moved.id, by="x", now=NOW + MINUTE)
    assert status(first) == "moved" and counted_for(waits)[:2] == ("offered", "Beta") and broken(NOW + MINUTE) == []


def test_who_has_no_agency_any_more_is_counted_for_the_one_with_which_they_joined():
    session, waits, alpha, _beta = waits_and_goes(starts_in=DAY)
    works_at(waits.person, alpha)
    say_somebody_left(person_id=waits.person_id, now=NOW)
    with pytest.raises(Refused, match="gone to somebody else"):
        services.take_free_place(booking_id=waits.id, by="x", now=session.starts_at - HOUR)
    services.book_over_capacity(
        session_id=session.id, person_id=waits.person_id, reason="needed", by="c", behalf=by_coordinator(), now=NOW)
    assert counted_for(waits)[:2] == ("booked", "Alpha") and broken() == []


def test_who_has_a_place_keeps_it_for_the_agency_with_which_they_got_it():
    alpha, beta, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=2)
    booking = book(session, a_person(agency=alpha))
    works_at(booking.person, beta)
    settle(session, NOW)
    give_back(booking)
    services.undo_giving_back(booking_id=booking.id, by=booking.person.acting, now=NOW)
    assert counted_for(booking)[:2] == ("booked", "Alpha")


@pytest.mark.parametrize("today", ["Alpha", "Beta"])
def test_the_page_offers_the_free_place_of_the_last_hours_as_the_act_gives_it(as_role, today):
    them, now, agencies = as_role(Role.DELEGATE), clock.now(), {name: an_agency(name=name) for name in ("Alpha", "Beta")}
    session, person = builders.a_session(places=2, starts_in=HOUR), db.session.get_one(Person, them.person_id)
    limit(session, agencies["Alpha"])
    book(session, a_person(agency=agencies["Alpha"]), now=now)
    works_at(person, agencies["Alpha"])
    waits = book(session, person, now=now)
    works_at(person, agencies[today])
    assert ("Take the free place" in them.get(f"/bookings/{waits.ref}").text) is (today == "Beta")
