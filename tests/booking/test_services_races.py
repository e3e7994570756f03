"""Everybody at the same moment, on both databases; and each protection taken away, to see that it is what holds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingEvent, CourseInterest
from app.booking.queries import asked_first, facts
from app.booking.rules import waiting
from app.booking.rules.states import Act
from app.booking.services import Wish, attempts, taking
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, acts, book, broken, give_back, letters, settle, status, statuses
from tests.builders import a_course, a_person
from tests.faults.counts import times

pytestmark = pytest.mark.usefixtures("app")
MOMENT = timedelta(milliseconds=1)


def at_once(app, calls, *, threads=8, tries=5):
    """Every call in a thread and a connection of its own, begun together; what each gave, or the refusal.

    Who waited too long for a lock begins again, as whole requests do.
    """
    db.session.rollback()
    gate = Barrier(min(threads, len(calls)), timeout=20)

    def one(numbered):
        number, call = numbered
        with app.app_context():
            if number < gate.parties:
                gate.wait()
            for left in reversed(range(tries)):
                try:
                    return call()
                except Refused as no:
                    return no
                except sa.exc.OperationalError:
                    db.session.rollback()
                    if not left:
                        raise
            return None

    with ThreadPoolExecutor(gate.parties) as pool:
        return list(pool.map(one, enumerate(calls)))


def an_offer():
    """A session whose one place is offered to the first of two who wait, and until when."""
    session, (first,), line = a_full_session(waiting=2, starts_in=20 * DAY)
    give_back(first)
    settle(session, NOW + 15 * MINUTE)
    db.session.rollback()
    return session.id, [one.id for one in line], db.session.get_one(Booking, line[0].id).due_at


@pytest.mark.parametrize("late", [-MOMENT, timedelta(0), MOMENT], ids=["before", "at", "after"])
def test_an_answer_and_the_end_of_the_offer_at_the_same_instant_have_one_winner(app, late):
    for _ in range(times(333, otherwise=4)):
        session_id, (first, second), ends_at = an_offer()
        answers = at_once(app, [
            lambda number=first, now=ends_at + late: services.accept_offer(booking_id=number, by="x", now=now),
            lambda number=session_id, now=ends_at + late: services.settle_session(session_id=number, now=now),
        ])
        db.session.rollback()
        stands = [db.session.get_one(Booking, number).status.value for number in (first, second)]
        in_time = late < timedelta(0)
        assert stands == (["booked", "waiting"] if in_time else ["lapsed", "offered"])
        assert isinstance(answers[0], Refused) is not in_time
    assert broken(ends_at + late) == []


def test_an_answer_in_time_and_an_end_a_moment_later_never_both_win(app):
    for _ in range(times(333, otherwise=4)):
        session_id, (first, second), ends_at = an_offer()
        answers = at_once(app, [
            lambda number=first, now=ends_at - MOMENT: services.accept_offer(booking_id=number, by="x", now=now),
            lambda number=session_id, now=ends_at: services.settle_session(session_id=number, now=now),
        ])
        db.session.rollback()
        stands = [db.session.get_one(Booking, number).status.value for number in (first, second)]
        assert (stands, isinstance(answers[0], Refused)) in ((["booked", "waiting"], False), (["lapsed", "offered"], True))


def test_two_hundred_returns_of_one_booking_are_one_event_one_letter_and_one_offer(app):
    session, (first,), _line = a_full_session(waiting=3, starts_in=20 * DAY)
    number = first.id
    at_once(app, [lambda: services.give_back(booking_id=number, by="x", now=NOW)] * 200)
    settle(session, NOW + HOUR)
    assert acts(first) == ["book", "give_back", "free"]
    assert statuses(session) == ["given_back", "offered", "waiting", "waiting"]
    assert (len(letters(kind="given-back")), len(letters(kind="offer"))) == (1, 1)
    assert broken() == []


def test_many_returns_at_once_are_offered_in_the_order_in_which_people_joined(app):
    returned, waits = times(50, otherwise=8), times(100, otherwise=14)
    with transaction():
        session, there, line = a_full_session(places=returned, waiting=waits, starts_in=20 * DAY)
    near = session.starts_at - 3 * HOUR  # no time to take it back is left out: every place goes on at the same moment
    numbers, session_id = [one.id for one in there], session.id
    at_once(app, [lambda number=number: services.give_back(booking_id=number, by="x", now=near) for number in numbers])
    at_once(app, [lambda: services.settle_session(session_id=session_id, now=near + 16 * MINUTE)] * 4)
    assert [status(one) for one in line] == ["offered"] * returned + ["waiting"] * (waits - returned)
    assert broken(near + 16 * MINUTE) == []


def test_two_presses_of_one_form_are_one_booking_also_when_the_place_is_given_back(app):
    for number in range(times(1000, otherwise=6)):
        session = a_session()
        form = {"session_id": session.id, "person_id": a_person().id, "by": "x", "now": NOW, "key": f"form {number}"}
        first, second = at_once(app, [lambda form=form: services.book_place(**form).id] * 2)
        assert first == second
        services.give_back(booking_id=first, by="x", now=NOW)
        assert services.book_place(**form).id == first
        assert statuses(session) == ["given_back"]


def test_reminders_of_four_workers_at_once_are_written_once(app):
    session = a_session(places=30, starts_in=20 * DAY)
    with transaction():
        for _ in range(12):
            book(session)
    session_id, near = session.id, session.starts_at - 12 * HOUR
    at_once(app, [lambda: services.remind(session_id=session_id, now=near)] * 4)
    assert len(letters(kind="reminder")) == 12 and len({letter.about for letter in letters(kind="reminder")}) == 12


def test_waiting_for_a_course_twice_at_once_is_waiting_once(app):
    session, person = a_session(), a_person()
    course_id, person_id = session.course_id, person.id
    at_once(app, [lambda: services.wait_for_course(course_id=course_id, person_id=person_id, any_date=True, now=NOW)] * 4)
    assert len(db.session.scalars(sa.select(CourseInterest)).all()) == 1


def no_lock(monkeypatch, backend):
    """The switch of the lock: a session is read and not held."""
    if backend == "sqlite":
        monkeypatch.setattr("app.core.db.BEGIN_WRITING", "BEGIN")

    def unheld(session, number):
        return session.get_one(CourseSession, number, populate_existing=True)

    for module in ("taking", "holding", "by_itself"):
        monkeypatch.setattr(f"app.booking.services.{module}.hold", unheld)


def together_at(monkeypatch, name, parties):
    """Everybody reads before anybody writes."""
    gate, plain = Barrier(parties, timeout=3), getattr(facts, name)

    def slow(*given):
        found = plain(*given)
        try:
            gate.wait()
        except Exception:
            return found
        return found

    monkeypatch.setattr(facts, name, slow)


def test_without_the_lock_a_freed_place_is_offered_twice(app, backend, monkeypatch):
    """The switch: two who settle at once each offer the one place."""
    session, _there, _line = a_full_session(waiting=2, starts_in=20 * DAY)
    with transaction() as writing:
        writing.execute(sa.update(CourseSession).values(capacity=2))  # a place is free and nobody has settled yet
    session_id, after = session.id, NOW
    no_lock(monkeypatch, backend)
    together_at(monkeypatch, "counted", 2)
    try:
        at_once(app, [lambda: services.settle_session(session_id=session_id, now=after)] * 2, tries=1)
    except sa.exc.OperationalError:
        assert backend == "sqlite"  # without its write lock SQLite itself stops the second writer
        return
    freed = db.session.scalar(sa.select(sa.func.count()).select_from(BookingEvent).where(BookingEvent.act == Act.OFFER))
    assert freed == 2


def test_without_the_unique_index_one_person_has_two_live_bookings(monkeypatch):
    """The switch: the index off, and the look whether somebody is there already."""
    session, person = a_session(), a_person()
    look = facts.request
    monkeypatch.setattr(facts, "request", lambda *asked: replace(look(*asked), there_id=None))
    book(session, person)
    with pytest.raises(sa.exc.IntegrityError):
        book(session, person)
    with transaction() as writing:
        writing.execute(sa.text("DROP INDEX uq_booking_live"))
    try:
        book(session, person)
        assert "one-live-booking" in broken()
    finally:
        with transaction() as writing:
            writing.execute(sa.delete(BookingEvent))
            writing.execute(sa.text("DELETE FROM letter_concern"))
            writing.execute(sa.delete(Booking))
            index = next(one for one in Booking.__table__.indexes if one.name == "uq_booking_live")
            index.create(writing.connection())


def test_a_list_in_the_order_of_the_last_change_is_unfair(monkeypatch):
    """The switch: who says "yes, whenever" after joining would go to the back, as in systems that sort by the last save."""
    session, (first,), (second, third) = a_full_session(waiting=2, starts_in=20 * DAY)
    changed = {third.id: 0, second.id: 1}
    monkeypatch.setattr(waiting, "in_order", lambda line: sorted(line, key=lambda one: changed[one.booking_id]))
    give_back(first)
    settle(session, NOW + HOUR)
    assert [status(second), status(third)] == ["waiting", "offered"]
    assert broken() == ["offers-in-order"]


def test_without_the_key_a_form_sent_again_books_again(monkeypatch):
    """The switch: nothing is remembered of the form."""
    monkeypatch.setattr("app.booking.services.taking.earlier_answer", lambda *_: None)
    monkeypatch.setattr("app.booking.services.taking.form_row", lambda *_: None)
    session, person = a_session(), a_person()
    give_back(book(session, person, key="one form"))
    book(session, person, key="one form")
    assert statuses(session) == ["booked"]


def dies_while_it_writes(monkeypatch):
    """The next act of a form ends before anything is decided for good, as if its process were killed."""
    add = taking.add

    def dying(*given, **more):
        monkeypatch.setattr(taking, "add", add)
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, "add", dying)


def test_a_form_whose_process_dies_jams_nothing_and_the_same_form_books_at_once(monkeypatch):
    session, person = a_session(), a_person()
    dies_while_it_writes(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        book(session, person, key="one form")
    assert statuses(session) == []
    assert book(session, person, key="one form").id == book(session, person, key="one form").id
    assert statuses(session) == ["booked"]


def test_with_a_key_that_is_kept_before_its_act_a_form_whose_process_died_is_jammed(monkeypatch):
    """The switch: the key is taken in a transaction of its own, with nothing that ends when its holder does."""
    session, person = a_session(), a_person()

    def key_first():
        with transaction() as writing:
            attempts.keep_answer(writing, "one form", "asked", None, NOW)
        return book(session, person)

    dies_while_it_writes(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        key_first()
    with pytest.raises(sa.exc.IntegrityError):
        key_first()
    assert statuses(session) == []


@pytest.mark.parametrize("one_course", [True, False])
def test_two_dates_that_come_free_at_the_same_moment_book_somebody_who_said_whenever_on_one_of_them(app, monkeypatch, one_course):
    course, person = a_course(), a_person()
    dates = [a_full_session(course=course if one_course else a_course(), starts_in=(days if one_course else 10) * DAY)[0].id for days in (10, 20)]
    bookings = [services.book_place(session_id=one, person_id=person.id, by="x", now=NOW, wish=Wish(whenever=True)) for one in dates]
    looked = asked_first.reasons

    def slowly(*given):
        found = looked(*given)
        sleep(0.3)  # whoever looks before the other has committed would find nothing
        return found

    monkeypatch.setattr(asked_first, "reasons", slowly)
    at_once(app, [lambda number=number: services.change_capacity(session_id=number, capacity=2, by="c", now=NOW) for number in dates])
    assert sorted(status(one) for one in bookings) == ["booked", "offered"]
    assert broken() == []
