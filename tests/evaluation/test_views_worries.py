"""The pages of those who read worries, and of those who name them."""

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation.models import SafeguardingContactEvent
from app.evaluation.queries import worries as queries
from app.evaluation.rules.worries import About
from app.evaluation.services import worries
from tests.builders import a_session

WORDS = "The uncle picks them up at night"
DESK = "/desk/safeguarding-contacts"


@pytest.fixture
def contact(as_role):
    browser = as_role(Role.TRAINER)
    worries.name_contact(email=browser.email, by="Marian Cole", now=clock.now())
    worries.raise_worry(session_id=a_session().id, booking_id=None, about=About.CHILD, text=WORDS, contact="", now=clock.now())
    return browser


def id_of(browser):
    return db.session.scalar(sa.text("SELECT id FROM person WHERE email = :email"), {"email": browser.email})


def test_a_coordinator_who_would_read_worries_is_refused_and_one_who_is_named_later_reads_no_earlier_one(as_role, contact):
    coordinator, other = as_role(Role.COORDINATOR), as_role(Role.COORDINATOR)
    assert "Nobody names themselves" in coordinator.post(DESK, {"email": coordinator.email}).text
    assert coordinator.get("/worries").status_code == 404
    other.follow(other.post(DESK, {"email": coordinator.email}))
    assert WORDS not in coordinator.get("/worries").text and WORDS in contact.get("/worries").text
    ref = queries.read_by(queries.contact(id_of(contact)))[0].ref
    assert coordinator.post("/worries", {"ref": ref, "note": "Seen"}).status_code == 404
    assert "named" in coordinator.get(DESK).text and "What was done" in coordinator.get(DESK).text


def test_a_contact_lets_another_read_all_and_an_administrator_does_on_their_page(as_role, contact):
    coordinator, administrator, late = as_role(Role.COORDINATOR), as_role(Role.ADMINISTRATOR), as_role(Role.TRAINER)
    coordinator.follow(coordinator.post(DESK, {"email": late.email}))
    person = {"person": str(id_of(late))}
    assert coordinator.post("/worries/contacts", person).status_code == 404 and "Let them read earlier ones" not in coordinator.get(DESK).text
    assert "Let them read all that you read" in contact.get("/worries").text and "Let them read all" not in late.get("/worries").text
    assert "Let them read earlier ones" in administrator.get(DESK).text
    administrator.follow(administrator.post("/worries/contacts", person))
    assert WORDS in late.get("/worries").text and administrator.get("/worries").status_code == 404
    assert administrator.post("/worries/contacts", {"person": "x"}).status_code == 400


def test_who_alone_reads_what_is_open_is_not_removed_and_an_act_leaves_a_row(as_role, contact):
    coordinator = as_role(Role.COORDINATOR)
    assert "reads 1 open worry that nobody else reads" in coordinator.post(DESK, {"remove": str(id_of(contact))}).text
    assert WORDS in contact.get("/worries").text
    assert db.session.scalar(sa.select(sa.func.count(SafeguardingContactEvent.id))) == 1
