"""What trainers are written: who comes, to whoever gives the session as it is, and which register is missing; and what follows a corrected one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.attendance import jobs, services
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark
from app.booking import services as places
from app.booking.models import Booking
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.working_days import end_of_day
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import send_again
from app.mail.services.delivering import claim
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, letters
from tests.builders import a_booking, a_person, a_trainer, an_account

pytestmark = pytest.mark.usefixtures("app")


def lists():
    return [(letter.person_id, letter.status, letter.subject.partition(":")[0]) for letter in letters(kind="trainer-list")]


def change(session, **more):
    facts = {"parts": [(part.starts_at, part.ends_at) for part in session.parts], "format": session.format, "venue_or_link": session.venue_or_link,
             "trainer_id": session.trainer_id, **more}
    places.change_session(session_id=session.id, planned=Planned(**facts), capacity=session.capacity, by="c", now=NOW)


def sent():
    with transaction() as writing:
        writing.execute(sa.update(Letter).where(Letter.status == LetterStatus.QUEUED).values(status=LetterStatus.SENT, sent_at=NOW, next_try_at=None))
    db.session.rollback()


@pytest.mark.parametrize("delivered", [True, False])
def test_who_gives_a_session_from_now_on_gets_its_list_and_the_other_has_none_that_could_leave(delivered):
    first, second = a_trainer(), a_trainer()
    session = a_session(starts_in=20 * HOUR, trainer=first)
    a_booking(session)
    assert jobs.send_trainer_lists(NOW) == "1 lists written" and jobs.send_trainer_lists(NOW) == "0 lists written"
    if delivered:
        sent()
    change(session, trainer_id=second.person_id)
    assert jobs.send_trainer_lists(NOW) == "1 lists written" and jobs.send_trainer_lists(NOW) == "0 lists written"
    assert lists() == [(first.person_id, LetterStatus.SENT if delivered else LetterStatus.VOID, "Tomorrow"), (second.person_id, LetterStatus.QUEUED, "Tomorrow")]
    with pytest.raises(Refused, match="Somebody else gives the session now" if delivered else "was withdrawn"):
        send_again(letter_id=letters(kind="trainer-list")[0].id, by="c", reason="lost", now=NOW)


@pytest.mark.parametrize("delivered", [True, False])
@pytest.mark.parametrize("what", ["time", "place"])
def test_another_time_or_place_brings_another_list(what, delivered):
    session = a_session(starts_in=20 * HOUR, trainer=a_trainer())
    jobs.send_trainer_lists(NOW)
    if delivered:
        sent()
    if what == "time":
        change(session, parts=[(session.starts_at + HOUR, session.ends_at + HOUR)])
    else:
        change(session, venue_or_link="County Hall")
    assert jobs.send_trainer_lists(NOW + MINUTE) == "1 lists written" and jobs.send_trainer_lists(NOW + MINUTE) == "0 lists written"
    old, new = letters(kind="trainer-list")
    assert (old.outdated is not None, new.outdated) == (True, None) and old.text != new.text


def test_on_the_day_itself_the_list_says_today():
    session = a_session(starts_in=5 * HOUR, trainer=a_trainer())
    jobs.send_trainer_lists(NOW)
    (letter,) = letters(kind="trainer-list")
    assert letter.subject.startswith("Today: ") and f"Today you give {session.title}." in " ".join(letter.text.split())
    assert letter.valid_until == session.starts_at


def test_a_list_that_could_not_leave_on_the_day_before_leaves_on_the_day_and_says_so():
    session = a_session(starts_in=26 * HOUR, trainer=a_trainer())
    jobs.send_trainer_lists(NOW)
    (letter,) = letters(kind="trainer-list")
    assert letter.valid_until == end_of_day(clock.london_date(NOW))
    morning = session.starts_at - 3 * HOUR
    assert claim("worker", morning) == [], "yesterday's says tomorrow, so it does not leave"
    assert jobs.send_trainer_lists(morning) == "1 lists written" and jobs.send_trainer_lists(morning) == "0 lists written"
    assert [(status, subject) for _person, status, subject in lists()] == [(LetterStatus.VOID, "Tomorrow"), (LetterStatus.QUEUED, "Today")]


def test_a_session_that_is_called_off_takes_its_list_back_and_its_undoing_brings_it_again():
    session = a_session(starts_in=20 * HOUR, trainer=a_trainer())
    jobs.send_trainer_lists(NOW)
    places.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW)
    assert [status for _person, status, _subject in lists()] == [LetterStatus.VOID]
    places.undo_cancelling(session_ids=[session.id], by="c", now=NOW + MINUTE)
    jobs.send_trainer_lists(NOW + 2 * MINUTE)
    assert [status for _person, status, _subject in lists()] == [LetterStatus.VOID, LetterStatus.QUEUED]


def test_a_missing_register_is_asked_for_the_next_morning_of_whoever_gives_the_session():
    first, second = a_trainer(), a_trainer()
    session = a_session(starts_in=-26 * HOUR, trainer=first)
    after = clock.from_london(session.last_day + DAY, services.following_up.AT)
    assert jobs.chase_registers(after - MINUTE) == "0 trainers asked" and jobs.chase_registers(after) == "1 trainers asked"
    assert jobs.chase_registers(after + DAY) == "0 trainers asked"
    with transaction():
        session.trainer_id = second.person_id
    assert jobs.chase_registers(after + DAY) == "1 trainers asked"
    assert [letter.person_id for letter in letters(kind="register-missing")] == [first.person_id, second.person_id]


def over_with(outcome, **more):
    """A session that is over, whose one person was marked so by its finished register, and what may be written of it has been."""
    session, account = a_session(starts_in=-26 * HOUR), an_account()
    booking = a_booking(session, booked_at=session.starts_at - DAY, **more)
    services.save_marks(session_id=session.id, marks=[Mark(booking.ref, outcome, None, None)], account_id=account.id, coordinator=True, now=session.ends_at)
    services.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    jobs.follow_up_no_shows(session.ends_at + 2 * HOUR)
    return session, booking, account


def mark(session, booking, account, outcome, seen):
    services.save_marks(session_id=session.id, marks=[Mark(booking.ref, outcome, None, Said(seen))], account_id=account.id, coordinator=True, now=NOW)


def test_the_question_why_somebody_did_not_come_goes_again_only_while_the_register_says_so():
    session, booking, account = over_with(Outcome.NO_SHOW)
    sent()
    (letter,) = letters(kind="missed")
    mark(session, booking, account, Outcome.ATTENDED, Outcome.NO_SHOW)
    with pytest.raises(Refused, match="The register was corrected"):
        send_again(letter_id=letter.id, by="c", reason="lost", now=NOW)
    mark(session, booking, account, Outcome.NO_SHOW, Outcome.ATTENDED)
    assert send_again(letter_id=letter.id, by="c", reason="lost", now=NOW)


def test_who_has_said_why_they_did_not_come_is_not_asked_and_a_question_that_waits_does_not_leave():
    session, account = a_session(starts_in=-26 * HOUR), an_account()
    before, after = (a_booking(session, booked_at=session.starts_at - DAY) for _ in range(2))
    places.send_apologies(booking_id=before.id, reason="An urgent strategy meeting", by="x", now=session.starts_at + HOUR)
    marks = [Mark(one.ref, Outcome.NO_SHOW, None, None) for one in (before, after)]
    services.save_marks(session_id=session.id, marks=marks, account_id=account.id, coordinator=True, now=session.ends_at)
    services.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    jobs.follow_up_no_shows(session.ends_at + 2 * HOUR)
    assert [(letter.person_id, letter.status) for letter in letters(kind="missed")] == [(after.person_id, LetterStatus.QUEUED)]
    places.send_apologies(booking_id=after.id, reason="Ill", by="x", now=session.ends_at + 3 * HOUR)
    jobs.follow_up_no_shows(session.ends_at + 4 * HOUR)
    assert [letter.status for letter in letters(kind="missed")] == [LetterStatus.VOID]


@pytest.mark.parametrize("tells", [True, False])
def test_a_manager_hears_that_somebody_did_not_come_where_the_policy_says_so(tells):
    past = NOW - timedelta(days=60)
    places.save_policy(partnership_id=None, starts_on=clock.london_date(past), facts={"tell_manager": tells}, now=past)
    person = a_person()
    with transaction():
        person.affiliation.manager_email = "boss@example.org"
    over_with(Outcome.NO_SHOW, person=person, manager_email="a.former.boss@example.org")
    found = letters(kind="missed")
    assert [letter.address == "boss@example.org" for letter in found] == [False, *([True] if tells else [])]
    assert all("/bookings/" not in letter.text for letter in found[1:]) and db.session.scalar(sa.select(sa.func.count(Booking.id))) == 1


@pytest.mark.parametrize("delivered", [True, False])
def test_whoever_was_taken_off_a_session_and_gives_it_again_gets_its_list_again(delivered):
    first, second = a_trainer(), a_trainer()
    session = a_session(starts_in=20 * HOUR, trainer=first)
    for trainer in (None, second, first):
        if trainer is not None:
            change(session, trainer_id=trainer.person_id)
        assert jobs.send_trainer_lists(NOW) == "1 lists written" and jobs.send_trainer_lists(NOW) == "0 lists written"
        if delivered:
            sent()
    found = letters(kind="trainer-list")
    assert [(letter.person_id, letter.outdated is None) for letter in found] == [
        (first.person_id, False), (second.person_id, False), (first.person_id, True)]
    over = session.ends_at + DAY
    jobs.chase_registers(over)
    sent()
    change(session, trainer_id=second.person_id)
    change(session, trainer_id=first.person_id)
    jobs.chase_registers(over)
    assert [(letter.person_id, letter.outdated is None) for letter in letters(kind="register-missing")] == [(first.person_id, False), (first.person_id, True)]


def of_trainer(trainer):
    return [letter for letter in letters(person=trainer.person, fate=LetterStatus.QUEUED) if letter.kind != "trainer-list"]


@pytest.mark.parametrize(("more", "says"), [
    ({"hours": 1}, "New time for the session that you give"), ({"where": "County Hall"}, "New place for the session that you give"),
    ({"hours": 1, "where": "County Hall"}, "New time and place for the session that you give"), ({}, "")])
def test_whoever_gives_a_session_is_told_once_what_is_new_of_it(more, says):
    trainer = a_trainer()
    session = a_session(trainer=trainer)
    parts = [(part.starts_at + more.get("hours", 0) * HOUR, part.ends_at + more.get("hours", 0) * HOUR) for part in session.parts]
    for _time in range(2):
        change(session, parts=parts, venue_or_link=more.get("where", session.venue_or_link))
    assert [letter.subject.partition(":")[0] for letter in of_trainer(trainer)] == ([says] if says else [])
    if says:
        change(session, venue_or_link="Library")
        (letter,) = of_trainer(trainer)
        assert "> Library" in letter.text, "only the newest is told"
        change(session, venue_or_link="Hall", trainer_id=a_trainer().person_id)
        assert [letter.kind for letter in of_trainer(trainer)] == ["trainer-released"]


def test_whoever_gives_several_sessions_that_are_called_off_in_one_act_gets_one_letter_when_it_can_no_longer_be_undone():
    trainer, other = a_trainer(), a_trainer()
    first, second, third = a_session(trainer=trainer), a_session(trainer=trainer, starts_in=12 * DAY), a_session(trainer=other)
    change(first, venue_or_link="Library")
    places.cancel_sessions(cancelling=[places.Cancelling(one.id) for one in (second, first, third)], reason="No trainer", by="c", now=NOW)
    (letter,), (alone,) = of_trainer(trainer), of_trainer(other)
    text = " ".join(letter.text.split())
    assert letter.subject == "We have to cancel 2 sessions that you give" and alone.subject == "We have to cancel 1 session that you give"
    assert text.index(first.title) < text.index(second.title) and "The reason: No trainer" in text and third.title not in text
    assert letter.due_at == NOW + 10 * MINUTE and letter.valid_until == second.ends_at
    with pytest.raises(Refused, match="together with others"):
        places.undo_cancelling(session_ids=[first.id], by="c", now=NOW + MINUTE)
    places.undo_cancelling(session_ids=[first.id, second.id, third.id], by="c", now=NOW + MINUTE)
    assert ([one.kind for one in of_trainer(trainer)], of_trainer(other)) == (["trainer-changed"], []), "where it is held now was not told yet"
    places.cancel_session(session_id=first.id, reason="Snow", by="c", now=NOW + HOUR)
    assert [one.subject for one in of_trainer(trainer)] == ["We have to cancel 1 session that you give"]


@pytest.mark.parametrize("meanwhile", ["called off", "given to nobody"])
def test_no_list_goes_out_for_a_session_that_is_not_as_it_was_when_it_was_found(meanwhile):
    trainer = a_trainer()
    session = a_session(starts_in=20 * HOUR, trainer=trainer)
    assert services.sessions_tomorrow(NOW) == [session.id]
    if meanwhile == "called off":
        places.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW)
    else:
        change(session, trainer_id=None)
    services.send_trainer_list(session_id=session.id, now=NOW + MINUTE)
    assert letters(kind="trainer-list") == []


def test_nobody_is_asked_for_a_register_that_was_finished_since_it_was_found_missing():
    trainer, account = a_trainer(), an_account()
    session = a_session(starts_in=-30 * HOUR, trainer=trainer)
    assert services.registers_to_chase(NOW) == [session.id]
    services.finish(session_id=session.id, account_id=account.id, coordinator=True, now=NOW)
    services.chase_register(session_id=session.id, now=NOW)
    assert letters(kind="register-missing") == []
