"""What a form that somebody changed, or a role, must not reach."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.booking.models import BookingNeed, CapacityOverride, SessionQuota
from app.core.db import db
from tests.booking.test_views_mine import words
from tests.builders import a_person, a_session, an_account, an_agency


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


NO_ROW = "9" * 20


@pytest.mark.parametrize("address", [
    "/desk/people/{}", "/desk/people/{}/bookings", "/desk/quotas/{}/release", "/desk/extra-places/{}/take-back", "/booked-for-others/{}",
    "/desk/trainers/{}/sessions", "/my-people/{}/left",
])
def test_a_number_that_no_row_can_have_is_a_page_that_is_not_there(as_role, address):
    assert as_role(Role.COORDINATOR).get(address.format(NO_ROW)).status_code == 404


def test_numbers_that_no_row_can_have_are_no_choice_in_a_form(as_role):
    desk, session = as_role(Role.COORDINATOR), a_session()
    assert desk.get(f"/sessions/{session.ref}/book-for-others?person={NO_ROW}").status_code == 200
    assert desk.post(f"/sessions/{session.ref}/book-for-others", {"chosen": NO_ROW, "people": NO_ROW}).status_code == 200
    for address in ("/desk/no-shows", "/desk/charges"):
        assert desk.post(address, {"rows": NO_ROW, "reason": "x"}).status_code == 200


def test_what_postgresql_cannot_keep_is_left_out_of_a_text_before_anything_is_done_with_it(as_role):
    me, session = as_role(Role.DELEGATE), a_session()
    me.post(f"/sessions/{session.ref}/book", {"access": "a\x00b\x1b"})
    assert db.session.scalars(sa.select(BookingNeed.access)).all() == ["ab"]
    assert me.get("/courses?q=%00").status_code == 200 and me.get("/courses/%00").status_code == 400


def test_a_form_for_extra_places_or_a_limit_that_comes_twice_does_it_once(as_role):
    desk, session, key = as_role(Role.COORDINATOR), a_session(), "k" * 24
    extra = {"places": "2", "risk": "5", "reason": "Many never come", "once": key}
    limit = {"kind": "most", "group": "sector:council", "places": "1", "once": "l" * 24}
    for _ in range(2):
        assert desk.post(f"/desk/sessions/{session.ref}/extra-places", extra).status_code == 302
        assert desk.post(f"/desk/sessions/{session.ref}/quotas", limit).status_code == 302
    db.session.rollback()
    assert [one.places for one in db.session.scalars(sa.select(CapacityOverride))] == [2]
    assert [one.places for one in db.session.scalars(sa.select(SessionQuota))] == [1]
    assert "sent before with something else" in words(desk.post(f"/desk/sessions/{session.ref}/extra-places", {**extra, "places": "3"}))
    assert 'name="once"' in desk.get(f"/desk/sessions/{session.ref}/quotas").text
