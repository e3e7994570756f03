"""What pages of answers and of no-shows are counted from, on both databases."""

from datetime import timedelta
from itertools import chain

import pytest

from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import Answer, Response
from app.evaluation.queries import kept, no_shows, of_programme, said
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.rules.windows import LONG
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_course, a_person, a_session, an_agency


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


def held(course, asked, people, days_ago=400):
    """A session with (sector, before, after) of each who came, and its finished register."""
    session = a_session(course=course, starts_in=timedelta(days=-days_ago), places=30, status=SessionStatus.DELIVERED)
    agencies = {sector: an_agency(sector=sector) for sector, _before, _after in people}
    bookings = [a_booking(session, a_person(agency=agencies[sector]), booked_at=session.starts_at - timedelta(days=21)) for sector, *_ratings in people]
    questions = {stage: next(one.id for one in asked[stage].questions if one.code == "knowledge") for stage in (Stage.BEFORE, Stage.AFTER)}
    with transaction() as rows:
        rows.add(Register(course_session_id=session.id, finished_at=session.ends_at))
        for booking, (sector, *ratings) in zip(bookings, people, strict=True):
            rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at, agency_id=agencies[sector].id))
            for stage, rating in zip((Stage.BEFORE, Stage.AFTER), ratings, strict=True):
                if rating:
                    rows.add(Response(
                        version_id=asked[stage].id, course_session_id=session.id, stage=stage, respondent=booking.ref, booking_id=booking.id,
                        submitted_at=session.ends_at, may_quote=Quoting.NO, current=True,
                        answers=[Answer(question_id=questions[stage], number=rating)]))
    return session


def test_answers_are_counted_by_session_sector_and_ratings(asked):
    course = a_course()
    session = held(course, asked, [("police", 2, 3), ("police", 2, 3), (None, 2, None), ("", 4, 4), ("school", None, 5)])
    other = held(a_course(), asked, [("police", 1, 1)])
    found = of_programme.answers(course_id=course.id)
    assert sorted(chain.from_iterable(found.by_session.values()), key=str) == sorted([
        (session.id, "police", 2, None, 3, None, 2), (session.id, "Not known", 2, None, None, None, 1), (session.id, "Not known", 4, None, 4, None, 1),
        (session.id, "school", None, None, 5, None, 1)], key=str)
    assert found.came == {(session.id, "police"): 2, (session.id, "Not known"): 2, (session.id, "school"): 1}
    assert found.answered == {(session.id, "police"): 2, (session.id, "Not known"): 1, (session.id, "school"): 1}
    year = clock.london_date(other.ends_at).year
    assert set(of_programme.answers(year=year).sessions) == {session.id, other.id} and of_programme.answers(year=year - 3).by_session == {}
    assert of_programme.years() == [year]


def test_they_are_counted_in_four_statements_however_many_there_are(asked, counting):
    course = a_course()
    for number in (1, 4):
        for _ in range(number):
            held(course, asked, [("police", 2, 3), ("school", 3, 3)], 300 + number)
        of_programme.years()  # the transaction has begun
        assert counting(of_programme.answers) == 4


def test_a_course_so_far_leaves_small_unsettled_and_late_sessions_out(asked):
    """Those of which their own page leaves some out: taken from the course, it would tell of these."""
    course = a_course()
    mine = held(course, asked, [("police", 2, 3)] * 6)
    held(course, asked, [("police", 2, 3)] * 10, 300)
    held(course, asked, [("police", 2, 3)] * 9, 200)
    held(course, asked, [("police", 2, 3)] * 19, 40)
    late = held(course, asked, [("police", 2, 3)] * 12, 250)
    with transaction() as session:
        one = session.query(Response).filter_by(course_session_id=late.id, stage=Stage.AFTER).first()
        one.submitted_at = late.ends_at + LONG
    assert [one.people for one in said.other_sessions(course.id, mine.id, clock.now())] == [10]


def test_past_and_coming_sessions_have_their_places(asked):
    course = a_course()
    past = held(course, asked, [("police", 2, 3)] * 3)
    with transaction() as rows:
        rows.merge(Attendance(booking_id=rows.query(Attendance).first().booking_id, outcome=Outcome.EXCUSED, marked_at=past.ends_at))
    coming = a_session(course=course, places=9)
    a_booking(coming)
    a_booking(coming, status=BookingStatus.WAITING)
    now = clock.now()
    assert [(one.outcome, one.capacity, one.by_band) for one in no_shows.history(now)] == [((3, 1), 30, {"3-6": (3, 1)})]
    ahead = no_shows.ahead(now)
    assert [(one.ref, len(one.coming.booked), one.coming.waiting, one.coming.capacity) for one in ahead] == [(coming.ref, 1, 1, 9)]


def test_the_marks_of_the_data_change_with_it_and_only_then(asked):
    course = a_course()
    held(course, asked, [("police", 2, 3)] * 3)
    answers, registers = kept.mark_of_answers(), kept.mark_of_registers()
    assert (kept.mark_of_answers(), kept.mark_of_registers()) == (answers, registers)
    response = db.session.query(Response).first()
    response.current = False
    db.session.commit()
    assert kept.mark_of_answers() != answers and kept.mark_of_registers() == registers
    held(course, asked, [("police", 2, 3)], 100)
    assert kept.mark_of_registers() != registers
