"""Questionnaires and answers of an earlier version keep their meaning when a database is brought up to date, and when it is taken back."""

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from app.core import clock
from app.core.db import db
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.stages import KNOWLEDGE, Stage
from app.evaluation.services.questionnaires import earlier_questionnaires, ensure_questionnaires
from tests.conftest import BOTH
from tests.older import database_of

AT = "2023-04-01 10:00:00.000000"


@pytest.fixture(params=BOTH)
def older(request, tmp_path, worker_name):
    """An app on a database of revision 0003 with a questionnaire and somebody's answers."""
    yield from database_of("0003", rows(), request, tmp_path, f"uplift_questions_{worker_name}")


def rows():
    yield ("INSERT INTO course (id, code, title, summary, level, format, duration_minutes, learning_outcomes, materials, published) VALUES "
           "(1, 'neg', 'Neglect', 's', 2, 'virtual', 180, '[]', '[]', true)")
    yield (f"INSERT INTO course_session (id, ref, course_id, starts_at, ends_at, last_day, format, capacity, status) VALUES (1, 'neg-1', 1, '{AT}', "
           "'2023-04-01 13:00:00.000000', '2023-04-01', 'virtual', 9, 'delivered')")
    for number, stage in enumerate(("before", "after", "follow_up"), start=101):
        yield f"INSERT INTO questionnaire (id, stage, title) VALUES ({number}, '{stage}', 'T')"
        yield f"INSERT INTO questionnaire_version (id, questionnaire_id, number, created_at) VALUES ({number}, {number}, 1, '{AT}')"
        for at, (code, kind) in enumerate((("knowledge", "knowledge"), ("engaging", "statement"), ("comment", "comment")), start=1):
            yield (f"INSERT INTO question (id, version_id, code, kind, position, wording) VALUES ({number * 10 + at}, {number}, '{code}', '{kind}', {at}, "
                   f"'About {code}')")
    yield ("INSERT INTO response (id, version_id, course_session_id, stage, respondent, submitted_at, may_quote, current) VALUES "
           f"(101, 102, 1, 'after', 'someone', '{AT}', 'no', true)")
    yield "INSERT INTO answer (response_id, question_id, number, text) VALUES (101, 1021, 4, NULL), (101, 1023, NULL, 'Good.')"


def found(query):
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_up_to_date_the_old_questions_can_be_asked_and_back_again_they_are_as_they_were(older):
    with older.app_context():
        before = found("SELECT id, kind, wording FROM question ORDER BY id")
        upgrade()
        asked = ensure_questionnaires(now=clock.now())
        assert [(one.code, one.kind, one.required, one.quotable, list(one.options)) for one in asked[Stage.AFTER].questions] == [
            ("knowledge", "scale_5", True, False, list(KNOWLEDGE.values())), ("engaging", "agree", True, False, []),
            ("comment", "long_text", False, True, [])]
        for one in asked[Stage.AFTER].questions:
            QUESTION_TYPES[one.kind].check(one.options)
        assert asked[Stage.AFTER].number == 1 and earlier_questionnaires(now=clock.now())[Stage.AFTER].id == asked[Stage.AFTER].id
        assert Stage.MANAGER in asked, "what was not asked before is there as shipped"
        db.session.rollback()
        db.session.remove()
        downgrade(revision="0003")
        assert found("SELECT id, kind, wording FROM question ORDER BY id") == before
        assert found("SELECT question_id, number, text FROM answer ORDER BY question_id") == [(1021, 4, None), (1023, None, "Good.")]
