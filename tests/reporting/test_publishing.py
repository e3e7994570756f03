"""Reports that overlap, or that are opened on two days, cannot be taken from each other: there are none, but for those inside, which tell no answers."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.models import Answer, Response
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, SETTLED
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.questionnaires import earlier_questionnaires, ensure_questionnaires
from app.reporting.reports.breakdowns import People
from app.reporting.reports.evaluation import evaluation
from app.reporting.reports.gathering import SaidInPeriod, sum_of_three
from app.reporting.reports.on_pages import OnPages
from app.reporting.rules import periods, publishing
from tests.builders import a_booking, a_course, a_finished_register, a_session

YEAR = "2023"
ALL_BUT_A_DAY = "from=2023-01-01&to=2023-12-30&audience=publication"
WHOLE = "from=2023-01-01&to=2023-12-31&audience=publication"
LAST_DAY = "from=2023-12-31&to=2023-12-31&audience=internal"


def published(first, last, today):
    """The periods of which somebody who asks for every one gets a report for publication."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    tried = {Period(a, b) for a in days[::31] for b in days if b >= a} | {*periods.on_record(first, last)}
    tried |= {Period(date(year, 1, 1), date(year, 12, 31)) for year in range(first.year, last.year + 1)}
    return [period for period in tried if allowed(period, today)]


def allowed(period, today):
    try:
        publishing.check(period, today)
    except Refused:
        return False
    return True


def test_no_two_periods_that_are_published_have_a_day_in_common():
    found = published(date(2022, 1, 1), date(2024, 12, 31), date(2026, 1, 1))
    assert {period.label for period in found} == {"2022", "2023", "2024"}
    assert all(one.last < other.first or other.last < one.first for one, other in combinations(found, 2))


def test_a_year_is_published_when_nothing_of_it_grows_any_more():
    year = Period(date(2023, 1, 1), date(2023, 12, 31))
    last = datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert not allowed(year, (last + SETTLED - timedelta(days=1)).date()) and allowed(year, (last + SETTLED + timedelta(days=1)).date())
    assert publishing.answers_told(year, (last + FOLLOW_UP_SETTLED - timedelta(days=1)).date()).later is False
    assert publishing.answers_told(year, (last + FOLLOW_UP_SETTLED + timedelta(days=1)).date()).later is True


@pytest.fixture
def programme(app):
    """Twenty people in June, three on the last day of the year; each answered after it."""
    version = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    knowledge = next(question.id for question in version.questions if question.code == "knowledge")
    course = a_course()
    for day, count in ((datetime(2023, 6, 1, 9, tzinfo=UTC), 20), (datetime(2023, 12, 31, 9, tzinfo=UTC), 3)):
        session = a_session(course=course, starts_in=day - clock.now(), places=50, status=SessionStatus.DELIVERED)
        a_finished_register(session)
        for number in range(count):
            booking = a_booking(session)
            with transaction() as rows:
                rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=day))
                rows.add(Response(version_id=version.id, course_session_id=session.id, stage=Stage.AFTER, respondent=f"{session.id}-{number}",
                                  booking_id=booking.id, submitted_at=session.ends_at, may_quote=Quoting.NO, current=True,
                                  answers=[Answer(question_id=knowledge, number=4 if count == 20 else 1)]))
    return course


def figures(reader, query):
    """The report as somebody downloads it; none where there is no such file."""
    response = reader.get(f"/reports/annual.json?{query}")
    return json.loads(response.data) if response.status_code == 200 else None


def taken_apart(reader):
    """How many came on the last day of the year, by taking one report from the other."""
    whole, shorter = figures(reader, WHOLE), figures(reader, ALL_BUT_A_DAY)
    return None if None in (whole, shorter) else whole["attendances"] - shorter["attendances"]


@pytest.mark.parametrize("role", [Role.REPORT_AUTHOR, Role.COORDINATOR, Role.SCRUTINEER])
def test_a_year_and_a_year_without_its_last_day_cannot_be_taken_from_each_other(programme, as_role, role):
    reader = as_role(role)
    assert taken_apart(reader) is None and figures(reader, WHOLE)["attendances"] == 23


def test_without_the_rule_three_people_come_out(programme, as_role, monkeypatch):
    """The switch."""
    monkeypatch.setattr(publishing, "whole_year", lambda _period: True)
    assert taken_apart(as_role(Role.REPORT_AUTHOR)) == 3


@pytest.mark.parametrize("days", ["period=2023-04-01..2024-03-31", "period=2023-10-01..2023-12-31", "from=2023-01-01&to=2023-12-30"])
def test_other_periods_are_read_inside_without_what_people_answered(programme, as_role, days):
    author = as_role(Role.REPORT_AUTHOR)
    page = author.get(f"/reports/annual?{days}").text
    assert "Not for publication: small numbers are shown" in page and "What people answered is told of whole calendar years only" in page
    refused = author.get(f"/reports/annual?{days}&audience=publication").text
    assert "Reports for publication are of whole calendar years" in refused and "In short" not in refused
    for query in (days, f"{days}&audience=publication"):
        none = author.get(f"/reports/annual.csv?{query}")
        assert none.status_code == 404 and "Reports for publication are of whole calendar years" in none.text, "a file with small numbers is asked for by its name"
        assert "Inside the partnership" in none.text and "Show</button>" in none.text, "and what to choose instead stands there"
    assert author.get(f"/reports/annual.csv?{days}&audience=internal").status_code == 200


def knows_nothing(found):
    """How many of three people rated themselves 1 after the session of the last day."""
    return found["evaluation"]["knowledge"]["after"]["1"]


