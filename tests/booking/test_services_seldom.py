"""What happens seldom and must not break a promise: acts that meet each other in ways that nobody plans."""

from datetime import timedelta

import pytest

from app.booking import services
from app.booking.rules.places import QuotaKind
from app.catalogue.rules import SessionStatus
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
