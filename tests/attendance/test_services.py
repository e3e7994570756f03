"""Registers, on both databases: every mark is kept, nobody is overwritten in silence, nobody is taken to be absent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.services import say_where_somebody_works
from app.attendance import invariants, services
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark, NewPerson, registers
from app.booking import services as places
from app.booking.jobs import offer_opened
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts, mine
from app.booking.queries.strikes import strikes_of
from app.booking.rules.states import Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Letter
from app.reporting import queries as reporting
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def over(**more):
    return a_session(starts_in=timedelta(hours=-4), places=20, **more)


def save(session, marks, account, *, coordinator=False, now=None):
    return services.save_marks(session_id=session.id, marks=marks, account_id=account.id, coordinator=coordinator, now=now or clock.now())


def mark_of(booking):
    db.session.rollback()
    return db.session.get(Attendance, booking.id)


def test_a_mark_keeps_where_the_person_works_on_the_day_not_when_they_booked():
    session, person, account = over(), a_person(), an_account()
    booking = a_booking(session, person)
    new = an_agency(name="New place")
    say_where_somebody_works(person_id=person.id, agency_id=new.id, job_title="Lead", now=clock.now())
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, None)], account)
    assert (mark_of(booking).agency.name, mark_of(booking).job_title) == ("New place", "Lead")
    assert booking.agency_id != new.id


def test_two_trainers_keep_their_marks_and_are_told_where_they_differ():
    session, sam, amy = over(), an_account(), an_account()
    first, second = a_booking(session), a_booking(session)
    save(session, [Mark(first.ref, Outcome.ATTENDED, None, None)], sam)
    differing = save(session, [Mark(first.ref, Outcome.NO_SHOW, None, None), Mark(second.ref, Outcome.ATTENDED, None, None)], amy)
    assert [(one.booking_ref, one.kept, one.mine, one.by) for one in differing] == [(first.ref, Said(Outcome.ATTENDED), Said(Outcome.NO_SHOW), sam.person.name)]
    assert (mark_of(first).outcome, mark_of(second).outcome) == (Outcome.ATTENDED, Outcome.ATTENDED)
    assert save(session, [Mark(first.ref, Outcome.NO_SHOW, None, Said(Outcome.ATTENDED))], amy) == []
    assert mark_of(first).outcome is Outcome.NO_SHOW


def partly(booking, minutes, seen=None):
    return Mark(booking.ref, Outcome.PARTLY_ATTENDED, minutes, seen)


def two_write_minutes(app):
    """What each of two trainers who save at once is told, and the minutes that are kept."""
    session = over()
    booking = a_booking(session)
    accounts, marks, session_id = [an_account().id for _ in range(2)], [partly(booking, 60), partly(booking, 150)], session.id
    db.session.rollback()

    def write(pair):
        with app.app_context():
            return services.save_marks(session_id=session_id, marks=[pair[1]], account_id=pair[0], coordinator=False, now=clock.now())

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(write, zip(accounts, marks, strict=True)))
    return told, mark_of(booking).minutes


def test_of_two_who_write_other_minutes_at_once_one_is_kept_and_the_other_is_shown_both(app):
    told, kept = two_write_minutes(app)
    ((differs,),) = [one for one in told if one]
    assert differs.kept == Said(Outcome.PARTLY_ATTENDED, kept) and {differs.kept.minutes, differs.mine.minutes} == {60, 150}


def test_the_canary_without_minutes_in_what_is_compared_one_overwrites_the_other_in_silence(app, monkeypatch):
    monkeypatch.setattr(registers, "Said", lambda outcome, minutes=None: Said(outcome))
    assert two_write_minutes(app)[0] == [[], []]


def test_a_line_that_nobody_touched_changes_nothing_whatever_was_corrected_meanwhile():
    session, sam, amy = over(), an_account(), an_account()
    booking, other = a_booking(session), a_booking(session)
    save(session, [partly(booking, 150)], sam)
    shown = Said(Outcome.PARTLY_ATTENDED, 150)
    assert save(session, [partly(booking, 100, shown)], amy) == []
    assert save(session, [partly(booking, 150, shown), Mark(other.ref, Outcome.ATTENDED, None, None)], sam) == []
    assert (mark_of(booking).minutes, mark_of(booking).marked_by_id, mark_of(other).outcome) == (100, amy.id, Outcome.ATTENDED)
    (differs,) = save(session, [partly(booking, 90, shown)], sam)
    assert (differs.kept.label, differs.mine.label) == ("Partly, 100 minutes", "Partly, 90 minutes") and mark_of(booking).minutes == 100


def test_of_two_who_save_at_once_one_is_kept_and_the_other_is_told(app):
    session = over()
    booking_ref = a_booking(session).ref
    accounts = [an_account().id for _ in range(2)]
    session_id = session.id
    db.session.rollback()

    def write(pair):
        with app.app_context():
            return len(services.save_marks(session_id=session_id, marks=[Mark(booking_ref, pair[1], None, None)], account_id=pair[0],
                                           coordinator=False, now=clock.now()))

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(write, zip(accounts, (Outcome.ATTENDED, Outcome.NO_SHOW), strict=True)))
    assert sorted(told) == [0, 1]


def test_without_looking_at_what_was_seen_the_second_would_overwrite_the_first(monkeypatch):
    """The switch: with the comparison taken away a mark is lost, so the tests above can fail."""
    session, account = over(), an_account()
    booking = a_booking(session)
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, None)], account)
    blind = Mark(booking.ref, Outcome.NO_SHOW, None, Said(Outcome.ATTENDED))
    assert save(session, [blind], account) == []
    assert mark_of(booking).outcome is Outcome.NO_SHOW


def marks_in_the_history(booking):
    """What was marked, by whom and by which person, in this order."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id, BookingEvent.act == Act.MARK).order_by(BookingEvent.id))
    return [(one.reason, one.by, one.by_id) for one in rows]


