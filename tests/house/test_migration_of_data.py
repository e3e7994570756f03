"""A database of an earlier version keeps its meaning when it is brought up to date, and when it is taken back; on both databases."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from app.attendance import invariants as attendance
from app.booking import invariants as booking
from app.booking.queries.desk import resting
from app.catalogue.models import CourseSession
from app.cli import check
from app.core import clock
from app.core.db import db, transaction
from app.imports.services.remembering import Remembered
from tests.conftest import BOTH
from tests.older import database_of

T = [f"2023-04-0{day} 10:00:00.000000" for day in range(1, 8)]
BOOKINGS = {  # its status and history as the earlier version kept them, and the mark on the register
    1: ("booked", [(None, "booked")], "attended"),
    2: ("booked", [(None, "booked")], "no_show"),
    3: ("booked", [(None, "waiting"), ("waiting", "booked")], "excused"),
    4: ("given_back", [(None, "booked"), ("booked", "given_back")], None),
    5: ("given_back", [(None, "waiting"), ("waiting", "given_back")], None),
    6: ("walk_in", [(None, "walk_in")], "partly_attended"),
    7: ("session_cancelled", [(None, "booked"), ("booked", "session_cancelled")], None),
    8: ("waiting", [(None, "waiting")], None),
    9: ("given_back", [(None, "waiting"), ("waiting", "booked"), ("booked", "given_back")], None),
    10: ("booked", [(None, "booked")], None),
}
ON_SESSION = {7: 2, 8: 3, 10: 3}  # the others are on the first; the third has one place


@pytest.fixture(params=BOTH)
def older(request, tmp_path, worker_name):
    """An app on a database of revision 0002 with rows of every kind."""
    yield from database_of("0002", rows(), request, tmp_path, f"uplift_older_{worker_name}")


def rows():
    """The statements that write what the earlier version kept."""
    yield "INSERT INTO course (id, code, title, summary, level, format, duration_minutes, learning_outcomes, materials, published) VALUES (1, 'neg', 'Neglect', 's', 2, 'virtual', 180, '[]', '[]', true)"
    for number, status, day in ((1, "delivered", "2023-05-02"), (2, "cancelled", "2023-05-03"), (3, "scheduled", "2090-05-02")):
        yield (f"INSERT INTO course_session (id, ref, course_id, starts_at, ends_at, last_day, format, capacity, status) VALUES ({number}, 'neg-{number}', 1, "
               f"'{day} 08:30:00.000000', '{day} 11:30:00.000000', '{day}', 'virtual', {9 if number < 3 else 1}, '{status}')")
        yield (f"INSERT INTO session_part (id, course_session_id, starts_at, ends_at) VALUES ({number}, {number}, "
               f"'{day} 08:30:00.000000', '{day} 11:30:00.000000')")
    for number, (status, history, mark) in BOOKINGS.items():
        session = ON_SESSION.get(number, 1)
        yield f"INSERT INTO person (id, email, first_name, last_name) VALUES ({number}, 'p{number}@example.org', 'P', 'N')"
        ended = f"'{T[3]}'" if status in ("given_back", "session_cancelled") else "NULL"
        booked = "NULL" if status == "walk_in" else f"'{T[0]}'"
        yield (f"INSERT INTO booking (id, ref, course_session_id, person_id, status, booked_at, ended_at) VALUES ({number}, 'ref-{number}', {session}, {number}, "
               f"'{status}', {booked}, {ended})")
        for step, (before, after) in enumerate(history):
            was = f"'{before}'" if before else "NULL"
            key = f"{number}{step}"
            yield f"INSERT INTO booking_event (id, booking_id, at, \"by\", before, after) VALUES ({key}, {number}, '{T[step]}', 'somebody', {was}, '{after}')"
        if mark:
            yield f"INSERT INTO attendance (booking_id, outcome, marked_at) VALUES ({number}, '{mark}', '{T[6]}')"


def found(query):
    with db.engine.connect() as connection:
        return {row[0]: tuple(row[1:]) if len(row) > 2 else row[1] for row in connection.execute(sa.text(query))}


def test_up_to_date_it_says_what_happened_and_every_invariant_holds(older):
    with older.app_context():
        upgrade()
        assert found("SELECT id, status FROM booking ORDER BY id") == {**{number: row[0] for number, row in BOOKINGS.items()}, 5: "left_list"}
        assert found("SELECT id, turnout FROM booking ORDER BY id") == {1: "came", 2: "missed", 3: "excused", 6: "came", 4: None, 5: None, 7: None, 8: None, 9: None, 10: None}
        assert found("SELECT id, act FROM booking_event ORDER BY id") == {
            10: "book", 20: "book", 30: "join", 31: "let_in", 40: "book", 41: "give_back", 50: "join", 51: "leave", 60: "walk_in", 70: "book", 71: "cancel",
            80: "join", 90: "join", 91: "let_in", 92: "give_back", 100: "book"}
        with db.engine.connect() as connection:
            broken = {one.name: one.rows(connection, clock.now()) for room in check.ROOMS for one in room.INVARIANTS}
        assert {name: lines for name, lines in broken.items() if lines} == {}


def test_entries_in_calendars_of_sessions_to_come_go_on_from_the_seconds_by_which_they_counted(older):
    with older.app_context():
        upgrade()
        changes = found("SELECT id, changes FROM booking ORDER BY id")
        seconds = (clock.now() - datetime(2023, 4, 1, 10, tzinfo=UTC)).total_seconds()
        assert {number: kept for number, kept in changes.items() if number not in (8, 10)} == dict.fromkeys(set(BOOKINGS) - {8, 10}, 0)
        assert all(seconds - 600 < changes[number] <= seconds for number in (8, 10))


def test_taken_back_it_stands_as_the_earlier_version_kept_it(older):
    with older.app_context():
        upgrade()
        downgrade(revision="0002")
        assert found("SELECT id, status FROM booking ORDER BY id") == {number: row[0] for number, row in BOOKINGS.items()}
        assert found("SELECT id, before, after FROM booking_event ORDER BY id") == {
            int(f"{number}{step}"): change for number, row in BOOKINGS.items() for step, change in enumerate(row[1])}
        upgrade()
        assert found("SELECT id, status FROM booking ORDER BY id")[5] == "left_list"


def test_marks_that_people_gave_become_events_and_those_of_imports_do_not(older):
    with older.app_context():
        upgrade(revision="0022")
        with db.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO account (id, person_id, password_hash, created_at) VALUES (7, 8, '', '{T[0]}')"))
            connection.execute(sa.text(f"INSERT INTO account (id, person_id, password_hash, created_at) VALUES (8, 10, '', '{T[0]}')"))
            connection.execute(sa.text("UPDATE person SET first_name = '', last_name = ' ' WHERE id = 10"))
            connection.execute(sa.text("UPDATE attendance SET marked_by_id = 7 WHERE booking_id IN (2, 6)"))
            connection.execute(sa.text("UPDATE attendance SET marked_by_id = 8 WHERE booking_id = 3"))
            connection.execute(sa.text("UPDATE attendance SET minutes = 90 WHERE booking_id = 6"))
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT setval('booking_event_id_seq', 1000)"))
        upgrade()
        marks = "SELECT booking_id, \"by\", by_id, before, after, reason FROM booking_event WHERE act = 'mark'"
        assert found(marks) == {2: ("P N", 8, "booked", "booked", "Absent"), 3: ("p10@example.org", 10, "booked", "booked", "Excused"),
                                6: ("P N", 8, "walk_in", "walk_in", "Partly, 90 minutes")}
        with db.engine.connect() as connection:
            broken = [one.name for room in (attendance, booking) for one in room.INVARIANTS if one.rows(connection, clock.now())]
        assert broken == []
        downgrade(revision="0022")
        assert found("SELECT count(*), 0 FROM booking_event WHERE id > 100") == {0: 0}


def everything_of(table):
    """Every row of a table, by the names of its columns."""
    with db.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY id"))]


def test_of_rows_from_before_files_said_nothing_yet_so_the_next_folder_brings_all_that_it_says(older):
    said = {"title": "Neglect", "level": 2}
    with older.app_context():
        upgrade(revision="0022")
        before = everything_of("course")
        upgrade()
        assert everything_of("course") == before
        with transaction() as session:
            files = Remembered(session, "course", [1])
            assert files.news(1, said) == {"title", "level"}
            files.keep({1: said})
        with transaction() as session:
            assert Remembered(session, "course", [1]).news(1, said | {"level": 3}) == {"level"}
        downgrade(revision="0022")
        assert everything_of("course") == before and "imported_row" not in sa.inspect(db.engine).get_table_names()


def test_no_date_from_before_is_one_of_which_those_who_asked_were_not_told(older):
    with older.app_context():
        upgrade(revision="0023")
        with db.engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO course_interest (course_id, person_id, any_date, joined_at) VALUES (1, 1, false, '2023-04-01 10:00:00.000000')"))
        before, kept = everything_of("course_session"), sa.inspect(db.engine).get_indexes("course_session")
        upgrade()
        assert everything_of("course_session") == [row | {"untold": False} for row in before]
        assert [bool(row["untold"]) for row in everything_of("course_session")] == [False] * 3
        assert db.session.scalars(sa.select(CourseSession.id).where(resting(clock.now()))).all() == []
        db.session.execute(sa.update(CourseSession).where(CourseSession.id == 3).values(untold=True))
        assert db.session.scalars(sa.select(CourseSession.id).where(resting(clock.now()))).all() == [3]
        db.session.rollback()
        db.session.remove()
        downgrade(revision="0023")
        assert everything_of("course_session") == before and sa.inspect(db.engine).get_indexes("course_session") == kept


@pytest.mark.parametrize(("status", "before"), [("offered", "waiting"), ("awaiting_manager", "booked"), ("lapsed", "given_back"), ("moved", "given_back"), ("released", "given_back")])
def test_states_that_the_earlier_version_did_not_know_become_what_comes_nearest(older, status, before):
    with older.app_context():
        upgrade()
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE booking SET status = :status WHERE id = 8"), {"status": status})
        downgrade(revision="0002")
        assert found("SELECT id, status FROM booking")[8] == before
