"""Whether those who were offered a place, and managers who are asked to agree to one, have heard of it from us."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.rules import waiting
from app.booking.rules.states import Act, BookingStatus
from app.core.db import db
from app.mail.models import Letter, LetterConcern, LetterEvent
from app.mail.office import office
from app.mail.queries import stopped_for_others_too
from app.mail.rules.fates import GIVEN_UP, NOT_YET_SENT, OF_ONE_RECEIVER, LetterStatus
from app.mail.rules.refusals import About, about

OFFERS = ("offer", "session-cancelled", "sessions-cancelled")
"""The letters that tell of an offer: its own, or that about the session from which its person was displaced."""
ASKS_MANAGER = (Act.ASK, Act.ACCEPT, Act.LET_IN, Act.TAKE, Act.COME_INSTEAD, Act.MOVE_HERE, Act.UNDO, Act.REINSTATE, Act.OTHER_MANAGER)
"""Each of these asks the manager, when it leads to the wait for their yes."""

LAST_PUT_OFF = (
    sa.select(LetterEvent.words).where(LetterEvent.letter_id == Letter.id, LetterEvent.status == LetterStatus.QUEUED)
    .order_by(LetterEvent.id.desc()).limit(1).correlate(Letter).scalar_subquery()
)
"""What was said when a letter was last put off, also of one that was withdrawn since."""


def silence_counts(booking: Booking) -> bool:
    """Whether it means anything that an offer was not answered, as `rules.waiting` has it. Where letters are kept here they are read here: no mail
    server is named, and no worker that has one has looked at this offer's letter either."""
    made = _last(booking, BookingEvent.act.in_((Act.OFFER, Act.OFFER_FIRST, Act.UNDO)))
    took_it_back = made.act is Act.UNDO and made.by_id == booking.person_id  # they know of the offer, as they said no to it
    if took_it_back or booking.due_at is None:
        return True
    return _heard(made, booking.due_at, _about([booking.id, booking.previous_id]), OFFERS) is not Heard.TOO_LATE


class Heard(Enum):
    """Whether a question of ours was heard: in time to answer it, too late or not yet, or by an address that letters do not reach."""

    IN_TIME = "in time"
    TOO_LATE = "too late"
    NEVER = "never"


def manager_heard(booking: Booking) -> Heard:
    """Whether the manager who is asked to agree has heard of it in time, by the same rule."""
    asked = _last(booking, BookingEvent.act.in_(ASKS_MANAGER), BookingEvent.after == BookingStatus.AWAITING_MANAGER)
    return Heard.IN_TIME if booking.due_at is None else _heard(asked, booking.due_at, _about([booking.id]), ("approval-asked",))


def manager_not_asked_yet(booking: Booking) -> bool:
    """Whether the letter to the manager waits to leave; not where letters are kept here."""
    return office().letters_leave and bool(db.session.scalar(sa.select(sa.exists().where(
        Letter.id.in_(_about([booking.id])), Letter.kind == "approval-asked", Letter.status.in_(NOT_YET_SENT)))))


def _last(booking: Booking, *which: sa.ColumnElement[bool]) -> BookingEvent:
    return db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id, *which)
                              .order_by(BookingEvent.id.desc()).limit(1)).one()


def _heard(made: BookingEvent, ends_at: datetime, about_it: sa.Select[tuple[int]], kinds: Collection[str]) -> Heard:
    """What became of the letters about a question that an event made, and that ends by itself at this moment. What was asked anew waits no longer
    for a letter that stays here while others leave."""
    letters = db.session.execute(sa.select(
        Letter.address, Letter.sent_at, Letter.status, Letter.words, Letter.first_tried_at, LAST_PUT_OFF.label("put_off"),
    ).where(Letter.id.in_(about_it), Letter.kind.in_(kinds), Letter.written_at >= made.at)).all()
    if not office().letters_leave and not any(letter.first_tried_at for letter in letters):
        return Heard.IN_TIME
    left_at = min((letter.sent_at for letter in letters if letter.sent_at is not None and not _came_back_for_us(letter)), default=None)
    if waiting.left_in_time(made.at, ends_at, left_at):
        return Heard.IN_TIME
    again = made.reason in (waiting.NOT_TOLD, waiting.NOT_ASKED)
    alone = any((_of_this_one_alone if again else _of_the_address)(letter) for letter in letters)
    return Heard.NEVER if alone or (again and left_at is None and _others_left(made.at, ends_at, letters)) else Heard.TOO_LATE


def _others_left(made_at: datetime, ends_at: datetime, letters: Sequence[sa.Row]) -> bool:  # type: ignore[type-arg]
    """Whether letters to others left in the time in which these should have."""
    return bool(db.session.scalar(sa.select(sa.exists().where(
        Letter.sent_at.between(made_at, waiting.half_way(made_at, ends_at)), Letter.address.not_in({letter.address for letter in letters})))))


def not_yet(offered: Collection[Booking]) -> set[int]:
    """Of these offers, by their ids, those whose letter waits to leave, in one statement; none where letters are kept here."""
    if not offered or not office().letters_leave:
        return set()
    subjects = {f"booking:{number}": one.id for one in offered for number in (one.id, one.previous_id) if number}
    return {subjects[subject] for subject in db.session.scalars(
        sa.select(LetterConcern.subject).join(Letter, Letter.id == LetterConcern.letter_id).where(
            LetterConcern.subject.in_(subjects), Letter.kind.in_(OFFERS), Letter.status.in_(NOT_YET_SENT)))}


def _about(booking_ids: Collection[int | None]) -> sa.Select[tuple[int]]:
    return sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_([f"booking:{number}" for number in booking_ids if number]))


def _of_the_address(letter: sa.Row) -> bool:  # type: ignore[type-arg]
    """Whether this letter did not leave because of the address that it goes to, as the mail server or we ourselves say of it."""
    refused = letter.status is LetterStatus.FAILED and not letter.words.startswith(GIVEN_UP)
    return letter.status is LetterStatus.HELD or (refused and about(letter.words) in (About.RECEIVER, None))


def _of_this_one_alone(letter: sa.Row) -> bool:  # type: ignore[type-arg]
    """Whether this letter did not leave because of its address, or because the receiver's server put off this one alone (greylisting, a full
    mailbox, a no in no words that we know) or refused it for what it is. The first time that may pass; what is asked anew for it does not wait
    again. A server that puts off everybody says nothing of this one."""
    put_off = letter.sent_at is None and (letter.put_off or "").startswith(OF_ONE_RECEIVER)
    refused = letter.status is LetterStatus.FAILED and about(letter.words) is About.LETTER
    return refused or _of_the_address(letter) or (put_off and not stopped_for_others_too(letter.first_tried_at, letter.address))


def _came_back_for_us(letter: sa.Row) -> bool:  # type: ignore[type-arg]
    """Whether this letter left us and came back because of the address that we write from."""
    return letter.status is LetterStatus.FAILED and about(letter.words) is About.SENDER
