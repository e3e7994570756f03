"""Answers that are sent are kept once, whoever sends how often; changes are kept as history; each stage has its time."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evaluation.models import Answer, AnswerDraft, Response
from app.evaluation.queries import asking
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import anonymous, building
from app.evaluation.services.answering import Keyed, save_draft, submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.booking.test_services_races import at_once
from tests.builders import a_booking, a_session, an_account

pytestmark = pytest.mark.usefixtures("app")
AFTER = {"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4"}
WEEK = timedelta(weeks=1)


@pytest.fixture
def asked():
    return ensure_questionnaires(now=clock.now())


def came(session, outcome=Outcome.ATTENDED):
    booking = a_booking(session)
    with transaction() as kept:
        kept.add(Attendance(booking_id=booking.id, outcome=outcome, marked_at=clock.now()))
    return booking


def send(booking, asked, stage, given, **more):
    facts = {"quoting": Quoting.NO, "now": clock.now(), **more}
    return submit(booking_id=booking.id, stage=stage, version_id=asked[stage].id, given=given, **facts)


def counts():
    db.session.rollback()
    return tuple(db.session.execute(sa.select(sa.func.count(Response.id), sa.func.count(sa.case((Response.current, 1))))).one())


def test_fifty_submissions_of_one_form_at_once_keep_one(app, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    save_draft(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, key="one form", given={"knowledge": "4"}, now=clock.now())
    number, version_id = booking.id, asked[Stage.AFTER].id
    kept = at_once(app, [
        lambda words=words: submit(booking_id=number, stage=Stage.AFTER, version_id=version_id, given={**AFTER, "comment": f"Press {words}"},
                                   quoting=Quoting.NO, now=clock.now(), key="one form").id for words in range(50)])
    assert len(set(kept)) == 1 and counts() == (1, 1)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerDraft)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Answer)) == 5


def test_fifty_people_who_have_one_link_in_fifty_browsers_leave_one_response_that_counts(app, asked):
    booking = a_booking(a_session(starts_in=timedelta(hours=-4)))
    number, version_id = booking.id, asked[Stage.AFTER].id
    at_once(app, [
        lambda words=words: submit(booking_id=number, stage=Stage.AFTER, version_id=version_id, given={**AFTER, "comment": f"Browser {words}"},
                                   quoting=Quoting.NO, now=clock.now(), key=f"form {words}").id for words in range(50)])
    assert counts() == (50, 1), "every one is kept as history"


def test_fifty_anonymous_submissions_of_one_link_at_once_keep_one(app, asked):
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    session = a_session(starts_in=timedelta(hours=-4))
    number, version_id, owner = session.id, asked[Stage.AFTER].id, anonymous.owner_of(a_booking(session).id)
    kept = at_once(app, [
        lambda: anonymous.submit(session_id=number, stage=Stage.AFTER, version_id=version_id, owner=owner, given=AFTER, quoting=Quoting.NO, phrase="",
                                 outcome=None, now=clock.now())] * 50)
    assert sorted(kept) == [False] * 49 + [True]
    assert counts() == (1, 0), "and one alone does not count yet"


def test_the_first_one_comes_back_in_the_follow_up_of_that_person_only(asked):
    session = a_session(starts_in=-13 * WEEK)
    one, other = came(session), came(session)
    send(one, asked, Stage.AFTER, {**AFTER, "one_thing": ["Use the tool in supervision", "2"]}, now=session.ends_at)
    send(other, asked, Stage.AFTER, AFTER, now=session.ends_at)
    assert (asking.promise(one.id), asking.promise(other.id)) == ("Use the tool in supervision", None)
    given = {"one_thing_done": "2", "used": ["1", "4"], "knowledge": "3", "barrier": "not asked of them"}
    for booking, codes in ((one, {"one_thing_done", "used", "knowledge"}), (other, {"used", "knowledge"})):
        assert {answer.question.code for answer in send(booking, asked, Stage.FOLLOW_UP, given).answers} == codes


@pytest.mark.parametrize(("ago", "stage", "outcome", "said"), [
    (11 * WEEK, Stage.FOLLOW_UP, Outcome.ATTENDED, "open 12 weeks after"), (12 * WEEK, Stage.FOLLOW_UP, Outcome.ATTENDED, ""),
    (17 * WEEK, Stage.FOLLOW_UP, Outcome.PARTLY_ATTENDED, ""), (19 * WEEK, Stage.FOLLOW_UP, Outcome.ATTENDED, "six weeks, and are closed"),
    (13 * WEEK, Stage.FOLLOW_UP, Outcome.NO_SHOW, "did not come"), (13 * WEEK, Stage.MANAGER, Outcome.ATTENDED, ""),
    (5 * WEEK, Stage.AFTER, Outcome.ATTENDED, "four weeks after"),
])
def test_each_stage_has_its_time(asked, ago, stage, outcome, said):
    session = a_session(starts_in=-ago - timedelta(hours=4))
    booking = came(session, outcome)
    given = {Stage.FOLLOW_UP: {"knowledge": "3"}, Stage.MANAGER: {"seen": "2"}, Stage.AFTER: AFTER}[stage]
    if said:
        with pytest.raises(Refused, match=said):
            send(booking, asked, stage, given)
    else:
        assert send(booking, asked, stage, given).stage is stage


def test_a_course_may_ask_after_six_weeks_or_twenty_six(asked):
    kept = asked[Stage.FOLLOW_UP].questionnaire_id
    for weeks in (6, 26):
        building.set_mode(questionnaire_id=kept, mode=Mode.CONFIDENTIAL, weeks=weeks)
        early, due = (came(a_session(starts_in=-weeks * WEEK - timedelta(hours=hours))) for hours in (-20, 4))
        with pytest.raises(Refused, match=f"open {weeks} weeks"):
            send(early, asked, Stage.FOLLOW_UP, {"knowledge": "3"})
        send(due, asked, Stage.FOLLOW_UP, {"knowledge": "3"})


def test_paper_may_be_keyed_in_for_four_weeks_longer_and_says_who_did(asked):
    booking = came(a_session(starts_in=-5 * WEEK))
    account = an_account()
    assert send(booking, asked, Stage.AFTER, AFTER, keyed=Keyed(account.id)).keyed_by_id == account.id
    with pytest.raises(Refused, match="four weeks"):
        send(came(a_session(starts_in=-9 * WEEK)), asked, Stage.AFTER, AFTER, keyed=Keyed(account.id))


def test_a_later_draft_of_a_form_that_was_sent_is_not_kept(asked):
    booking = a_booking(a_session())
    send(booking, asked, Stage.BEFORE, {"knowledge": "2"}, key="k")
    save_draft(booking_id=booking.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, key="k", given={"knowledge": "5"}, now=clock.now())
    assert asking.draft(booking.id, Stage.BEFORE, clock.now()) is None
