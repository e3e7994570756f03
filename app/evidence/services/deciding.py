"""What is decided about an example: by the second person, by a coordinator, by the person who told it, and by time."""

from collections.abc import Collection
from datetime import date, datetime

from app.accounts import queries as people
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.evidence import emails
from app.evidence.models import Example, ExampleUse
from app.evidence.queries import examples as queries
from app.evidence.queries import standing
from app.evidence.queries.access import SECONDS
from app.evidence.rules.states import ExampleAct
from app.evidence.services.noting import check_version, hold, note
from app.mail.services import queue

NOT_ASKED = "Somebody else was asked to approve this example."


def approve(*, example_id: int, version: int, by_id: int, now: datetime) -> None:
    """Let reports print the wording, as the person who was asked and did not write it.

    Raises:
        Refused: somebody else was asked, wrote it, or changed it since; who was asked may approve no more; or its consent has ended.
    """
    with transaction() as session:
        example = hold(session, example_id)
        check_version(example, version)
        _check_asked(example, by_id)
        if by_id in {example.writer_id} | queries.wrote(example_id):
            raise Refused("You have written at this wording, so somebody else must approve it.")
        if example.agreed_until < clock.london_date(now):
            raise Refused("The consent has ended, so no new report may use it.")
        if not standing.stands(example_id):
            raise Refused("The person has rewritten the answer since, or taken it back. It comes to be worked on again with what they say now.")
        example.approved_by_id, example.approved_at = by_id, now
        note(session, example, ExampleAct.APPROVE, by_id=by_id, now=now)


def send_back(*, example_id: int, reason: str, by_id: int, now: datetime) -> None:
    """Give it back to whoever wrote it, with what should change, and write to them.

    Raises:
        Refused: somebody else was asked, who was asked may approve no more, or no reason is given.
    """
    with transaction() as session:
        example = hold(session, example_id)
        _check_asked(example, by_id)
        example.second_id = None
        why = _given(reason, "Write what should change, so that it can be put right.")
        returned = note(session, example, ExampleAct.SEND_BACK, by_id=by_id, now=now, reason=why)
        queue(emails.sent_back(example, returned), now=now)


def leave_out(*, example_id: int, reason: str, by_id: int, now: datetime) -> None:
    """Not use it, with the reason: an example must not be left out for being unfavourable.

    Raises:
        Refused: no reason is given, or it cannot be as it stands.
    """
    with transaction() as session:
        example = hold(session, example_id)
        example.second_id = example.approved_by_id = example.approved_at = None
        note(session, example, ExampleAct.LEAVE_OUT, by_id=by_id, now=now, reason=_given(reason, "Write why it is not used."))


def withdraw(*, example_id: int, reason: str, by_id: int | None, now: datetime) -> None:
    """The person takes the consent back: no draft has it any more and what was written is deleted; printed reports stay listed.

    Raises:
        Refused: it was withdrawn already, or nobody says how we know.
    """
    with transaction() as session:
        example = hold(session, example_id)
        example.original = example.second_id = None
        example.wording = ""
        note(session, example, ExampleAct.WITHDRAW, by_id=by_id, now=now, reason=_given(reason, "Write how and when we were told."))


def note_printed(*, example_id: int, printed_in: str, used_on: date, by_id: int, now: datetime) -> None:
    """Write down where the approved wording was printed, with the words as they are now. What is noted already is not noted again.

    Raises:
        Refused: it is not approved, or the day is still to come.
    """
    if used_on > clock.london_date(now):
        raise Refused("This day is still to come. Enter the day on which it was printed.")
    with transaction() as session:
        example = hold(session, example_id)
        if queries.printed([example_id], printed_in.strip(), used_on):
            return
        note(session, example, ExampleAct.PRINT, by_id=by_id, now=now, reason=printed_in.strip())
        session.add(ExampleUse(example_id=example.id, printed_in=printed_in.strip(), used_on=used_on, wording=example.wording))


def note_printed_together(*, example_ids: Collection[int], printed_in: str, used_on: date, by_id: int, now: datetime) -> int:
    """Write down that these approved wordings stand in a report; all or none. What is noted already is not noted again: how many were new.

    Raises:
        Refused: one of them is not approved any more, or the day is still to come.
    """
    with transaction() as session:
        there = queries.printed(example_ids, printed_in.strip(), used_on)
        new = sorted(set(example_ids) - there)
        for number in new:
            note_printed(example_id=number, printed_in=printed_in, used_on=used_on, by_id=by_id, now=now)
        session.flush()
    return len(new)


def forget(*, example_id: int, now: datetime) -> None:
    """Delete what was written, with the names in it; the wording stays."""
    with transaction() as session:
        example = hold(session, example_id)
        if example.original is None or example.delete_original_on > clock.london_date(now):
            return
        example.original = None
        note(session, example, ExampleAct.FORGET, by_id=None, now=now)


def expire(*, example_id: int, now: datetime) -> None:
    """Let it go into no new report, as its consent has ended."""
    with transaction() as session:
        example = hold(session, example_id)
        if example.agreed_until >= clock.london_date(now):
            return
        example.second_id = None
        note(session, example, ExampleAct.EXPIRE, by_id=None, now=now)


def _check_asked(example: Example, by_id: int) -> None:
    if example.second_id != by_id:
        raise Refused(NOT_ASKED)
    if not people.may_still(by_id, SECONDS):
        raise Refused("You can no longer approve examples. A coordinator asks somebody else.")


def _given(reason: str, otherwise: str) -> str:
    if not reason.strip():
        raise Refused(otherwise)
    return reason.strip()
