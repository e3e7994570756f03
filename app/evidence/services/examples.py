"""Adding examples of practice and working on their wording."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.booking.services import hold as hold_session
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.core.tokens import digest
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries.words import may_be_read
from app.evaluation.rules.stages import Quoting, Stage
from app.evidence import emails
from app.evidence.models import Example, ExampleEvent
from app.evidence.queries import examples as queries
from app.evidence.rules import keeping
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.evidence.rules.words import Direction, Source, Strength, Theme
from app.evidence.services.noting import check_version, hold, note
from app.mail.services import queue

SOURCES = {
    Stage.AFTER: (Source.EVALUATION, Strength.SAID), Stage.FOLLOW_UP: (Source.FOLLOW_UP, Strength.EXAMPLE),
    Stage.MANAGER: (Source.MANAGER, Strength.MANAGER),
}
"""Where an answer of each stage comes from, and how strong it is at first."""


@dataclass(frozen=True)
class Told:
    """An example as somebody tells it: what was written, from where, about what, and what the person agreed to."""

    source: Source
    original: str
    told_on: date
    consent: Quoting
    role: str | None
    course_id: int | None
    agency_id: int | None
    priority_id: int | None
    theme: Theme
    strength: Strength
    direction: Direction


@dataclass(frozen=True)
class Wording:
    """What would be printed of an example, and where it belongs."""

    wording: str
    theme: Theme
    priority_id: int | None
    strength: Strength
    direction: Direction
    role: str | None


def add(*, told: Told, by_id: int, now: datetime, key: str = "") -> Example:
    """Keep a new example, to be checked. The same form (`key`) sent again is the same example: the answer was lost, or the button pressed twice.

    Raises:
        Refused: it was told in the future, or so long ago that its consent has ended; or the form was sent before with something else in it.
    """
    today = clock.london_date(now)
    if told.told_on > today:
        raise Refused("This day is still to come. Enter the day on which it was told.")
    if keeping.consent_until(told.told_on) < today:
        raise Refused(f"This was told more than {keeping.CONSENT_MONTHS} months ago, so no new report may use it.")
    with transaction() as session:
        session.get_one(Person, by_id, with_for_update=True)  # the same form, sent twice at once, waits here for itself
        attempt = digest(key) if key else None
        there = session.scalar(sa.select(Example).filter_by(attempt=attempt, added_by_id=by_id)) if attempt else None
        if there is not None and there.original is not None and there.original != told.original:
            raise Refused(f"This form was sent before with something else in it, which is example {there.id}. Open the page again to add another.")
        return there or _kept(session, Example(**vars(told), attempt=attempt), by_id, now)


def take(*, response_id: int, question_id: int, by_id: int, now: datetime) -> Example:
    """Make an example of a text in an answer; its consent is what the person said with the answer.

    Raises:
        Refused: the person does not let us quote it, or was not asked; has changed the answer since, or it was taken already; or so few have answered
        that the team must not read it.
    """
    with transaction() as session:
        of_session = session.scalar(sa.select(Response.course_session_id).where(Response.id == response_id))
        if of_session is not None:
            hold_session(session, of_session)  # nor are anonymous answers written anew meanwhile
        response = session.get(Response, response_id, options=[joinedload(Response.course_session)])
        answer = session.get(Answer, (response_id, question_id))
        if response is None or answer is None or not answer.text or not response.current or response.stage not in SOURCES:
            raise Refused("This answer has been changed or taken back. Look at the list again.")
        if response.may_quote is Quoting.NO:
            raise Refused("This person does not want to be quoted, so no example can be made of the answer.")
        if session.scalar(sa.select(Question.id).where(Question.id == question_id, queries.QUOTED)) is None:
            raise Refused("Nobody was asked whether this may be quoted, so no example can be made of it.")
        may_be = sa.select(Response.id).join(Response.course_session).where(Response.id == response_id, may_be_read(now))
        if session.scalar(may_be) is None:
            raise Refused("So few have answered about this session that somebody could be picked out. An example can be made of the answer when "
                          "more have, or when no more can come and 5 or more did.")
        if session.scalar(sa.select(Example.id).where(Example.response_id == response_id, Example.question_id == question_id)):
            raise Refused("Somebody has made an example of this answer already.")
        told_on = clock.london_date(response.submitted_at)
        if keeping.consent_until(told_on) < clock.london_date(now):
            raise Refused(f"This was told more than {keeping.CONSENT_MONTHS} months ago, so no new report may use it.")
        booking, (source, strength) = response.booking, SOURCES[response.stage]
        own = response.may_quote is Quoting.WITH_ROLE and source is not Source.MANAGER  # the job on the booking is not the manager's
        return _kept(session, Example(
            source=source, response_id=response_id, question_id=question_id, original=answer.text,
            told_on=told_on, consent=response.may_quote, course_id=response.course_session.course_id,
            role=booking.job_title if booking and own else None, agency_id=None, priority_id=None,
            theme=Theme.AWARENESS, strength=strength, direction=Direction.FOR,
        ), by_id, now)


def _kept(session: sa.orm.Session, example: Example, by_id: int, now: datetime) -> Example:
    example.status, example.added_by_id, example.writer_id = ExampleStatus.TO_CHECK, by_id, by_id
    example.delete_original_on, example.agreed_until = keeping.original_until(example.told_on), keeping.consent_until(example.told_on)
    if example.delete_original_on <= clock.london_date(now):
        example.delete_original_on = keeping.months_later(clock.london_date(now), 1)
    session.add(example)
    session.flush()
    session.add(ExampleEvent(example_id=example.id, act=ExampleAct.ADD, before=None, after=example.status, by_id=by_id, at=now))
    session.flush()
    return example


def write(*, example_id: int, wording: Wording, version: int, by_id: int, now: datetime) -> Example:
    """Keep the wording and where the example belongs; who wrote it last is its writer. The same again changes nothing.

    Raises:
        Refused: somebody else has changed it, or it can no longer be changed.
    """
    with transaction() as session:
        example = hold(session, example_id)
        check_version(example, version)
        facts = {"wording": wording.wording.strip(), "theme": wording.theme, "priority_id": wording.priority_id, "strength": wording.strength,
                 "direction": wording.direction, "role": wording.role if example.consent is Quoting.WITH_ROLE else None}
        if all(getattr(example, name) == value for name, value in facts.items()):
            return example
        for name, value in facts.items():
            setattr(example, name, value)
        example.second_id = None
        example.writer_id, example.version = by_id, example.version + 1
        note(session, example, ExampleAct.WRITE, by_id=by_id, now=now)
    return example


def ask(*, example_id: int, second_id: int, by_id: int, now: datetime) -> None:
    """Ask a second person to approve the wording, and write to them.

    Raises:
        Refused: there is no wording, or this person has had a hand in it or may not approve.
    """
    with transaction() as session:
        example = hold(session, example_id)
        if not example.wording:
            raise Refused("Write what would be printed first: there is nothing to approve yet.")
        if second_id in {by_id, example.writer_id} | queries.wrote(example_id):
            raise Refused("Whoever approves it must not have written it. Choose somebody else.")
        if second_id not in {number for number, _name in queries.seconds(None, by_id)}:
            raise Refused("This person cannot approve examples. Choose a coordinator or a report author.")
        example.second_id = second_id
        asked = note(session, example, ExampleAct.ASK, by_id=by_id, now=now)
        queue(emails.to_approve(example, asked, second=session.get_one(Person, second_id)), now=now)


def write_and_ask(*, example_id: int, wording: Wording, version: int, second_id: int, by_id: int, now: datetime) -> None:
    """Keep the wording and ask a second person to approve it; both or neither.

    Raises:
        Refused: nobody is chosen, or one of the two cannot be.
    """
    if not second_id:
        raise Refused("Choose the second person, who reads it and approves it.")
    with transaction():
        write(example_id=example_id, wording=wording, version=version, by_id=by_id, now=now)
        ask(example_id=example_id, second_id=second_id, by_id=by_id, now=now)


def take_back(*, example_id: int, by_id: int, now: datetime) -> None:
    """Take it back from the second person, to change it or to ask somebody else.

    Raises:
        Refused: the second person has decided meanwhile.
    """
    with transaction() as session:
        example = hold(session, example_id)
        example.second_id = None
        note(session, example, ExampleAct.TAKE_BACK, by_id=by_id, now=now)


def reopen(*, example_id: int, by_id: int, now: datetime) -> None:
    """Work on it again: what was approved no longer is, and no new report takes it until somebody approves it anew.

    Raises:
        Refused: it cannot be, as it stands.
    """
    with transaction() as session:
        example = hold(session, example_id)
        example.second_id = example.approved_by_id = example.approved_at = None
        note(session, example, ExampleAct.REOPEN, by_id=by_id, now=now)
