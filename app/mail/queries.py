"""What is known of letters, their wording and their links."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar

import sqlalchemy as sa

from app.core import tokens
from app.core.db import db, send
from app.mail.models import Letter, LetterConcern, LetterEvent, Link, UndeliverableAddress, WordingVersion
from app.mail.office import office
from app.mail.rules.drafts import Draft
from app.mail.rules.fates import GIVEN_UP, NOT_YET_SENT, OF_ONE_RECEIVER, LetterStatus
from app.mail.rules.languages import Language
from app.mail.rules.links import FoundLink


@dataclass(frozen=True)
class InForce:
    """A kind's wording that letters are written with; number 0 is the shipped one, or in another language than English none yet."""

    number: int
    subject: str
    body: str
    language: Language = Language.ENGLISH


@dataclass(frozen=True)
class Desk:
    """What lies on the desk when letters are to be written: the wordings in force by kind and language, which letters were written before
    (what they are about), by address what was said when one to it came back, and who gets letters in another language than English."""

    wordings: Mapping[tuple[str, Language], InForce]
    written: frozenset[str]
    came_back: Mapping[str, str]
    languages: Mapping[int | str, Language]

    def wording(self, draft: Draft) -> InForce:
        """The wording of this letter in its recipient's language; in English where there is none in theirs."""
        theirs = self.languages.get(draft.recipient, Language.ENGLISH)
        return self.wordings.get((draft.kind, theirs)) or self.wordings[draft.kind, Language.ENGLISH]


_LATER = sa.orm.aliased(WordingVersion)
_IN_FORCE = WordingVersion.number == sa.select(sa.func.max(_LATER.number)).where(
    _LATER.kind == WordingVersion.kind, _LATER.language == WordingVersion.language).correlate(WordingVersion).scalar_subquery()
_COLUMNS = (WordingVersion.number, WordingVersion.subject, WordingVersion.body, WordingVersion.language)
_WORDING = sa.select(*_COLUMNS).where(
    WordingVersion.kind == sa.bindparam("kind"), WordingVersion.language == sa.bindparam("language", type_=WordingVersion.language.type), _IN_FORCE)
_WORDINGS = sa.select(WordingVersion.kind, *_COLUMNS).where(
    WordingVersion.kind.in_(sa.bindparam("kinds", expanding=True)), WordingVersion.body != "", _IN_FORCE)
NOBODY = 0


@cache
def _desk(people: sa.Table) -> sa.Select[tuple[int, str, str, Language, bool, str]]:
    """One row, for one letter: the wording saved in its recipient's language, else in English; whether it was written; what came back."""
    person = sa.bindparam("person", type_=sa.Integer())
    theirs = sa.select(people.c.language).where(sa.or_(people.c.id == person, sa.and_(person == NOBODY, people.c.email == sa.bindparam("address"))))
    chosen = (
        sa.select(WordingVersion.id).where(
            WordingVersion.kind == sa.bindparam("kind"), WordingVersion.body != "", _IN_FORCE,
            sa.or_(WordingVersion.language == Language.ENGLISH, WordingVersion.language == theirs.scalar_subquery()))
        .order_by(WordingVersion.language == Language.ENGLISH).limit(1)
    )
    saved = sa.orm.aliased(WordingVersion)
    return sa.select(
        saved.number, saved.subject, saved.body, saved.language,
        sa.select(sa.literal_column("1")).where(Letter.about == sa.bindparam("about")).exists(),
        sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == sa.bindparam("address")).scalar_subquery(),
    ).select_from(sa.select(sa.literal_column("1").label("one")).subquery().outerjoin(saved, saved.id == chosen.scalar_subquery()))


@cache
def _others(people: sa.Table, by: str) -> sa.Select[tuple[int | str, Language]]:
    """Those of these people, known by their `id` or `email`, who would like letters in another language than English."""
    return sa.select(people.c[by], people.c.language).where(
        people.c[by].in_(sa.bindparam("these", expanding=True)), people.c.language != Language.ENGLISH)


_ABOUTS = sa.select(Letter.about).where(Letter.about.in_(sa.bindparam("abouts", expanding=True)))
_BACK = sa.select(UndeliverableAddress.address, UndeliverableAddress.words).where(
    UndeliverableAddress.address.in_(sa.bindparam("addresses", expanding=True)))
