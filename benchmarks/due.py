"""What the worker asks the database when there is nothing to do: finding what is due among a million bookings, and the statements of a tick at rest.

BENCH_BOOKINGS takes another number of bookings, to try the measurement itself.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import programme
from stage import BOTH, Database, Stage
from table import Row, at_most, middle

from app.booking import jobs as booking_jobs
from app.booking import services
from app.core import clock, jobs
from app.core.db import db
from app.mail.services import delivering
from app.timetable import TIMETABLE
from tests.counting import counted

BOOKINGS = int(os.environ.get("BENCH_BOOKINGS", "1000000"))
A_SESSION, A_PERSON = 20, 10
TIMES = 31
MOST_MILLISECONDS = 50
FINDERS: dict[str, Callable[..., object]] = {
    "reminders": services.sessions_to_remind, "places": services.sessions_due, "still coming": services.sessions_to_ask,
}


def due(stage: Stage) -> Iterator[Row]:
    """Milliseconds to find what is due, and statements at rest, on both databases."""
    for kind in BOTH:
        on = filled(stage, kind)
        with on.app.app_context():
            now = clock.now()
            began = time.perf_counter()
            booking_jobs.remind(now)
            looked = time.perf_counter() - began
            for name, find in FINDERS.items():
                took = [_milliseconds(find, now) for _ in range(TIMES)]
                yield at_most(f"finding what is due, {name}, {kind}", middle(took), MOST_MILLISECONDS, "ms",
                              f"among {BOOKINGS:,} bookings; slowest {max(took):.3g} ms")
            yield from _at_rest(kind, looked)


def filled(stage: Stage, kind: str) -> Database:
    """A database of this kind with so many bookings, and the statistics by which it plans."""
    on = stage.database(kind)
    people = programme.people(on, max(A_SESSION, BOOKINGS // A_PERSON))
    programme.bookings(on, BOOKINGS, people_ids=people.ids, places=A_SESSION)
    programme.settle(on)
    return on


def _milliseconds(find: Callable[..., object], now: object) -> float:
    db.session.rollback()
    began = time.perf_counter()
    find(now)
    return (time.perf_counter() - began) * 1000


def _at_rest(kind: str, looked: float) -> Iterator[Row]:
    """What the worker's two looks ask every few seconds, and what each job asks when its time comes and there is nothing to do."""
    now = clock.now()
    jobs.make_known([job.name for job in TIMETABLE], now)
    every = {job.name: job.every for job in TIMETABLE}
    yield at_most(f"statements of a look at the timetable, {kind}", _statements(lambda: jobs.due(every, now - timedelta(days=1))), 1, "")
    yield at_most(f"statements of a look for letters, {kind}", _statements(lambda: delivering.anything_due(now - timedelta(days=400))), 1, "")
    for job in TIMETABLE:
        job.work(now)
        yield at_most(f"statements of {job.name} at rest, {kind}", _statements(lambda job=job: job.work(now)), 1, "",
                      f"the first look at every session took {looked:.3g} s" if job.name == "reminders" else "")


def _statements(act: Callable[[], object]) -> int:
    """How many statements it takes, without those that begin, end or set up a transaction."""
    db.session.rollback()
    with counted(db.engine) as sent:
        act()
        db.session.rollback()
    return sum(statement.split(None, 1)[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH") for statement in sent)
