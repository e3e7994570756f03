"""`flask check` finds each thing that must not be, says where by ids only, changes nothing, and ends with a status for scripts."""

import re
import sqlite3
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import SignInFailure
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking import services as places
from app.booking.models import Booking, BookingEvent, BookingNeed, Charge
from app.booking.rules.charges import ChargeKind
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import SessionStatus
from app.certificates.services import issuing
from app.cli import check
from app.core import clock
from app.core.db import db, transaction
from app.core.jobs import JobRun
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.rules.worries import About
from app.evaluation.services import worries
from app.evaluation.services.answering import save_draft, submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.services import deciding
from tests import builders
from tests.conftest import make_app
from tests.evidence import telling
from tests.mail import breaking as letters

DROPPED = {
    "one-live-booking": 'DROP INDEX "uq_booking_live"', "one-workplace-now": 'DROP INDEX "uq_affiliation_present"',
    "one-current-response": 'DROP INDEX "uq_response_current"',
    "within-quota": 'ALTER TABLE session_quota DROP CONSTRAINT "ck_session_quota_places_positive"',
    "addresses-in-small-letters": 'ALTER TABLE person DROP CONSTRAINT "ck_person_email_small_letters"',
    "one-standing-certificate": 'DROP INDEX "uq_certificate_stands"',
    "approved-by-another": 'ALTER TABLE example DROP CONSTRAINT "ck_example_approved_by_another"',
}
"""Rules that the database holds by itself, to be taken away before they can be broken."""
WITHOUT_KEYS = {
    "sqlite": ("PRAGMA foreign_keys=OFF", "PRAGMA ignore_check_constraints=ON"), "postgresql": ("SET LOCAL session_replication_role = replica",),
}

