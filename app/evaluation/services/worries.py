"""A worry that somebody raised beside a questionnaire: kept for the safeguarding contact, who gets a letter that does not say what it is."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.accounts.models import Account, Person
from app.booking import services as booking_services
from app.booking.models import Booking
from app.core.actors import number_of
from app.core.db import transaction, write_alone
from app.core.errors import Refused
from app.core.tokens import reference, reference_for
from app.evaluation import emails
from app.evaluation.models import SafeguardingContact, SafeguardingContactEvent, Worry
from app.evaluation.queries import worries as queries
from app.evaluation.rules.worries import LONGEST, LONGEST_CONTACT, About, ContactAct
from app.mail.services import queue_all, void


def raise_worry(
    *, session_id: int, booking_id: int | None, about: About | None, text: str, contact: str, now: datetime, key: str = ""
) -> Worry:
    """Keep it and write to the safeguarding contacts, and to the training team when nobody is named or no letter reaches them.

    The same words in the same form (`key`), as long as nobody has closed them, are the same worry: the answer was lost, or the button pressed
    twice. In another form they may be somebody else's.

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
        write_alone(session, SafeguardingContact)  # nobody is removed in the moment in which it is written to them
        if booking_id is not None and session.get(Booking, booking_id) is None:
            booking_id = None
        said = {"about": about, "text": text, "contact": contact[:LONGEST_CONTACT], "course_session_id": session_id, "booking_id": booking_id}
        ref = reference_for(f"{key} {said}") if key else reference()
        there = session.scalar(sa.select(Worry).filter_by(ref=ref))
        if there is not None and there.done_at is None:
            return there
        worry = Worry(**said, ref=ref if there is None else reference(), raised_at=now)
        session.add(worry)
        session.flush()
        queue_all(emails.worry_raised(worry, queries.contacts(), reached=queries.reaches_somebody(worry, now)), now=now)
    return worry


def tell_team(now: datetime) -> int:
    """Write to the training team about each open worry of which no letter reached anybody who reads it, once; of how many. What waits for the team
    is withdrawn where one did after all."""
    unheard, heard = queries.news_for_team(now)
    if heard:
        void(concerns=tuple(emails.of_team(worry.id) for worry in heard), reason="The safeguarding contact has heard of it since.", now=now)
    if not unheard:
        return 0
    named = bool(queries.contacts())
    with transaction():
        queue_all([draft for worry in unheard for draft in emails.to_team(worry, named=named)], now=now)
    return len(unheard)


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
        if done:
            void(concerns=emails.of_worry(worry_id), reason="The worry has been closed since.", now=now)
    if not same:
        raise Refused("Somebody has closed this already.")


def name_contact(*, email: str, by: str, now: datetime) -> None:
    """Let somebody with an account read the worries that are raised from now on; the other contacts are told.

    Raises:
        Refused: nobody with an account has this address, or somebody names themselves.
    """
    with transaction() as session:
        account = session.scalar(people.with_address(email).with_for_update(read=True, of=Account))  # it is not closed meanwhile
        if account is None:
            raise Refused("Nobody with an account has this address. Add the person and their account first.")
        if account.person_id == number_of(by):
            raise Refused("Nobody names themselves, as worries are for the safeguarding contact alone. Ask another coordinator or an administrator.")
        write_alone(session, SafeguardingContact)
        if queries.contact(account.person_id) is not None:
            return
        others = queries.contacts()
        since = now if others else queries.nobodys_since()
        session.add(SafeguardingContact(person_id=account.person_id, reads_from=since, named_at=now, named_by=by))
        _note(session, account.person_id, ContactAct.NAMED, others, by, now)


def let_read_earlier(*, person_id: int, by: str, as_administrator: bool, now: datetime) -> None:
    """Let a contact read what was raised before they were named: as far back as whoever says so reads, or any contact when an administrator does.

    Raises:
        Refused: who says so is neither a contact nor an administrator, or lets themselves.
    """
    with transaction() as session:
        write_alone(session, SafeguardingContact)
        reader, all_contacts = queries.contact(person_id), queries.named()
        who = [one for one in all_contacts if as_administrator or one.person_id == number_of(by)]
        if reader is None or not who:
            raise Refused("Only a safeguarding contact or an administrator lets another contact read earlier worries.")
        if person_id == number_of(by):
            raise Refused("Nobody lets themselves read earlier worries. Ask the contact who reads them.")
        since = min(one.reads_from for one in who)
        if since < reader.reads_from:
            reader.reads_from = since
            _note(session, person_id, ContactAct.LET_READ_EARLIER, [one.person for one in all_contacts if one is not reader], by, now)


def remove_contact(*, person_id: int, by: str, now: datetime) -> None:
    """Let somebody read worries no longer; they and the other contacts are told.

    Raises:
        Refused: open worries would be left that nobody reads.
    """
    with transaction() as session:
        write_alone(session, SafeguardingContact)
        reader, told = queries.contact(person_id), queries.contacts()
        if reader is None:
            return
        others = [one.reads_from for one in queries.named() if one is not reader]
        left = queries.open_between(reader.reads_from, min(others) if others else None)
        if left:
            name, worries = reader.person.name or reader.person.email, "open worry" if left == 1 else "open worries"
            raise Refused(f"{name} reads {left:,} {worries} that nobody else reads. First let another contact read earlier worries: "
                          "this contact can do that on the page of worries, and an administrator on the page of safeguarding contacts.")
        session.delete(reader)
        void(concerns=emails.of_reader(person_id), reason="They are no safeguarding contact any more.", now=now)
        _note(session, person_id, ContactAct.REMOVED, told, by, now)


def end_with_account(person_id: int, by: str, now: datetime) -> None:
    """Whose account is closed reads nothing any more, and who has left works for nobody whom we know, so they are no safeguarding contact either.
    Only inside a transaction.

    Raises:
        Refused: open worries would be left that nobody reads.
    """
    remove_contact(person_id=person_id, by=by, now=now)


def _note(session: Session, person_id: int, act: ContactAct, told: Sequence[Person], by: str, now: datetime) -> None:
    event = SafeguardingContactEvent(person_id=person_id, act=act, at=now, by=by, by_id=number_of(by))
    session.add(event)
    session.flush()
    queue_all(emails.contacts_changed(event, told), now=now)
