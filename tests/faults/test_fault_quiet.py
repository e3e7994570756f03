"""Pages on which people may answer anonymously log nothing when they are run again: a line in a log has a time."""

import sqlalchemy as sa

from app.ui.dispatch import quiet
from tests.faults.breaking import asked

ANSWERING = ("evaluation.questionnaire", "evaluation.from_link", "evaluation.from_code", "evaluation.paper", "evaluation.worry", "booking.answer")


class Busy(Exception):
    """What SQLite's driver raises when somebody else has the lock."""

    sqlite_errorcode = 5


def busy_once(runs):
    def view():
        runs.append(1)
        if len(runs) == 1:
            raise sa.exc.OperationalError("UPDATE x", {}, Busy())
        return "kept"

    return view


def test_a_quiet_page_that_is_run_again_logs_nothing_and_others_do(planted, caplog):
    runs, loud = [], []
    assert asked(planted(quiet(busy_once(runs))), "POST").text == "kept" and len(runs) == 2
    assert caplog.records == []
    assert asked(planted(busy_once(loud)), "POST").text == "kept" and len(loud) == 2
    assert "try 1 at planted.page" in caplog.text


def test_every_page_on_which_people_answer_is_quiet(app):
    assert [name for name in ANSWERING if not getattr(app.view_functions[name], "quiet", False)] == []