BROKEN = {
    "no-orphans": "UPDATE booking SET agency_id = 987654",
    "ends-after-start": "UPDATE affiliation SET starts_on = '2024-02-02', ends_on = '2024-02-01'",
    "secrets-as-digests": "UPDATE sign_in SET secret_digest = 'the secret itself'",
    "passwords-hashed": "UPDATE account SET password_hash = 'letmein'",
    "addresses-in-small-letters": "UPDATE person SET email = 'Ann@Example.org' WHERE id = (SELECT max(id) FROM person)",
    "one-workplace-now": "INSERT INTO affiliation (person_id, agency_id) SELECT person_id, agency_id FROM affiliation",
    "seen-after-sign-in": "UPDATE sign_in SET last_seen_at = '2001-01-01 00:00:00.000000'",
    "closed-accounts-signed-out": "UPDATE account SET closed_at = created_at",
    "within-capacity": "UPDATE booking SET status = 'booked' WHERE status = 'waiting'",
    "within-quota": "UPDATE session_quota SET places = 0",
    "kept-places-there": "UPDATE session_quota SET kind = 'kept', places = 999",
    "offers-in-order": "UPDATE booking SET booked_at = '2020-01-01 00:00:00.000000' WHERE status = 'waiting'",
    "limits-in-time": "UPDATE booking SET due_at = NULL WHERE status = 'offered'",
    "left-lists-hold-nothing": "UPDATE booking SET status = 'left_list', due_at = '2030-01-01 00:00:00.000000'",
    "back-where-they-stood": "UPDATE booking_event SET act = 'undo', after = 'waiting', at = '2001-01-01 00:00:00.000000'",
    "ended-bookings-have-an-end": "UPDATE booking SET ended_at = NULL",
    "only-known-changes": "UPDATE booking_event SET before = 'refused', after = 'offered'",
    "over-capacity-as-needed": "UPDATE course_session SET capacity = 9",
    "no-place-idle": "UPDATE course_session SET capacity = 9",
    "any-date-offered": "UPDATE course_session SET capacity = 9",
    "one-live-booking": "UPDATE booking SET person_id = (SELECT min(id) FROM person), status = 'waiting'",
    "cancelled-sessions-empty": "UPDATE course_session SET status = 'cancelled'",
    "history-follows": "UPDATE booking_event SET before = 'given_back' WHERE before IS NOT NULL",
    "history-leads-here": "UPDATE booking SET status = 'session_cancelled'",
    "history-has-a-beginning": "DELETE FROM booking_event WHERE id IN (SELECT min(id) FROM booking_event GROUP BY booking_id)",
    "limits-before-the-start": "UPDATE booking SET due_at = '2099-01-01 00:00:00.000000' WHERE status = 'offered'",
    "live-bookings-have-no-end": "UPDATE booking SET notice = 'late' WHERE status = 'booked'",
    "moved-to-somewhere": "UPDATE booking SET status = 'moved' WHERE status = 'booked'",
    "overrides-of-the-session": "UPDATE capacity_override SET course_session_id = (SELECT min(id) FROM course_session)",
    "waits-as-they-were-left": "UPDATE course_interest SET ended_at = joined_at",
    "drafts-empty": "UPDATE course_session SET status = 'draft'",
    "only-cancelled-are-cancelled": "UPDATE course_session SET cancelled_at = starts_at",
    "times-as-the-parts": "DELETE FROM session_part WHERE id = (SELECT max(id) FROM session_part)",
    "waivers-of-charges": "UPDATE charge SET pence = -4900 WHERE kind = 'waiver'",
    "answered-is-not-asked": "UPDATE booking SET agreed_at = '2099-01-01 00:00:00.000000'",
    "late-once": "UPDATE charge SET kind = 'late', waives_id = NULL",
    "charged-for-what-happened": "UPDATE charge SET kind = 'late', waives_id = NULL",
    "turnout-as-marked": "UPDATE booking SET turnout = 'missed' WHERE turnout = 'came'",
    "marks-on-the-register": "UPDATE booking SET status = 'given_back'",
    "marks-in-the-history": "UPDATE attendance SET marked_by_id = (SELECT min(id) FROM account)",
    "minutes-of-those-who-came": "UPDATE attendance SET outcome = 'no_show', minutes = 5",
    "finished-registers-full": "DELETE FROM attendance",
    "finished-is-delivered": "UPDATE course_session SET status = 'scheduled'",
    "one-current-response": "UPDATE response SET current = true, stage = 'after'",
    "answers-to-what-was-asked": "UPDATE answer SET question_id = (SELECT max(id) FROM question) WHERE number = 3",
    "one-thing-an-answer": "UPDATE answer SET number = 6",
    "responses-of-the-session": "UPDATE response SET course_session_id = (SELECT min(id) FROM course_session)",
    "approved-by-another": "UPDATE example SET approved_by_id = writer_id WHERE status = 'approved'",
    "evidence-known-changes": "UPDATE example_event SET before = 'withdrawn', after = 'approved' WHERE act = 'approve'",
    "evidence-history-leads-here": "UPDATE example SET status = 'not_used'",
    "examples-keep-their-answers": "UPDATE example SET question_id = (SELECT min(id) FROM question)",
    "printed-was-approved": "UPDATE example_event SET act = 'print' WHERE act = 'approve'",
    "withdrawn-is-forgotten": "UPDATE example SET original = 'Told by Jayden' WHERE status = 'withdrawn'",
    "anonymous-know-nobody": "UPDATE response SET anonymous = true",
    "one-mode-a-session": "INSERT INTO anonymous_ticket (digest, course_session_id, stage) SELECT 'd', course_session_id, stage FROM response WHERE stage = 'after'",
    "no-drafts-of-anonymous": "UPDATE questionnaire SET mode = 'anonymous'",
    "open-worries-are-read": "UPDATE safeguarding_contact SET reads_from = '2099-01-01 00:00:00.000000'",
    "certificates-of-who-came": "UPDATE attendance SET outcome = 'excused'",
    "one-standing-certificate": "UPDATE certificate SET ended_at = NULL, ended_as = NULL",
    "replaced-by-a-later": "DELETE FROM certificate WHERE issue = 2",
    "joined-when-they-joined": "UPDATE booking SET booked_at = '2020-01-01 00:00:00.000000' WHERE status = 'left_list' OR status = 'waiting'",
    "nothing-left-due": "UPDATE booking SET due_at = '2020-01-01 00:00:00.000000' WHERE status = 'offered'",
    "needs-kept-as-said": "UPDATE booking_need SET delete_at = '2099-01-01 00:00:00.000000'",
    "needs-are-gone": "UPDATE booking_need SET delete_at = '2020-01-01 00:00:00.000000'",
    **letters.BROKEN,
}
BY_THE_DATABASE = {"sound", "moments"}
"""One is the business of a damaged file (below), the other is SQLite's only (below)."""


