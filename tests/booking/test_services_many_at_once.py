"""Many names in one form: what is asked of the database does not grow with them, and each is decided as when they are booked alone."""

import pytest

from app.booking import services
from app.booking.queries import facts
from app.booking.queries.others import Scope
from app.booking.rules.turnout import Turnout
from app.booking.services import Booker, Named
from app.catalogue.rules import Approval
from app.core.db import db
from tests.booking.acting import DAY, NOW, a_session, acts, book, broken, letters, statuses
from tests.builders import a_booking, a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def a_form(number, *, places, full=False, approval=Approval.NOBODY):
    """A session and what books so many people on it, of whom the first has missed a session; `full` leaves one place fewer than they need."""
    agency = an_agency()
    lead = a_person(agency=agency)
    people = [a_person(agency=agency) for _ in range(number)]
    a_booking(a_session(starts_in=-30 * DAY), people[0], turnout=Turnout.MISSED)
    session = a_session(places=places, course=a_course(approval=approval))
    for _ in range(places - number + 1 if full else 0):
        book(session)
    booker = Booker(lead.id, lead.acting, lead.email, Scope(lead.id, frozenset({agency.id})))
    named = Named(chosen=[one.id for one in people])
    db.session.rollback()
    return session, lambda: services.book_people(session_id=session.id, named=named, together=full, booker=booker, now=NOW, key=f"{session.id} form")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("approval", [Approval.NOBODY, Approval.BOTH])
def test_fifty_people_are_booked_in_one_form_by_as_many_statements_as_five(counting, full, approval):
    few, many = (counting(a_form(number, places=52, full=full, approval=approval)[1]) for number in (5, 50))
    assert few == many and broken() == []


def a_naming_form(number):
    """What gives so many held places names, of one who waits for the course, too."""
    agency = an_agency()
    lead = a_person(agency=agency)
    people = [a_person(agency=agency) for _ in range(number)]
    session = a_session(places=number)
    services.wait_for_course(course_id=session.course_id, person_id=people[0].id, any_date=False, now=NOW)
    held = services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.id, places=number, releases_at=NOW + DAY, now=NOW)
    booker = Booker(lead.id, lead.acting, lead.email, Scope(lead.id, frozenset({agency.id})))
    named = Named(chosen=[one.id for one in people])
    db.session.rollback()
    return session, lambda: services.name_people(held_id=held.id, named=named, booker=booker, now=NOW, key=f"{session.id} names")


def test_fifty_held_places_get_their_names_by_as_many_statements_as_five(counting):
    forms = [a_naming_form(number) for number in (5, 50)]
    few, many = (counting(form) for _session, form in forms)
    assert few == many and broken() == []
    assert [set(statuses(session)) for session, _form in forms] == [{"booked"}] * 2


def test_each_of_many_has_their_own_booking_history_and_letter():
    session, book_them = a_form(7, places=5)
    made = book_them()
    assert statuses(session) == ["booked"] * 5 + ["waiting"] * 2
    assert [acts(one) for one in made] == [["book"]] * 5 + [["join"]] * 2
    assert [one.person_id for one in letters(kind="booked-for-you")] == [one.person_id for one in made[:5]]
    first, second = (" ".join(one.text.split()) for one in letters(kind="list-joined"))
    assert "1st of 2" in first and "2nd of 2" in second and broken() == []


def test_many_are_seen_as_each_alone_is():
    session, _book_them = a_form(3, places=5)
    course = a_course(for_sectors=["police"], prerequisites=[session.course])
    people = [a_person().id, a_person(agency=an_agency(sector="police")).id]
    came = a_person()
    a_booking(a_session(course=session.course, starts_in=-DAY), came, turnout=Turnout.CAME)
    for number in (1, 2):
        a_booking(a_session(starts_in=-number * 20 * DAY), came, turnout=Turnout.MISSED)
    together = facts.people([*people, came.id], course, NOW)
    assert together == {number: facts.person(number, course, NOW) for number in [*people, came.id]}
    assert together[came.id].strikes == 2 and session.course_id in together[came.id].asker.done
