"""The register as a page."""

import re
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking import services as places
from app.booking.models import BookingPolicy, Charge
from app.core import clock
from app.core.db import db, transaction
from tests.builders import a_booking, a_course, a_session, a_trainer
from tests.faults.browsing import forms


def mine(browser, **more):
    """A session that is over, given by whoever is signed in."""
    person = db.session.get(Person, browser.person_id)
    return a_session(starts_in=timedelta(hours=-4), places=9, trainer=a_trainer(person=person), **more)


def form_of(page):
    """What the page's own form sends when nothing is touched."""
    return dict(next(form for form in forms(page) if form.in_main).fields)


def test_a_trainer_marks_everybody_adds_a_walk_in_and_finishes(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser, course=a_course(title="Neglect"))
    here, absent = a_booking(session), a_booking(session)
    assert "Neglect" in browser.get("/my-sessions?which=over").text
    address = f"/registers/{session.ref}"
    assert "2 still to mark" in browser.get(address).text
    page = browser.follow(browser.post(address, {
        f"seen-{here.ref}": "", f"mark-{here.ref}": "partly_attended", f"minutes-{here.ref}": "90",
        f"seen-{absent.ref}": "", f"mark-{absent.ref}": "no_show",
    }))
    assert "1 partly, 1 absent, everyone is marked" in page.text
    page = browser.follow(browser.post(f"{address}/walk-in", {"email": "nia@primary.example", "first_name": "Nia", "last_name": "New", "agency": "0"}))
    assert "Nia New is on the register" in page.text and "Came without booking" in page.text
    assert "The register is finished" in browser.follow(browser.post(f"{address}/finish")).text
    assert db.session.get(Attendance, here.id).minutes == 90


