"""A whole year lived through tick by tick, with both clock changes and outages of three days: each reminder once, at nine by the clock, none stale."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.booking import emails, jobs, services
from app.booking.rules import reminding as rules
from app.booking.services import reminding
from app.catalogue.models import CourseSession
from app.core.db import db
from app.mail import jobs as mail
from app.mail.models import Letter
from app.mail.rules.outgoing import Answer, Outcome
from app.mail.senders import Unreachable
from tests.builders import a_course, a_person, a_session
from tests.faults.counts import FULL

LONDON = ZoneInfo("Europe/London")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YEAR = (date(2027, 1, 1), date(2028, 1, 1))
CHANGES = (date(2027, 3, 28), date(2027, 10, 31))
OUTAGE = (datetime(2027, 6, 10, 0, 30, tzinfo=UTC), datetime(2027, 6, 13, 10, 30, tzinfo=UTC))
"""Nothing of ours runs."""
NO_MAIL = (datetime(2027, 9, 7, 7, 30, tzinfo=UTC), datetime(2027, 9, 10, 5, 30, tzinfo=UTC))
"""The worker runs, and the mail server does not answer."""


class Pigeon:
    """Carries letters away, and knows when each left by the time that the test lives in."""

    headers = "From: t@example.org"

    def __init__(self):
        self.now, self.took = None, []

    def ready(self):
        if within(NO_MAIL, self.now):
            raise Unreachable("The mail server did not answer in time.")

    def send(self, letter):
        self.took.append((letter.ref, self.now))
        return Answer(Outcome.SENT, "250 ok")

    def close(self):
        """Nothing is open."""


@dataclass
class Booked:
    """Somebody who books on a session at a moment; the number of the booking once that was."""

    session: CourseSession
    person: Person
    since: datetime
    id: int = 0

    def books(self):
        """It is time."""
        self.id = services.book_place(session_id=self.session.id, person_id=self.person.id, by="x", now=self.since).id


def within(span, moment):
    return span[0] <= moment < span[1]


def at(day, hour, minute=0):
    """A moment by London's clock."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def session_days():
    """Days with sessions: all over the year, around both changes of the clocks, and in and after each outage."""
    around = [change + days * DAY for change in CHANGES for days in (-1, 1, 2, 6, 8)]
    outages = [date(2027, 6, day) for day in (11, 12, 14, 17, 18)] + [date(2027, 9, day) for day in (8, 9, 11, 15)]
    start, end = YEAR
    steady = [start + number * DAY for number in range(10, (end - start).days, 9 if FULL else 91)]
    return sorted({*around, *outages, *steady})


def a_year(first=YEAR[0], last=YEAR[1]):
    """Two people for each session of these days, one who books long before, one three days before it."""
    found = []
    for number, day in enumerate(day for day in session_days() if first <= day < last):
        starts_at = at(day, *((9, 30), (8, 0), (19, 15))[number % 3])
        session = a_session(starts_in=starts_at - datetime.now(UTC), course=a_course(), places=9)
        assert session.starts_at == starts_at
        found += [Booked(session, a_person(), starts_at - days * DAY - 2 * HOUR) for days in (40, 3)]
    return sorted(found, key=lambda one: one.since)


