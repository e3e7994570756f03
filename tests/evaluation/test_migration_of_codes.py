"""Codes of phrases that followed from the course are none any more that two sessions have in common; what a session has paired stays paired."""

import pytest
import sqlalchemy as sa
from flask_migrate import upgrade

from app.core.db import db
from tests.conftest import BOTH
from tests.evaluation.test_migration_of_questionnaires import AT, rows
from tests.older import database_of

ANONYMOUS = [(-1, 1, 102, "after", "of course"), (-2, 1, 101, "before", "of course"), (-3, 2, 102, "after", "of course"), (-4, 2, 102, "after", "alone")]


@pytest.fixture(params=BOTH)
def older(request, tmp_path, worker_name):
    """An app on a database of an earlier revision with a questionnaire and somebody's confidential answer."""
    yield from database_of("0003", rows(), request, tmp_path, f"uplift_codes_{worker_name}")


def found():
    with db.engine.connect() as connection:
        return {row.id: row.respondent for row in connection.execute(sa.text("SELECT id, respondent FROM response"))}


def test_two_sessions_have_no_code_in_common_and_what_was_paired_in_one_is_paired_still(older):
    with older.app_context():
        upgrade(revision="0016")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO course_session (id, ref, course_id, starts_at, ends_at, last_day, format, capacity, status) VALUES "
                f"(2, 'neg-2', 1, '{AT}', '2023-04-01 13:00:00.000000', '2023-04-01', 'virtual', 9, 'delivered')")
            for number, session, version, stage, code in ANONYMOUS:
                connection.exec_driver_sql(
                    "INSERT INTO response (id, version_id, course_session_id, stage, respondent, submitted_at, may_quote, current, anonymous) VALUES "
                    f"({number}, {version}, {session}, '{stage}', '{code}', '{AT}', 'no', true, true)")
        db.session.remove()
        upgrade()
        codes = found()
        assert codes[-1] == codes[-2] and len({codes[-1], codes[-3], codes[-4]}) == 3
        assert not {"of course", "alone"} & set(codes.values()) and codes[101] == "someone", "what is not anonymous stays as it is"
