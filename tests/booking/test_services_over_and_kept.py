"""Whoever was booked over capacity uses none of the places that are kept for their group, until one of them is free and becomes theirs."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import CapacityOverride
from app.booking.queries import facts
from app.booking.rules.places import QuotaKind
from app.core.db import db
from app.core.errors import Refused
from tests.booking.acting import HOUR, MINUTE, NOW, a_session, acts, book, broken, by_coordinator, give_back, settle, status
from tests.builders import a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def keep_one(session, agency):
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=agency.id, sector=None, releases_at=None, by="c", now=NOW)


def over(session, agency=None):
    return services.book_over_capacity(session_id=session.id, person_id=a_person(agency=agency).id, reason="duty", by="c", behalf=by_coordinator(), now=NOW)


def gives_back(booking, now):
    give_back(booking, now=now)
    settle(booking.course_session, now + 16 * MINUTE)


def over_capacity():
    """How many places over capacity each booking has, in the order in which they were given."""
    db.session.rollback()
    return db.session.scalars(sa.select(CapacityOverride.places).order_by(CapacityOverride.id)).all()


def two_over_beside_a_kept_place():
    """A session of two places, one of them kept for an agency and used; somebody of the agency and somebody else are over capacity."""
    session, agency = a_session(places=2), an_agency()
    book(session)
    keep_one(session, agency)
    kept = book(session, a_person(agency=agency))
    return session, agency, kept, over(session, agency), over(session)


def test_a_kept_place_that_comes_back_is_of_whoever_of_the_group_is_over_capacity_and_comes_back_again_with_them():
    session, agency, kept, of_them, other = two_over_beside_a_kept_place()
    assert over_capacity() == [1, 1] and broken() == []
    gives_back(kept, NOW)
    assert over_capacity() == [0, 1] and acts(of_them)[-1] == "fit_in" and "fit_in" not in acts(other) and broken() == []
    gives_back(of_them, NOW + HOUR)
    assert over_capacity() == [0, 1] and broken() == []
    assert status(book(session, a_person(agency=agency), now=NOW + 2 * HOUR)) == "booked" and broken() == []


def test_a_place_that_ends_over_capacity_leaves_the_kept_place_where_it_is():
    session, agency, _kept, of_them, _other = two_over_beside_a_kept_place()
    gives_back(of_them, NOW)
    assert over_capacity() == [1, 1] and facts.quotas_of(session.id)[0].used == 1 and broken() == []
    assert status(book(session, a_person(agency=agency), now=NOW + HOUR)) == "waiting"


def test_nothing_is_kept_on_the_places_of_those_over_capacity():
    session, agency = a_session(places=1), an_agency()
    book(session)
    over(session, agency)
    with pytest.raises(Refused, match="Only 0 places are free to be kept"):
        keep_one(session, agency)


def test_a_place_over_capacity_goes_to_a_colleague_from_elsewhere_beside_places_that_are_kept():
    _session, _agency, _kept, of_them, _other = two_over_beside_a_kept_place()
    services.substitute(booking_id=of_them.id, person_id=a_person().id, by="x", now=NOW)
    assert over_capacity() == [1, 1] and broken() == []