Value = TypeVar("Value", int, str)
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
    number, subject, body, language, there, back = send(_desk(office().people), {
        "kind": draft.kind, "about": draft.about, "address": draft.address, "person": draft.person_id or NOBODY}).one()
    wording = _shipped(draft.kind) if number is None else InForce(number, subject, body, language)
    return Desk({(draft.kind, wording.language): wording}, frozenset([draft.about] if there else []), {} if back is None else {draft.address: back},
                {draft.recipient: wording.language})


def _before_many(drafts: Sequence[Draft]) -> Desk:
    addresses = {address for draft in drafts for address in (draft.address, draft.copy_address) if address}
    came_back = {}
    for some in _in_turn(sorted(addresses)):
        came_back.update(dict(send(_BACK, {"addresses": some}).all()))
    kinds = list(dict.fromkeys(draft.kind for draft in drafts))
    wordings = {(kind, Language.ENGLISH): _shipped(kind) for kind in kinds}
    wordings |= {(kind, wording.language): wording for kind, *row in send(_WORDINGS, {"kinds": kinds}) for wording in [InForce(*row)]}
    languages = _languages(drafts) if any(language is not Language.ENGLISH for _kind, language in wordings) else {}
    return Desk(wordings, frozenset(written(draft.about for draft in drafts)), came_back, languages)


def _languages(drafts: Sequence[Draft]) -> dict[int | str, Language]:
    """The languages of those who would like another than English; a copy's recipient is known by the address."""
    numbers = {draft.person_id for draft in drafts if draft.person_id is not None}
    addresses = {draft.address for draft in drafts if draft.person_id is None} | {draft.copy_address for draft in drafts if draft.copy_to}
    found: dict[int | str, Language] = {}
    for by, these in (("id", sorted(numbers)), ("email", sorted(addresses))):
        for some in _in_turn(these):
            found.update(dict(send(_others(office().people, by), {"these": some}).all()))
    return found


def _shipped(kind: str) -> InForce:
    return InForce(0, office().wording(kind).subject, office().wording(kind).body)


def wording_in_force(kind: str, language: Language = Language.ENGLISH) -> InForce:
    """The wording with which letters of this kind are written now in this language; an empty one where it has none.

    Raises:
        LookupError: no room declared this kind.
    """
    none = _shipped(kind) if language is Language.ENGLISH else InForce(0, "", "", language)
    row = send(_WORDING, {"kind": kind, "language": language}).one_or_none()
    return none if row is None else InForce(*row)


def written(abouts: Iterable[str]) -> set[str]:
    """Those of these letters that were written already, so that a job need not make the rest of a draft."""
    return {about for some in _in_turn(list(abouts)) for about in send(_ABOUTS, {"abouts": some}).scalars()}


