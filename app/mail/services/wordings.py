"""Saving the wording of a kind of letter, and going back to an earlier one."""

from datetime import datetime

from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail import queries
from app.mail.models import WordingVersion
from app.mail.office import office
from app.mail.rules import wording as rules


def save_wording(*, kind: str, subject: str, body: str, by: str, now: datetime, note: str = "") -> WordingVersion:
    """Put this wording in force for letters that are written from now on.

    Raises:
        Refused: a placeholder is unknown or missing, or the text cannot be used otherwise; the sentence names each fault.
    """
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    wrong = rules.faults(office().wording(kind), subject, body)
    if wrong:
        raise Refused(". ".join(wrong) + ".")
    with transaction() as session:
        latest = queries.wording_in_force(kind)
        version = WordingVersion(kind=kind, number=latest.number + 1, subject=subject, body=body, saved_at=now, saved_by=by, note=note.strip())
        session.add(version)
        session.flush()
    return version


def restore_wording(*, kind: str, number: int, by: str, now: datetime) -> WordingVersion:
    """Put an earlier wording in force again, as a new version; number 0 is the one that was shipped.

    Raises:
        Refused: there is no such version, or it can no longer be used.
    """
    shipped = office().wording(kind)
    old = db.session.query(WordingVersion).filter_by(kind=kind, number=number).one_or_none() if number else None
    if number and old is None:
        raise Refused("There is no such version.")
    subject, body = (old.subject, old.body) if old else (shipped.subject, shipped.body)
    return save_wording(kind=kind, subject=subject, body=body, by=by, now=now, note=f"version {number} again" if number else "as shipped")
