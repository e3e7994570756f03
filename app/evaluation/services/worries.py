"""A worry that somebody raised beside a questionnaire: kept for the safeguarding contact, who gets a letter that does not say what it is."""

from datetime import datetime

import sqlalchemy as sa

from app.accounts import queries as people
from app.booking import services as booking_services
from app.booking.models import Booking
from app.core.db import transaction
from app.core.errors import Refused
from app.evaluation import emails
from app.evaluation.models import SafeguardingContact, Worry
from app.evaluation.queries import worries as queries
from app.evaluation.rules.worries import LONGEST, LONGEST_CONTACT, About
from app.mail.services import queue_all


def raise_worry(*, session_id: int, booking_id: int | None, about: About | None, text: str, contact: str, now: datetime) -> Worry:
    """Keep it and write to the safeguarding contacts, or to the training team when nobody is named. The same words again, as long as nobody
    has closed them, are the same worry: the answer was lost, or the button pressed twice.

    Raises:
        Refused: it does not say what it is about, or is too long.
    """
    text, contact = text.replace("\x00", "").strip(), contact.replace("\x00", "").strip()
    if about is None:
        raise Refused("Choose what it is about.")
    if not text:
        raise Refused("Say in a sentence what it is about. Initials are enough.")
    if len(text) > LONGEST:
        raise Refused(f"This has {len(text):,} characters. Shorten it to {LONGEST:,}.")
    with transaction() as session:
        booking_services.hold(session, session_id)
        if booking_id is not None and session.get(Booking, booking_id) is None:
            booking_id = None
        said = {"about": about, "text": text, "contact": contact[:LONGEST_CONTACT], "course_session_id": session_id, "booking_id": booking_id}
        there = session.scalar(sa.select(Worry).filter_by(**said, done_at=None).limit(1))
        if there is not None:
            return there
        worry = Worry(**said, raised_at=now)
        session.add(worry)
        session.flush()
        queue_all(emails.worry_raised(worry, queries.contacts()), now=now)
    return worry


def close_worry(*, worry_id: int, note: str, account_id: int, now: datetime) -> None:
    """Say what was done about it. The same again changes nothing.

    Raises:
        Refused: nothing was said, or somebody has closed it already.
    """
    note = note.strip()[:LONGEST]
    if not note:
        raise Refused("Say what was done, in a sentence.")
    with transaction() as session:
        done = session.execute(
            sa.update(Worry).where(Worry.id == worry_id, Worry.done_at.is_(None))
            .values(done_at=now, done_by_id=account_id, note=note).execution_options(synchronize_session=False)
        ).rowcount
        same = done or session.scalar(sa.select(Worry.id).filter_by(id=worry_id, done_by_id=account_id, note=note))
    if not same:
        raise Refused("Somebody has closed this already.")


def name_contact(*, email: str, by: str, now: datetime) -> None:
    """Let somebody with an account read worries.

    Raises:
        Refused: nobody with an account has this address.
    """
    account = people.account_with_address(email)
    if account is None:
        raise Refused("Nobody with an account has this address. Add the person and their account first.")
    with transaction() as session:
        if session.get(SafeguardingContact, account.person_id) is None:
            session.add(SafeguardingContact(person_id=account.person_id, named_at=now, named_by=by))


def remove_contact(*, person_id: int) -> None:
    """Let somebody read worries no longer."""
    with transaction() as session:
        session.execute(sa.delete(SafeguardingContact).where(SafeguardingContact.person_id == person_id))