def test_a_report_of_one_day_does_not_tell_what_its_people_answered(programme, as_role):
    found = figures(as_role(Role.REPORT_AUTHOR), LAST_DAY)
    assert found["attendances"] == 3 and knows_nothing(found) is None and found["evaluation"]["responses"] is None
    assert found["answers_told"]["why"].startswith("What people answered is told of whole calendar years only")


def test_without_the_rule_a_report_of_one_day_tells_it(programme, as_role, monkeypatch):
    """The switch."""
    monkeypatch.setattr(publishing, "answers_told", lambda _period, _today: publishing.ALL)
    assert knows_nothing(figures(as_role(Role.REPORT_AUTHOR), LAST_DAY)) == 3


def test_a_year_that_is_not_over_is_not_published_and_its_answers_wait(as_role):
    now = clock.now()
    a_session(starts_in=timedelta(hours=-5), status=SessionStatus.DELIVERED)
    year = f"from={now.year}-01-01&to={now.year}-12-31"
    author = as_role(Role.REPORT_AUTHOR)
    assert "for publication before" in author.get(f"/reports/annual?{year}&audience=publication").text
    assert "Answers may still come, so they are told from" in author.get(f"/reports/annual?{year}").text
    assert figures(as_role(Role.SCRUTINEER), year) is None


def left_out_of_the_pages(author):
    """How many more are in the change of the year's report than on the page of the same year."""
    found = figures(author, "from=2023-01-01&to=2023-12-31&audience=internal")["evaluation"]
    page = author.get("/desk/answers?year=2023").text
    assert "<b>12 of 12</b> people rated their knowledge higher" in page
    return found["knowledge"]["change"]["n_pairs"] - 12


@pytest.fixture
def twelve_and_three(app):
    """Two courses after which people rated themselves higher: twelve in one, and three in the other, whom every page leaves out."""
    asked = ensure_questionnaires(now=clock.now())
    codes = {(stage, question.code): question.id for stage, version in asked.items() for question in version.questions}
    for number, count in enumerate((12, 3)):
        session = a_session(course=a_course(), starts_in=datetime(2023, 6, 1 + number, 9, tzinfo=UTC) - clock.now(), places=50,
                            status=SessionStatus.DELIVERED)
        a_finished_register(session)
        for place in range(count):
            booking = a_booking(session)
            with transaction() as rows:
                rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at))
                for stage, given in ((Stage.BEFORE, {"knowledge": 2}), (Stage.AFTER, {"knowledge": 4, "engaging": 5})):
                    rows.add(Response(version_id=asked[stage].id, course_session_id=session.id, stage=stage, respondent=f"{session.id}-{place}",
                                      booking_id=booking.id, submitted_at=session.ends_at, may_quote=Quoting.NO, current=True,
                                      answers=[Answer(question_id=codes[stage, code], number=value) for code, value in given.items()]))


def test_those_whom_the_pages_of_answers_leave_out_are_not_told_of_by_the_report_either(twelve_and_three, as_role):
    author = as_role(Role.REPORT_AUTHOR)
    assert left_out_of_the_pages(author) == 0 and rated(author) == 12


def rated(author):
    """How many rated themselves 4 after a session, by the year's report."""
    return figures(author, "from=2023-01-01&to=2023-12-31&audience=internal")["evaluation"]["knowledge"]["after"]["4"]


def agreed(author):
    """How many strongly agreed that the course was engaging, by the year's report for inside."""
    return figures(author, "from=2023-01-01&to=2023-12-31&audience=internal")["evaluation"]["statements"]["engaging"]["strongly_agree"]


def test_how_the_three_agreed_whom_every_page_leaves_out_does_not_come_out_either(twelve_and_three, as_role):
    assert agreed(as_role(Role.REPORT_AUTHOR)) == 12


def test_the_statements_on_which_earlier_years_reported_are_counted_whole(twelve_and_three, as_role):
    """184 and 207 of 2024 are printed, so they must come out again: answers from files are answers to the first version."""
    first = earlier_questionnaires(now=clock.now())[Stage.AFTER]
    with transaction() as rows:
        rows.execute(sa.update(Response).where(Response.stage == Stage.AFTER).values(version_id=first.id))
    assert agreed(as_role(Role.REPORT_AUTHOR)) == 15


def test_without_the_rule_three_people_stand_between_page_and_report(twelve_and_three, as_role, monkeypatch):
    """The switch."""
    monkeypatch.setattr(publishing, "answers_told", lambda _period, _today: publishing.ALL)
    author = as_role(Role.REPORT_AUTHOR)
    assert left_out_of_the_pages(author) == 3 and rated(author) == 15


def test_who_rated_themselves_again_and_is_on_no_page_is_not_counted_as_nobody():
    said = SaidInPeriod({1: 20}, [], [(1, 1, 2, 3, None, 20)])
    people = People(by_session={}, by_agency={}, areas=[1, None], shown=[1, None], publication=False)
    nobody, unseen = (evaluation(replace(said, kept_unseen=there), people, 20)["knowledge"]["follow_up"] for there in (False, True))
    assert (nobody["n_all_three"], unseen["n_all_three"]) == (0, None)
    assert "sessions of those who answered months later are small" in people.withheld["evaluation.knowledge.follow_up"]


def test_those_who_are_left_out_months_later_are_noticed():
    rows = [(1, None, 2, 3, 4, 2), (1, None, 2, 3, None, 9)]
    assert (sum_of_three(rows), sum_of_three(OnPages([], clock.now()).ratings(rows))) == (2, 0)


def test_one_year_is_not_published_in_two_ways(programme, as_role):
    author = as_role(Role.REPORT_AUTHOR)
    page = author.get("/reports/annual?from=2023-01-01&to=2023-12-31&audience=rounded").text
    assert "Here reports are published with small numbers withheld" in page and "In short" not in page
    assert figures(author, "from=2023-01-01&to=2023-12-31&audience=rounded") is None
