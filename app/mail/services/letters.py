"""Writing letters, withdrawing those that stopped being true, and sending one again because somebody asked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from app.core import tokens
from app.core.addresses import work_address
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.icalendar import for_attendee
from app.mail import queries
from app.mail.models import Letter, LetterConcern, LetterEvent
from app.mail.office import office
from app.mail.rules import languages, links, writing
from app.mail.rules.drafts import COPIED, Draft, Text
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus
from app.mail.rules.languages import Address, Both, Kept
from app.mail.rules.links import LinkTo
from app.mail.services.bounces import HELD
from app.mail.services.keeping import Written, keep_concerns, keep_letters

AGAIN = (LetterStatus.SENT, LetterStatus.FAILED, LetterStatus.AMBIGUOUS)
LEFT = (LetterStatus.SENT, LetterStatus.FAILED)
WAITS = (LetterStatus.QUEUED, LetterStatus.HELD)
ON_ITS_WAY = sa.or_(Letter.next_try_at.is_not(None), Letter.status == LetterStatus.HELD)


def queue(draft: Draft, *, now: datetime) -> Letter | None:
    """Write one letter as `queue_all` does; none when it was written before."""
    written = queue_all([draft], now=now)
    return db.session.get_one(Letter, written[0]) if written else None


def queue_all(drafts: Sequence[Draft], *, now: datetime) -> list[int]:
    """Write these letters in the caller's transaction, each once; the ids of those that were not written before, without their copies.

    Subject and text are fixed now. To an address that cannot be right, or from which letters came back, a letter is held: the act goes on.

    Raises:
        LookupError: no room declared a kind, or a placeholder of its wording was not given.
    """
    once = {draft.about: draft for draft in drafts}
    if not once:
        return []
    with transaction():
        desk = queries.before_writing(list(once.values()))
        sheets: list[_Sheet] = []
        for draft in once.values():
            if draft.about not in desk.written:
                sheet = _Sheet(draft, desk, now)
                sheets += [sheet, *_copy(sheet, desk, now)]
        return _keep(sheets, now)


class _Sheet:
    """A letter while it is written: its row, and the links that it holds."""

    def __init__(self, draft: Draft, desk: queries.Desk, now: datetime, *, copied_to: str = "") -> None:
        self.draft = draft
        self.links: list[tuple[LinkTo, str]] = []
        self.kept = {name: self._marked(value) for name, value in draft.fields.items()}
        self.row = self._row(desk, now, copied_to)

    def _marked(self, value: Text) -> Kept:
        """The text itself, in each language that it has; for a link the address with a mark in place of its secret."""
        if isinstance(value, (Address, LinkTo)):
            address = self._leads_to(value)
            return Both(address, address).by_language()
        if isinstance(value, str):
            return value
        if isinstance(value, Both):
            return value.by_language()
        return languages.joined([self._marked(part) for part in value])

    def _leads_to(self, to: str | LinkTo) -> str:
        """The address itself, or that of a link with a mark in place of its secret."""
        if isinstance(to, str):
            return to
        mark = links.new_mark()
        self.links.append((to, mark))
        return office().address_of(mark)

    def _row(self, desk: queries.Desk, now: datetime, copied_to: str) -> dict[str, object]:
        draft, here, ref = self.draft, office(), tokens.reference()
        wording = desk.wording(draft)
        act = (draft.act.label, self._leads_to(draft.act.to)) if draft.act else None
        foot = writing.Footing(ref, here.wording(draft.kind).because)
        page = writing.write(wording.subject, wording.body, self.kept, act, here.house, foot, copied_to=copied_to, language=wording.language)
        to, held = _address(draft.to, desk.came_back.get(draft.address))
        return {
            "ref": ref, "about": draft.about, "kind": draft.kind, "address": to, "person_id": draft.person_id, "fields": self.kept,
            "subject": page.subject, "text": page.text, "html": page.html, "wording_number": wording.number, "language": wording.language,
            "calendar": draft.calendar.write(wording.language) if draft.calendar else None,
            "calendar_method": draft.calendar.method if draft.calendar else None,
            "written_at": now, "due_at": draft.due_at or now, "valid_until": draft.valid_until, "words": held, "tries": 0, "doubts": 0,
            "status": LetterStatus.HELD if held else LetterStatus.QUEUED, "next_try_at": None if held else draft.due_at or now,
        }


def _copy(sheet: _Sheet, desk: queries.Desk, now: datetime) -> list[_Sheet]:
    draft = sheet.draft
    if not draft.copy_to or draft.copy_address == draft.address:
        return []
    plain = {name: _for_others(value) for name, value in sheet.kept.items()}
    copied = replace(draft, about=draft.copy_about, to=draft.copy_to, person_id=None, calendar=None, fields=plain, act=None, copy_to=None)
    return [_Sheet(copied, desk, now, copied_to=draft.to)]


def _for_others(kept: Kept) -> str | Both:
    """The text without the secrets of its links."""
    return languages.given(languages.each(kept, links.without_secrets))


def _keep(sheets: Sequence[_Sheet], now: datetime) -> list[int]:
    key = office().link_key
    ids = keep_letters([
        Written(sheet.row, [(to, links.secret_of(mark, key), sheet.draft.person_id) for to, mark in sheet.links], sheet.draft.concerns_all)
        for sheet in sheets
    ], now=now)
    return [ids[sheet.draft.about] for sheet in sheets if sheet.draft.about in ids and not sheet.draft.about.endswith(COPIED)]


def _address(to: str, came_back: str | None) -> tuple[str, str]:
    """The address as it is kept, and why the letter is held (empty when it is not)."""
    try:
        address = work_address(to)
    except Refused:
        return writing.CONTROL.sub(" ", to).strip()[:320], "This is not an address that mail can be sent to."
    return address, "" if came_back is None else HELD.format(words=came_back)


def void(
    *, concerns: str | tuple[str, ...], reason: str, now: datetime, kinds: Iterable[str] | None = None, but: tuple[str, ...] = (), anew: bool = False
) -> int:
    """Say, in the caller's transaction, that what is written about any of these is no longer true; how many letters waited, as far as we know.

    Those are withdrawn, and what they were about is free again: when it is true once more (a place that was given back is taken back) it can
    be written anew. What has left cannot be sent again, and keeps its key; with `anew` that is free too, for what is to be said once more should
    it come true again.

    Only those of `kinds`, when given; those whose `about` is in `but` stay. A letter that is leaving in this moment cannot be called back:
    it is shown as sent.
    """
    waits = Letter.status.in_(NOT_YET_SENT)
    with transaction() as session:
        over = session.execute(
            _about(concerns, kinds).where(Letter.outdated_at.is_(None), sa.or_(waits, Letter.status.in_(LEFT)), Letter.about.not_in(but)).values(
                status=sa.case((waits, sa.literal(LetterStatus.VOID, Letter.status.type)), else_=Letter.status),
                words=sa.case((waits, reason), else_=Letter.words), next_try_at=None, lease_until=None, claimed_by=None,
                about=sa.case((sa.or_(waits, sa.literal(anew)), Letter.about + ":withdrawn:" + Letter.ref), else_=Letter.about),
                outdated_at=now, outdated=reason)
            .returning(Letter.id, Letter.status).execution_options(synchronize_session="fetch")
        ).all()
        gone = [number for number, status in over if status is LetterStatus.VOID]
        session.add_all(LetterEvent(letter_id=number, at=now, status=LetterStatus.VOID, words=reason) for number in gone)
    return len(gone)


def outdate(*, concerns: str | tuple[str, ...], reason: str, now: datetime, kinds: Iterable[str] | None = None) -> None:
    """Say that what has left about any of these is no longer true, so that it is not sent again; what waits stays as it is."""
    with transaction() as session:
        session.execute(_about(concerns, kinds).where(Letter.status.in_(LEFT), Letter.outdated_at.is_(None))
                        .values(outdated_at=now, outdated=reason).execution_options(synchronize_session="fetch"))


def true_again(*, concerns: str | tuple[str, ...], reason: str) -> None:
    """What has left about any of these and was not true for this reason is true after all."""
    with transaction() as session:
        session.execute(_about(concerns).where(Letter.status.in_(LEFT), Letter.outdated == reason)
                        .values(outdated_at=None, outdated=None).execution_options(synchronize_session="fetch"))


def _about(concerns: str | tuple[str, ...], kinds: Iterable[str] | None = None) -> sa.Update:
    """The letters about any of these, to be changed."""
    subjects = (concerns,) if isinstance(concerns, str) else concerns
    chosen = sa.update(Letter).where(Letter.id.in_(sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_(subjects))))
    return chosen if kinds is None else chosen.where(Letter.kind.in_(tuple(kinds)))


def readdress(*, person_id: int, before: str, after: str) -> None:
    """What waits for a person at one address goes to their other, also what was held as the first gave letters back, and what is for whoever has
    the address (a manager who is asked to agree); never what opens an account."""
    opens = [wording.kind for wording in office().wordings.values() if wording.opens_account]
    theirs = sa.update(Letter).where(
        sa.or_(Letter.person_id == person_id, Letter.person_id.is_(None)), Letter.address == before, Letter.kind.not_in(opens))
    with transaction() as session:
        invitations = sa.select(Letter.id, Letter.calendar).where(theirs.whereclause, Letter.status.in_(WAITS), Letter.calendar.is_not(None))
        for number, calendar in session.execute(invitations).all():
            session.execute(sa.update(Letter).where(Letter.id == number).values(calendar=for_attendee(calendar, before, after))
                            .execution_options(synchronize_session=False))
        session.execute(theirs.where(Letter.status == LetterStatus.QUEUED).values(address=after).execution_options(synchronize_session=False))
        session.execute(theirs.where(Letter.status == LetterStatus.HELD).values(
            address=after, status=LetterStatus.QUEUED, next_try_at=Letter.due_at, words="").execution_options(synchronize_session=False))


def send_again(*, letter_id: int, by: str, reason: str, now: datetime, to: str | None = None) -> Letter:
    """Write the same letter once more, to the same address unless `to` names another, and say why.

    Raises:
        Refused: it is still on its way, goes again already, was withdrawn, is no longer true, or is about something that has passed; no reason
            was given; with it somebody at another address would act for its person.
    """
    with transaction() as session:
        old = session.get_one(Letter, letter_id, populate_existing=True, with_for_update=True)
        _may_go_again(old, reason, now)
        copied = ("kind", "person_id", "fields", "subject", "text", "html", "wording_number", "language", "calendar", "calendar_method",
                  "valid_until")
        address, held = _address(to or old.address, queries.came_back(to or old.address))
        _may_go_to(old, address)
        first = old.about.partition(":again:")[0]
        facts = {name: getattr(old, name) for name in copied} | {
            "ref": tokens.reference(), "about": f"{first}:again:{tokens.reference()}", "address": address, "written_at": now, "due_at": now,
            "status": LetterStatus.HELD if held else LetterStatus.QUEUED, "next_try_at": None if held else now, "words": held,
            "tries": 0, "doubts": 0, "again_of_id": old.id, "again_by": by, "again_reason": reason.strip(),
        }
        letter = Letter(**facts)
        session.add(letter)
        session.flush()
        keep_concerns(letter.id, [concern.subject for concern in old.concerns])
        session.add(LetterEvent(letter_id=old.id, at=now, status=old.status, words=f"Sent again by {by}: {reason.strip()}"))
    return letter


def _may_go_again(old: Letter, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise Refused("Say why the letter should go again")
    if old.status is LetterStatus.VOID:
        raise Refused("This letter was withdrawn because it stopped being true. It cannot be sent again.")
    if old.outdated_at is not None:
        raise Refused(f"This letter is no longer true: {old.outdated} Send the person’s newest letter about it again, or write to them yourself.")
    if old.status is LetterStatus.HELD:
        raise Refused("This letter is held back. Say that its address works, and it goes.")
    if old.status not in AGAIN or old.next_try_at is not None:
        raise Refused("This letter is still on its way. Wait until its fate is known.")
    if old.valid_until is not None and now >= old.valid_until:
        raise Refused("This letter is about something that has passed. Write to the person yourself instead.")


def _may_go_to(old: Letter, address: str) -> None:
    if db.session.scalar(sa.select(Letter.id).where(Letter.again_of_id == old.id, Letter.address == address, ON_ITS_WAY).limit(1)):
        raise Refused("This letter goes to this address again already.")
    if address == old.address:
        return
    if office().wording(old.kind).opens_account:
        raise Refused("This letter opens somebody’s account, so it goes to their own address only. They can ask for a new one themselves.")
    if links.holds_secrets(old.text + old.html) and address != queries.address_of(old.person_id):
        raise Refused("With the links of this letter one acts for its person, so it goes to their own address only. Is that another one now? "
                      "Change it on the person’s page first.")
