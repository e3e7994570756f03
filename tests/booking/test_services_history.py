"""What an organiser changes stands in the session's history, kept places shrink as they are used, and "places left" is what booking gives."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import CapacityOverride, HeldPlaces, SessionQuota
from app.booking.queries import catalogue as search
from app.booking.queries import facts, one_session, programme
from app.booking.rules.places import QuotaKind
from app.core.db import db
from tests.booking.acting import DAY, HOUR, NOW, a_full_session, a_session, book, broken, by_coordinator, give_back, settle, status
from tests.builders import a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")
POLICE = "County Police"


def quota(session, kind, places, agency=None, until=None):
    services.add_quota(session_id=session.id, kind=kind, places=places, agency_id=agency and agency.id, sector=None, releases_at=until, by="Marian", now=NOW)


def history(session):
    db.session.rollback()
    return [(one.what, one.by) for one in reversed(one_session.latest(session.id)) if not one.ref]


def left(session, person=None):
    db.session.rollback()
    return programme.session(session.ref, person.id if person else None).left


def test_every_change_of_places_and_rules_is_kept_with_who_made_it():
    session, police = a_session(places=9, starts_in=20 * DAY), an_agency(name=POLICE)
    services.change_capacity(session_id=session.id, capacity=12, by="Marian", now=NOW)
    services.change_capacity(session_id=session.id, capacity=12, by="Marian", now=NOW)
    quota(session, QuotaKind.MOST, 3, police, NOW + DAY)
    quota(session, QuotaKind.KEPT, 2)
    services.add_extra_places(session_id=session.id, places=2, risk=5, reason="few come", by="Marian", now=NOW)
    services.take_extra_places_back(override_id=db.session.scalars(sa.select(CapacityOverride.id)).one(), by="Marian", now=NOW)
    rules = {"opens_at": None, "closes_at": None, "minimum": 8, "decide_on": None, "tentative": True, "confirm_days": None}
    for _twice in range(2):
        services.set_booking_rules(session_id=session.id, rules=rules, by="Marian", now=NOW)
    for _twice in range(2):
        services.release_quota(quota_id=db.session.scalars(sa.select(SessionQuota.id).where(SessionQuota.agency_id.is_(None))).one(), by="Marian", now=NOW)
    settle(session, NOW + DAY)
    day = NOW + DAY
    assert history(session) == [
        ("12 places instead of 9", "Marian"), (f"At most 3 places for County Police, until 10am on {day.day} {day:%B %Y}", "Marian"),
        ("2 places kept for the coordinator", "Marian"), ("2 extra places at a risk of 5 in 100: few come", "Marian"),
        ("2 extra places were taken back", "Marian"),
        ("Smallest number of people: 8, before: nothing. Not sure yet: yes, before: no", "Marian"),
        ("2 places kept for the coordinator went on to others", "Marian"), ("The limit of 3 places for County Police ended", "the time limit"),
    ]


def test_the_history_of_a_session_is_one_list_of_its_bookings_and_its_own_events_page_by_page():
    session = a_session(places=1)
    book(session)
    for number in range(2, 40):
        services.change_capacity(session_id=session.id, capacity=number, by="c", now=NOW + timedelta(seconds=number))
    page, rows = one_session.history(session.id, 2)
    assert (page.total, len(rows)) == (39, 9)
    assert (rows[0].what, rows[-1].what, bool(rows[-1].ref)) == ("9 places instead of 8", "Booked", True)


def test_places_kept_for_the_coordinator_shrink_as_the_coordinator_gives_them():
    session = a_session(places=3, starts_in=20 * DAY)
    quota(session, QuotaKind.KEPT, 2)
    book(session)
    first, second = book(session), book(session)
    services.offer_out_of_turn(booking_id=second.id, reason="court", by="Marian", now=NOW)
    assert facts.quotas_of(session.id)[0].places == 1 and status(first) == "waiting"
    services.book_over_capacity(session_id=session.id, person_id=first.person_id, reason="duty", by="Marian", behalf=by_coordinator(), now=NOW)
    assert facts.quotas_of(session.id) == () and db.session.scalars(sa.select(CapacityOverride)).all() == []
    assert [what for what, _by in history(session)][-1].endswith("got a place that was kept for the coordinator. 0 places are still kept")
    third = book(session)
    services.change_capacity(session_id=session.id, capacity=4, by="c", now=NOW)
    assert (status(third), broken()) == ("offered", [])


def test_a_place_that_is_free_for_anybody_is_not_taken_from_those_that_are_kept():
    session = a_session(places=3, starts_in=20 * DAY)
    quota(session, QuotaKind.KEPT, 1)
    services.book_over_capacity(session_id=session.id, person_id=a_person().id, reason="duty", by="c", behalf=by_coordinator(), now=NOW)
    assert facts.quotas_of(session.id)[0].places == 1


def test_places_left_are_those_that_booking_would_give_this_reader():
    police, session = an_agency(sector="police"), a_session(places=5, starts_in=20 * DAY)
    quota(session, QuotaKind.KEPT, 3, police)
    quota(session, QuotaKind.MOST, 4, police)
    officer, other = a_person(agency=police), a_person()
    assert (left(session), left(session, other), left(session, officer)) == (2, 2, 4)
    book(session)
    book(session)
    assert (left(session), left(session, officer)) == (0, 3)
    assert (book(session).status.value, book(session, officer).status.value) == ("waiting", "booked")
    assert session.id not in {one.session.id for one in programme.soonest(NOW, 9)}
    assert search.catalogue(search.Wanted(free=True), 1, NOW).sessions == ()
    assert left(session, a_person(agency=police)) == 2, "those who wait cannot have what is kept"


def test_a_free_place_of_the_last_hours_is_left_for_whoever_asks():
    session, (first,), (waits,) = a_full_session(waiting=1)
    near = session.starts_at - HOUR
    give_back(first, now=near)
    assert (left(session), status(waits)) == (1, "waiting")
    assert book(session, now=near).status.value == "booked"
    assert (left(session), db.session.scalars(sa.select(HeldPlaces)).all()) == (0, [])


def test_the_catalogue_takes_as_many_statements_for_many_sessions_with_limits_as_for_few(counting):
    def some():
        for _ in range(2):
            quota(a_session(places=9), QuotaKind.KEPT, 2, an_agency())

    def read():
        db.session.rollback()
        return search.catalogue(search.Wanted(), 1, NOW)

    some()
    few = counting(read)
    for _ in range(4):
        some()
    assert counting(read) == few
