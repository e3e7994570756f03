"""People, agencies and partnerships as coordinators and administrators keep them."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, Agency, Partnership, Person
from app.accounts.rules import Role
from app.core.db import db
from tests.builders import a_booking, a_partnership, a_person, a_session, an_account, an_agency


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def test_people_are_found_by_name_address_and_agency(desk):
    a_person(first_name="Zoë", last_name="Nowak", agency=an_agency(name="Harbour Trust"))
    a_person(first_name="Ann", last_name="Other")
    for words in ("nowak", "Zoë now", "harbour"):
        page = desk.get(f"/desk/people?q={words}").text
        assert "Zoë Nowak" in page and "Ann Other" not in page


def test_somebody_who_moves_keeps_their_earlier_bookings_as_they_were(desk):
    person, new = a_person(), an_agency(name="New place")
    booking = a_booking(a_session(), person)
    desk.post(f"/desk/people/{person.id}", {"agency_id": new.id, "job_title": "Lead", "partnership_id": "0", "manager_email": ""})
    page = desk.get(f"/desk/people/{person.id}").text
    assert "New place" in page and "until" in page
    db.session.refresh(booking)
    assert booking.agency_id != new.id
    assert booking.course_session.title in desk.get(f"/desk/people/{person.id}/bookings").text


def test_a_person_is_added_once(desk):
    desk.follow(desk.post("/desk/people/new", {"first_name": "Nia", "last_name": "New", "email": "Nia@Primary.example"}))
    page = desk.post("/desk/people/new", {"first_name": "Nia", "last_name": "Again", "email": "nia@primary.example"}).text
    assert "has this address already" in page and "Again" in page
    assert db.session.scalar(sa.select(sa.func.count(Person.id)).where(Person.email == "nia@primary.example")) == 1


def test_a_coordinator_sees_in_which_language_somebody_would_like_letters_and_says_it_for_them(desk):
    person = a_person(first_name="Nia")
    assert "Would like letters in English." in desk.get(f"/desk/people/{person.id}").text
    typed = {"first_name": "Nia", "last_name": "Rees", "email": person.email, "language": "cy"}
    assert "Would like letters in Welsh (Cymraeg)." in desk.follow(desk.post(f"/desk/people/{person.id}/name", typed)).text
    assert 'value="cy" selected' in desk.get(f"/desk/people/{person.id}/name").text
    assert "Choose one of those that are listed" in desk.post(f"/desk/people/{person.id}/name", {**typed, "language": "fr"}).text


def test_an_administrator_gives_roles_and_closes_accounts_and_a_coordinator_does_not(as_role, desk):
    person = a_person()
    admin = as_role(Role.ADMINISTRATOR)
    assert desk.get(f"/desk/people/{person.id}/account").status_code == 403
    assert "needs a password" in admin.post(f"/desk/people/{person.id}/account", {"roles": ["trainer"]}).text
    admin.post(f"/desk/people/{person.id}/account", {"roles": ["trainer", "coordinator"], "password": "a long password"})
    account = db.session.scalars(sa.select(Account).where(Account.person_id == person.id)).one()
    assert account.roles == {Role.TRAINER, Role.COORDINATOR}
    admin.post(f"/desk/people/{person.id}/account", {"roles": []})
    db.session.refresh(account)
    assert account.closed_at is not None


def test_the_last_administrator_stays_one(as_role):
    admin = as_role(Role.ADMINISTRATOR)
    assert "last administrator" in admin.post(f"/desk/people/{admin.person_id}/account", {"roles": ["delegate"]}).text
    an_account(Role.ADMINISTRATOR)
    assert admin.post(f"/desk/people/{admin.person_id}/account", {"roles": ["delegate"]}).status_code == 302


def test_agencies_and_partnerships_are_kept_with_names_areas_and_successors(desk):
    old, new = a_partnership(), a_partnership(name="New Partnership")
    form = {"code": "csc", "name": "Social Care", "sector": "Council", "parent_id": "0", "aliases": "CSC\nChildren's", "partnerships": [old.id]}
    desk.post("/desk/agencies/new", form)
    agency = db.session.scalars(sa.select(Agency)).all()[-1]
    assert sorted(alias.name for alias in agency.aliases) == ["CSC", "Children's"]
    desk.post(f"/desk/agencies/{agency.id}", {**form, "aliases": "CSC"})
    db.session.refresh(agency)
    assert [alias.name for alias in agency.aliases] == ["CSC"]
    assert "has this code" in desk.post("/desk/agencies/new", form).text
    desk.post(f"/desk/partnerships/{old.id}", {"code": old.code, "name": old.name, "ends_on": "31/12/2024", "successors": [new.id]})
    assert "New Partnership" in desk.get("/desk/partnerships").text
    assert db.session.get(Partnership, old.id).ends_on.year == 2024


def test_lists_take_as_many_statements_for_many_people_as_for_few(desk, counting):
    few = counting(lambda: desk.get("/desk/people"))
    for _ in range(40):
        a_person()
    assert counting(lambda: desk.get("/desk/people")) == few
