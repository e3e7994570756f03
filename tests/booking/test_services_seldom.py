"""What happens seldom and must not break a promise: acts that meet each other in ways that nobody plans."""

from datetime import timedelta

import pytest

from app.booking import services
from app.booking.models import Booking
from app.booking.rules.places import QuotaKind
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from tests.booking.test_services import book, statuses
from tests.builders import a_person, a_session

pytestmark = pytest.mark.usefixtures("app")


def test_places_of_a_cancelled_session_stay_so_that_undoing_it_oversells_nothing():
    session, now = a_session(places=3), clock.now()
    for _ in range(3):
        book(session, a_person())
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=now)
    with pytest.raises(Refused, match="Undo the cancellation"):
        services.change_capacity(session_id=session.id, capacity=1, now=now)
    with pytest.raises(Refused, match="Undo the cancellation"):
        services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=None, sector="council", releases_at=None, now=now)
    services.undo_cancelling(session_ids=[session.id], by="c", now=now + timedelta(minutes=5))
    assert statuses(session) == ["booked"] * 3
    db.session.refresh(session)
    assert (session.status, session.capacity) == (SessionStatus.SCHEDULED, 3)


def change_times(session, starts_at, now):
    planned = Planned([(starts_at, starts_at + timedelta(hours=3))], session.format, session.venue_or_link, session.trainer_id)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=now)


def test_what_somebody_needs_goes_thirty_days_after_the_new_day_of_a_session_that_was_moved():
    session, person, now = a_session(), a_person(), clock.now()
    services.book_place(session_id=session.id, person_id=person.id, by="p", now=now, wish=services.Wish(access="Large print"))
    later = session.starts_at + timedelta(days=60)
    change_times(session, later, now)
    assert services.delete_needs(now=later) == 0
    assert services.delete_needs(now=later + timedelta(days=30, hours=3)) == 1


def test_an_offer_never_stands_past_two_hours_before_the_new_start_of_a_session_that_was_moved():
    session, now = a_session(places=1, starts_in=timedelta(days=10)), clock.now()
    first, second = book(session, a_person()), book(session, a_person())
    services.give_back(booking_id=first.id, by="first", now=now)
    offered_at = now + timedelta(minutes=15)
    services.settle_session(session_id=session.id, now=offered_at)
    sooner = (now + timedelta(hours=20)).replace(second=0, microsecond=0)
    change_times(session, sooner, offered_at)
    db.session.rollback()
    assert db.session.get(Booking, second.id).due_at == sooner - timedelta(hours=2)
