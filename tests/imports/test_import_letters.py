"""An import withdraws what it makes untrue, whoever is told; and it tells those who lose their session also when the file's own row says so."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.attendance.services import chase_register
from app.booking import jobs
from app.booking.models import Booking
from app.booking.rules.reminding import reminded_at
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.services import book_place, cancel_session
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.evaluation import jobs as evaluation
from app.evaluation.services.inviting import invite
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.builders import a_booking, a_session
from tests.imports.folders import RIGHT, written

pytestmark = pytest.mark.usefixtures("app")
NEG_3, NEG_4 = RIGHT["sessions.csv"][2].replace(",1,,sch", ",5,,sch"), "neg-4,neg,2090-06-02T09:30,2090-06-02T12:30,Town Hall,5,,scheduled,,"
BOOKED = [RIGHT["bookings.csv"][4], "neg-3,cat@csc.example,2023-04-04T10:10,waiting,,,", "neg-4,ann@csc.example,2023-04-04T10:10,booked,,,"]
BOTH = pytest.mark.parametrize("notify", [True, False])


def take_in(tmp_path, *, sessions=(NEG_3, NEG_4), bookings=BOOKED, people=RIGHT["people.csv"], notify=False):
    rows = {"sessions": [*RIGHT["sessions.csv"][:2], *sessions], "bookings": [*RIGHT["bookings.csv"][:4], *bookings], "people": people}
    return import_programme(written(tmp_path / "new", **rows), now=clock.now(), notify=notify)


def called_off(row):
    return row.replace("scheduled,,", "cancelled,The hall burnt down,2026-01-20")


def ended(row, word="session_cancelled"):
    return row.replace("booked,,", f"{word},2026-01-20T10:00,").replace("waiting,,", f"{word},2026-01-20T10:00,")


def letters(*, waiting=True):
    """The kinds of the letters that wait to be sent, or of all."""
    db.session.rollback()
    wanted = sa.select(Letter.kind, Letter.address).where(Letter.status == LetterStatus.QUEUED if waiting else sa.true())
    return sorted((kind, address[:3]) for kind, address in db.session.execute(wanted))


@pytest.fixture
def reminded(tmp_path):
    """The programme is in, and reminders of both sessions wait to be sent."""
    take_in(tmp_path)
    for ref in ("neg-3", "neg-4"):
        jobs.remind(reminded_at(db.session.scalars(sa.select(CourseSession.starts_at).where(CourseSession.ref == ref)).one(), 7))
    assert letters() == [("reminder", "ann"), ("reminder", "bob")]


@BOTH
def test_a_reminder_of_a_booking_that_a_file_ends_is_withdrawn(tmp_path, reminded, notify):
    take_in(tmp_path, bookings=[ended(BOOKED[0], "cancelled"), *BOOKED[1:]], notify=notify)
    assert [one for one in letters() if one[0] == "reminder"] == [("reminder", "ann")]


@BOTH
def test_a_reminder_of_a_session_that_a_file_moves_is_withdrawn(tmp_path, reminded, notify):
    take_in(tmp_path, sessions=[NEG_3.replace("06-01", "06-20"), NEG_4], notify=notify)
    assert [one for one in letters() if one[0] == "reminder"] == [("reminder", "ann")]


@pytest.mark.parametrize("rows", [[ended(row) for row in BOOKED[:2]] + BOOKED[2:], BOOKED[2:]], ids=["in the file", "left out"])
@BOTH
def test_who_loses_a_session_is_told_with_notify_whether_their_own_row_says_so_or_not(tmp_path, reminded, rows, notify):
    sessions = [called_off(NEG_3), NEG_4]
    take_in(tmp_path, sessions=sessions, bookings=rows, notify=notify)
    told = [("session-cancelled", "bob"), ("session-cancelled", "cat")] if notify else []
    assert letters() == [("reminder", "ann"), *told]
    take_in(tmp_path, sessions=sessions, bookings=rows, notify=notify)
    assert letters() == [("reminder", "ann"), *told], "once is enough"


def test_who_loses_two_sessions_by_files_is_told_in_one_letter(tmp_path, reminded):
    two = "neg-4,bob@police.example,2023-04-04T10:10,booked,,,"
    take_in(tmp_path, bookings=[*BOOKED, two])
    take_in(tmp_path, sessions=[called_off(NEG_3), called_off(NEG_4)], bookings=[ended(row) for row in [*BOOKED[:2], two]], notify=True)
    assert [kind for kind, who in letters() if who == "bob" and kind != "taken-out"] == ["sessions-cancelled"]


def test_a_row_that_says_that_somebody_had_given_back_before_tells_them_nothing(tmp_path, reminded):
    take_in(tmp_path, sessions=[called_off(NEG_3), NEG_4], bookings=[ended(BOOKED[0], "cancelled"), *(ended(row) for row in BOOKED[1:2]), BOOKED[2]],
            notify=True)
    assert letters() == [("reminder", "ann"), ("session-cancelled", "cat")]


def test_what_a_file_corrects_of_a_session_that_is_over_is_told_to_nobody(tmp_path):
    was, rest = RIGHT["sessions.csv"][0], RIGHT["sessions.csv"][1:]
    line, open_still = "neg-1,ann@csc.example,2023-04-02T10:00,booked,,,", was.replace("delivered", "scheduled")
    import_programme(written(tmp_path / "first", sessions=[open_still, *rest], bookings=[line], evaluations=[]), now=clock.now())
    off, line = was.replace("delivered,,", "cancelled,No trainer,2023-05-01"), "neg-1,ann@csc.example,2023-04-02T10:00,session_cancelled,2023-05-01T10:00,,"
    import_programme(written(tmp_path / "then", sessions=[off, *rest], bookings=[line], evaluations=[]), now=clock.now(), notify=True)
    assert db.session.scalars(sa.select(Booking.status)).all() == [BookingStatus.SESSION_CANCELLED]
    assert letters(waiting=False) == []


def test_what_the_files_registers_and_answers_make_needless_does_not_leave(tmp_path):
    """Mail was down since the session; the files bring its register, and what Ann has answered."""
    day = clock.london_date(clock.now()) - timedelta(days=1)
    held = f"neg-5,neg,{day}T09:30,{day}T12:30,Town Hall,5,tim@partnership.example,scheduled,,"
    booked = [f"neg-5,{who},2023-04-04T10:10,booked,,," for who in ("ann@csc.example", "bob@police.example", "cat@csc.example")]
    take_in(tmp_path, sessions=[held], bookings=booked)
    number = db.session.scalars(sa.select(CourseSession.id).where(CourseSession.ref == "neg-5")).one()
    invite(session_id=number, now=clock.now())
    chase_register(session_id=number, now=clock.now() + timedelta(days=1))
    asked = [("questions-after", who) for who in ("ann", "bob", "cat")]
    assert [one for one in letters() if one[0] != "register-missing"] == asked and ("register-missing", "tim") in letters()
    answers = [f"neg-5,ann@csc.example,after,{day}T13:00,3,strongly_agree,agree,neither,Good,yes"]
    rows = {"sessions": [held.replace("scheduled", "delivered")], "evaluations": answers,
            "bookings": [booked[0].replace("booked", "attended"), booked[1].replace("booked", "no_show"), booked[2].replace("booked", "attended")]}
    import_programme(written(tmp_path / "then", **rows), now=clock.now())
    assert letters() == [("questions-after", "cat")]


@BOTH
def test_a_letter_about_a_cancellation_that_speaks_of_a_place_that_a_file_ends_is_written_anew(tmp_path, reminded, notify):
    two = "neg-4,bob@police.example,2023-04-04T10:10,booked,,,"
    take_in(tmp_path, bookings=[*BOOKED, two])
    sessions = dict(db.session.execute(sa.select(CourseSession.ref, CourseSession.id)).all())
    cancel_session(session_id=sessions["neg-3"], reason="Snow", by="c", now=clock.now(), other_id=sessions["neg-4"])

    def said():
        db.session.rollback()
        return " ".join(db.session.scalars(sa.select(Letter.text).where(
            Letter.kind == "session-cancelled", Letter.address.startswith("bob"), Letter.status == LetterStatus.QUEUED)).one().split())

    assert "You are on another date of the course already" in said()
    take_in(tmp_path, bookings=[*BOOKED, ended(two, "cancelled")], notify=notify)
    assert "on another date" not in said() and "You are told when the course runs again" in said()


@BOTH
def test_what_asks_a_manager_whom_a_file_no_longer_names_is_withdrawn_and_the_other_has_the_request(tmp_path, notify):
    take_in(tmp_path, bookings=BOOKED[:2])
    with transaction() as session:
        session.execute(sa.update(Course).values(approval=Approval.MANAGER))
    ann = db.session.scalars(sa.select(Person).where(Person.email == "ann@csc.example")).one()
    to_come = db.session.scalars(sa.select(CourseSession.id).where(CourseSession.ref == "neg-4")).one()
    request = book_place(session_id=to_come, person_id=ann.id, by=ann.acting, now=clock.now()).id
    ensure_questionnaires(now=clock.now())
    a_booking(a_session(starts_in=timedelta(weeks=-14)), ann, turnout=Turnout.CAME)
    evaluation.invite(clock.now())
    assert {("approval-asked", "bos"), ("questions-manager", "bos")} <= set(letters())
    take_in(tmp_path, bookings=BOOKED[:2], people=[row.replace("boss@", "new.boss@") for row in RIGHT["people.csv"]], notify=notify)
    assert [one for one in letters() if one[1] in ("bos", "new")] == [("approval-asked", "new")]
    waits = db.session.get_one(Booking, request)
    assert (waits.status, waits.manager_email) == (BookingStatus.AWAITING_MANAGER, "new.boss@csc.example")