def test_everyone_not_marked_is_here_with_one_button(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking, other = a_booking(session), a_booking(session)
    browser.post(f"/registers/{session.ref}", {
        f"seen-{booking.ref}": "", f"seen-{other.ref}": "", f"mark-{other.ref}": "excused", "rest": "here",
    })
    assert db.session.get(Attendance, booking.id).outcome is Outcome.ATTENDED
    assert db.session.get(Attendance, other.id).outcome is Outcome.EXCUSED


def test_a_number_of_minutes_that_cannot_be_is_said_and_nothing_typed_is_lost(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking = a_booking(session)
    page = browser.post(f"/registers/{session.ref}", {f"seen-{booking.ref}": "", f"mark-{booking.ref}": "partly_attended", f"minutes-{booking.ref}": "ninety"})
    assert "is not a number of minutes" in page.text and 'value="ninety"' in page.text
    assert 'value="partly_attended" checked' in page.text


def test_who_was_there_partly_needs_minutes_and_is_named(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking, other = a_booking(session), a_booking(session)
    typed = {f"seen-{booking.ref}": "", f"mark-{booking.ref}": "partly_attended", f"minutes-{booking.ref}": " ",
             f"seen-{other.ref}": "", f"mark-{other.ref}": "attended", f"minutes-{other.ref}": ""}
    for address in (f"/registers/{session.ref}", f"/registers/{session.ref}/finish"):
        page = browser.post(address, typed).text
        assert f"write how long {booking.person.name} stayed" in page and 'value="partly_attended" checked' in page
    assert db.session.get(Attendance, other.id) is None


def test_what_an_import_says_of_somebody_there_partly_stays_without_minutes_until_they_are_written(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking = a_booking(session)
    with transaction() as writing:
        writing.add(Attendance(booking_id=booking.id, outcome=Outcome.PARTLY_ATTENDED, marked_at=clock.now()))
    address = f"/registers/{session.ref}"
    sent = {**form_of(browser.get(address).text), f"mark-{booking.ref}": "partly_attended"}
    assert "Saved." in browser.follow(browser.post(address, sent)).text
    assert "Saved." in browser.follow(browser.post(address, {**sent, f"minutes-{booking.ref}": "45"})).text
    db.session.rollback()
    assert db.session.get(Attendance, booking.id).minutes == 45


def test_minutes_that_are_written_beside_another_mark_or_none_are_not_kept_and_that_is_said(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    here, unmarked, partly = (a_booking(session) for _ in range(3))
    address = f"/registers/{session.ref}"
    sent = {f"seen-{one.ref}": "" for one in (here, unmarked, partly)} | {f"minutes-{one.ref}": "30" for one in (here, unmarked, partly)}
    page = browser.follow(browser.post(address, {**sent, f"mark-{here.ref}": "attended", f"mark-{partly.ref}": "partly_attended"})).text
    (said,) = re.findall("Those written for (.*?) are not kept", page)
    assert here.person.name in said and unmarked.person.name in said and partly.person.name not in said
    page = browser.follow(browser.post(address, {f"seen-{partly.ref}": "partly_attended:30", f"mark-{partly.ref}": "attended", f"minutes-{partly.ref}": "30"})).text
    assert "Saved." in page and "not kept" not in page, "the box holds what was there before"


def test_a_disagreement_is_shown_with_both_values_and_decided(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking = a_booking(session)
    form = {f"seen-{booking.ref}": "", f"mark-{booking.ref}": "attended"}
    browser.post(f"/registers/{session.ref}", form)
    page = browser.post(f"/registers/{session.ref}", {**form, f"mark-{booking.ref}": "no_show"})
    assert "You differ on one person" in page.text and "Absent: you, now" in page.text
    browser.post(f"/registers/{session.ref}", {f"seen-{booking.ref}": "attended", f"mark-{booking.ref}": "no_show"})
    assert db.session.get(Attendance, booking.id).outcome is Outcome.NO_SHOW


def test_other_minutes_are_a_disagreement_that_shows_both_numbers_and_a_page_that_was_not_touched_saves_nothing(as_role):
    browser, desk = as_role(Role.TRAINER), as_role(Role.COORDINATOR)
    session = mine(browser)
    booking = a_booking(session)
    address, ref = f"/registers/{session.ref}", booking.ref

    def minutes():
        db.session.rollback()
        return db.session.get(Attendance, booking.id).minutes

    def with_minutes(page, number):
        return {**form_of(page.text), f"mark-{ref}": "partly_attended", f"minutes-{ref}": str(number)}

    page, theirs = browser.get(address), desk.get(address)
    browser.post(address, with_minutes(page, 60))
    differ = desk.post(address, with_minutes(theirs, 150))
    assert "You differ on one person" in differ.text and "Partly, 60 minutes: " in differ.text and "Partly, 150 minutes: you, now" in differ.text
    assert minutes() == 60
    assert "Saved." in desk.follow(desk.post(address, {**form_of(differ.text), f"mark-{ref}": "partly_attended:150"})).text and minutes() == 150
    page = browser.get(address)
    desk.post(address, with_minutes(desk.get(address), 100))
    assert "Saved." in browser.follow(browser.post(address, form_of(page.text))).text and minutes() == 100


def test_what_an_import_brought_of_minutes_stays_when_the_line_is_not_touched(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking = a_booking(session)
    with transaction() as writing:
        writing.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, minutes=170, marked_at=clock.now()))
    browser.post(f"/registers/{session.ref}", form_of(browser.get(f"/registers/{session.ref}").text))
    db.session.rollback()
    assert db.session.get(Attendance, booking.id).minutes == 170


def test_marks_that_are_not_saved_yet_are_kept_by_every_button_of_the_register(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    here, absent = a_booking(session), a_booking(session)
    address = f"/registers/{session.ref}"
    page = browser.get(address).text
    assert page.partition("<main")[2].partition("</main>")[0].count("<form") == 1 and f'formaction="{address}/walk-in"' in page and f'formaction="{address}/finish"' in page
    nia = {"email": "nia@primary.example", "first_name": "Nia", "last_name": "New", "agency": "0"}
    browser.follow(browser.post(f"{address}/walk-in", {f"seen-{here.ref}": "", f"seen-{absent.ref}": "", f"mark-{here.ref}": "attended", **nia}))
    assert db.session.get(Attendance, here.id).outcome is Outcome.ATTENDED
    page = browser.post(f"{address}/walk-in", {f"seen-{absent.ref}": "", f"mark-{absent.ref}": "excused", "email": "ray@primary.example", "agency": "0"}).text
    assert "write their first and last name too" in page and 'value="ray@primary.example"' in page
    assert db.session.get(Attendance, absent.id).outcome is Outcome.EXCUSED
    form = {f"seen-{here.ref}": "attended", f"mark-{here.ref}": "partly_attended", f"minutes-{here.ref}": "90",
            f"seen-{absent.ref}": "excused", f"mark-{absent.ref}": "no_show"}
    assert "The register is finished" in browser.follow(browser.post(f"{address}/finish", form)).text
    assert [db.session.get(Attendance, one.id).outcome for one in (here, absent)] == [Outcome.PARTLY_ATTENDED, Outcome.NO_SHOW]


def test_a_register_that_cannot_be_finished_yet_keeps_the_marks_and_who_is_being_added(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    marked, other = a_booking(session), a_booking(session)
    address = f"/registers/{session.ref}/finish"
    page = browser.post(address, {f"seen-{marked.ref}": "", f"mark-{marked.ref}": "attended", f"seen-{other.ref}": ""}).text
    assert "Not marked yet: Ann" in page and "1 here, 1 still to mark" in page
    page = browser.post(address, {f"seen-{other.ref}": "", f"mark-{other.ref}": "partly_attended", f"minutes-{other.ref}": "many", "email": "nia@"}).text
    assert "is not a number of minutes" in page and 'value="many"' in page and 'value="nia@"' in page
    page = browser.post(address, {f"seen-{other.ref}": "", f"mark-{other.ref}": "attended", "email": "nia@primary.example"}).text
    assert "not finished yet" in page and 'value="nia@primary.example"' in page and "everyone is marked" in page
    page = browser.post(f"/registers/{session.ref}", {"email": "nia@primary.example"}).text
    assert "written, but not added" in page and 'value="nia@primary.example"' in page


def test_who_was_marked_otherwise_meanwhile_is_decided_before_the_register_is_finished_and_after_a_walk_in_is_added(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    booking = a_booking(session)
    address, form = f"/registers/{session.ref}", {f"seen-{booking.ref}": "", f"mark-{booking.ref}": "no_show"}
    browser.post(address, {**form, f"mark-{booking.ref}": "attended"})
    page = browser.post(f"{address}/finish", form).text
    assert "You differ on one person" in page and "not finished yet" in page
    page = browser.post(f"{address}/walk-in", {**form, "email": "nia@primary.example", "agency": "0"}).text
    assert "write their first and last name too" in page and 'value="no_show" checked' in page
    page = browser.post(f"{address}/walk-in", {**form, "email": "nia@primary.example", "first_name": "Nia", "last_name": "New", "agency": "0"}).text
    assert "Nia New is on the register" in page and "You differ on one person" in page


def test_a_trainer_sees_their_own_sessions_only_and_a_coordinator_every_register(as_role):
    theirs = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer())
    browser = as_role(Role.TRAINER)
    for address in (f"/registers/{theirs.ref}", f"/my-sessions/{theirs.ref}/answers", f"/desk/sessions/{theirs.ref}/questions", f"/registers/{theirs.ref}/sheet"):
        assert browser.get(address).status_code == 404
        assert as_role(Role.COORDINATOR).get(address).status_code == 200


def test_a_walk_in_without_an_address_is_asked_for_it_beside_what_was_typed(as_role):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    page = browser.post(f"/registers/{session.ref}/walk-in", {"email": "", "first_name": "Nia", "agency": "0"})
    assert "Enter their work e-mail address" in page.text and 'value="Nia"' in page.text


def test_a_register_before_the_session_says_when_it_opens(as_role):
    browser = as_role(Role.TRAINER)
    session = a_session(trainer=a_trainer(person=db.session.get(Person, browser.person_id)))
    assert "opens half an hour before" in browser.get(f"/registers/{session.ref}").text


def test_a_register_takes_as_many_statements_for_many_people_as_for_few(as_role, counting):
    browser = as_role(Role.TRAINER)
    session = mine(browser)
    a_booking(session)
    few = counting(lambda: browser.get(f"/registers/{session.ref}"))
    for _ in range(40):
        a_booking(session)
    assert counting(lambda: browser.get(f"/registers/{session.ref}")) == few


def test_what_the_register_says_its_corrections_charges_and_waivers_stand_in_the_history_of_the_person_and_of_the_desk(as_role):
    me, trainer, desk = as_role(Role.DELEGATE), as_role(Role.TRAINER), as_role(Role.COORDINATOR)
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    before = clock.now() - timedelta(days=90)
    places.save_policy(partnership_id=None, starts_on=clock.london_date(before), now=before, facts={"charges": True, "no_show_pence": 5000})
    session = mine(trainer)
    booking = a_booking(session, db.session.get(Person, me.person_id), booked_at=clock.now() - timedelta(days=9))
    ref, number, address = booking.ref, booking.id, f"/registers/{session.ref}"
    trainer.post(address, {f"seen-{ref}": "", f"mark-{ref}": "attended"})
    trainer.post(f"{address}/finish", {f"seen-{ref}": "attended", f"mark-{ref}": "no_show"})
    desk.post("/desk/no-shows", {"rows": [number], "reason": "Was in court"})
    desk.post("/desk/charges", {"rows": [db.session.scalar(sa.select(Charge.id))], "reason": "Court again"})
    names = [db.session.get(Person, one.person_id).name for one in (trainer, desk)]
    for page in (me.get(f"/bookings/{ref}").text, desk.get(f"/desk/bookings/{ref}").text):
        lines = [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in re.findall(r"<li><time>.*?</time>(.*?)</li>", page)]
        said = [("A charge was taken back, £50: Court again", names[1]), ("That it was missed does not count any more: Was in court", names[1]),
                ("Charged, £50: Did not come", "the policy"), ("Marked on the register: Absent, before: Here", names[0]),
                ("Marked on the register: Here", names[0]), ("Booked", "")]
        assert len(lines) == len(said) and all(what in line and by in line for line, (what, by) in zip(lines, said, strict=True)), lines
    assert "The register says that you did not come." in me.get(f"/bookings/{ref}").text
    assert "Absent, before: Here" in desk.get(f"/desk/sessions/{session.ref}/history").text
