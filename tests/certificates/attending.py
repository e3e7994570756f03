"""Small makers of people who came, through the register as people fill it in."""

from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Person
from app.attendance import services as registers
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark
from app.certificates.models import Certificate
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.builders import a_booking, a_course, a_session, an_account

HERE, PARTLY, ABSENT = Outcome.ATTENDED, Outcome.PARTLY_ATTENDED, Outcome.NO_SHOW


def over(hours_ago=5, **course):
    """A session of three hours that has ended."""
    return a_session(starts_in=timedelta(hours=-hours_ago), places=30, course=a_course(**course))


def mark(session, *said, seen=None):
    """Mark people: (booking, outcome) or (booking, outcome, minutes). `seen` is what the page showed: an outcome, or one with minutes."""
    account = an_account()
    shown = seen if seen is None or isinstance(seen, Said) else Said(seen)
    marks = [Mark(one[0].ref, one[1], one[2] if len(one) > 2 else None, shown) for one in said]
    assert registers.save_marks(session_id=session.id, marks=marks, account_id=account.id, coordinator=True, now=clock.now()) == []
    return account


def finish(session, *said):
    """Mark people and finish the register."""
    account = mark(session, *said)
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=clock.now())
    return account


def came(person=None, **course):
    """A booking of somebody who came to the whole of a session, whose register is finished."""
    session = over(**course)
    booking = a_booking(session, person) if person else a_booking(session)
    finish(session, (booking, HERE))
    db.session.rollback()
    return booking


def certificates(booking=None):
    """All certificates, or those of a booking, in their order."""
    db.session.rollback()
    query = sa.select(Certificate).order_by(Certificate.id).execution_options(populate_existing=True)
    return db.session.scalars(query if booking is None else query.where(Certificate.booking_id == booking.id)).all()


def letters():
    """The kinds of letters about certificates, and whether each was withdrawn, in the order in which they were written."""
    db.session.rollback()
    rows = db.session.execute(sa.select(Letter.kind, Letter.status).where(Letter.kind.startswith("certificate")).order_by(Letter.id))
    return [(kind.removeprefix("certificate-"), status.value) for kind, status in rows]


def rename(person_id, last_name):
    """Somebody has another name from now on."""
    with transaction() as session:
        session.get_one(Person, person_id).last_name = last_name


def have_left():
    """All letters so far have reached people."""
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.status == LetterStatus.QUEUED).values(
            status=LetterStatus.SENT, sent_at=clock.now(), next_try_at=None))
