"""Two people press at the same moment, or one presses twice: nothing of anybody is lost in silence, nothing is done twice, and nobody sees an error."""

from datetime import timedelta
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.booking import services
from app.booking.models import Booking, BookingPolicy, CapacityOverride, Charge, SessionEvent, Terms
from app.booking.rules.charges import ChargeKind
from app.catalogue import services as catalogue
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.test_services_races import at_once
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, a_trainer, an_account, an_agency
from tests.faults.browsing import forms

MEANWHILE = "Somebody has changed this since you opened the page"


def form_of(answer):
    """What the page's own form sends when nothing is touched, as browsers send it."""
    sent = {}
    for name, value in next(form for form in forms(answer.text) if form.in_main and form.method == "post").fields:
        sent.setdefault(name, []).append(value.strip("\n") if name != "seen" else value)
    return sent


def pressed(app, address, *browsers_with):
    """Each of these (browser, what is typed) opens the page, and then all press at once; what each gets."""
    opened = [(browser, {**form_of(browser.get(address)), **typed}) for browser, typed in browsers_with]
    return at_once(app, [lambda browser=browser, form=form: browser.post(address, form, checked=False) for browser, form in opened])


def one_of_each(row, **values):
    """Whether exactly one of these columns has what was typed for it."""
    db.session.rollback()
    kept = db.session.get_one(type(row), row.id, populate_existing=True)
    return sum(getattr(kept, name) == value for name, value in values.items()) == 1


def places(session):
    return f"/desk/sessions/{session.ref}/change", {"capacity": "10"}, {"venue_or_link": "County Hall"}, {"capacity": 10, "venue_or_link": "County Hall"}


def rules(session):
    return f"/desk/sessions/{session.ref}/rules", {"minimum": "8"}, {"confirm_days": "3"}, {"minimum": 8, "confirm_days": 3}


def a_briefing():
    return catalogue.save_briefing(briefing_id=None, facts={"code": "b", "title": "B", "url": "https://x.example/b"}, priority_ids=[])


CHANGES = {
    "session": lambda: (a_session(places=3), places), "rules": lambda: (a_session(places=3), rules),
    "course": lambda: (a_course(), lambda row: (
        f"/desk/courses/{row.code}", {"title": "Neglect"}, {"summary": "Other"}, {"title": "Neglect", "summary": "Other"})),
    "agency": lambda: (an_agency(), lambda row: (
        f"/desk/agencies/{row.id}", {"name": "Harbour"}, {"sector": "health"}, {"name": "Harbour", "sector": "health"})),
    "partnership": lambda: (a_partnership(), lambda row: (
        f"/desk/partnerships/{row.id}", {"name": "Harbour"}, {"code": "new"}, {"name": "Harbour", "code": "new"})),
    "briefing": lambda: (a_briefing(), lambda row: (
        f"/desk/briefings/{row.id}", {"title": "Harbour"}, {"code": "new"}, {"title": "Harbour", "code": "new"})),
    "person": lambda: (a_person(), lambda row: (
        f"/desk/people/{row.id}/name", {"first_name": "Nia"}, {"last_name": "Rees"}, {"first_name": "Nia", "last_name": "Rees"})),
}


@pytest.mark.parametrize("what", CHANGES)
def test_of_two_coordinators_who_save_in_the_same_moment_the_second_reads_what_the_first_changed(app, as_role, what):
    row, how = CHANGES[what]()
    address, mine, theirs, kept = how(row)
    answers = pressed(app, address, (as_role(Role.COORDINATOR), mine), (as_role(Role.COORDINATOR), theirs))
    assert sorted(one.status_code for one in answers) == [200, 302]
    assert MEANWHILE in next(one.text for one in answers if one.status_code == 200)
    assert one_of_each(row, **kept)