def test_a_mark_that_is_corrected_stays_in_the_history_with_whoever_gave_it():
    session, sam, amy = over(), an_account(person=a_person(first_name="Sam", last_name="T")), an_account(person=a_person(first_name="Amy", last_name="C"))
    booking = a_booking(session)
    save(session, [Mark(booking.ref, Outcome.NO_SHOW, None, None)], sam)
    save(session, [partly(booking, 90, Said(Outcome.NO_SHOW))], amy, coordinator=True)
    save(session, [partly(booking, 90, Said(Outcome.NO_SHOW))], sam)
    assert marks_in_the_history(booking) == [("Absent", "Sam T", sam.person_id), ("Partly, 90 minutes, before: Absent", "Amy C", amy.person_id)]
    with db.engine.connect() as connection:
        assert [line for one in invariants.INVARIANTS for line in one.rows(connection, clock.now())] == []


def test_a_mark_of_an_import_that_is_corrected_stays_in_the_history_too():
    session, account = over(), an_account()
    booking = a_booking(session)
    with transaction() as writing:
        writing.add(Attendance(booking_id=booking.id, outcome=Outcome.NO_SHOW, marked_at=clock.now()))
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, Said(Outcome.NO_SHOW))], account)
    assert [what for what, _by, _number in marks_in_the_history(booking)] == ["Here, before by an import: Absent"]


def test_a_mark_writes_no_letter_and_does_not_change_an_entry_in_a_calendar():
    session, account = over(), an_account()
    booking = a_booking(session)
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, None)], account)
    db.session.rollback()
    assert db.session.get(Booking, booking.id).changes == 0 and db.session.scalar(sa.select(sa.func.count(Letter.id))) == 0


@pytest.mark.parametrize(("minutes", "said"), [(0, "from 1 to 180"), (181, "from 1 to 180")])
def test_minutes_beyond_the_session_are_refused_and_nothing_is_kept(minutes, said):
    session, account = over(), an_account()
    booking = a_booking(session)
    with pytest.raises(Refused, match=said):
        save(session, [Mark(booking.ref, Outcome.PARTLY_ATTENDED, minutes, None)], account)
    assert mark_of(booking) is None


def test_somebody_who_walks_in_is_new_here_or_known_or_was_waiting():
    session, account = over(), an_account()
    known, waiting = a_person(), a_person()
    a_booking(session, waiting, status=BookingStatus.WAITING)

    def add(person):
        return services.add_walk_in(session_id=session.id, person=person, account_id=account.id, by="Tim", coordinator=False, now=clock.now())

    add(NewPerson("New@Example.org", "Nia", "New", None, "Nurse"))
    add(NewPerson(known.email))
    add(NewPerson(waiting.email))
    with pytest.raises(Refused, match="on this register already"):
        add(NewPerson(known.email))
    with pytest.raises(Refused, match="first and last name"):
        add(NewPerson("other@example.org"))
    db.session.rollback()
    marks = db.session.execute(sa.select(Person.email, Booking.status, Attendance.outcome).select_from(Booking).join(Booking.person).join(Attendance)).all()
    assert sorted(marks) == sorted((email, BookingStatus.WALK_IN, Outcome.ATTENDED) for email in ("new@example.org", known.email, waiting.email))


