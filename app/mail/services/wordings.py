"""Saving the wording of a kind of letter, and going back to an earlier one."""

from datetime import datetime

from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail import queries
from app.mail.models import WordingVersion
from app.mail.office import office
from app.mail.rules import wording as rules
from app.mail.rules.languages import Language

ENGLISH = Language.ENGLISH


def save_wording(*, kind: str, subject: str, body: str, by: str, now: datetime, note: str = "", language: Language = ENGLISH) -> WordingVersion:
    """Put this wording in force for letters that are written from now on to those who would like this language.

    Raises:
        Refused: a placeholder is unknown or missing, or the text cannot be used otherwise; the sentence names each fault.
    """
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    wrong = rules.faults(office().wording(kind), subject, body)
    if wrong:
        raise Refused(". ".join(wrong) + ".")
    return _next(kind, language, subject, body, by, note, now)


def _next(kind: str, language: Language, subject: str, body: str, by: str, note: str, now: datetime) -> WordingVersion:
    with transaction() as session:
        number = queries.wording_in_force(kind, language).number + 1
        version = WordingVersion(kind=kind, language=language, number=number, subject=subject, body=body, saved_at=now, saved_by=by,
                                 note=note.strip())
        session.add(version)
        session.flush()
    return version


def restore_wording(*, kind: str, number: int, by: str, now: datetime, language: Language = ENGLISH) -> WordingVersion:
    """Put an earlier wording in force again, as a new version.

    Number 0 is what there was before the first: in English the wording that was shipped, in another language none, so that letters go in
    English again.

    Raises:
        Refused: there is no such version, or it can no longer be used.
    """
    shipped = office().wording(kind)
    old = db.session.query(WordingVersion).filter_by(kind=kind, language=language, number=number).one_or_none() if number else None
    if number and old is None:
        raise Refused("There is no such version.")
    if language is not ENGLISH and (old is None or not old.body):
        return _next(kind, language, "", "", by, "in English again", now)
    subject, body = (old.subject, old.body) if old else (shipped.subject, shipped.body)
    note = f"version {number} again" if number else "as shipped"
    return save_wording(kind=kind, subject=subject, body=body, by=by, now=now, note=note, language=language)