@pytest.mark.parametrize("what", CHANGES)
def test_the_same_change_pressed_twice_is_saved_and_says_so_twice(app, as_role, what):
    row, how = CHANGES[what]()
    address, mine, _theirs, _kept = how(row)
    browser = as_role(Role.COORDINATOR)
    form = {**form_of(browser.get(address)), **mine}
    assert [browser.post(address, form).status_code for _ in range(2)] == [302, 302]


def test_where_somebody_works_is_not_overwritten_unseen(app, as_role):
    person, new = a_person(), an_agency(name="Harbour")
    address = f"/desk/people/{person.id}"
    first, second = as_role(Role.COORDINATOR), as_role(Role.COORDINATOR)
    answers = pressed(app, address, (first, {"agency_id": str(new.id)}), (second, {"job_title": "Lead"}))
    assert sorted(one.status_code for one in answers) == [200, 302]
    db.session.rollback()
    at = db.session.get_one(Person, person.id).affiliation
    assert (at.agency_id == new.id) is not (at.job_title == "Lead")


def test_extra_places_taken_back_twice_are_taken_back_once(app, as_role):
    session, browser = a_session(places=3), as_role(Role.COORDINATOR)
    services.add_extra_places(session_id=session.id, places=2, risk=5, reason="r", by="c", now=clock.now())
    number = db.session.scalar(sa.select(CapacityOverride.id))
    answers = pressed(app, f"/desk/extra-places/{number}/take-back", (browser, {}), (browser, {}))
    assert [one.status_code for one in answers] == [302, 302]
    assert db.session.scalar(sa.select(sa.func.count(SessionEvent.id)).where(SessionEvent.what.contains("taken back"))) == 1


def test_a_session_called_off_twice_with_another_date_offered_leads_on_twice(app, as_role):
    course, browser = a_course(), as_role(Role.COORDINATOR)
    session, _other = a_session(course=course, places=5), a_session(course=course, places=5, starts_in=timedelta(days=30))
    a_booking(session)
    answers = pressed(app, f"/desk/sessions/{session.ref}/cancel", (browser, {"reason": "Ill"}), (browser, {"reason": "Ill"}))
    assert [one.status_code for one in answers] == [302, 302]


def test_terms_saved_twice_are_one_version(app, as_role):
    browser = as_role(Role.COORDINATOR)
    form = {**form_of(browser.get("/desk/terms")), "text": "Be kind."}
    answers = at_once(app, [lambda: browser.post("/desk/terms", form, checked=False)] * 2)
    assert [one.status_code for one in answers] == [302, 302]
    assert db.session.scalar(sa.select(sa.func.count(Terms.id))) == 1
    assert "hold already" in browser.post("/desk/terms", {**form, "once": "another"}).text


def test_a_charge_waived_twice_gives_the_same_answer_twice(app):
    booking = a_booking(a_session())
    with transaction() as session:
        session.add(Charge(booking_id=booking.id, kind=ChargeKind.LATE, pence=2500, reason="late", by="p", at=clock.now()))
    number = db.session.scalar(sa.select(Charge.id))
    assert [services.waive_charges(charge_ids=[number], reason="ill", by="c", now=clock.now()) for _ in range(2)] == [1, 1]
    with pytest.raises(Refused, match="not waived already"):
        services.waive_charges(charge_ids=[number], reason="another", by="c", now=clock.now())


def a_register(browser):
    """A session that is over, given by whoever is signed in, and its register's address."""
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=db.session.get_one(Person, browser.person_id)))
    return session, f"/registers/{session.ref}"


NIA = {"email": "nia@primary.example", "first_name": "Nia", "last_name": "New", "agency": "0"}


def test_somebody_new_who_walked_in_is_added_to_two_registers_at_once(app, as_role):
    browsers = [as_role(Role.TRAINER), as_role(Role.TRAINER)]
    addresses = [a_register(browser)[1] for browser in browsers]
    opened = [(browser, address, form_of(browser.get(address))) for browser, address in zip(browsers, addresses, strict=True)]
    answers = at_once(app, [lambda browser=browser, address=address, form=form: browser.post(f"{address}/walk-in", {**form, **NIA}, checked=False)
                            for browser, address, form in opened])
    assert [one.status_code for one in answers] == [302, 302]
    assert db.session.scalar(sa.select(sa.func.count(Person.id)).where(Person.email == NIA["email"])) == 1


