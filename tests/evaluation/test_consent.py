"""A text is quoted only where its writer said yes under that very text, and no under none."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask_migrate import upgrade

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation.models import Response
from app.evaluation.queries import questionnaires
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.building import Wish
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.queries import examples
from tests.builders import a_booking, a_course, a_session
from tests.conftest import BOTH
from tests.evaluation.test_migration_of_questionnaires import AT, rows
from tests.evaluation.test_views import hidden, link
from tests.older import database_of
from tests.reporting.test_own_questions import asking

NO, YES, SIGNED = Quoting.NO, Quoting.ANONYMOUS, Quoting.WITH_ROLE
EXERCISE = Wish(kind="long_text", wording="What did the exercise bring up for you?", quotable=True)
REQUIRED = {"knowledge": "4", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "5"}


@pytest.fixture
def course(app):
    """A course that asks under two texts whether they may be quoted."""
    course = a_course(title="Neglect")
    course.version, _questions = asking(course, ensure_questionnaires(now=clock.now()), EXERCISE)
    return course


def over(course):
    return a_session(course=course, starts_in=timedelta(hours=-5), places=30)


def own_code(course):
    return next(one.code for one in questionnaires.version(course.version).questions if one.wording == EXERCISE.wording)


def answer(client, course, booking, comment, exercise):
    """Answer every screen; `comment` and `exercise` are (words, what is said beneath them of being quoted)."""
    said = {"comment": comment, own_code(course): exercise}
    address = link(booking, Stage.AFTER)
    page, asked = client.get(address).text, [one.code for one in questionnaires.version(course.version).questions]
    for code in asked:
        words, consent = said.get(code, (REQUIRED.get(code, ""), None))
        fields = {f"a-{code}": words, **({f"quote-{code}": consent.value} if consent else {})}
        response = client.post(address, {**hidden(page), **fields, "go": "next"})
        page = response.text
    return page


@pytest.mark.parametrize(("comment", "exercise", "kept"), [
    (("A", NO), ("B", YES), NO), (("A", YES), ("B", NO), NO), (("A", YES), ("B", YES), YES), (("A", SIGNED), ("B", YES), YES), (("A", SIGNED), ("B", SIGNED), SIGNED),
    (("A", YES), ("", NO), YES), (("", NO), ("B", YES), YES), (("", YES), ("", YES), NO),
])
def test_of_several_texts_the_least_that_was_said_under_any_of_them_holds(client, course, comment, exercise, kept):
    answer(client, course, a_booking(over(course)), comment, exercise)
    assert db.session.scalars(sa.select(Response.may_quote)).one() is kept


def test_words_under_a_no_are_never_offered_for_quoting_whatever_was_said_under_another_question(client, course):
    session = over(course)
    for number in range(10):
        answer(client, course, a_booking(session), (f"Not this {number}", NO), (f"This {number}", YES if number else NO))
    assert examples.quotable(1, session.ends_at + timedelta(days=400))[1] == []


def test_each_screen_asks_anew_and_says_that_one_no_holds_for_all(client, course):
    address, code = link(a_booking(over(course)), Stage.AFTER), own_code(course)
    page = client.get(address).text
    for one in (one.code for one in questionnaires.version(course.version).questions if one.code != code):
        yes = {"quote-comment": "with_role"} if one == "comment" else {}
        page = client.post(address, {**hidden(page), f"a-{one}": REQUIRED.get(one, "Words" if yes else ""), **yes, "go": "next"}).text
    assert EXERCISE.wording in page and "One no holds for all of them" in page
    assert f'name="quote-{code}" value="no" checked' in page, "what was said under another text ticks nothing here"


def test_where_one_text_may_be_quoted_nothing_is_said_of_others(client, app):
    ensure_questionnaires(now=clock.now())
    address = link(a_booking(a_session(starts_in=timedelta(hours=-5))), Stage.AFTER)
    page = client.get(address).text
    for _ in range(20):
        if 'name="quote-comment"' in page:
            break
        code = next(one for one in (*REQUIRED, "knowledge_then", "sure_recognise", "sure_respond", "sure_together", "one_thing") if f'name="a-{one}"' in page
                    and f'type="hidden" name="a-{one}"' not in page)
        page = client.post(address, {**hidden(page), f"a-{code}": REQUIRED.get(code, ""), "go": "next"}).text
    assert 'name="quote-comment"' in page and "One no holds" not in page


def test_a_sheet_of_paper_is_keyed_in_with_what_it_says_under_each_text(as_role, course):
    browser, session, code = as_role(Role.COORDINATOR), over(course), own_code(course)
    given = {**{f"a-{one}": value for one, value in REQUIRED.items()}, "a-comment": "A", f"a-{code}": "B", "quote-comment": "no", f"quote-{code}": "anonymous"}
    browser.post(f"/my-sessions/{session.ref}/paper/after", {**given, "whose": a_booking(session).ref})
    browser.post(f"/my-sessions/{session.ref}/paper/after", {**given, "quote-comment": "anonymous", "whose": a_booking(session).ref})
    assert db.session.scalars(sa.select(Response.may_quote).order_by(Response.id)).all() == [NO, YES]


def test_a_comment_under_which_nobody_was_asked_is_not_quoted_for_a_yes_under_another_question(client, course):
    version = questionnaires.version(course.version)
    next(one for one in version.questions if one.code == "comment").quotable = False
    db.session.commit()
    session = over(course)
    for number in range(10):
        answer(client, course, a_booking(session), (f"Not asked {number}", None), (f"This {number}", YES))
    assert {row.text for row in examples.quotable(1, session.ends_at + timedelta(days=400))[1]} == {f"This {number}" for number in range(10)}


@pytest.fixture(params=BOTH)
def older(request, tmp_path, worker_name):
    """An app on a database of an earlier revision with a questionnaire and somebody's answer."""
    yield from database_of("0003", rows(), request, tmp_path, f"uplift_consent_{worker_name}")


def test_a_consent_of_which_nobody_knows_under_which_of_two_texts_it_stood_is_none(older):
    with older.app_context():
        upgrade(revision="0025")
        with db.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO question (id, version_id, code, kind, position, wording, quotable) VALUES "
                                       "(1024, 102, 'exercise', 'long_text', 4, 'The exercise', true)")
            for number, texts in ((201, (1023, 1024)), (202, (1023,))):
                connection.exec_driver_sql("INSERT INTO response (id, version_id, course_session_id, stage, respondent, submitted_at, may_quote, current) "
                                           f"VALUES ({number}, 102, 1, 'after', 'who-{number}', '{AT}', 'anonymous', true)")
                for question in texts:
                    connection.exec_driver_sql(f"INSERT INTO answer (response_id, question_id, text) VALUES ({number}, {question}, 'Words')")
        db.session.remove()
        upgrade()
        with db.engine.connect() as connection:
            assert [tuple(row) for row in connection.execute(sa.text("SELECT id, may_quote FROM response WHERE id > 200 ORDER BY id"))] == [
                (201, "no"), (202, "anonymous")]
