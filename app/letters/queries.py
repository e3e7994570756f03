"""What the pages of letters show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import Request
from sqlalchemy.orm import defer, selectinload

from app.accounts.models import Person
from app.core import tokens
from app.core.db import db
from app.core.pages import Page
from app.mail import queries as mail
from app.mail.models import Letter, LetterConcern, LetterEvent, UndeliverableAddress, WordingVersion
from app.mail.office import office
from app.mail.queries import InForce
from app.mail.rules import wording as wordings
from app.mail.rules import writing
from app.mail.rules.fates import LetterStatus
from app.mail.rules.frame import BUTTON
from app.mail.rules.languages import Both, Kept, Language, each
from app.mail.rules.links import FoundLink, without_secrets
from app.mail.rules.wording import Wording

PAGE_SIZE = 30
SAMPLES = 10
LINK_COOKIE = "link"
MOST_LINKS = 20
"""So many links' cookies a browser keeps: each is some 130 bytes of the 8,190 that a server reads of a line."""
LETTER = "letter"
"""What says in an address by which letter's link somebody came: its name, which is no secret."""
WITHOUT_BODIES = [defer(column, raiseload=True) for column in (Letter.text, Letter.html, Letter.calendar, Letter.fields)]


def name_of(secret: str) -> str:
    """What tells this link from others in the same browser; nobody finds the secret from it."""
    return tokens.digest(secret)[:12]


def link_cookie(name: str) -> str:
    """The name of the cookie that holds the secret of the link of this name."""
    return f"__Host-{LINK_COOKIE}-{name}" if office().secure else f"{LINK_COOKIE}-{name}"


def links_too_many(request: Request, name: str) -> list[str]:
    """The cookies of links that must go when one of this name comes, the oldest first, as browsers send them in that order."""
    prefix, own = link_cookie(""), link_cookie(name)
    others = [cookie for cookie in request.cookies if cookie.startswith(prefix) and cookie != own]
    return others[:max(0, len(others) + 1 - MOST_LINKS)]


def brought_secret(request: Request) -> str:
    """The secret of the link that the address names; empty when this browser did not come by it, or the page was open for too long."""
    secret = request.cookies.get(link_cookie(request.args.get(LETTER, "")), "")
    return secret if name_of(secret) == request.args.get(LETTER) else ""


def current_link(request: Request, now: datetime) -> FoundLink | None:
    """The link by which this browser came to this page, and what became of it; none when it came by none, or by one that never was."""
    secret = brought_secret(request)
    return mail.link(secret, now) if 20 <= len(secret) <= 100 else None


def outbox(words: str, status: LetterStatus | None, page: int | None, about: str = "") -> tuple[Page, Sequence[Letter]]:
    """A page of the letters with these words in subject, address, reference or the person's name, the newest first, without their bodies.

    `about` keeps to those that concern one thing ("session:7", "booking:42"), or that went to one person ("person:3").
    """
    found = sa.select(Letter)
    if about:
        kind, _colon, number = about.partition(":")
        to_them = Letter.person_id == int(number) if kind == "person" and number.isascii() and number.isdigit() and len(number) < 10 else sa.false()
        found = found.where(sa.or_(Letter.id.in_(sa.select(LetterConcern.letter_id).where(LetterConcern.subject == about)), to_them))
    if status is not None:
        found = found.where(_shown_as(status))
    for word in words.split()[:8]:
        named = sa.select(Person.id).where(sa.or_(*(name.icontains(word, autoescape=True) for name in (Person.first_name, Person.last_name))))
        inside = (column.icontains(word, autoescape=True) for column in (Letter.subject, Letter.address, Letter.ref))
        found = found.where(sa.or_(*inside, Letter.person_id.in_(named)))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(found.with_only_columns(Letter.id).subquery())) or 0
    at = Page.at(page, size=PAGE_SIZE, total=total)
    return at, db.session.scalars(found.options(*WITHOUT_BODIES).order_by(Letter.id.desc()).offset(at.offset).limit(PAGE_SIZE)).all()


def _shown_as(status: LetterStatus) -> sa.ColumnElement[bool]:
    """Whether a letter is shown in this state, as a condition."""
    if status is LetterStatus.AMBIGUOUS:
        return sa.or_(Letter.status == status, Letter.withdrawn_in_doubt)
    return sa.and_(Letter.status == status, sa.not_(Letter.withdrawn_in_doubt)) if status is LetterStatus.VOID else Letter.status == status


