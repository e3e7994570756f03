"""Limits and kept places of all sessions at once: the check counts what the engine counts, on both databases, and passes what was decided by name."""

from datetime import timedelta

import pytest

from app.accounts.models import Agency
from app.booking import services
from app.booking.models import HeldPlaces, SessionQuota
from app.booking.queries import facts, promised
from app.booking.rules.places import QuotaKind
from app.core.db import db, transaction
from tests.booking.acting import NOW, broken
from tests.builders import a_booking, a_person, a_session, an_agency

pytestmark = pytest.mark.usefixtures("app")


def quota(session, kind, places, agency=None, sector=None, **more):
    with transaction() as writing:
        writing.add(SessionQuota(course_session_id=session.id, kind=kind, places=places, agency_id=agency.id if agency else None, sector=sector, **more))


def booked(session, agency, count):
    return [a_booking(session, a_person(agency=agency)) for _ in range(count)]


def test_places_without_names_count_against_a_limit():
    agency, session = an_agency(), a_session(places=10)
    quota(session, QuotaKind.MOST, 2, agency)
    holder = booked(session, agency, 2)[0]
    assert broken() == []
    with transaction() as writing:
        writing.add(HeldPlaces(course_session_id=session.id, agency_id=agency.id, by_id=holder.person_id, places=3, at=NOW, releases_at=NOW + timedelta(days=3)))
    assert broken() == ["within-quota"]


def test_kept_places_that_others_hold_are_found():
    agency, session = an_agency(), a_session(places=5)
    booked(session, an_agency(), 4)
    quota(session, QuotaKind.KEPT, 1, agency)
    assert broken() == []
    quota(session, QuotaKind.KEPT, 3, an_agency())
    assert broken() == ["kept-places-there"]
    (found,) = promised.broken(NOW).values()
    assert (found.ref, found.broken.places) == (session.ref, 3)


def test_a_school_whose_sector_is_that_of_what_it_is_part_of_counts_for_the_limit_of_the_sector():
    trust, session = an_agency(sector="schools"), a_session(places=9)
    school = an_agency(sector=None)
    with transaction() as writing:
        writing.get_one(Agency, school.id).parent_id = trust.id
    quota(session, QuotaKind.MOST, 1, sector="schools")
    booked(session, school, 3)
    assert facts.quotas_of(session.id)[0].used == 3 and broken() == ["within-quota"]


def test_who_was_let_in_by_name_is_over_no_limit_and_what_was_released_keeps_nothing():
    agency, session = an_agency(), a_session(places=3)
    quota(session, QuotaKind.MOST, 1, agency)
    quota(session, QuotaKind.KEPT, 3, an_agency(), releases_at=NOW - timedelta(days=1))
    booked(session, agency, 1)
    guest = a_person(agency=agency)
    services.book_over_capacity(session_id=session.id, person_id=guest.id, reason="duty", by="c", now=NOW,
                                behalf=services.OnBehalf(a_person().id, coordinator=True))
    assert promised.broken(NOW) == {}
    booked(session, agency, 1)
    assert [one.broken.places for one in promised.broken(NOW).values()] == [1]


def test_many_sessions_are_counted_in_as_many_statements_as_few(counting):
    def count():
        db.session.rollback()
        return counting(lambda: promised.broken(NOW))

    quota(a_session(), QuotaKind.MOST, 2, an_agency())
    few = count()
    for _ in range(6):
        session, agency = a_session(), an_agency()
        quota(session, QuotaKind.MOST, 2, agency)
        booked(session, agency, 3)
    assert count() == few and len(promised.broken(NOW)) == 6
