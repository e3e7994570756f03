"""What follows when a letter comes back, and when somebody says that an address works after all."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import transaction
from app.mail.models import Letter, LetterEvent, UndeliverableAddress
from app.mail.rules import bounces
from app.mail.rules.fates import LetterStatus

CAME_BACK = "It came back: {words}"
HELD = "Letters to this address came back: {words}"
LEFT = (LetterStatus.SENT, LetterStatus.AMBIGUOUS, LetterStatus.SENDING)


def take_bounce(report: bytes, *, now: datetime) -> Letter | None:
    """Note that a letter came back; none when the message is about no letter of ours, or says nothing final.

    If the address is wrong, later letters to it are held, and those that wait already.
    """
    found = bounces.read(report)
    if found is None:
        return None
    with transaction() as session:
        letter = session.scalar(sa.select(Letter).where(
            Letter.ref == found.ref, sa.or_(Letter.status.in_(LEFT), Letter.withdrawn_in_doubt)).with_for_update())
        if letter is None:
            return None
        letter.status, letter.words, letter.next_try_at = LetterStatus.FAILED, CAME_BACK.format(words=found.words), None
        session.add(LetterEvent(letter_id=letter.id, at=now, status=LetterStatus.FAILED, words=letter.words))
        session.flush()
        if found.address_is_wrong:
            _mark(letter, found.words, now)
    return letter


def _mark(letter: Letter, words: str, now: datetime) -> None:
    with transaction() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(UndeliverableAddress).values(address=letter.address, since=now, words=words, letter_id=letter.id)
                        .on_conflict_do_nothing(index_elements=["address"]))
        waiting = sa.update(Letter).where(Letter.address == letter.address, Letter.status == LetterStatus.QUEUED)
        held = session.scalars(waiting.values(status=LetterStatus.HELD, next_try_at=None, words=HELD.format(words=words)).returning(Letter.id)
                               .execution_options(synchronize_session="fetch")).all()
        session.add_all(LetterEvent(letter_id=number, at=now, status=LetterStatus.HELD, words=HELD.format(words=words)) for number in held)


def address_works(*, address: str, by: str, now: datetime) -> int:
    """Send letters to this address again, from those that were held on; how many of those are of use still."""
    with transaction() as session:
        session.execute(sa.delete(UndeliverableAddress).where(UndeliverableAddress.address == address))
        held = sa.update(Letter).where(Letter.address == address, Letter.status == LetterStatus.HELD, Letter.words.startswith(HELD[:20]))
        freed = session.execute(held.values(status=LetterStatus.QUEUED, next_try_at=Letter.due_at, words="")
                                .returning(Letter.id, Letter.valid_until).execution_options(synchronize_session="fetch")).all()
        words = f"{by} says that the address works."
        session.add_all(LetterEvent(letter_id=number, at=now, status=LetterStatus.QUEUED, words=words) for number, _until in freed)
    return sum(until is None or until > now for _number, until in freed)
