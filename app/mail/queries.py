"""What is known of letters, their wording and their links."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core import tokens
from app.core.db import db, send
from app.mail.models import Letter, LetterConcern, Link, UndeliverableAddress, WordingVersion
from app.mail.office import office
from app.mail.rules.drafts import Draft
from app.mail.rules.fates import LetterStatus
from app.mail.rules.links import FoundLink


@dataclass(frozen=True)
class InForce:
    """A kind's wording that letters are written with; number 0 is the shipped one."""

    number: int
    subject: str
    body: str


@dataclass(frozen=True)
class Desk:
    """What lies on the desk when letters are to be written: the wordings in force by kind, which letters were written before (what they are
    about), and by address what was said when one to it came back."""

    wordings: Mapping[str, InForce]
    written: frozenset[str]
    came_back: Mapping[str, str]


_latest = sa.select(sa.func.max(WordingVersion.number)).where(WordingVersion.kind == sa.bindparam("kind")).scalar_subquery()
_WORDING = sa.select(WordingVersion.number, WordingVersion.subject, WordingVersion.body).where(
    WordingVersion.kind == sa.bindparam("kind"), WordingVersion.number == _latest)
_DESK = (
    sa.select(WordingVersion.number, WordingVersion.subject, WordingVersion.body,
              sa.select(sa.literal_column("1")).where(Letter.about == sa.bindparam("about")).exists(),
              sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == sa.bindparam("address")).scalar_subquery())
    .select_from(sa.select(sa.literal_column("1").label("one")).subquery().outerjoin(
        WordingVersion, sa.and_(WordingVersion.kind == sa.bindparam("kind"), WordingVersion.number == _latest)))
)
_ABOUTS = sa.select(Letter.about).where(Letter.about.in_(sa.bindparam("abouts", expanding=True)))
_BACK = sa.select(UndeliverableAddress.address, UndeliverableAddress.words).where(
    UndeliverableAddress.address.in_(sa.bindparam("addresses", expanding=True)))
AT_ONCE = 500
"""How many values a statement asks for."""


def before_writing(drafts: Sequence[Draft]) -> Desk:
    """All that writing needs to know: in one statement for one letter, in a few for many.

    Raises:
        LookupError: no room declared a kind.
    """
    if len(drafts) > 1 or drafts[0].copy_to:
        return _before_many(drafts)
    (draft,) = drafts
    shipped, address = office().wording(draft.kind), draft.to.strip().lower()
    number, subject, body, there, back = send(_DESK, {"kind": draft.kind, "about": draft.about, "address": address}).one()
    wording = InForce(0, shipped.subject, shipped.body) if number is None else InForce(number, subject, body)
    return Desk({draft.kind: wording}, frozenset([draft.about] if there else []), {} if back is None else {address: back})


def _before_many(drafts: Sequence[Draft]) -> Desk:
    addresses = {to.strip().lower() for draft in drafts for to in (draft.to, draft.copy_to) if to}
    came_back = {}
    for some in _in_turn(sorted(addresses)):
        came_back.update(dict(send(_BACK, {"addresses": some}).all()))
    wordings = {kind: wording_in_force(kind) for kind in dict.fromkeys(draft.kind for draft in drafts)}
    return Desk(wordings, frozenset(written(draft.about for draft in drafts)), came_back)


def wording_in_force(kind: str) -> InForce:
    """The wording with which letters of this kind are written now.

    Raises:
        LookupError: no room declared this kind.
    """
    shipped = office().wording(kind)
    row = send(_WORDING, {"kind": kind}).one_or_none()
    return InForce(0, shipped.subject, shipped.body) if row is None else InForce(*row)


def written(abouts: Iterable[str]) -> set[str]:
    """Those of these letters that were written already, so that a job need not make the rest of a draft."""
    return {about for some in _in_turn(list(abouts)) for about in send(_ABOUTS, {"abouts": some}).scalars()}


def _in_turn(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(values), AT_ONCE):
        yield values[at:at + AT_ONCE]


def came_back(to: str) -> str | None:
    """What was said when a letter to this address came back; none when none did."""
    return db.session.scalar(sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == to.strip().lower()))


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


@dataclass(frozen=True)
class Latest:
    """The latest letters, newest first, each with what its kind is called; and whether there are more."""

    rows: Sequence[tuple[str, Letter]]
    more: bool


SHOWN = 8
"""So many letters a page shows that is about something else."""


def latest_about(subject: str) -> Latest:
    """What became of the letters about this ("booking:42"), in one statement."""
    return _latest_of(letters_about(subject, most=SHOWN + 1))


def latest_to(person_id: int) -> Latest:
    """What became of the letters to this person, in one statement."""
    return _latest_of(_headings(sa.select(Letter).where(Letter.person_id == person_id), SHOWN + 1))


def _latest_of(found: Sequence[Letter]) -> Latest:
    return Latest([(office().title(letter.kind), letter) for letter in found[:SHOWN]], len(found) > SHOWN)


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
