"""When a trainer has left, coordinators are told what needs another, the desk says so until it has one, and no list of names goes to who left."""

from datetime import timedelta

import pytest

from app.accounts import services as accounts
from app.accounts.rules import Role
from app.attendance import jobs, services
from app.booking import services as places
from app.booking.services import Cancelling
from app.catalogue.services import Planned
from app.core import clock
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import HOUR, MINUTE, NOW, a_session, letters
from tests.builders import a_booking, a_person, a_trainer, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


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
    assert "2 sessions without a trainer" in page and "Tim Gone was to give it and has left." in page and f"/desk/trainers/{trainer.id}/sessions" in page
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
