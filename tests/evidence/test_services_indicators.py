"""Indicators and promises: figures are replaced and never doubled, reach is counted by month, a promise ends once."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evidence.models import IndicatorMonth, Promise
from app.evidence.queries import indicators as queries
from app.evidence.queries import promised_until
from app.evidence.queries import promises as promise_queries
from app.evidence.queries.access import Scope
from app.evidence.rules.months_file import Month
from app.evidence.rules.promises import PromiseStatus
from app.evidence.services import indicators, promises
from tests.builders import a_booking, a_course, a_session, an_agency
from tests.evidence.telling import a_coordinator, a_priority, a_promise, an_indicator, today

pytestmark = pytest.mark.usefixtures("app")
MARCH = date(2026, 3, 1)


def test_the_figure_of_a_month_is_replaced_with_who_said_so():
    indicator, by_id = an_indicator(figures=[(4, 9)], first=MARCH), a_coordinator()
    taken = indicators.take_months(indicator_id=indicator.id, months=[Month(MARCH, 5, 9), Month(date(2026, 4, 1), 1, 2)], by_id=by_id, now=clock.now())
    assert (taken.added, taken.changed, taken.as_they_were) == (1, 1, 0)
    db.session.rollback()
    kept = db.session.get(IndicatorMonth, (indicator.id, MARCH))
    assert (kept.count, kept.base, kept.by_id) == (5, 9, by_id)


def test_a_part_larger_than_its_whole_is_refused_by_the_act_and_by_the_database():
    indicator = an_indicator()
    with pytest.raises(Refused, match="no larger than its whole"):
        indicators.take_months(indicator_id=indicator.id, months=[Month(MARCH, 1, 2), Month(date(2026, 4, 1), 3, 2)], by_id=a_coordinator(), now=clock.now())
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add(IndicatorMonth(indicator_id=indicator.id, month=MARCH, count=3, base=2, by_id=indicator.added_by_id, at=clock.now()))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IndicatorMonth)) == 0


def test_reach_counts_those_who_came_to_courses_on_the_priority_by_the_month_in_which_they_ended():
    priority = a_priority()
    course, other = a_course(priorities=[priority]), a_course()
    for of, starts_in in ((course, -40), (course, -41), (course, -80), (other, -40)):
        session = a_session(course=of, starts_in=timedelta(days=starts_in), places=9)
        for outcome in (Outcome.ATTENDED, Outcome.PARTLY_ATTENDED, Outcome.NO_SHOW, Outcome.EXCUSED):
            booking = a_booking(session)
            with transaction() as writing:
                writing.add(Attendance(booking_id=booking.id, outcome=outcome, marked_at=clock.now()))
    found = queries.reach(priority.id, today() - timedelta(days=200), today())
    assert sum(found.values()) == 6 and all(month.day == 1 for month in found)
    assert found[(today() - timedelta(days=80)).replace(day=1)] >= 2
    assert queries.reach(priority.id, today() - timedelta(days=60), today()) != found and queries.reach(None, today(), today()) == {}


def test_an_indicator_outside_the_scope_is_as_if_not_there():
    own, other = an_agency(), an_agency()
    mine, theirs = an_indicator(agency_id=own.id), an_indicator(agency_id=other.id)
    lead = Scope(1, agency_ids=frozenset({own.id}))
    assert queries.indicator(lead, mine.id) is not None and queries.indicator(lead, theirs.id) is None
    assert [one.id for one in queries.indicators(lead, 1)[1]] == [mine.id] and queries.indicators(Scope(1), 1)[1] == []
    assert lead.keeps(mine) and not lead.keeps(theirs) and not Scope(1, approved=True).keeps(mine)


def test_open_promises_come_first_and_those_due_soon_are_counted():
    later, soon, over = a_promise(due_in=200, what="Later"), a_promise(due_in=20, what="Soon"), a_promise(due_in=-5, what="Over")
    ended = a_promise(due_in=-9, what="Shown")
    promises.show(promise_id=ended.id, shown_in="Page 3", by_id=a_coordinator(), now=clock.now())
    assert [one.id for one in promise_queries.promises(1)[1]] == [over.id, soon.id, later.id, ended.id]
    count, first = promise_queries.due(today(), 1)
    assert count == 2 and [one.id for one in first] == [over.id] and promise_queries.open_count() == 3
    assert [one.what for one in promised_until(today())] == ["Over", "Soon", "Later"] and promised_until(today() - timedelta(days=100)) == []


def test_a_promise_ends_once():
    promise = a_promise()
    promises.give_up(promise_id=promise.id, reason="Stopped", by_id=a_coordinator(), now=clock.now())
    for act in (lambda: promises.show(promise_id=promise.id, shown_in="x", by_id=a_coordinator(), now=clock.now()),
                lambda: promises.save(promise_id=promise.id, facts={"due_on": today(), "promised_on": today()}, by_id=a_coordinator())):
        with pytest.raises(Refused, match="meanwhile"):
            act()
    db.session.rollback()
    assert db.session.get(Promise, promise.id).status is PromiseStatus.GIVEN_UP


@pytest.mark.parametrize("change", [{"status": "shown"}, {"status": "given_up"}, {"ended_at": "2026-01-01 00:00:00.000000"}])
def test_the_database_holds_that_an_ended_promise_says_where_or_why(change):
    promise = a_promise()
    sets = ", ".join(f"{name} = '{value}'" for name, value in change.items())
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.text(f"UPDATE promise SET {sets} WHERE id = {promise.id}"))
