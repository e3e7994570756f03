"""Figures of "those who came" hold those whom the finished register has as having come, and nobody else: each table adds up to them."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.periods import Period
from app.evaluation.models import Answer, Response
from app.evaluation.queries import of_programme
from app.evaluation.rules.answered import NOBODYS, Answers, Held, Scope, by_session, fitting
from app.evaluation.rules.asked import by_stage
from app.evaluation.rules.figures import figures
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.reporting.reports import annual
from app.reporting.rules import fitting as fitting_of_reports
from app.reporting.rules.counting import Audience
from tests.builders import a_booking, a_course, a_finished_register, a_session, an_agency

HERE, PARTLY, ABSENT, EXCUSED = Outcome.ATTENDED, Outcome.PARTLY_ATTENDED, Outcome.NO_SHOW, Outcome.EXCUSED
STAGES = (Stage.BEFORE, Stage.AFTER, Stage.FOLLOW_UP)
DAY = datetime(2023, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


def held(asked, people, *, course=None, finished=True, anonymous=False, status=BookingStatus.BOOKED):
    """A session of 2023 with (mark, rating before, after, months later) of each who had a place; 0 is no answer."""
    session = a_session(course=course or a_course(), starts_in=DAY - clock.now(), places=90, status=SessionStatus.DELIVERED)
    agency = an_agency(sector="police")
    questions = {stage: next(one.id for one in asked[stage].questions if one.code == "knowledge") for stage in STAGES}
    for number, (mark, *ratings) in enumerate(people):
        booking = a_booking(session, status=status if mark is None else BookingStatus.BOOKED)
        with transaction() as rows:
            if mark is not None:
                rows.add(Attendance(booking_id=booking.id, outcome=mark, marked_at=session.ends_at, agency_id=agency.id))
            for stage, rating in zip(STAGES, ratings, strict=False):
                if rating:
                    rows.add(Response(
                        version_id=asked[stage].id, course_session_id=session.id, stage=stage, respondent=f"{session.id}-{number}",
                        booking_id=None if anonymous else booking.id, submitted_at=session.ends_at, may_quote=Quoting.NO, current=True,
                        anonymous=anonymous, answers=[Answer(question_id=questions[stage], number=rating)]))
    if finished:
        a_finished_register(session)
    return session


def of_page(course_id=None, scope=None):
    return figures(of_programme.answers(course_id=course_id), scope or Scope(course=course_id), clock.now())


def adds_up(found):
    """Those who answered before and after, only before, only after and neither are those who came; nothing is more than them."""
    change, came, answered = found.change, found.silence.came, found.silence.answered
    assert change["n_pairs"] + found.left_out + change["n_only_before"] + change["n_only_after"] + change["n_neither"] == came
    assert min(change["n_only_before"], change["n_only_after"], change["n_neither"], answered) >= 0 and answered <= came
    return change["n_pairs"], change["n_only_before"], change["n_only_after"], change["n_neither"], answered, came


def test_people_marked_absent_are_in_no_figure_of_a_course_and_those_who_answered_before_are_said(asked, as_role):
    """Twenty had a place and answered before; eight came, of whom four answered afterwards, as did two who were absent."""
    course = a_course()
    held(asked, [(ABSENT, 1, 0)] * 9 + [(EXCUSED, 1, 0)] + [(ABSENT, 1, 5)] * 2 + [(HERE, 2, 4)] * 3 + [(PARTLY, 2, 4)] + [(HERE, 2, 0)] * 4, course=course)
    held(asked, [(HERE, 2, 4)] * 5, course=course)
    found = of_page(course.id)
    assert adds_up(found) == (5, 4, 0, 0, 9, 13) and found.left_out == 4 and found.silence.stayed_away == 12
    text = " ".join(as_role(Role.REPORT_AUTHOR).get(f"/desk/courses/{course.code}/answers").text.split())
    assert "13 came to sessions whose answers are all in: 9 answered before and after, 4 only before, 0 only after, 0 neither." in text
    assert "12 more people answered before and then did not come." in text and "<strong>9 of 13</strong> who came answered afterwards" in text


def test_who_gave_the_place_back_after_answering_did_not_come(asked):
    course = a_course()
    held(asked, [(HERE, 2, 4)] * 6 + [(None, 1, 0)] * 3, course=course, status=BookingStatus.GIVEN_BACK)
    found = of_page(course.id)
    assert adds_up(found) == (6, 0, 0, 0, 6, 6) and found.silence.stayed_away == 3


def test_of_a_session_without_a_finished_register_nothing_is_counted_and_that_is_said(asked):
    course = a_course()
    held(asked, [(HERE, 2, 4)] * 6, course=course)
    held(asked, [(HERE, 2, 5)] * 3 + [(None, 2, 5)] * 4, course=course, finished=False)
    found = of_page(course.id)
    assert adds_up(found) == (6, 0, 0, 0, 6, 6) and found.no_register == 1


def test_what_was_kept_and_questions_of_their_own_leave_absent_people_out_too(asked):
    course = a_course()
    held(asked, [(HERE, 2, 4, 4)] * 6 + [(ABSENT, 2, 4, 1)] * 6, course=course)
    assert of_page(course.id).kept["n_all_three"] == 6
    chosen = of_programme.chosen(course_id=course.id)
    assert sum(row[5] for row in chosen.rows if row[1] is Stage.AFTER) == 6
    assert by_stage(of_programme.answers(course_id=course.id), chosen, Scope(course=course.id), clock.now())


def test_of_anonymous_answers_at_most_as_many_count_as_came(asked):
    """Twenty answered before, of whom eight came; who of them, nobody knows."""
    course = a_course()
    held(asked, [(ABSENT, 1, 0)] * 12 + [(HERE, 2, 4)] * 6 + [(HERE, 2, 0)] * 2, course=course, anonymous=True)
    assert adds_up(of_page(course.id)) == (6, 2, 0, 0, 6, 8)


def test_more_anonymous_pairs_than_people_are_not_counted_as_change(asked):
    course = a_course()
    held(asked, [(ABSENT, 1, 5)] * 3 + [(HERE, 2, 4)] * 6, course=course, anonymous=True)
    assert adds_up(of_page(course.id)) == (0, 0, 0, 6, 6, 6)


def test_a_register_that_is_finished_late_lets_its_session_be_counted_from_then_on():
    """Else a small session would come in between those that are counted already."""
    ended = datetime(2023, 3, 1, 12, tzinfo=UTC)
    late = Held(1, 1, "virtual", 2023, ended, finished_at=ended + timedelta(days=90))
    assert late.settled_at(timedelta(days=56)) == late.finished_at
    assert Held(1, 1, "virtual", 2023, ended, finished_at=ended).settled_at(timedelta(days=56)) == ended + timedelta(days=56)
    assert Held(1, 1, "virtual", 2023, ended, unmarked=True).settled_at(timedelta(days=56)) > clock.now()


@pytest.mark.parametrize("seed", range(200))
def test_each_table_of_whatever_answers_adds_up_to_those_who_came(seed):
    """Of pages of a course, of all courses and of sectors; sessions with anonymous answers of people who did not come among them."""
    rng = random.Random(seed)
    ended = datetime(2023, 1, 10, 12, tzinfo=UTC)
    sessions, came, answered, rows = {}, {}, {}, []
    for number in range(rng.randint(1, 7)):
        sessions[number] = Held(number, rng.randint(1, 2), "virtual", 2023, ended + timedelta(days=number), unmarked=rng.random() < 0.1)
        if sessions[number].unmarked:
            continue
        anonymous = rng.random() < 0.4
        for sector in ("police", "school"):
            came[number, sector] = there = rng.randint(0, 12)
            for _ in range(rng.randint(0, 20) if anonymous else there):
                before, after = (rng.choice((None, 1, 3, 5)) for _ in "ba")
                rows.append((number, NOBODYS if anonymous else sector, before, None, after, None, 1))
                where = number, NOBODYS if anonymous else sector
                answered[where] = answered.get(where, 0) + (after is not None)
    found = Answers(sessions, fitting(by_session(rows), came), came, answered)
    for scope in (Scope(), Scope(course=1), Scope(year=2023), Scope(year=2023, sectors=("police",))):
        adds_up(figures(found, scope, ended + timedelta(days=900)))


@pytest.mark.parametrize("seed", range(200))
def test_a_reports_ratings_are_of_no_more_people_than_came(seed):
    rng = random.Random(seed)
    came = {session: rng.randint(0, 12) for session in range(4)}
    rows, left = [], dict(came)
    for session in came:
        for _ in range(rng.randint(0, 9)):
            row = (session, rng.choice((None, None, 7)), *(rng.choice((None, 2, 4)) for _ in "baf"), rng.randint(1, 3))
            if row[1] == 7:
                row = (*row[:5], min(row[5], left[session]))
                left[session] -= row[5]
            rows.append(row)
    kept = fitting_of_reports.ratings(rows, came)
    for session in came:
        assert sum(row[5] for row in kept if row[0] == session and row[2:4] != (None, None)) <= came[session]
        known = sum(row[5] for row in rows if row[:2] == (session, 7) and row[2:4] != (None, None))
        assert sum(row[5] for row in kept if row[:2] == (session, 7) and row[2:4] != (None, None)) in (0, known)
    responses = fitting_of_reports.responses([(row[0], row[1], row[5]) for row in rows], came)
    assert sum(responses.values()) <= sum(came.values())


def test_a_report_counts_the_answers_of_those_who_came_only_and_adds_up(asked):
    held(asked, [(ABSENT, 1, 0)] * 9 + [(ABSENT, 1, 5, 5)] * 6 + [(HERE, 2, 4, 4)] * 6 + [(PARTLY, 0, 3)] * 2 + [(HERE, 0, 0)])
    held(asked, [(ABSENT, 1, 0)] * 5 + [(HERE, 2, 0)] * 3, anonymous=True)
    held(asked, [(None, 1, 5)] * 7, finished=False)
    found = annual.figures(period=Period(DAY.date(), DAY.date()), partnership_code=None, audience=Audience.INTERNAL, now=clock.now())
    answers, change = found["evaluation"], found["evaluation"]["knowledge"]["change"]
    assert (answers["responses"], answers["of"]) == (8, 12) and change["n_pairs"] == 6 and change["mean_after"] == 4
    assert [change[f"n_{name}"] for name in ("only_before", "only_after", "neither", "rows")] == [3, 2, 1, 12]
    assert answers["knowledge"]["after"]["answered"] == 8 and answers["knowledge"]["after"]["5"] == 0
    assert answers["knowledge"]["follow_up"]["n_all_three"] == 6 and found["practice"]["answers"]["follow_up"]["responses"] == 6
