"""Acts as tests of places do them, at moments of their own, and what can be read afterwards."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.services import OnBehalf
from app.cli import check
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests import builders
from tests.builders import a_person

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOW = (datetime.now(UTC) + DAY).replace(hour=10, minute=0, second=0, microsecond=0)
"""The moment in which these tests live: ten in the morning, so that an hour more or less is the same day."""


def a_session(*, starts_in=10 * DAY, **more):
    """A session that starts so long after `NOW`."""
    return builders.a_session(starts_in=NOW + starts_in - datetime.now(UTC), **more)


def book(session, person=None, *, now=NOW, **more):
    """Somebody books for themselves."""
    person = person or a_person()
    return services.book_place(session_id=session.id, person_id=person.id, by=person.acting, now=now, **more)


def give_back(booking, *, now=NOW, **more):
    """The person gives their place back, or leaves the list."""
    return services.give_back(booking_id=booking.id, by=booking.person.acting, now=now, **more)


def settle(session, now):
    services.settle_session(session_id=session.id, now=now)


def a_full_session(*, waiting=0, places=1, **more):
    """A session with all places booked, those who have them, and those who wait, in their order."""
    session = a_session(places=places, **more)
    there = [book(session, now=NOW + number * timedelta(seconds=1) - HOUR) for number in range(places + waiting)]
    return session, there[:places], there[places:]


def by_coordinator(person=None):
    return OnBehalf((person or a_person()).id, coordinator=True)


def status(booking):
    """Where it stands now, in the database."""
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True).status.value


def statuses(session):
    """Every booking of the session in the order in which it was made."""
    db.session.rollback()
    return [one.value for one in db.session.scalars(sa.select(Booking.status).where(Booking.course_session_id == session.id).order_by(Booking.id))]


def acts(booking):
    """What happened to the booking."""
    db.session.rollback()
    return [one.value for one in db.session.scalars(sa.select(BookingEvent.act).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id))]


def letters(*, kind=None, person=None, fate=None):
    """Letters in the order in which they were written."""
    db.session.rollback()
    wanted = sa.select(Letter).order_by(Letter.id)
    wanted = wanted.where(Letter.kind == kind) if kind else wanted
    wanted = wanted.where(Letter.person_id == person.id) if person else wanted
    return db.session.scalars(wanted.where(Letter.status == fate) if fate else wanted).all()


def queued(person=None):
    """The kinds of the letters that are on their way."""
    return [letter.kind for letter in letters(person=person, fate=LetterStatus.QUEUED)]


def broken(now=NOW):
    """The invariants that do not hold."""
    with db.engine.connect() as connection:
        return [one.name for room in check.ROOMS for one in room.INVARIANTS if one.rows(connection, now)]


def all_left():
    """Every letter that waits has been delivered."""
    with transaction() as writing:
        sent = {"status": LetterStatus.SENT, "sent_at": Letter.written_at, "next_try_at": None}
        writing.execute(sa.update(Letter).where(Letter.status == LetterStatus.QUEUED).values(sent).execution_options(synchronize_session=False))
    db.session.rollback()
