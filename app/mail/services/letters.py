"""Writing letters, withdrawing those that stopped being true, and sending one again because somebody asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core import tokens
from app.core.addresses import work_address
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail import queries
from app.mail.models import Letter, LetterConcern, LetterEvent
from app.mail.office import office
from app.mail.rules import links, writing
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus
from app.mail.rules.links import LinkTo
from app.mail.services.bounces import HELD
from app.mail.services.links import keep_link

COPY = "This is a copy for your information. The letter went to {to}."
AGAIN = (LetterStatus.SENT, LetterStatus.FAILED, LetterStatus.AMBIGUOUS)


@dataclass(frozen=True)
class Act:
    """The one thing that a letter asks for, as a button: its words, and an address or a link that the letter is to hold."""

    label: str
    to: str | LinkTo


@dataclass(frozen=True)
class Calendar:
    """An iCalendar text that goes with a letter, and what it asks of a calendar (REQUEST or CANCEL)."""

    text: str
    method: str


@dataclass(frozen=True)
class Draft:
    """A letter to be written. `about` says what it is about, such as "booking:42:reminder:7:v2": it is written once, however often asked.

    `fields` gives a text or a link for each placeholder of the wording; `concerns` names the things on whose pages the letter is shown
    ("booking:42", "session:7"); after `valid_until` it is of no use and is not sent; `copy_to` gets the same letter without its links and button.
    """

    about: str
    kind: str
    to: str
    fields: Mapping[str, str | LinkTo] = field(default_factory=dict)
    person_id: int | None = None
    concerns: tuple[str, ...] | str = ()
    act: Act | None = None
    due_at: datetime | None = None
    valid_until: datetime | None = None
    copy_to: str | None = None
    calendar: Calendar | None = None


def queue(draft: Draft, *, now: datetime) -> Letter | None:
    """Write the letter in the caller's transaction; none when it was written before.

    Subject and text are fixed now. To an address that cannot be right, or from which letters came back, it is held: the act goes on.

    Raises:
        LookupError: no room declared this kind, or a placeholder of its wording was not given.
    """
    with transaction():
        desk = queries.before_writing(draft.kind, draft.about, draft.to)
        if desk.written:
            return None
        kept = {name: _marked(value, draft, now) for name, value in draft.fields.items()}
        act = (draft.act.label, _marked(draft.act.to, draft, now)) if draft.act else None
        letter = _write(draft, desk, kept, act, now)
        if letter is not None and draft.copy_to and draft.copy_to.strip().lower() != draft.to.strip().lower():
            _copy(draft, kept, now)
    return letter


def _copy(draft: Draft, kept: dict[str, str], now: datetime) -> None:
    about, to = f"{draft.about}:copy", str(draft.copy_to)
    desk = queries.before_writing(draft.kind, about, to)
    plain = {name: links.without_secrets(value) for name, value in kept.items()}
    copied = replace(draft, about=about, to=to, person_id=None, calendar=None)
    _write(copied, replace(desk, body=f"{COPY.format(to=draft.to)}\n\n{desk.body}"), plain, None, now)


def _marked(value: str | LinkTo, draft: Draft, now: datetime) -> str:
    """The text itself; for a link the address with a mark in place of its secret, and the link is kept."""
    if isinstance(value, str):
        return value
    mark = links.new_mark()
    keep_link(value, secret=links.secret_of(mark, office().link_key), person_id=draft.person_id, now=now)
    return office().address_of(mark)


def _write(draft: Draft, desk: queries.Desk, kept: dict[str, str], act: tuple[str, str] | None, now: datetime) -> Letter | None:
    here, ref = office(), tokens.reference()
    foot = writing.Footing(ref, here.wording(draft.kind).because)
    page = writing.write(desk.subject, desk.body, kept, act, here.house, foot)
    to, held = _address(draft.to, desk.came_back)
    facts = {
        "ref": ref, "about": draft.about, "kind": draft.kind, "address": to, "person_id": draft.person_id, "fields": kept,
        "subject": page.subject, "text": page.text, "html": page.html, "wording_number": desk.number,
        "calendar": draft.calendar.text if draft.calendar else None, "calendar_method": draft.calendar.method if draft.calendar else None,
        "written_at": now, "due_at": draft.due_at or now, "valid_until": draft.valid_until, "words": held, "tries": 0, "doubts": 0,
        "status": LetterStatus.HELD if held else LetterStatus.QUEUED, "next_try_at": None if held else draft.due_at or now,
    }
    letter = _insert_once(facts)
    if letter is not None:
        _note_concerns(letter.id, (draft.concerns,) if isinstance(draft.concerns, str) else draft.concerns)
    return letter


def _address(to: str, came_back: str | None) -> tuple[str, str]:
    """The address as it is kept, and why the letter is held (empty when it is not)."""
    try:
        address = work_address(to)
    except Refused:
        return writing.CONTROL.sub(" ", to).strip()[:320], "This is not an address that mail can be sent to."
    return address, "" if came_back is None else HELD.format(words=came_back)


def _insert_once(facts: dict[str, object]) -> Letter | None:
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Letter).values(**facts).on_conflict_do_nothing(index_elements=["about"]).returning(Letter)
    return db.session.scalars(statement).one_or_none()


def _note_concerns(letter_id: int, concerns: Iterable[str]) -> None:
    rows = [{"subject": subject, "letter_id": letter_id} for subject in dict.fromkeys(concerns)]
    if rows:
        db.session.execute(sa.insert(LetterConcern), rows)


def void(*, concerns: str | tuple[str, ...], reason: str, now: datetime, kinds: Iterable[str] | None = None, but: tuple[str, ...] = ()) -> int:
    """Withdraw, in the caller's transaction, what is written about any of these and has not been sent; how many letters that was.

    Only those of `kinds`, when given; those whose `about` is in `but` stay. A letter that is leaving in this moment cannot be called back:
    it is shown as sent.
    """
    subjects = (concerns,) if isinstance(concerns, str) else concerns
    with transaction() as session:
        chosen = sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_(subjects))
        statement = sa.update(Letter).where(Letter.id.in_(chosen), Letter.status.in_(NOT_YET_SENT), Letter.about.not_in(but))
        if kinds is not None:
            statement = statement.where(Letter.kind.in_(tuple(kinds)))
        gone = session.scalars(
            statement.values(status=LetterStatus.VOID, words=reason, next_try_at=None, lease_until=None, claimed_by=None)
            .returning(Letter.id).execution_options(synchronize_session="fetch")
        ).all()
        session.add_all(LetterEvent(letter_id=number, at=now, status=LetterStatus.VOID, words=reason) for number in gone)
    return len(gone)


def send_again(*, letter_id: int, by: str, reason: str, now: datetime, to: str | None = None) -> Letter:
    """Write the same letter once more, to the same address unless `to` names another, and say why.

    Raises:
        Refused: it is still on its way, was withdrawn, or is about something that has passed; no reason was given; it would give
            somebody's account to another address.
    """
    with transaction() as session:
        old = session.get_one(Letter, letter_id, populate_existing=True, with_for_update=True)
        _may_go_again(old, reason, now)
        if to and to.strip().lower() != old.address and office().wording(old.kind).opens_account:
            raise Refused("This letter opens somebody’s account, so it goes to their own address only. They can ask for a new one themselves.")
        copied = ("kind", "person_id", "fields", "subject", "text", "html", "wording_number", "calendar", "calendar_method", "valid_until")
        address, held = _address(to or old.address, queries.came_back(to or old.address))
        first = old.about.partition(":again:")[0]
        facts = {name: getattr(old, name) for name in copied} | {
            "ref": tokens.reference(), "about": f"{first}:again:{tokens.reference()}", "address": address, "written_at": now, "due_at": now,
            "status": LetterStatus.HELD if held else LetterStatus.QUEUED, "next_try_at": None if held else now, "words": held,
            "tries": 0, "doubts": 0, "again_of_id": old.id, "again_by": by, "again_reason": reason.strip(),
        }
        letter = Letter(**facts)
        session.add(letter)
        session.flush()
        _note_concerns(letter.id, [concern.subject for concern in old.concerns])
        session.add(LetterEvent(letter_id=old.id, at=now, status=old.status, words=f"Sent again by {by}: {reason.strip()}"))
    return letter


def _may_go_again(old: Letter, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise Refused("Say why the letter should go again")
    if old.status is LetterStatus.VOID:
        raise Refused("This letter was withdrawn because it stopped being true. It cannot be sent again.")
    if old.status is LetterStatus.HELD:
        raise Refused("This letter is held back. Say that its address works, and it goes.")
    if old.status not in AGAIN or old.next_try_at is not None:
        raise Refused("This letter is still on its way. Wait until its fate is known.")
    if old.valid_until is not None and now >= old.valid_until:
        raise Refused("This letter is about something that has passed. Write to the person yourself instead.")
