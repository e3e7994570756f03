"""When a trainer has left, coordinators are told what needs another, the desk says so until it has one, and no list of names goes to who left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Account
from app.accounts.rules import Role
from app.attendance import jobs, services
from app.booking import services as places
from app.booking.services import Cancelling
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import Approval
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.queries import asking
from app.mail import jobs as mail
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import HOUR, MINUTE, NOW, a_session, book, broken, letters, status
from tests.builders import a_booking, a_course, a_person, a_trainer, an_account, an_agency
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import a_sender

pytestmark = pytest.mark.usefixtures("app")
WEEK = timedelta(days=7)


def leaves(trainer, how, now=NOW):
    if how == "closed":
        places.set_roles(person_id=trainer.id, roles=[], password="", now=now)
    else:
        places.has_left(person_id=trainer.id, by="Lee Lead", now=now)


def a_trainer_with_an_account():
    person = a_person(agency=an_agency(), first_name="Tim", last_name="Gone")
    a_trainer(person=person)
    an_account(Role.TRAINER, person=person)
    return person


@pytest.mark.parametrize("how", ["closed", "left"])
def test_coordinators_are_told_once_what_a_trainer_who_left_was_to_give_with_the_page_of_all_of_it(how):
    coordinator, trainer = an_account(Role.COORDINATOR), a_trainer_with_an_account()
    soon, later = a_session(trainer=trainer), a_session(trainer=trainer, starts_in=timedelta(days=30))
    a_session(trainer=trainer, starts_in=-timedelta(days=30))
    for _ in range(2):
        leaves(trainer, how)
    (letter,) = letters(kind="trainer-left")
    text = " ".join(letter.text.split())
    assert letter.person_id == coordinator.person_id and letter.subject == "Tim Gone has left and was to give 2 sessions"
    assert soon.title in text and later.title in text and f"/desk/trainers/{trainer.id}/sessions" in text


def test_nobody_is_told_of_sessions_when_somebody_left_who_gives_none():
    an_account(Role.COORDINATOR)
    leaves(a_trainer_with_an_account(), "left")
    assert letters(kind="trainer-left") == []


@pytest.mark.parametrize("how", ["closed", "left"])
def test_a_trainer_who_left_is_sent_no_names_and_is_asked_for_no_register(how):
    trainer = a_trainer_with_an_account()
    session = a_session(trainer=trainer, starts_in=20 * HOUR)
    a_booking(session)
    leaves(trainer, how)
    assert jobs.send_trainer_lists(NOW + MINUTE) == "0 lists written"
    services.send_trainer_list(session_id=session.id, now=NOW + MINUTE)
    assert letters(kind="trainer-list") == []
    assert jobs.chase_registers(session.ends_at + 24 * HOUR) == "0 trainers asked"
    services.chase_register(session_id=session.id, now=session.ends_at + 24 * HOUR)
    assert letters(kind="register-missing") == []


@pytest.mark.parametrize("how", ["closed", "left"])
def test_a_list_that_waits_when_its_trainer_leaves_does_not_leave_and_is_written_again_when_they_are_back(how):
    trainer = a_trainer_with_an_account()
    a_booking(a_session(trainer=trainer, starts_in=20 * HOUR))
    jobs.send_trainer_lists(NOW)
    leaves(trainer, how)
    assert [letter.status for letter in letters(kind="trainer-list")] == [LetterStatus.VOID]
    if how == "closed":
        accounts.set_roles(person_id=trainer.id, roles=[Role.TRAINER], password="", now=NOW)
    else:
        accounts.say_where_somebody_works(person_id=trainer.id, agency_id=an_agency().id, job_title="x", now=NOW, partnership_id=None, manager_email=None)
    assert jobs.send_trainer_lists(NOW + MINUTE) == "1 lists written"


def test_the_desk_names_the_sessions_of_a_trainer_who_left_until_each_has_another_or_is_called_off(as_role):
    desk, trainer, other = as_role(Role.COORDINATOR), a_trainer_with_an_account(), a_trainer()
    handed, called_off = a_session(trainer=trainer), a_session(trainer=trainer)
    assert "Nothing needs you today" in desk.get("/desk").text
    leaves(trainer, "closed", clock.now())
    page = desk.get("/desk").text
    assert "2 sessions without a trainer" in page and "Tim Gone was to give it and has left, or is no trainer any more." in page and f"/desk/trainers/{trainer.id}/sessions" in page
    times = [(part.starts_at, part.ends_at) for part in handed.parts]
    places.change_session(session_id=handed.id, planned=Planned(times, handed.format, handed.venue_or_link, other.person_id), capacity=handed.capacity,
                          by="c", now=clock.now())
    assert "1 session without a trainer" in desk.get("/desk").text
    places.cancel_sessions(cancelling=[Cancelling(called_off.id)], reason="Nobody can give it", by="c", now=clock.now())
    assert "without a trainer" not in desk.get("/desk").text


def test_who_closes_the_account_of_a_trainer_reads_what_they_were_to_give(as_role):
    admin, trainer = as_role(Role.ADMINISTRATOR), a_trainer_with_an_account()
    a_session(trainer=trainer)
    assert "They are to give 1 coming session" in admin.get(f"/desk/people/{trainer.id}/account").text
    assert "They were to give 1 coming session" in admin.follow(admin.post(f"/desk/people/{trainer.id}/account", {"roles": []})).text


def loses_the_role(trainer):
    accounts.set_roles(person_id=trainer.id, roles=[Role.DELEGATE], password="", now=NOW)


def sent(now):
    """What the worker hands over at this moment: to whom, and of which kind."""
    with smtp_server() as server:
        mail.send_due(a_sender(server), lambda: now)
    return [(letter.kind, letter.address) for letter in letters() if letter.sent_at == now]


def test_whose_role_as_a_trainer_was_taken_is_sent_no_names_asked_for_no_register_and_told_of_no_change():
    trainer = a_trainer_with_an_account()
    session = a_session(trainer=trainer, starts_in=20 * HOUR)
    a_booking(session)
    loses_the_role(trainer)
    assert jobs.send_trainer_lists(NOW + MINUTE) == "0 lists written" and jobs.chase_registers(session.ends_at + 24 * HOUR) == "0 trainers asked"
    services.send_trainer_list(session_id=session.id, now=NOW + MINUTE)
    services.chase_register(session_id=session.id, now=NOW + MINUTE)
    times = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in session.parts]
    places.change_session(session_id=session.id, planned=Planned(times, session.format, session.venue_or_link, trainer.id), capacity=5, by="c", now=NOW)
    places.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW)
    assert letters(person=trainer) == []


def test_who_gives_sessions_without_an_account_or_as_a_coordinator_has_the_list():
    for roles in ([], [Role.COORDINATOR], [Role.TRAINER]):
        person = a_person(agency=an_agency())
        a_trainer(person=person)
        for role in roles:
            an_account(role, person=person)
        a_booking(a_session(trainer=person, starts_in=20 * HOUR))
    assert jobs.send_trainer_lists(NOW) == "3 lists written"


@pytest.mark.parametrize("how", ["closed", "left", "no trainer"])
@pytest.mark.parametrize("kind", ["trainer-list", "trainer-named", "register-missing"])
def test_what_waits_for_a_trainer_who_is_one_no_more_does_not_leave(how, kind):
    trainer = a_trainer_with_an_account()
    session = a_session(trainer=None if kind == "trainer-named" else trainer, starts_in=-30 * HOUR if kind == "register-missing" else 20 * HOUR)
    a_booking(session)
    if kind == "trainer-named":
        times = [(part.starts_at, part.ends_at) for part in session.parts]
        places.change_session(session_id=session.id, planned=Planned(times, session.format, session.venue_or_link, trainer.id), capacity=5, by="c", now=NOW)
    jobs.send_trainer_lists(NOW)
    jobs.chase_registers(NOW)
    assert kind in [letter.kind for letter in letters(person=trainer, fate=LetterStatus.QUEUED)]
    if how == "no trainer":
        loses_the_role(trainer)
    else:
        leaves(trainer, how)
    assert [one for one in sent(NOW + MINUTE) if one[1] == trainer.email] == []
    assert {letter.status for letter in letters(person=trainer)} == {LetterStatus.VOID} and broken() == []


@pytest.mark.parametrize("how", ["closed", "left"])
def test_questions_and_copies_to_a_manager_who_has_left_do_not_leave_and_are_not_written(how):
    boss = a_person(agency=an_agency(), first_name="Bo")
    an_account(Role.LINE_MANAGER, person=boss)
    person = a_person(agency=an_agency())
    accounts.say_where_somebody_works(person_id=person.id, agency_id=an_agency().id, job_title="x", now=NOW, manager_email=boss.email)
    booking = book(a_session(course=a_course(approval=Approval.MANAGER)), person)
    assert booking.status.value == "awaiting_manager" and asking.manager_of(person.id) == boss.email
    (asked,) = letters(kind="approval-asked")
    leaves(boss, how)
    with transaction() as session:  # as if it had not been withdrawn by the act
        session.execute(sa.update(Letter).where(Letter.id == asked.id).values(status=LetterStatus.QUEUED, next_try_at=NOW))
    assert boss.email not in [address for _kind, address in sent(NOW + MINUTE)] and letters(kind="approval-asked")[0].status is LetterStatus.VOID
    assert asking.manager_of(person.id) is None and status(booking) == "awaiting_coordinator"
    assert book(a_session(course=a_course(approval=Approval.MANAGER)), person).status.value == "awaiting_coordinator"


def test_a_letter_to_coordinators_leaves_only_to_who_is_one_still():
    marian, other = an_account(Role.COORDINATOR), an_account(Role.COORDINATOR)
    trainer = a_trainer_with_an_account()
    a_session(trainer=trainer)
    leaves(trainer, "left")
    accounts.set_roles(person_id=other.person_id, roles=[Role.DELEGATE], password="", now=NOW)
    assert sent(NOW + MINUTE) == [("trainer-left", marian.person.email)]


def test_a_trainer_who_has_left_sees_no_register_and_no_session(as_role):
    client = as_role(Role.TRAINER)
    person = db.session.scalars(sa.select(Account)).all()[-1].person
    accounts.say_where_somebody_works(person_id=person.id, agency_id=an_agency().id, job_title="x", now=NOW, manager_email=None)
    a_trainer(person=person)
    session = a_session(trainer=person)
    assert session.title in client.get("/my-sessions").text and client.get(f"/registers/{session.ref}").status_code == 200
    leaves(person, "left")
    assert session.title not in client.get("/my-sessions").text and client.get(f"/registers/{session.ref}").status_code == 404


@pytest.mark.parametrize("how", ["closed", "left"])
def test_a_session_under_way_with_parts_to_come_needs_another_trainer_too(how, as_role):
    desk, trainer = as_role(Role.COORDINATOR), a_trainer_with_an_account()
    session = a_session(trainer=trainer, starts_in=-HOUR)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + WEEK, ends_at=session.ends_at + WEEK))
        kept = writing.get_one(CourseSession, session.id)
        kept.ends_at, kept.last_day = kept.ends_at + WEEK, (kept.ends_at + WEEK).date()
    assert f"cancel the rest of {session.ref}" not in desk.get(f"/desk/trainers/{trainer.id}/sessions").text, "it is to come as a whole"
    leaves(trainer, how)
    (letter,) = letters(kind="trainer-left")
    assert session.title in letter.text
    with transaction() as writing:
        for part in writing.scalars(sa.select(SessionPart).where(SessionPart.course_session_id == session.id).order_by(SessionPart.starts_at).limit(1)):
            part.starts_at = clock.now() - MINUTE
        writing.get_one(CourseSession, session.id).starts_at = clock.now() - MINUTE
    page = desk.get(f"/desk/trainers/{trainer.id}/sessions").text
    assert f"cancel the rest of {session.ref}" in page and f"/desk/sessions/{session.ref}/cancel-rest" in page


@pytest.mark.parametrize("how", ["closed", "left"])
def test_a_trainer_who_has_left_is_not_counted_among_those_who_are_written_to(how, as_role):
    desk, trainer = as_role(Role.COORDINATOR), a_trainer_with_an_account()
    session = a_session(trainer=trainer)
    address = f"/desk/sessions/{session.ref}/cancel"
    assert "and write to 1 person" in desk.get(address).text
    leaves(trainer, how)
    assert "and write to" not in desk.get(address).text and desk.get(address).status_code == 200


def test_a_manager_who_has_left_sees_nobody_who_names_them(as_role):
    manager = as_role(Role.LINE_MANAGER)
    boss = db.session.scalars(sa.select(Account)).all()[-1].person
    accounts.say_where_somebody_works(person_id=boss.id, agency_id=an_agency().id, job_title="x", now=NOW)
    person = a_person(first_name="Annabel")
    accounts.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", now=NOW, manager_email=boss.email)
    give_back = f"/my-people/bookings/{book(a_session(), person).ref}/give-back"
    assert "Annabel" in manager.get("/my-team").text and manager.get(give_back).status_code == 200
    leaves(boss, "left")
    assert "Annabel" not in manager.get("/my-team").text and manager.get(give_back).status_code == 404



def waiting_for_coordinators():
    return [" ".join(letter.text.split()) for letter in letters(kind="trainer-left", fate=LetterStatus.QUEUED)]


def test_coordinators_read_of_the_sessions_of_a_trainer_who_left_that_need_another_still():
    an_account(Role.COORDINATOR)
    trainer, other = a_trainer_with_an_account(), a_trainer()
    handed, called_off, moved = (a_session(trainer=trainer, starts_in=timedelta(days=days)) for days in (20, 25, 30))
    leaves(trainer, "left")
    times = [(part.starts_at, part.ends_at) for part in handed.parts]
    places.change_session(session_id=handed.id, planned=Planned(times, handed.format, handed.venue_or_link, other.person_id), capacity=handed.capacity,
                          by="c", now=NOW + MINUTE)
    (text,) = waiting_for_coordinators()
    assert "was to give 2 sessions" in text and handed.title not in text
    places.cancel_session(session_id=called_off.id, reason="Nobody can give it", by="c", now=NOW + MINUTE)
    later = [(part.starts_at + timedelta(days=1), part.ends_at + timedelta(days=1)) for part in moved.parts]
    places.change_session(session_id=moved.id, planned=Planned(later, moved.format, moved.venue_or_link, trainer.id), capacity=moved.capacity,
                          by="c", now=NOW + MINUTE)
    (text,) = waiting_for_coordinators()
    assert "was to give 1 session:" in text and called_off.title not in text and clock.london_date(later[0][0]).strftime("%-d %B") in text
    places.cancel_session(session_id=moved.id, reason="Nobody can give it", by="c", now=NOW + 2 * MINUTE)
    assert waiting_for_coordinators() == []
