"""A question that is asked only of those who answered another one with a certain number."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.evaluation.models import Answer, Response
from app.evaluation.queries import questionnaires as queries
from app.evaluation.rules.stages import Stage
from app.evaluation.services import building
from app.evaluation.services.building import Wish
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_session
from tests.evaluation.test_views import hidden, link
from tests.evaluation.test_views_building import a_draft


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def desk(as_role, asked):
    return as_role(Role.COORDINATOR)


def test_a_question_is_asked_only_after_a_number_in_every_place_where_it_stands(desk):
    """Builder, draft, preview, the page without script, the sheet, and what is keyed in from it; and in the next version."""
    version, session = a_draft(Stage.AFTER), a_session(starts_in=timedelta(hours=-5))
    many = building.save_question(version_id=version.id, question_id=None, wish=Wish("number", "How many cases do you hold?", options=["0", "50"]))
    new = f"/desk/questionnaires/versions/{version.id}/questions/one_of"
    given = {"measures": "", "wording": "Too many?", "options": "Yes\nNo", "shown_if_number": f"{many.code} >=", "shown_if_bound": "60"}
    assert "from 0 to 50, so after 60 or more nobody would be asked" in desk.post(new, given).text
    assert "Enter the number after which" in desk.post(new, {**given, "shown_if_bound": ""}).text
    for far in ("9" * 10, "9" * 4000, "9" * 5000):
        assert "Enter a number from 0 to 1,000,000" in desk.post(new, {**given, "shown_if_bound": far}).text
    bounds = {"measures": "", "wording": "How many?", "options": f"1\n{'9' * 5000}"}
    assert "Give the lowest and the highest number" in desk.post(new.replace("one_of", "number"), bounds).text
    desk.follow(desk.post(new, {**given, "shown_if_bound": "20"}))
    depends = next(one for one in queries.version(version.id).questions if one.wording == "Too many?")
    assert (depends.shown_if_code, depends.shown_if_values) == (many.code, [">=20"])
    page = desk.get(f"/desk/questions/{depends.id}").text
    assert f'value="{many.code} &gt;=" selected' in page.replace("selected ", "selected") and 'value="20"' in page
    said = "Only of those who answered 20 or more to “How many cases do you hold?”"
    for place in (f"/desk/questionnaires/versions/{version.id}/draft", f"/desk/questionnaires/versions/{version.id}/preview"):
        assert said in desk.get(place).text
    with pytest.raises(Refused, match="nobody would be asked"):
        building.save_question(version_id=version.id, question_id=many.id, wish=Wish("number", many.wording, options=["0", "10"], measures=many.code))
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    assert "Only if you answered 20 or more to “How many cases" in desk.get(f"/my-sessions/{session.ref}/paper/after/sheets").text
    paper = f"/my-sessions/{session.ref}/paper/after"
    for number, kept in (("19", False), ("20", True)):
        booking = a_booking(session)
        page = desk.get(paper).text
        forms = {"key": hidden(page)["key"], "version": str(version.id), "whose": booking.ref, f"a-{many.code}": number, f"a-{depends.code}": "1"}
        desk.post(paper, {**forms, **{f"a-{one.code}": "none" for one in version.questions if one.required}})
        answers = db.session.scalars(sa.select(Answer).join(Response).where(Response.booking_id == booking.id)).all()
        assert (depends.id in {answer.question_id for answer in answers}) is kept
    again = building.begin_draft(questionnaire_id=version.questionnaire_id, shipped=False, now=clock.now())
    assert next(one.shown_if_values for one in again.questions if one.wording == "Too many?") == [">=20"]


def test_the_page_without_script_asks_on_after_the_number(client, asked):
    version, booking = a_draft(Stage.AFTER), a_booking(a_session(starts_in=timedelta(hours=-5)))
    for one in reversed(list(version.questions)[1:]):
        building.remove_question(question_id=one.id)
    many = building.save_question(version_id=version.id, question_id=None, wish=Wish("number", "How many?", options=["0", "50"]))
    building.save_question(version_id=version.id, question_id=None, wish=Wish(
        "one_of", "Too many?", options=["Yes", "No"], shown_if_code=many.code, shown_if_values=("<=3",)))
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    address = link(booking, Stage.AFTER)
    page = client.post(address, {**hidden(client.get(address).text), "a-knowledge": "4", "go": "next"}).text
    assert "How many?" in page
    on = client.post(address, {**hidden(page), f"a-{many.code}": "3", "go": "next"}).text
    assert "Too many?" in on and "Send my answers" in on
    sent = client.post(address, {**hidden(page), f"a-{many.code}": "4", "go": "next"})
    assert sent.status_code == 303