@pytest.fixture
def world(app):
    """Some of everything, as the acts make it."""
    now = clock.now()
    builders.a_sign_in(builders.an_account(Role.TRAINER))
    coming = builders.a_session(places=1)
    people = [builders.a_person() for _ in range(3)]
    booked, waiting, _third = [places.book_place(session_id=coming.id, person_id=person.id, by="them", now=now) for person in people]
    places.give_back(booking_id=booked.id, by="them", now=now)
    places.settle_session(session_id=coming.id, now=now + timedelta(minutes=16))
    crowded, guest = builders.a_session(places=1), builders.a_person()
    places.book_place(session_id=crowded.id, person_id=people[0].id, by="them", now=now)
    places.book_over_capacity(session_id=crowded.id, person_id=guest.id, reason="duty", by="c", behalf=places.OnBehalf(builders.a_person().id, coordinator=True), now=now)
    places.book_place(session_id=crowded.id, person_id=people[1].id, by="them", now=now)
    places.wait_for_course(course_id=crowded.course_id, person_id=people[2].id, any_date=True, now=now - timedelta(hours=2))
    limited, guest = builders.a_session(), builders.a_person()
    places.add_quota(session_id=limited.id, kind=QuotaKind.MOST, agency_id=guest.affiliation.agency_id, sector=None, places=1, releases_at=None, by="c", now=now)
    places.book_place(session_id=limited.id, person_id=guest.id, by="them", now=now, key="a form's key")
    places.book_place(session_id=builders.a_session().id, person_id=builders.a_person().id, by="c", behalf=places.OnBehalf(guest.id, coordinator=True), now=now)
    over = builders.a_session(starts_in=timedelta(hours=-5), status=SessionStatus.DELIVERED)
    came = builders.a_booking(over)
    asked = ensure_questionnaires(now=now)
    for stage, given in ((Stage.BEFORE, {"knowledge": "2"}), (Stage.AFTER, {"knowledge": "3", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "4"})):
        submit(booking_id=came.id, stage=stage, version_id=asked[stage].id, given=given, quoting=Quoting.NO, now=over.starts_at if stage is Stage.BEFORE else over.ends_at)
    save_draft(booking_id=waiting.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, key="k", given={"knowledge": "2"}, now=now)
    with transaction() as session:
        session.add(Attendance(booking_id=came.id, outcome=Outcome.ATTENDED, marked_at=now))
        session.get_one(Booking, came.id).turnout = Turnout.CAME
        charge = Charge(booking_id=came.id, kind=ChargeKind.EXTERNAL, pence=5000, reason="outside", by="the policy", at=now)
        session.add(charge)
        session.add(Register(course_session_id=over.id, finished_at=now))
        session.add(BookingNeed(booking_id=waiting.id, access="A ramp", delete_at=coming.ends_at + timedelta(days=30)))
        session.add_all(JobRun(name=name, next_run_at=now, last_started_at=now, last_ended_at=now, failures_in_a_row=0, last_words="")
                        for name in ("places", "places-opened", "forget-needs"))
        session.add(SignInFailure(address_digest="0" * 64, at=now))
    places.waive_charges(charge_ids=[charge.id], reason="not from outside", by="c", now=now)
    for name in ("Before", "After"):
        with transaction() as session:
            session.get_one(Booking, came.id).person.last_name = name
        issuing.settle(session_id=over.id, now=now)
    printed = telling.approved()
    deciding.note_printed(example_id=printed.id, printed_in="A report", used_on=telling.today(), by_id=printed.writer_id, now=now)
    deciding.withdraw(example_id=telling.approved().id, reason="By telephone", by_id=printed.writer_id, now=now)
    worries.name_contact(email=builders.an_account(Role.TRAINER).person.email, by="c", now=now)
    worries.raise_worry(session_id=over.id, booking_id=None, about=About.CHILD, text="A child in my class", contact="", now=now)
    assert waiting.status is BookingStatus.OFFERED and session.scalar(sa.select(sa.func.count()).select_from(BookingEvent)) >= 6


def run(app):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["check"])


def rows_of(name, connection):
    invariant = next(one for room in check.ROOMS for one in room.INVARIANTS if one.name == name)
    return invariant.rows(connection, clock.now())


