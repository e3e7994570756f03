"""Places without names outlive whoever held them: those who can name people are told, and the desk says of which places nobody can."""

import pytest

from app.accounts.rules import Role
from app.booking import services
from app.core import clock
from tests.booking.acting import DAY, broken, letters
from tests.builders import a_course, a_person, a_session, an_account, an_agency
from tests.client import Client

pytestmark = pytest.mark.usefixtures("app")


def a_lead(agency):
    return an_account(Role.AGENCY_LEAD, person=a_person(agency=agency, first_name="Lou", last_name=agency.name)).person


def holds(lead, agency, *, places=3):
    session = a_session(places=9, course=a_course(title="Neglect"))
    services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.id, places=places, releases_at=session.starts_at - 5 * DAY, now=clock.now())
    return session


def leaves(person, how="closed"):
    if how == "closed":
        services.set_roles(person_id=person.id, roles=[], password="", now=clock.now())
    else:
        services.has_left(person_id=person.id, by="Lee Lead", now=clock.now())


def told():
    """Whom a letter about held places was written to: text by person."""
    return {letter.person_id: " ".join(letter.text.split()) for letter in letters(kind="lead-left")}


def desk(app, coordinator):
    return Client(app).signed_in_as(coordinator).get("/desk").text


@pytest.mark.parametrize("how", ["closed", "left"])
def test_the_coordinator_is_told_what_a_lead_who_left_held_and_that_nobody_can_name_people_now(app, how):
    coordinator, agency = an_account(Role.COORDINATOR), an_agency(name="Alpha")
    lead, elsewhere = a_lead(agency), a_lead(an_agency(name="Beta"))
    session = holds(lead, agency)
    for _ in range(2):
        leaves(lead, how)
    texts = told()
    assert set(texts) == {coordinator.person_id} and elsewhere.id not in texts
    text = texts[coordinator.person_id]
    assert "held 3 places without a name" in text and "3 places for Alpha on Neglect" in text and "nobody there can give them names now" in text
    assert "ask the agency who leads it now" in text and f"/desk/sessions/{session.ref}" in text
    page = desk(app, coordinator)
    assert "1 lot of places is held for an agency without a lead" in page and "3 places without names for Alpha" in page
    assert broken(clock.now()) == []


def test_another_lead_of_the_agency_or_of_what_it_is_part_of_is_told_and_the_desk_has_nothing_to_settle(app):
    coordinator, agency = an_account(Role.COORDINATOR), an_agency(name="Alpha")
    lead, other = a_lead(agency), a_lead(agency)
    holds(lead, agency)
    assert "without a lead" not in desk(app, coordinator)
    leaves(lead)
    texts = told()
    assert set(texts) == {coordinator.person_id, other.id}
    assert "You lead the agency too" in texts[other.id] and "/my-agency" in texts[other.id]
    assert "Another lead of the agency can give them names" in texts[coordinator.person_id] and "nobody" not in texts[coordinator.person_id]
    assert "without a lead" not in desk(app, coordinator)
    leaves(other)
    assert "1 lot of places is held for an agency without a lead" in desk(app, coordinator)


def test_nobody_is_told_of_places_when_a_lead_left_who_held_none():
    an_account(Role.COORDINATOR)
    leaves(a_lead(an_agency()))
    assert told() == {}