def how_many() -> Mapping[LetterStatus, int]:
    """How many letters are shown in each state."""
    counts = Counter(dict(db.session.execute(sa.select(Letter.status, sa.func.count()).group_by(Letter.status)).all()))
    in_doubt = db.session.scalar(sa.select(sa.func.count()).select_from(Letter).where(Letter.withdrawn_in_doubt)) or 0
    return counts + Counter({LetterStatus.AMBIGUOUS: in_doubt}) - Counter({LetterStatus.VOID: in_doubt})


def doubted() -> int:
    """How many letters may have come twice, or not at all, because an answer was lost."""
    return db.session.scalar(
        sa.select(sa.func.count(sa.distinct(LetterEvent.letter_id))).where(LetterEvent.status == LetterStatus.AMBIGUOUS)
    ) or 0


def letter(number: int) -> Letter | None:
    """One letter with what happened to it."""
    return db.session.scalar(sa.select(Letter).where(Letter.id == number).options(
        selectinload(Letter.events), selectinload(Letter.concerns), defer(Letter.calendar), defer(Letter.fields)
    ))


def sent_again_as(number: int) -> Sequence[int]:
    """The letters that were written because this one was to go again."""
    return db.session.scalars(sa.select(Letter.id).where(Letter.again_of_id == number).order_by(Letter.id)).all()


def undeliverable(address: str) -> UndeliverableAddress | None:
    """What is known of an address from which letters came back."""
    return db.session.get(UndeliverableAddress, address)


@dataclass(frozen=True)
class KindOfLetter:
    """One kind in the list of wordings: what was last saved for it in each language, if anything was."""

    wording: Wording
    saved: Mapping[Language, WordingVersion]

    @property
    def english(self) -> WordingVersion | None:
        """What was last saved of its English wording; none while it is as it came."""
        return self.saved.get(Language.ENGLISH)

    @property
    def welsh(self) -> WordingVersion | None:
        """Its Welsh wording; none when nobody wrote one, or it was taken back."""
        found = self.saved.get(Language.WELSH)
        return found if found and found.body else None


def kinds() -> list[KindOfLetter]:
    """Every kind of letter, in the order in which the rooms declare them."""
    key = (WordingVersion.kind, WordingVersion.language)
    latest = sa.select(*key, sa.func.max(WordingVersion.number).label("number")).group_by(*key).subquery()
    rows = db.session.scalars(sa.select(WordingVersion).join(latest, sa.and_(
        latest.c.kind == WordingVersion.kind, latest.c.language == WordingVersion.language, latest.c.number == WordingVersion.number)))
    saved: dict[str, dict[Language, WordingVersion]] = {}
    for row in rows:
        saved.setdefault(row.kind, {})[row.language] = row
    return [KindOfLetter(wording, saved.get(wording.kind, {})) for wording in office().wordings.values()]


def versions(kind: str, language: Language = Language.ENGLISH) -> Sequence[WordingVersion]:
    """Every wording that was saved for this kind in this language, the one in force first."""
    return db.session.scalars(sa.select(WordingVersion).where(WordingVersion.kind == kind, WordingVersion.language == language)
                              .order_by(WordingVersion.number.desc())).all()


def samples(kind: str) -> list[tuple[int, str]]:
    """(number, words) of the latest letters of this kind, whose data a preview can use."""
    rows = db.session.execute(sa.select(Letter.id, Letter.address, Letter.written_at).where(Letter.kind == kind, Letter.again_of_id.is_(None))
                              .order_by(Letter.id.desc()).limit(SAMPLES)).all()
    return [(number, f"{address}, {written_at:%-d %B %Y}") for number, address, written_at in rows]


def preview(wording: Wording, text: InForce, sample_id: int | None) -> writing.Page:
    """How a letter with this text would read, with the data of the letter `sample_id`; without one, with what each placeholder stands for."""
    found = db.session.scalar(sa.select(Letter).where(Letter.id == sample_id, Letter.kind == wording.kind)) if sample_id else None
    given: dict[str, Kept] = {name: Both(f"[{meaning}]").by_language() for name, meaning in wording.placeholders.items()}
    if found is not None:
        given |= {name: each(value, without_secrets) for name, value in found.fields.items()}
    names = wordings.names_in(text.subject + text.body)
    act = (BUTTON, office().address_of("only-in-the-letter")) if wording.acts or wordings.ACT in names else None
    foot = writing.Footing(found.ref if found else "abcd-2345-efgh", wording.because)
    return writing.write(text.subject, text.body, given, act, office().house, foot, language=text.language)
