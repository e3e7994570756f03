"""The life of a letter between being due and its fate: claimed by one worker, begun, and settled; each step a short transaction.

A claim has a lease. When it runs out, a letter that was not begun goes back; one that was begun may have arrived, and is in doubt.
On SQLite only the claim waits for the disk: after a power cut every letter that was claimed before it is in doubt.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from app.core import clock, leases
from app.core.db import UtcDateTime, db, transaction
from app.mail.models import Letter, LetterEvent
from app.mail.office import office
from app.mail.rules import fates, links
from app.mail.rules.fates import LetterStatus
from app.mail.rules.outgoing import Answer, Outcome, Outgoing

LEASE = timedelta(seconds=300)
BATCH = 50
TOO_LATE = "It could not leave in time: by then it was of no use any more."
TOO_LATE_IN_DOUBT = "No answer came, so it may have arrived. By the time of another try it was of no use any more."
NOT_FOR_THEM = "Whom it was for has left, or no longer has the role in which they were to get it."
CUT_OFF = "The worker that was sending it stopped, so it may have arrived."
CANNOT_CALL_BACK = "It had left already when it was withdrawn."
IN_DOUBT_FOR_GOOD = "No answer came twice. It may have arrived, so it is not sent again by itself."
FREE = {"lease_until": None, "claimed_by": None, "begun_at": None}
letters, events = Letter.__table__, LetterEvent.__table__


@dataclass(frozen=True)
class Claimed:
    """A letter that this worker holds."""

    id: int
    letter: Outgoing
    tries: int
    doubts: int
    first_tried_at: datetime | None

    def signed(self, headers: str) -> Outgoing:
        """The letter with the lines that say who writes: those of its first try, or these."""
        return self.letter if self.letter.sender else replace(self.letter, sender=headers)


def anything_due(now: datetime) -> bool:
    """Whether a worker finds something to do."""
    due = sa.select(letters.c.id).where(letters.c.next_try_at <= now, letters.c.status != LetterStatus.SENDING).exists()
    lapsed = sa.select(letters.c.id).where(letters.c.status == LetterStatus.SENDING, letters.c.lease_until < leases.now()).exists()
    return bool(db.session.scalar(sa.select(sa.or_(due, lapsed))))


def take_back_lapsed(now: datetime) -> None:
    """Take letters back from workers that have stopped; those that they had begun are in doubt."""
    with transaction() as session:
        lapsed = sa.select(letters.c.id, letters.c.begun_at, letters.c.doubts, letters.c.claimed_by).where(
            letters.c.status == LetterStatus.SENDING, letters.c.lease_until < leases.now()
        ).with_for_update(skip_locked=True)
        for number, begun_at, doubts, holder in session.execute(lapsed).all():
            if begun_at is None and _record_is_whole(holder):
                _set(number, status=_waiting(doubts), lease_until=None, claimed_by=None)
            else:
                _doubt(number, doubts, CUT_OFF, at=now, again_at=now)


def _record_is_whole(holder: str | None) -> bool:
    """Whether what this holder wrote can be relied on: PostgreSQL forgets nothing, SQLite what was written just before a power cut."""
    return db.session.get_bind().dialect.name == "postgresql" or leases.of_this_start(holder)


def claim(holder: str, now: datetime, *, most: int = BATCH) -> list[Claimed]:
    """Take up to so many letters that are due, the longest due first. What is past its use, or for somebody whom it is no longer for, is withdrawn
    instead."""
    with transaction() as session:
        due = sa.and_(letters.c.next_try_at <= now, letters.c.status.in_((LetterStatus.QUEUED, LetterStatus.AMBIGUOUS)))
        _withdraw_late(due, now)
        chosen = session.scalars(
            sa.select(letters.c.id).where(due).order_by(letters.c.next_try_at, letters.c.id).limit(most).with_for_update(skip_locked=True)
        ).all()
        if not chosen:
            return []
        session.execute(sa.update(letters).where(letters.c.id.in_(chosen), due).values(
            status=LetterStatus.SENDING, claimed_by=holder, lease_until=leases.ends_in(LEASE), begun_at=None
        ))
        rows = session.execute(sa.select(letters).where(letters.c.id.in_(chosen), letters.c.claimed_by == holder)
                               .order_by(letters.c.next_try_at, letters.c.id)).all()
        gone = _withdraw_from_others(rows, now)
    kept = [_claimed(row) for row in rows if row.id not in gone]
    return kept if kept or not gone else claim(holder, now, most=most)


def _withdraw_from_others(rows: Sequence[sa.Row], now: datetime) -> set[int]:
    """Of the letters that were just taken, those that are not for their recipients any more: these do not leave."""
    gone: set[int] = set()
    for audience in office().audiences:
        numbers = [row.id for row in rows if row.kind in audience.kinds]
        if numbers:
            gone.update(db.session.scalars(sa.select(letters.c.id).where(letters.c.id.in_(numbers), sa.not_(audience.still(letters)))))
    if gone:
        void, in_doubt = (sa.literal(status, letters.c.status.type) for status in (LetterStatus.VOID, LetterStatus.AMBIGUOUS))
        done = db.session.execute(sa.update(letters).where(letters.c.id.in_(gone)).values(
            status=sa.case((letters.c.doubts > 0, in_doubt), else_=void), words=NOT_FOR_THEM,
            about=letters.c.about + ":withdrawn:" + letters.c.ref, next_try_at=None, outdated_at=now, outdated=NOT_FOR_THEM, **FREE,
        ).returning(letters.c.id, letters.c.status)).all()
        for number, status in done:
            _note([number], status, NOT_FOR_THEM, now)
    return gone


def _withdraw_late(due: sa.ColumnElement[bool], now: datetime) -> None:
    """What is of no use any more is withdrawn; what may have arrived stays in doubt, and is not tried again."""
    for doubted, status, words in ((False, LetterStatus.VOID, TOO_LATE), (True, LetterStatus.AMBIGUOUS, TOO_LATE_IN_DOUBT)):
        late = db.session.scalars(
            sa.update(letters).where(due, letters.c.valid_until <= now, (letters.c.doubts > 0) == sa.literal(doubted))
            .values(status=status, words=words, next_try_at=None).returning(letters.c.id)
        ).all()
        _note(late, status, words, now)


def _claimed(row: sa.Row) -> Claimed:
    key = office().link_key
    letter = Outgoing(
        ref=row.ref, address=row.address, sender=row.sender or "", subject=row.subject, text=links.with_secrets(row.text, key),
        html=links.with_secrets(row.html, key), calendar=row.calendar, calendar_method=row.calendar_method, written_at=row.written_at,
        doubted=row.doubts > 0, language=row.language,
    )
    return Claimed(row.id, letter, row.tries, row.doubts, row.first_tried_at)


def begin(one: Claimed, holder: str, sender: str, now: datetime) -> bool:
    """Say that this letter is leaving now. No when it was withdrawn since, is past its use, or somebody else has it."""
    changed = db.session.execute(_beginning(db.session.get_bind().dialect.name), {
        "number": one.id, "holder": holder, "moment": now, "first": one.first_tried_at or now, "signed": one.letter.sender or sender,
        "lease_until": clock.now() + LEASE,
    })
    return changed.rowcount == 1


@cache
def _beginning(dialect: str) -> sa.Update:
    """The statement, made once: this is asked for each letter. On PostgreSQL the lease goes by its clock, on SQLite by that of the host."""
    lease = leases.ends_in(LEASE) if dialect == "postgresql" else sa.bindparam("lease_until", type_=UtcDateTime())
    moment = sa.bindparam("moment", type_=UtcDateTime())
    return sa.update(letters).where(
        letters.c.id == sa.bindparam("number"), letters.c.claimed_by == sa.bindparam("holder"), letters.c.status == LetterStatus.SENDING,
        sa.or_(letters.c.valid_until.is_(None), letters.c.valid_until > moment),
    ).values(begun_at=moment, tries=letters.c.tries + 1, first_tried_at=sa.bindparam("first"), sender=sa.bindparam("signed"), lease_until=lease)


def settle(one: Claimed, answer: Answer, holder: str, now: datetime) -> None:
    """Write down what became of a letter that was begun."""
    if answer.outcome is Outcome.SENT:
        _sent(one, holder, answer.words, now)
    elif not _is_held(one, holder):
        _of_withdrawn(one, answer, now)
    elif answer.outcome is Outcome.REFUSED:
        _set(one.id, status=LetterStatus.FAILED, words=answer.words, next_try_at=None, **FREE)
        _note([one.id], LetterStatus.FAILED, answer.words, now)
    elif answer.outcome is Outcome.DOUBTFUL:
        _doubt(one.id, one.doubts, answer.words, at=now, again_at=now + fates.PAUSES[0])
    else:
        put_off(one, f"{fates.OF_ONE_RECEIVER} {answer.words}" if answer.of_one_receiver else answer.words, now, tries=one.tries + 1)


def _sent(one: Claimed, holder: str, words: str, now: datetime) -> None:
    """A letter that the other side has taken is sent, whatever was decided about it meanwhile: nobody may send it again."""
    values = {"number": one.id, "holder": holder, "said": words, "moment": now}
    if db.session.execute(SENT_BY_HOLDER, values).rowcount == 0:
        changed = db.session.execute(SENT_ANYHOW, values)
        _note([one.id] * changed.rowcount, LetterStatus.SENT, CANNOT_CALL_BACK, now)


SENT_ANYHOW = sa.update(letters).where(letters.c.id == sa.bindparam("number"), letters.c.status != LetterStatus.SENT).values(
    status=LetterStatus.SENT, words=sa.bindparam("said"), sent_at=sa.bindparam("moment", type_=UtcDateTime()), next_try_at=None, **FREE
)
SENT_BY_HOLDER = SENT_ANYHOW.where(letters.c.claimed_by == sa.bindparam("holder"))


def _of_withdrawn(one: Claimed, answer: Answer, now: datetime) -> None:
    """A letter that was withdrawn while it was leaving stays so; whether it may have arrived is known by now."""
    doubtful = answer.outcome is Outcome.DOUBTFUL
    changed = db.session.execute(
        sa.update(letters).where(letters.c.id == one.id, letters.c.status == LetterStatus.VOID, letters.c.begun_at.is_not(None))
        .values(begun_at=None, doubts=letters.c.doubts + int(doubtful)))
    if doubtful:
        _note([one.id] * changed.rowcount, LetterStatus.AMBIGUOUS, answer.words, now)


def _is_held(one: Claimed, holder: str) -> bool:
    return db.session.scalar(sa.select(letters.c.claimed_by).where(letters.c.id == one.id).with_for_update()) == holder


def put_off(one: Claimed, words: str, now: datetime, *, tries: int) -> None:
    """Try this letter again later, or give it up when 72 hours have gone by. Only inside a transaction."""
    first = one.first_tried_at or now
    again_at = fates.next_try(tries, first, now)
    given_up = LetterStatus.AMBIGUOUS if one.doubts else LetterStatus.FAILED
    status = _waiting(one.doubts) if again_at else given_up
    said = words if again_at else f"{fates.GIVEN_UP} {words}"
    _set(one.id, status=status, words=said, next_try_at=again_at, tries=tries, first_tried_at=first, **FREE)
    _note([one.id], status, said, now)


def _doubt(number: int, doubts: int, words: str, *, at: datetime, again_at: datetime) -> None:
    last = doubts + 1 >= fates.MOST_DOUBTS
    said = f"{words} {IN_DOUBT_FOR_GOOD}" if last else words
    _set(number, status=LetterStatus.AMBIGUOUS, words=said, doubts=doubts + 1, next_try_at=None if last else again_at, **FREE)
    _note([number], LetterStatus.AMBIGUOUS, said, at)


def release(batch: Collection[Claimed], holder: str) -> None:
    """Give letters back that were claimed and not begun."""
    if not batch:
        return
    with transaction() as session:
        for doubted in (False, True):
            chosen = [one.id for one in batch if bool(one.doubts) is doubted]
            if chosen:
                session.execute(
                    sa.update(letters).where(letters.c.id.in_(chosen), letters.c.claimed_by == holder, letters.c.begun_at.is_(None))
                    .values(status=_waiting(int(doubted)), lease_until=None, claimed_by=None)
                )


def put_off_all(batch: Collection[Claimed], holder: str, words: str, now: datetime) -> None:
    """Try these later, because nobody answers."""
    with transaction():
        for one in batch:
            if _is_held(one, holder):
                put_off(one, words, now, tries=one.tries + 1)


def _waiting(doubts: int) -> LetterStatus:
    return LetterStatus.AMBIGUOUS if doubts else LetterStatus.QUEUED


def _set(number: int, **values: object) -> None:
    db.session.execute(sa.update(letters).where(letters.c.id == number).values(**values))


def _note(numbers: Sequence[int], status: LetterStatus, words: str, at: datetime) -> None:
    if numbers:
        db.session.execute(sa.insert(events), [{"letter_id": number, "at": at, "status": status, "words": words} for number in numbers])