def _in_turn(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    for at in range(0, len(values), AT_ONCE):
        yield values[at:at + AT_ONCE]


def came_back(to: str) -> str | None:
    """What was said when a letter to this address came back; none when none did."""
    return db.session.scalar(sa.select(UndeliverableAddress.words).where(UndeliverableAddress.address == to.strip().lower()))


def address_of(person_id: int | None) -> str | None:
    """Where letters to this person go today; none when it is nobody who is known here."""
    people = office().people
    return db.session.scalar(sa.select(people.c.email).where(people.c.id == person_id)) if person_id else None


def could_not_leave(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a letter, found by its key, was of no use any more before it could leave, as a condition: it is withdrawn, or about to be. Not one
    that may have arrived, nor one that an act withdrew, whose key is free."""
    about_to_be = sa.and_(Letter.status.in_((LetterStatus.QUEUED, LetterStatus.SENDING)), Letter.begun_at.is_(None), Letter.valid_until <= now)
    return sa.and_(Letter.doubts == 0, sa.or_(Letter.status == LetterStatus.VOID, about_to_be))


MAY_BE_READ = sa.or_(Letter.status.in_((LetterStatus.SENT, LetterStatus.FAILED)), Letter.doubts > 0, Letter.begun_at.is_not(None))
"""Whether somebody may have read a letter: it has left, leaves at this moment, or is in doubt, withdrawn since or not."""


def may_be_known(subject: str) -> bool:
    """Whether somebody may have read a letter about this."""
    return db.session.scalar(sa.select(sa.exists().where(Letter.id.in_(_about(subject)), MAY_BE_READ))) is True


def last_known(subject: str, kinds: Collection[str], person_id: int) -> Letter | None:
    """The latest letter of these kinds about this that the person may have read."""
    return db.session.scalars(_to(person_id, subject, kinds).where(MAY_BE_READ).order_by(Letter.id.desc()).limit(1)).first()


def last_withdrawn(subject: str, kinds: Collection[str], person_id: int) -> Letter | None:
    """The latest letter of these kinds about this to the person, if it was withdrawn before they could read it."""
    last = db.session.scalars(_to(person_id, subject, kinds).order_by(Letter.id.desc()).limit(1)).first()
    return last if last is not None and last.status is LetterStatus.VOID and not last.doubts and last.begun_at is None else None


def _to(person_id: int, subject: str, kinds: Collection[str]) -> sa.Select[tuple[Letter]]:
    return sa.select(Letter).where(Letter.id.in_(_about(subject)), Letter.kind.in_(kinds), Letter.person_id == person_id)


def waiting_about(subject: str, kind: str) -> Sequence[Letter]:
    """The letters of this kind about this that have not left, the first written first."""
    return db.session.scalars(sa.select(Letter).where(
        Letter.id.in_(_about(subject)), Letter.kind == kind, Letter.status.in_(NOT_YET_SENT), Letter.outdated_at.is_(None)).order_by(Letter.id)).all()


def _about(*subjects: str) -> sa.Select[tuple[int]]:
    return sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_(subjects))


def last_left_at(subject: str) -> datetime | None:
    """When the latest letter about this left, or may have left; none when none has."""
    letters, doubted = _about(subject), LetterEvent.status == LetterStatus.AMBIGUOUS
    moments = db.session.execute(sa.select(
        sa.select(sa.func.max(Letter.sent_at)).where(Letter.id.in_(letters)).scalar_subquery(),
        sa.select(sa.func.max(Letter.begun_at)).where(Letter.id.in_(letters)).scalar_subquery(),
        sa.select(sa.func.max(LetterEvent.at)).where(LetterEvent.letter_id.in_(letters), doubted).scalar_subquery(),
    )).one()
    return max(filter(None, moments), default=None)


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
    """How letters leave at this moment, in one statement. One that the server puts off for its own address does not say that none leave; those to
    several addresses do, whatever was said of each, when nothing has left since."""
    last = sa.select(Letter.sent_at).where(Letter.status == LetterStatus.SENT).order_by(Letter.id.desc()).limit(1).scalar_subquery()
    due = sa.and_(Letter.next_try_at.is_not(None), Letter.due_at <= now)
    since = sa.and_(due, sa.or_(last.is_(None), Letter.due_at > last))
    alone = Letter.words.like(f"{OF_ONE_RECEIVER}%")
    several = sa.select(sa.func.count(Letter.address.distinct()) > 1).where(since, alone).scalar_subquery()
    said = sa.select(Letter.words).where(due, Letter.words != "").order_by(Letter.next_try_at.desc()).limit(1).scalar_subquery()
    row = db.session.execute(sa.select(
        sa.select(sa.func.min(Letter.due_at)).where(due).scalar_subquery(),
        sa.select(sa.func.min(Letter.due_at)).where(since, sa.or_(~alone, several)).scalar_subquery(), last, said,
    )).one()
    return Flow(*row)


def stopped_for_others_too(tried_at: datetime, address: str) -> bool:
    """Whether no letter has left since this moment, and another address than this was put off as well since the last that did: then it is not this
    address that the server means, whatever its words are."""
    last = db.session.execute(
        sa.select(Letter.id, Letter.sent_at).where(Letter.status == LetterStatus.SENT).order_by(Letter.id.desc()).limit(1)).one_or_none()
    if last is not None and last.sent_at >= tried_at:
        return False
    given_up = sa.and_(Letter.status == LetterStatus.FAILED, Letter.words.startswith(GIVEN_UP))
    put_off = sa.or_(Letter.status.in_((LetterStatus.QUEUED, LetterStatus.SENDING, LetterStatus.VOID)), given_up)
    return bool(db.session.scalar(sa.select(sa.exists().where(
        Letter.id > (last.id if last else 0), put_off, Letter.tries > 0, Letter.address != address))))


def letters_about(*subjects: str, most: int = 50) -> Sequence[Letter]:
    """The latest letters that concern any of these ("booking:42", "session:7"), newest first, without their bodies."""
    return _headings(sa.select(Letter).where(Letter.id.in_(_about(*subjects))), most)


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
