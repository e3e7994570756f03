"""Issuing and ending certificates, on both databases."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.attendance import services as registers
from app.attendance.rules import Said
from app.attendance.services import NewPerson
from app.catalogue.models import Course
from app.certificates import jobs
from app.certificates.models import CertificateEnd, QuestionsOpened
from app.certificates.queries import due, showing
from app.certificates.services import checking, issuing
from app.cli import check
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evaluation.rules.question_types import RATHER_NOT
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.builders import a_booking, a_partnership, a_person
from tests.certificates.attending import ABSENT, HERE, PARTLY, came, certificates, finish, have_left, letters, mark, over, rename
from tests.reporting.test_report_figures import DATA

pytestmark = pytest.mark.usefixtures("app")


def ready(booking):
    return [(one.serial, one.ended_as) for one in certificates(booking)]


def sound():
    db.session.rollback()
    with db.engine.connect() as connection:
        return [one.name for room in check.ROOMS for one in room.INVARIANTS if one.rows(connection, clock.now())] == []


def test_finishing_a_register_issues_a_certificate_to_everybody_who_was_there_for_long_enough():
    session = over(title="Using the tool")
    whole, short, missed = (a_booking(session, a_person(partnership=a_partnership(name="Cambridge"))) for _ in range(3))
    mark(session, (whole, HERE))
    assert certificates() == [], "not before it is finished"
    finish(session, (short, PARTLY, 179), (missed, ABSENT))
    (one,) = certificates()
    assert (one.booking_id, one.name, one.course, one.partnership, one.minutes) == (whole.id, whole.person.name, "Using the tool", "Cambridge", 180)
    assert one.days == [clock.london_date(session.starts_at).isoformat()] and one.stands and len(one.code) == 19
    assert one.serial == f"{clock.london(clock.now()).year}-{one.id:06}"
    assert letters() == [("ready", "queued")] and sound()


def test_a_course_may_be_content_with_a_part_and_the_certificate_says_how_long_it_was():
    session = over(certificate_percent=50)
    half, less, unknown = (a_booking(session) for _ in range(3))
    finish(session, (half, PARTLY, 90), (less, PARTLY, 89), (unknown, PARTLY))
    assert [(one.booking_id, one.minutes) for one in certificates()] == [(half.id, 90)]


def test_the_job_issues_nothing_twice_and_nothing_that_was_not_earned():
    booking = came()
    session = over()
    finish(session, (a_booking(session), PARTLY, 10))
    for _ in range(2):
        assert jobs.issue(clock.now()) == "0 issued, 0 replaced, 0 withdrawn"
    assert len(certificates()) == 1 and len(letters()) == 1 and certificates()[0].booking_id == booking.id


def test_a_whole_year_that_came_in_from_files_gets_its_certificates_and_nobody_a_letter():
    import_programme(DATA, now=clock.now())
    assert certificates() == []
    said = jobs.issue(clock.now())
    found = certificates()
    assert len(found) > 50 and said == f"{len(found)} issued, 0 replaced, 0 withdrawn" and letters() == [] and sound()
    assert len({one.code for one in found}) == len({one.serial for one in found}) == len(found)
    assert jobs.issue(clock.now()) == "0 issued, 0 replaced, 0 withdrawn"


def test_a_lower_share_counts_for_those_before_and_a_higher_one_takes_nothing_away():
    session = over()
    booking = a_booking(session)
    finish(session, (booking, PARTLY, 100))
    for percent in (50, 100):
        with transaction() as writing:
            writing.execute(sa.update(Course).values(certificate_percent=percent))
        db.session.expire_all()
        jobs.issue(clock.now())
        issuing.settle(session_id=session.id, now=clock.now())
        assert ready(booking) == [(certificates(booking)[0].serial, None)]


def test_a_slip_that_is_put_right_before_the_letter_leaves_is_told_to_nobody():
    booking = came()
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    assert letters() == [("ready", "void")]
    mark(booking.course_session, (booking, HERE), seen=ABSENT)
    assert letters() == [("ready", "void"), ("ready", "queued")] and sound()


def test_a_register_corrected_to_absent_withdraws_the_certificate_and_the_letter_says_so():
    booking = came()
    have_left()
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    (one,) = certificates(booking)
    assert one.ended_as is CertificateEnd.WITHDRAWN and "did not come" in one.reason
    assert letters() == [("ready", "sent"), ("withdrawn", "queued")] and sound()


def test_who_was_told_of_a_certificate_hears_that_it_no_longer_stands_also_when_the_letter_of_its_successor_waits():
    booking = came()
    have_left()
    rename(booking.person_id, "New")
    jobs.correct(clock.now())
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    assert letters() == [("ready", "sent"), ("replaced", "void"), ("withdrawn", "queued")] and sound()
    first, second = certificates(booking)
    text = db.session.scalar(sa.select(Letter.text).where(Letter.kind == "certificate-withdrawn"))
    assert f"Your certificate {first.serial} for" in text and second.serial not in text, "they know of the first alone"
    mark(booking.course_session, (booking, HERE), seen=ABSENT)
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    assert letters()[2:] == [("withdrawn", "queued"), ("ready", "void")], "of the third they know nothing, and that the first is gone they know"


@pytest.mark.parametrize("names", [("New", "Newer"), ("New", "Before")])
def test_who_was_told_of_a_certificate_reads_that_it_was_replaced_however_often_their_name_changed_before_a_letter_left(names):
    booking = came(a_person(last_name="Before"))
    have_left()
    for name in names:
        rename(booking.person_id, name)
        jobs.correct(clock.now())
    assert letters() == [("ready", "sent"), ("replaced", "void"), ("replaced", "queued")] and sound()


def test_of_a_certificate_whose_letter_may_have_arrived_they_are_told_that_it_is_withdrawn():
    booking = came()
    with transaction() as session:
        session.execute(sa.update(Letter).values(status=LetterStatus.AMBIGUOUS, doubts=2, next_try_at=None))
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    assert letters()[1:] == [("withdrawn", "queued")]


def test_corrected_back_it_is_issued_again_with_the_next_serial_and_a_new_code():
    booking = came()
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    mark(booking.course_session, (booking, HERE), seen=ABSENT)
    first, second = certificates(booking)
    assert (first.number, first.issue, second.issue, second.serial) == (second.number, 1, 2, f"{first.number}-2")
    assert second.stands and not first.stands and first.code != second.code and sound()


def test_corrected_minutes_replace_the_certificate_or_withdraw_it():
    session = over(certificate_percent=50)
    booking = a_booking(session)
    finish(session, (booking, HERE))
    mark(session, (booking, PARTLY, 100), seen=HERE)
    assert [(one.minutes, one.ended_as) for one in certificates(booking)] == [(180, CertificateEnd.REPLACED), (100, None)]
    mark(session, (booking, PARTLY, 20), seen=Said(PARTLY, 100))
    assert [one.ended_as for one in certificates(booking)] == [CertificateEnd.REPLACED, CertificateEnd.WITHDRAWN] and sound()


def test_a_new_name_replaces_every_certificate_and_the_old_ones_keep_what_was_printed():
    person = a_person(last_name="Before")
    first, second = came(person), came(person)
    have_left()
    rename(person.id, "After")
    assert jobs.correct(clock.now()) == "0 issued, 2 replaced, 0 withdrawn"
    for booking in (first, second):
        old, new = certificates(booking)
        assert (old.name, old.ended_as, new.name, new.stands) == ("Ann Before", CertificateEnd.REPLACED, "Ann After", True)
    assert [kind for kind, _status in letters()] == ["ready", "ready", "replaced", "replaced"] and sound()
    assert jobs.correct(clock.now()) == "0 issued, 0 replaced, 0 withdrawn"


def test_training_again_has_a_certificate_and_a_date_of_its_own():
    person = a_person()
    first, again = over(hours_ago=24 * 400), over()
    for session in (first, again):
        finish(session, (a_booking(session, person), HERE))
    assert len({one.days[0] for one in certificates()}) == len({one.number for one in certificates()}) == 2
    assert all(one.stands for one in certificates())


def test_somebody_added_to_a_finished_register_gets_theirs_at_once():
    booking = came()
    account = mark(booking.course_session)
    registers.add_walk_in(session_id=booking.course_session_id, person=NewPerson("late@example.org", "Late", "Comer"), account_id=account.id, by="x",
                          coordinator=True, now=clock.now())
    assert [one.name for one in certificates()][1:] == ["Late Comer"] and sound()


def test_a_certificate_that_waits_for_the_questions_is_issued_when_they_are_opened_without_any_answer():
    booking = came(certificate_after_questions=True)
    jobs.issue(clock.now())
    assert certificates() == []
    for _ in range(2):
        issuing.open_questions(booking_id=booking.id, now=clock.now())
    assert len(certificates(booking)) == 1 and db.session.scalar(sa.select(sa.func.count()).select_from(QuestionsOpened)) == 1


def test_answers_from_the_letter_open_it_too_even_without_an_opinion():
    booking = came(certificate_after_questions=True)
    version = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    given = {question.code: RATHER_NOT for question in version.questions if question.kind != "comment"}
    submit(booking_id=booking.id, stage=Stage.AFTER, version_id=version.id, given=given, quoting=Quoting.NO, now=clock.now())
    assert jobs.issue(clock.now()) == "1 issued, 0 replaced, 0 withdrawn"


def test_questions_that_are_closed_keep_nobody_from_a_certificate():
    came(certificate_after_questions=True)
    assert jobs.issue(clock.now() + timedelta(days=27)).startswith("0 issued")
    assert jobs.issue(clock.now() + timedelta(days=29)).startswith("1 issued")


def test_who_did_not_come_cannot_open_the_questions_for_a_certificate():
    session = over(certificate_after_questions=True)
    booking = a_booking(session)
    finish(session, (booking, ABSENT))
    with pytest.raises(Refused, match="did not come"):
        issuing.open_questions(booking_id=booking.id, now=clock.now())
    assert certificates() == []


def test_files_that_correct_a_register_withdraw_what_is_no_longer_true(tmp_path):
    import_programme(DATA, now=clock.now())
    jobs.issue(clock.now())
    for file in DATA.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    bookings = tmp_path / "bookings.csv"
    with bookings.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if row["status"] == "attended").update(status="no_show", minutes_attended="")
    with bookings.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    before = len(certificates())
    import_programme(tmp_path, now=clock.now())
    ended = [one for one in certificates() if not one.stands]
    assert [one.ended_as for one in ended] == [CertificateEnd.WITHDRAWN] and len(certificates()) == before and letters() == [] and sound()


def test_files_that_correct_the_date_of_a_session_replace_its_certificates(tmp_path):
    """Whoever checks the old one reads that there is a newer, and the record of hours gives the same date as the certificate beside it."""
    import_programme(DATA, now=clock.now())
    jobs.issue(clock.now())
    old, have = certificates()[0], len(certificates())
    person_id, ref = old.booking.person_id, old.booking.course_session.ref
    beside = sum(one.booking.course_session.ref == ref for one in certificates())
    for file in DATA.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    sessions, day = tmp_path / "sessions.csv", old.days[0]
    other = f"{day[:8]}{'02' if day[8:] == '01' else '01'}"
    lines = [line.replace(day, other) if line.startswith(f"{ref},") else line for line in sessions.read_text(encoding="utf-8").splitlines(keepends=True)]
    sessions.write_text("".join(lines), encoding="utf-8")
    import_programme(tmp_path, now=clock.now())
    after = certificates(old.booking)
    assert [(one.days, one.ended_as) for one in after] == [([day], CertificateEnd.REPLACED), ([other], None)]
    assert after[0].reason == "The date of the session was corrected." and len(certificates()) == have + beside
    (entry,) = [one for one in showing.record(person_id) if one.serial == after[1].serial]
    assert [one.isoformat() for one in entry.days] == after[1].days and sound()
    import_programme(tmp_path, now=clock.now())
    assert len(certificates()) == have + beside


def test_two_workers_at_once_issue_one(app, monkeypatch):
    booking = came(certificate_after_questions=True)
    number, ids = booking.course_session_id, booking.id
    with transaction() as session:
        session.add(QuestionsOpened(booking_id=ids, at=clock.now()))

    def work(_number):
        with app.app_context():
            try:
                return issuing.settle(session_id=number, now=clock.now()).issued
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work, range(12)))
    assert sum(done) == 1 and len(certificates()) == 1 and sound()


def test_the_switch_without_the_session_s_answer_the_database_refuses_a_second_that_stands():
    booking = came()
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.text("INSERT INTO certificate (booking_id, number, issue, code, name, course, partnership, days, minutes, issued_at) "
                                "SELECT booking_id, number, 2, 'x', name, course, partnership, days, minutes, issued_at FROM certificate"))
    assert len(certificates(booking)) == 1


def test_wrong_codes_are_counted_and_after_thirty_in_an_hour_not_even_a_right_one_is_looked_up():
    code, now = certificates(came())[0].code, clock.now()
    for number in range(30):
        assert checking.check(code=f"abcd-efgh-jkmn-{number:04}", network="192.0.2.0/24", now=now) is None
        db.session.rollback()  # as after each request
    with pytest.raises(Refused, match="Wait an hour"):
        checking.check(code=code, network="192.0.2.0/24", now=now)
    assert checking.check(code=code, network="198.51.100.0/24", now=now).code == code
    assert checking.check(code=code.upper(), network="192.0.2.0/24", now=now + timedelta(hours=1)).code == code


def test_the_record_knows_one_s_own_sessions_and_no_other_s():
    person, other = a_person(), a_person()
    session = over(title="Mine")
    mine, theirs = a_booking(session, person), a_booking(session, other)
    finish(session, (mine, PARTLY, 60), (theirs, HERE))
    assert [(one.title, one.minutes, one.serial) for one in showing.record(person.id)] == [("Mine", 60, None)]
    assert [one.minutes for one in showing.record(other.id)] == [180]
    mark(again := over(title="Not finished"), (a_booking(again, person), HERE))
    assert [one.title for one in showing.record(person.id)] == ["Mine"], "a mark may still be a slip"
    assert showing.record(person.id, year=1999) == [] and showing.record(a_person().id) == []


@pytest.mark.parametrize("first", ["", "=1+1", "李"])
def test_a_name_of_any_kind_is_kept_as_it_is_and_none_is_the_address(first):
    person = a_person(first_name=first)
    with transaction() as session:
        session.get_one(Person, person.id).last_name = ""
    assert certificates(came(person))[0].name == (first or person.email)
    assert jobs.issue(clock.now()) == "0 issued, 0 replaced, 0 withdrawn" and due.sessions_to_correct() == []


def test_who_opened_the_questions_is_forgotten_when_they_have_closed_and_the_certificate_stays():
    booking = came(certificate_after_questions=True)
    issuing.open_questions(booking_id=booking.id, now=clock.now())
    assert len(certificates(booking)) == 1
    assert jobs.forget_opened(clock.now()) == "0 notes deleted"
    later = clock.now() + timedelta(days=29)
    assert jobs.forget_opened(later) == "1 notes deleted" and jobs.forget_opened(later) == "0 notes deleted"
    assert jobs.correct(later) == "0 issued, 0 replaced, 0 withdrawn" and certificates(booking)[0].stands


def test_a_longer_stay_than_the_one_that_earned_it_earns_it_whatever_the_course_asks_by_now():
    session = over(certificate_percent=80)
    booking, shorter = a_booking(session), a_booking(session)
    finish(session, (booking, PARTLY, 150), (shorter, PARTLY, 150))
    with transaction() as writing:
        writing.execute(sa.update(Course).values(certificate_percent=100))
    mark(session, (booking, PARTLY, 160), seen=Said(PARTLY, 150))
    mark(session, (shorter, PARTLY, 149), seen=Said(PARTLY, 150))
    assert [(one.minutes, one.ended_as) for one in certificates(booking)] == [(150, CertificateEnd.REPLACED), (160, None)]
    assert [(one.minutes, one.ended_as) for one in certificates(shorter)] == [(150, CertificateEnd.WITHDRAWN)]
