"""Whoever gives a session hears that it is theirs, and that it is so no longer; each once, with what is true when the letter leaves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking import emails, services
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import NOW
from tests.builders import a_session, a_trainer

pytestmark = pytest.mark.usefixtures("app")
DAYS = timedelta(days=1)


def changed(session, trainer, *, later=timedelta(), venue="Town Hall, Room 3", now=NOW):
    planned = Planned([(part.starts_at + later, part.ends_at + later) for part in session.parts], session.format, venue,
                      trainer.person_id if trainer else None)
    services.change_session(session_id=session.id, planned=planned, capacity=2, by="c", now=now)


def letters(*, waiting=True):
    db.session.rollback()
    rows = db.session.execute(sa.select(Letter.kind, Letter.person_id).where(Letter.status == LetterStatus.QUEUED if waiting else sa.true(),
                                                                             Letter.kind.startswith("trainer")).order_by(Letter.id))
    return [tuple(row) for row in rows]


def left():
    """What was written has left."""
    with transaction() as kept:
        kept.execute(sa.update(Letter).values(status=LetterStatus.SENT, next_try_at=None, sent_at=clock.now()))


def test_who_is_to_give_a_session_is_told_and_who_gave_it_before_too():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    changed(session, tim)
    assert letters() == [("trainer-named", tim.person_id)]
    left()
    changed(session, tom, now=NOW + DAYS)
    assert letters() == [("trainer-released", tim.person_id), ("trainer-named", tom.person_id)]
    left()
    changed(session, None, now=NOW + 2 * DAYS)
    assert letters() == [("trainer-released", tom.person_id)]


def test_who_never_heard_that_a_session_was_theirs_does_not_hear_that_it_is_not():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    changed(session, tim)
    changed(session, tom, now=NOW + timedelta(minutes=1))
    assert letters() == [("trainer-named", tom.person_id)]


def test_a_letter_that_waits_says_the_time_and_the_place_that_the_session_has_by_then():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    changed(session, tim, later=DAYS, now=NOW + timedelta(minutes=1))
    changed(db.session.get_one(CourseSession, session.id), tim, venue="Guildhall", now=NOW + timedelta(minutes=2))
    assert letters() == [("trainer-named", tim.person_id)]
    letter = db.session.scalars(sa.select(Letter).where(Letter.status == LetterStatus.QUEUED)).one()
    assert "Guildhall" in letter.text and clock.london_date(session.starts_at).strftime("%-d %B") in letter.text


def test_a_new_time_is_told_to_who_has_heard_that_they_give_it():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    left()
    changed(session, tim, later=DAYS, now=NOW + DAYS)
    assert letters() == [("trainer-changed", tim.person_id)]


def test_the_trainer_of_a_draft_hears_when_it_comes_on_the_programme():
    tim = a_trainer()
    session = a_session(starts_in=20 * DAYS, status=SessionStatus.DRAFT)
    changed(session, tim)
    assert letters() == []
    services.put_on_programme(session_id=session.id, by="c", now=NOW)
    assert letters() == [("trainer-named", tim.person_id)]


def test_of_a_session_that_is_over_and_in_an_import_that_tells_nobody_no_trainer_hears():
    over, tim = a_session(starts_in=-2 * DAYS), a_trainer()
    with transaction() as kept:
        one = services.hold(kept, over.id)
        before = services.stands(one)
        one.trainer_id = tim.person_id
        kept.flush()
        services.note_changes(kept, one, before, by="c", now=NOW)
    coming = a_session(starts_in=20 * DAYS)
    with transaction() as kept, emails.not_telling(kept):
        one = services.hold(kept, coming.id)
        before = services.stands(one)
        one.trainer_id = tim.person_id
        kept.flush()
        services.note_changes(kept, one, before, by="import", now=NOW)
    assert letters() == []


def test_a_session_that_is_called_off_before_the_letter_left_is_nobodys_to_give():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + timedelta(minutes=1))
    assert letters() == [("trainer-cancelled", tim.person_id)]


def test_who_has_a_session_back_before_they_could_read_that_it_went_is_not_told_both():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    changed(session, tim)
    left()
    changed(session, tom, now=NOW + DAYS)
    changed(session, tim, now=NOW + DAYS + timedelta(seconds=20))
    assert letters() == [("trainer-named", tim.person_id)]


def test_who_may_have_heard_that_a_session_is_theirs_hears_that_it_is_not():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    changed(session, tim)
    with transaction() as kept:
        kept.execute(sa.update(Letter).values(status=LetterStatus.AMBIGUOUS, doubts=1))
    changed(session, tom, now=NOW + DAYS)
    assert letters() == [("trainer-released", tim.person_id), ("trainer-named", tom.person_id)]


def test_whose_letter_was_withdrawn_with_the_session_hears_when_it_takes_place_after_all():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + timedelta(minutes=1))
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + timedelta(minutes=2))
    assert letters() == [("trainer-named", tim.person_id)]
    left()
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + timedelta(minutes=31))
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + timedelta(minutes=32))
    assert letters() == []


def day(session):
    return clock.london_date(session.starts_at).strftime("%-d %B")


def waiting(kind):
    db.session.rollback()
    return db.session.scalars(sa.select(Letter).where(Letter.status == LetterStatus.QUEUED, Letter.kind == kind).order_by(Letter.id)).all()


@pytest.mark.parametrize("in_one_act", [True, False])
def test_who_no_longer_gives_a_session_reads_of_the_time_that_they_were_told(in_one_act):
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    changed(session, tim)
    left()
    told = day(session)
    changed(session, tom if in_one_act else tim, later=2 * DAYS, now=NOW + DAYS)
    if not in_one_act:
        changed(session, tom, now=NOW + DAYS + timedelta(minutes=1))
    (released,), (named,) = waiting("trainer-released"), waiting("trainer-named")
    assert told in released.text and day(session) not in released.text and day(session) in named.text


def test_who_was_never_written_to_reads_of_the_time_that_the_session_had():
    tim = a_trainer()
    session = a_session(starts_in=20 * DAYS, trainer=tim)
    had = day(session)
    changed(session, None, later=2 * DAYS)
    (released,) = waiting("trainer-released")
    assert had in released.text and day(session) not in released.text


def test_a_cancellation_tells_whoever_gives_the_session_of_the_time_that_they_were_told():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    left()
    told = day(session)
    changed(session, tim, later=2 * DAYS, now=NOW + DAYS)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + DAYS + timedelta(minutes=1))
    (letter,) = waiting("trainer-cancelled")
    assert told in letter.text and day(session) not in letter.text


def test_who_was_told_that_a_session_is_no_longer_theirs_hears_that_it_is_again_after_a_cancellation_that_was_undone():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    for trainer in (tim, tom):
        changed(session, trainer)
        left()
    changed(session, tim, now=NOW + DAYS)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + DAYS + timedelta(minutes=1))
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + DAYS + timedelta(minutes=2))
    assert ("trainer-named", tim.person_id) in letters()


def test_a_new_time_that_waited_when_the_session_was_called_off_is_told_when_it_takes_place_after_all():
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    left()
    changed(session, tim, later=DAYS, now=NOW + DAYS)
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW + DAYS + timedelta(minutes=1))
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + DAYS + timedelta(minutes=2))
    (letter,) = waiting("trainer-changed")
    assert letter.subject.startswith("New time for the session that you give") and day(session) in letter.text


def test_nobody_is_told_twice_that_a_session_is_no_longer_theirs():
    session, tim, tom = a_session(starts_in=20 * DAYS), a_trainer(), a_trainer()
    for trainer in (tim, tom):
        changed(session, trainer)
        left()
    changed(session, tim, now=NOW + DAYS)
    changed(session, tom, now=NOW + DAYS + timedelta(minutes=1))
    assert ("trainer-released", tim.person_id) not in letters()


@pytest.mark.parametrize("order", [("later", "venue"), ("venue", "later")])
def test_whoever_gives_a_session_reads_of_a_new_time_and_a_new_place_that_came_one_after_the_other(order):
    session, tim = a_session(starts_in=20 * DAYS), a_trainer()
    changed(session, tim)
    left()
    for number, what in enumerate(order):
        venue = "Guildhall" if what == "venue" or number else "Town Hall, Room 3"
        later = DAYS if what == "later" else timedelta()
        changed(db.session.get_one(CourseSession, session.id, populate_existing=True), tim, later=later, venue=venue, now=NOW + DAYS + number * timedelta(minutes=1))
    (letter,) = waiting("trainer-changed")
    assert letter.subject.startswith("New time and place for the session that you give")
    assert "Guildhall" in letter.text and day(session) in letter.text and letter.fields["changed"]["cy"] == "Amser a lle newydd"
