"""What the worker asks the database when there is nothing to do: one statement for a look, and one for each job whose time has come."""

from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.core import clock, jobs
from app.core.db import db
from app.mail.services import delivering
from app.timetable import TIMETABLE
from tests.builders import a_booking, a_session, a_trainer, an_account
from tests.counting import counted

WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def statements(act):
    """How many it takes, without those that begin, end or set up a transaction."""
    db.session.rollback()
    with counted(db.engine) as sent:
        act()
        db.session.rollback()
    return [statement for statement in sent if statement.split(None, 1)[0].upper() in WORDS]


@pytest.mark.parametrize("job", TIMETABLE, ids=lambda job: job.name)
def test_a_job_with_nothing_to_do_asks_one_thing(app, job):
    an_account(Role.COORDINATOR)
    a_session(trainer=None, starts_in=timedelta(days=20))  # so that the coordinator's morning letter has something to say
    for _ in range(3):
        a_booking(a_session(starts_in=timedelta(days=30), trainer=a_trainer()))
    now = clock.from_london(clock.london_date(clock.now()) + timedelta(days=1), clock.now().time().replace(hour=12))
    job.work(now)
    sent = statements(lambda: job.work(now))
    assert len(sent) <= 1, sent


def test_a_look_asks_one_thing_for_the_timetable_and_one_for_letters(app):
    jobs.make_known([job.name for job in TIMETABLE], clock.now())
    assert len(statements(lambda: jobs.due({job.name: job.every for job in TIMETABLE}, clock.now() - timedelta(days=1)))) == 1
    assert len(statements(lambda: delivering.anything_due(clock.now()))) == 1