def test_a_walk_in_pressed_twice_is_on_the_register_once_and_says_so_twice(app, as_role):
    browser = as_role(Role.TRAINER)
    session, address = a_register(browser)
    booking = a_booking(session)
    form = {**form_of(browser.get(address)), **NIA, f"mark-{booking.ref}": "attended"}
    answers = at_once(app, [lambda: browser.post(f"{address}/walk-in", form, checked=False)] * 2)
    assert [one.status_code for one in answers] == [302, 302]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 2 and db.session.get(Attendance, booking.id) is not None
    page = browser.post(f"{address}/walk-in", {**form, "once": "another"}).text
    assert "Nia New is on this register already" in page, "another form of the same is said"


def test_who_cannot_be_added_leaves_the_marks_of_the_page_kept(as_role):
    browser = as_role(Role.TRAINER)
    session, address = a_register(browser)
    booking = a_booking(session)
    form = {**form_of(browser.get(address)), **NIA, "email": booking.person.email, f"mark-{booking.ref}": "attended"}
    assert "is on this register already" in browser.post(f"{address}/walk-in", form).text
    db.session.rollback()
    assert db.session.get(Attendance, booking.id) is not None


def test_of_two_administrators_who_take_each_others_role_at_once_one_stays(app):
    people = [an_account(Role.ADMINISTRATOR).person_id for _ in range(2)]
    answers = at_once(app, [lambda number=number: services.set_roles(person_id=number, roles=[Role.TRAINER], password="", now=clock.now())
                            for number in people])
    assert sum(isinstance(one, Refused) for one in answers) == 1 and accounts.administrators() == 1


def test_roles_that_somebody_else_gave_meanwhile_are_not_taken_unseen(as_role):
    account, admin = an_account(Role.TRAINER), as_role(Role.ADMINISTRATOR)
    address = f"/desk/people/{account.person_id}/account"
    form = form_of(admin.get(address))
    services.set_roles(person_id=account.person_id, roles=[Role.TRAINER, Role.COORDINATOR], password="", now=clock.now())
    page = admin.post(address, {**form, "roles": ["trainer", "report_author"]}).text
    assert MEANWHILE in page and "There is now: Roles: Coordinator, Trainer" in page


@pytest.mark.parametrize(("address", "mine", "theirs"), [
    ("/desk/terms", {"text": "Be kind."}, {"text": "Be on time."}), ("/desk/policies/new", {"notice": "8"}, {"notice": "9"})])
def test_of_two_who_save_terms_or_a_policy_in_the_same_moment_the_second_reads_what_the_first_saved(app, as_role, address, mine, theirs):
    answers = pressed(app, address, (as_role(Role.COORDINATOR), mine), (as_role(Role.COORDINATOR), theirs))
    assert sorted(one.status_code for one in answers) == [200, 302]
    assert "There is now: " in next(one.text for one in answers if one.status_code == 200)
    assert [db.session.scalar(sa.select(sa.func.count(table.id))) for table in (Terms, BookingPolicy)] in ([1, 0], [0, 1])


def test_who_saves_terms_while_another_is_saving_theirs_waits_and_is_asked_about_those(app):
    seen, begun = [], Event()

    def second():
        with app.app_context():
            begun.set()
            services.save_terms(text="Second.", by="b", now=clock.now(), check=lambda latest: seen.append(latest and latest.text))
            db.session.remove()

    db.session.rollback()
    other = Thread(target=second)
    with transaction():
        services.save_terms(text="First.", by="a", now=clock.now())
        other.start()
        begun.wait(5)
        other.join(0.5)
    other.join(20)
    assert seen == ["First."]