def test_a_database_as_the_acts_make_it_is_sound(app, world):
    done = run(app)
    assert done.exit_code == 0, done.output
    assert len(re.findall(r"^ok ", done.output, re.M)) == sum(len(room.INVARIANTS) for room in check.ROOMS)


def test_each_invariant_can_be_broken_here(app):
    assert {one.name for room in check.ROOMS for one in room.INVARIANTS} == BROKEN.keys() | BY_THE_DATABASE


def test_what_must_not_be_is_found_and_was_not_so_before(app, world, backend):
    db.session.rollback()
    found = {name: rows_once_broken(name, backend) for name in BROKEN}
    assert [name for name, rows in found.items() if not rows] == []
    assert [str(row) for rows in found.values() for row in rows if "@" in str(row)] == []
    with db.engine.connect() as connection:
        assert [name for name in BROKEN if rows_of(name, connection)] == []


def rows_once_broken(name, backend):
    """What is found when this alone is broken, which is then taken back."""
    with db.engine.connect() as connection:
        say = connection.connection.dbapi_connection.execute if backend == "sqlite" else connection.exec_driver_sql
        for statement in WITHOUT_KEYS[backend]:
            say(statement)  # the pragmas are heard outside a transaction only
        if name in DROPPED and not (backend == "sqlite" and "CONSTRAINT" in DROPPED[name]):
            connection.exec_driver_sql(DROPPED[name])
        connection.exec_driver_sql(BROKEN[name])
        rows = rows_of(name, connection)
        connection.rollback()
        connection.invalidate()
    return rows


def test_broken_rows_are_listed_and_the_status_says_so(app, world):
    with transaction() as session:
        session.execute(sa.text("UPDATE account SET password_hash = 'letmein'"))
    done = run(app)
    assert done.exit_code == 1
    assert re.search(r"^BROKEN +passwords-hashed .*\n +\d+$", done.output, re.M) and "letmein" not in done.output
    assert f"1 of {sum(len(room.INVARIANTS) for room in check.ROOMS)} invariants are broken" in done.output


def test_a_damaged_file_is_found(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path)
    check.database.upgrade(app)
    with app.app_context():
        db.engine.dispose()
    with sqlite3.connect(tmp_path / "a.sqlite3") as raw:
        raw.execute("PRAGMA writable_schema=ON")
        raw.execute("DELETE FROM sqlite_schema WHERE name = 'ix_booking_person_id'")
    raw.close()
    done = run(app)
    with app.app_context():
        db.engine.dispose()
    assert done.exit_code == 1 and re.search(r"^BROKEN +sound", done.output, re.M)


def test_a_moment_written_by_another_hand_is_found(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path)
    check.database.upgrade(app)
    with app.app_context():
        with transaction() as session:
            session.execute(sa.text("INSERT INTO sign_in_failure (address_digest, at) VALUES (:digest, '1 March 2026')"), {"digest": "0" * 64})
        done = run(app)
        db.engine.dispose()
    assert done.exit_code == 1 and "sign_in_failure at 1" in done.output


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
    done = run(app)
    assert (done.exit_code, done.output) == (1, "The database has not been set up for this version. Run first: flask --app wsgi db upgrade\n")
    assert not (tmp_path / "none.sqlite3").exists()


@pytest.mark.parametrize(("looked", "failures", "found"), [
    (timedelta(), 0, True), (None, 0, False), (timedelta(minutes=-61), 0, False), (timedelta(hours=2), 0, False), (timedelta(), 3, False),
    (timedelta(), 10, True)])
def test_what_is_long_due_is_found_only_once_the_worker_has_looked_after_it_was_due(app, world, looked, failures, found):
    """After an outage nothing is said until the first run has ended; nor of a run that failed once, or that a clock says will be."""
    now = clock.now()
    with transaction() as session:
        session.execute(sa.update(JobRun).where(JobRun.name == "places").values(
            last_started_at=None if looked is None else now + looked, failures_in_a_row=failures))
        session.execute(sa.update(Booking).where(Booking.status == BookingStatus.OFFERED).values(due_at=now - timedelta(minutes=90)))
    with db.engine.connect() as connection:
        assert bool(rows_of("nothing-left-due", connection)) is found
