"""A sheet that was printed before another version came in use is keyed in as what the person read."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation.models import Response
from app.evaluation.rules.paper import sheet_name
from app.evaluation.rules.stages import Stage
from app.evaluation.services import building
from app.evaluation.services.building import Wish
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_session
from tests.evaluation.test_views import AFTER, hidden
from tests.evaluation.test_views_building import a_draft

ROOM = Wish("one_of", "Where was it?", options=["Here", "There"])


@pytest.fixture
def printed(app):
    """The version from which sheets were printed, and the one that came after it, in which a question has other options."""
    before = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    after = a_draft(Stage.AFTER)
    building.save_question(version_id=after.id, question_id=None, wish=ROOM)
    building.put_in_use(version_id=after.id, by="me", now=clock.now())
    return before.id, after.id


def test_a_sheet_bears_its_version_and_is_keyed_in_as_that_one(as_role, printed):
    desk, session = as_role(Role.COORDINATOR), a_session(starts_in=timedelta(hours=-5), places=9)
    before, after = printed
    booking, address = a_booking(session), f"/my-sessions/{session.ref}/paper/after"
    assert f"Version of this sheet: {sheet_name(after)}" in desk.get(f"{address}/sheets").text
    page = desk.get(address).text
    assert "Where was it?" in page and f"{address}?version={before}" in page and f"version <strong>{sheet_name(after)}</strong>" in page
    page = desk.get(f"{address}?version={before}").text
    assert "Where was it?" not in page and f"version <strong>{sheet_name(before)}</strong>" in page
    sent = desk.post(f"{address}?version={before}", {**hidden(page), "whose": booking.ref, **{f"a-{code}": value for code, value in AFTER.items()}})
    assert sent.headers["Location"].endswith(f"version={before}"), "the next sheet of the pile is of the same version"
    assert db.session.scalars(sa.select(Response.version_id).where(Response.booking_id == booking.id)).one() == before


@pytest.mark.parametrize("wrong", ["x", "-1", "999999", ""])
def test_a_version_that_is_none_leads_to_the_one_in_use(as_role, printed, wrong):
    session = a_session(starts_in=timedelta(hours=-5))
    page = as_role(Role.COORDINATOR).get(f"/my-sessions/{session.ref}/paper/after?version={wrong}").text
    assert f"version <strong>{sheet_name(printed[1])}</strong>" in page
