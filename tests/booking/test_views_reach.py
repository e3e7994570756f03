"""What a form that somebody changed, or a role, must not reach."""

import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.core.db import db
from tests.booking.test_views_mine import words
from tests.builders import a_person, an_account, an_agency


def works_at(person_id):
    db.session.rollback()
    return db.session.scalar(sa.select(Affiliation.agency_id).where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None)))


def test_an_agency_lead_does_not_become_lead_of_another_agency_by_their_own_word(as_role):
    own, other = an_agency(name="Own"), an_agency(name="Other")
    stranger = a_person(agency=other)
    lead = as_role(Role.AGENCY_LEAD)
    lead.signed_in_as(an_account(Role.AGENCY_LEAD, person=a_person(agency=own)))
    page = lead.post("/my-details", {"agency_id": other.id, "job_title": "Lead", "level": "0", "partnership_id": 0})
    assert "the training team changes which agency that is" in words(page)
    assert works_at(lead.person_id) == own.id
    assert lead.get(f"/my-people/{stranger.id}").status_code == 404
    assert lead.post("/my-details", {"agency_id": own.id, "job_title": "Head", "level": "0", "partnership_id": 0}).status_code == 302


def test_a_delegate_says_themselves_where_they_work(as_role):
    other, delegate = an_agency(), as_role(Role.DELEGATE)
    assert delegate.post("/my-details", {"agency_id": other.id, "job_title": "Nurse", "level": "0", "partnership_id": 0}).status_code == 302
    assert works_at(delegate.person_id) == other.id
