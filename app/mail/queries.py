"""What is known of letters, their wording and their links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core import tokens
from app.core.db import db
from app.mail.models import Letter, LetterConcern, Link, UndeliverableAddress, WordingVersion
from app.mail.office import office
from app.mail.rules.fates import LetterStatus
from app.mail.rules.links import FoundLink


@dataclass(frozen=True)
class Desk:
    """What lies on the desk when a letter is to be written: the wording in force (0 is the shipped one), whether the letter was written
    before, and what was said when one to this address came back."""

    number: int
    subject: str
    body: str
    written: bool
    came_back: str | None


def before_writing(kind: str, about: str, to: str) -> Desk:
    """All that writing needs to know, in one statement.

    Raises:
        LookupError: no room declared this kind.
    """
    shipped = office().wording(kind)
    written = sa.select(sa.literal(1)).where(Letter.about == about).exists()
    back = sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == to.strip().lower()).scalar_subquery()
    row = db.session.execute(
        sa.select(WordingVersion.number, WordingVersion.subject, WordingVersion.body, written.label("written"), back.label("back"))
        .select_from(sa.select(sa.literal(1).label("one")).subquery().outerjoin(WordingVersion, WordingVersion.kind == kind))
        .order_by(WordingVersion.number.desc()).limit(1)
    ).one()
    if row.number is None:
        return Desk(0, shipped.subject, shipped.body, row.written, row.back)
    return Desk(row.number, row.subject, row.body, row.written, row.back)


def wording_in_force(kind: str) -> Desk:
    """The wording with which letters of this kind are written now."""
    return before_writing(kind, "", "")


def came_back(to: str) -> str | None:
    """What was said when a letter to this address came back; none when none did."""
    return db.session.scalar(sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == to.strip().lower()))


def written(abouts: Iterable[str]) -> set[str]:
    """Those of these letters that were written already, so that a job need not make the rest of a draft."""
    return set(db.session.scalars(sa.select(Letter.about).where(Letter.about.in_(tuple(abouts)))))


def waiting(now: datetime) -> int:
    """How many letters are due and not sent."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Letter).where(Letter.next_try_at <= now, Letter.status != LetterStatus.SENDING)
    ) or 0


@dataclass(frozen=True)
class Flow:
    """How letters leave: the oldest that is due, the oldest due since the last one left, when that was, and what the other side said."""

    oldest_due_at: datetime | None
    waits_since: datetime | None
    last_sent_at: datetime | None
    words: str | None


def flow(now: datetime) -> Flow:
    """How letters leave at this moment, in one statement."""
    last = sa.select(Letter.sent_at).where(Letter.status == LetterStatus.SENT).order_by(Letter.id.desc()).limit(1).scalar_subquery()
    due = sa.and_(Letter.next_try_at.is_not(None), Letter.due_at <= now)
    since = sa.or_(last.is_(None), Letter.due_at > last)
    said = sa.select(Letter.words).where(due, Letter.words != "").order_by(Letter.next_try_at.desc()).limit(1).scalar_subquery()
    row = db.session.execute(sa.select(
        sa.select(sa.func.min(Letter.due_at)).where(due).scalar_subquery(), sa.select(sa.func.min(Letter.due_at)).where(due, since).scalar_subquery(),
        last, said,
    )).one()
    return Flow(*row)


def letters_about(*subjects: str, most: int = 50) -> Sequence[Letter]:
    """The latest letters that concern any of these ("booking:42", "session:7"), newest first, without their bodies."""
    chosen = sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_(subjects))
    return _headings(sa.select(Letter).where(Letter.id.in_(chosen)), most)


def letters_to(person_id: int, *, most: int = 50) -> Sequence[Letter]:
    """The latest letters to this person, newest first, without their bodies."""
    return _headings(sa.select(Letter).where(Letter.person_id == person_id), most)


def _headings(found: sa.Select[tuple[Letter]], most: int) -> Sequence[Letter]:
    without = [sa.orm.defer(column, raiseload=True) for column in (Letter.text, Letter.html, Letter.calendar, Letter.fields)]
    return db.session.scalars(found.options(*without).order_by(Letter.id.desc()).limit(most)).all()


def link(secret: str, now: datetime) -> FoundLink | None:
    """The link with this secret and what became of it; none when there never was one."""
    row = db.session.scalar(sa.select(Link).where(Link.digest == tokens.digest(secret)))
    if row is None:
        return None
    ended = row.ended or ("expired" if now >= row.expires_at else None)
    return FoundLink(row.id, row.purpose, row.subject, row.person_id, row.made_at, row.expires_at, ended)


def live_purposes(subject: str, now: datetime) -> set[str]:
    """For what there are links about this that can be used."""
    return set(db.session.scalars(sa.select(Link.purpose).where(Link.subject == subject, Link.ended_at.is_(None), Link.expires_at > now)))