def test_who_walked_in_is_never_absent_and_the_sentence_says_how_to_correct_it():
    session, account = over(), an_account()
    walked = a_booking(session, a_person(first_name="Nia", last_name="New"), status=BookingStatus.WALK_IN)
    with pytest.raises(Refused, match=r"Nia New walked in without a booking.* mark them Excused"):
        save(session, [Mark(walked.ref, Outcome.NO_SHOW, None, None)], account)
    assert mark_of(walked) is None
    save(session, [Mark(walked.ref, Outcome.EXCUSED, None, None)], account)
    assert mark_of(walked).outcome is Outcome.EXCUSED


@pytest.mark.parametrize("on_list", [False, True])
def test_whoever_walks_in_waits_for_the_course_no_longer_and_again_when_that_was_a_mistake(on_list):
    course, person, account = a_course(), a_person(), an_account()
    here = over(course=course, status=SessionStatus.SCHEDULED)
    if on_list:
        a_booking(here, person, status=BookingStatus.WAITING)
    places.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=clock.now())
    services.add_walk_in(session_id=here.id, person=NewPerson(person.email), account_id=account.id, by="Tim", coordinator=True, now=clock.now())
    walked = facts.live_booking(here.id, person.id)
    assert walked.status is BookingStatus.WALK_IN and mine.interest(course.id, person.id) is None
    save(here, [Mark(walked.ref, Outcome.EXCUSED, None, Said(Outcome.ATTENDED))], account)
    assert mine.interest(course.id, person.id).any_date
    save(here, [Mark(walked.ref, Outcome.PARTLY_ATTENDED, 30, Said(Outcome.EXCUSED))], account)
    assert mine.interest(course.id, person.id) is None
    next_date = a_session(course=course)
    offer_opened(clock.now())
    assert facts.live_booking(next_date.id, person.id) is None


def test_a_walk_in_who_was_once_marked_absent_counts_nowhere_as_a_no_show():
    session, account, person = over(), an_account(), a_person()
    walked = a_booking(session, person, status=BookingStatus.WALK_IN, turnout=Turnout.MISSED)
    with transaction() as writing:
        writing.add(Register(course_session_id=session.id, version=1, finished_at=clock.now() - timedelta(hours=3), finished_by_id=account.id))
    assert strikes_of(person.id, clock.now() - timedelta(days=30)) == 0
    assert services.missed_without_letter(clock.now() + timedelta(days=3)) == []
    assert db.session.scalars(sa.select(reporting.KIND).select_from(reporting.BOOKINGS).where(Booking.id == walked.id)).one() is None


def test_a_register_is_finished_only_when_everyone_is_marked():
    session, account = over(), an_account()
    booking, other = a_booking(session), a_booking(session)
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, None)], account)
    with pytest.raises(Refused, match=other.person.name):
        services.finish(session_id=session.id, account_id=account.id, coordinator=False, now=clock.now())
    save(session, [Mark(other.ref, Outcome.EXCUSED, None, None)], account)
    services.finish(session_id=session.id, account_id=account.id, coordinator=False, now=clock.now())
    db.session.rollback()
    assert db.session.get(CourseSession, session.id).status is SessionStatus.DELIVERED
    assert db.session.get(Register, session.id).finished_by_id == account.id


def test_a_finished_register_is_corrected_by_its_trainer_for_fourteen_days_and_then_by_a_coordinator():
    session, account = over(), an_account()
    booking = a_booking(session)
    save(session, [Mark(booking.ref, Outcome.ATTENDED, None, None)], account)
    services.finish(session_id=session.id, account_id=account.id, coordinator=False, now=clock.now())
    later = clock.now() + timedelta(days=15)
    correction = [Mark(booking.ref, Outcome.NO_SHOW, None, Said(Outcome.ATTENDED))]
    with pytest.raises(Refused, match="Ask a coordinator"):
        save(session, correction, account, now=later)
    assert save(session, correction, account, coordinator=True, now=later) == []


def test_a_register_opens_half_an_hour_before_the_session():
    session, account = a_session(starts_in=timedelta(hours=1)), an_account()
    with pytest.raises(Refused, match="half an hour before"):
        save(session, [], account)
    assert save(session, [], account, now=clock.now() + timedelta(minutes=40)) == []