def ticks():
    """Every hour of the year; ordinarily those around which something can be due: nine in the morning, and midday."""
    start, end = at(YEAR[0], 0), at(YEAR[1], 0)
    if FULL:
        return [start + number * HOUR for number in range((end - start) // HOUR)]
    days = [YEAR[0] + number * DAY for number in range((YEAR[1] - YEAR[0]).days)]
    wanted = {day - back * DAY for day in session_days() for back in (7, 5, 1, 0)}
    return [at(day, hour) for day in days if day in wanted for hour in (8, 9, 12)]


def spent(first, last):
    """The moments of these days."""
    return [now for now in ticks() if at(first, 0) <= now < at(last, 0)]


def live(booked, moments):
    """Live through these moments; which reminders and instructions left, as (what it is about, when)."""
    pigeon, coming = Pigeon(), deque(booked)
    for now in moments:
        if within(OUTAGE, now):
            continue
        pigeon.now = now
        while coming and coming[0].since <= now:
            coming.popleft().books()
        jobs.remind(now)
        mail.send_due(pigeon, lambda: pigeon.now)
    db.session.rollback()
    about = dict(db.session.execute(sa.select(Letter.ref, Letter.about).where(Letter.kind.in_(("reminder", "joining-instructions")))).all())
    return sorted((":".join(about[ref].split(":")[1:-1]), moment) for ref, moment in pigeon.took if ref in about)


def expected(booked, moments):
    """What must have left and when, worked out day by day from the calendar alone."""
    found = []
    alive = [now for now in moments if not within(OUTAGE, now)]
    for one in (one for one in booked if one.id):
        starts_at = one.session.starts_at
        day = starts_at.astimezone(LONDON).date()
        due = {days: at(day - days * DAY, 9) for days in (7, 5, 1)}
        for days, until in ((7, lambda _written, next_one=due[1]: next_one), (1, lambda written, start=starts_at: min(start, midnight_after(written)))):
            left = leaves(alive, due[days], until, day)
            if one.since < due[days] and left:
                found.append((f"{one.id}:reminder:{days}", left))
        left = leaves(alive, max(due[5], one.since), lambda _written, start=starts_at: start, day)
        if left:
            found.append((f"{one.id}:joining-instructions", left))
    return sorted(found)


def midnight_after(moment):
    """When the day of this moment ends in London."""
    return at(moment.astimezone(LONDON).date() + DAY, 0)


def leaves(alive, due, until, day):
    """The first moment from when it is due at which it is written, and from then on the first at which mail leaves, not before nine unless it is
    the session's own `day`; none when it is of no use then."""
    written = next((now for now in alive if now >= due), None)
    if written is None or written >= until(written):
        return None
    found_on = written.astimezone(LONDON).date()
    ready = max(written, at(found_on, 9)) if found_on < day else written
    left = next((now for now in alive if now >= ready and not within(NO_MAIL, now)), None)
    return left if left is not None and left < until(written) else None


def test_in_a_whole_year_each_reminder_leaves_once_at_nine_and_none_is_stale(app, record_property):
    booked, moments = a_year(), ticks()
    left = live(booked, moments)
    wanted = expected(booked, moments)
    assert left == wanted
    on_time = [moment for _about, moment in wanted if moment.astimezone(LONDON).time() == time(9)]
    assert len(on_time) > 0.7 * len(wanted) and len({about for about, _moment in left}) == len(left)
    starts = {one.id: one.session.starts_at for one in booked}
    assert all(moment < starts[int(about.partition(":")[0])] for about, moment in left)
    record_property("tried", f"{len(moments):,} ticks, {len(booked):,} places, {len(left):,} letters, each once")


def test_an_hour_too_much_or_too_little_is_seen(app, monkeypatch):
    """The canary: nine by UTC instead of by London's clock comes an hour late all summer, and the year is not as it must be."""
    by_utc = lambda starts_at, days: datetime.combine(starts_at.date() - days * DAY, time(9), UTC)  # noqa: E731
    monkeypatch.setattr(rules, "reminded_at", by_utc)
    monkeypatch.setattr(reminding, "reminded_at", by_utc)
    booked, moments = a_year(date(2027, 3, 25), date(2027, 4, 2)), spent(date(2027, 3, 15), date(2027, 4, 10))
    assert live(booked, moments) != expected(booked, moments)


def test_a_reminder_that_never_ends_is_seen_after_an_outage_of_the_mail_server(app, monkeypatch):
    """The canary: without a last moment of use, what waited for three days leaves all the same."""
    monkeypatch.setattr(emails, "reminder", lambda *words: replace(_reminder(*words), valid_until=None))
    booked, moments = a_year(date(2027, 9, 7), date(2027, 9, 12)), spent(date(2027, 8, 25), date(2027, 9, 20))
    assert set(live(booked, moments)) - set(expected(booked, moments))


def test_a_reminder_that_is_written_twice_is_seen(app, monkeypatch):
    """The canary: without the key that names what it is about, each tick writes the letter again."""
    count = iter(range(10**6))
    monkeypatch.setattr(emails, "reminder", lambda *words: replace(_reminder(*words), about=f"{_reminder(*words).about}:{next(count)}"))
    booked, moments = a_year(date(2027, 3, 25), date(2027, 4, 2)), spent(date(2027, 3, 20), date(2027, 3, 31))
    assert len(live(booked, moments)) > len(expected(booked, moments))


_reminder = emails.reminder


@pytest.fixture(autouse=True)
def _policy_as_shipped(app):
    """Reminders 7 days and 1 day before, joining instructions 5 days before: as shipped, nobody has said otherwise."""
    assert (rules.AT, reminding.LONGEST > 40 * DAY) == (time(9), True)
