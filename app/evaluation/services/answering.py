"""Keeping what somebody answered: what they have begun as a draft, what they sent as their response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from app.booking import services as booking_services
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.tokens import digest
from app.evaluation.models import Answer, AnswerDraft, QuestionnaireVersion, Response
from app.evaluation.queries import asking, of_session, questionnaires
from app.evaluation.rules import links
from app.evaluation.rules.asking import as_given, read_all
from app.evaluation.rules.question_types import Answered
from app.evaluation.rules.stages import Mode, Quoting, Stage, narrower
from app.evaluation.rules.windows import DRAFTS_KEPT, check_open
from app.mail.office import office
from app.mail.services import rename_subjects, void

Texts = Mapping[str, str | Sequence[str]]
"""What was answered, by the question's code, as a form sends it."""
ANSWERED = "The questions have been answered."
JUST_BEFORE = timedelta(microseconds=1)
"""A sheet that is older than what its person answered since is kept as if it had come then: it counts in no look at the answers."""


BY_ANOTHER_MANAGER = "These questions have been answered already, by whoever was named as the manager before. Nothing more is needed, thank you."


@dataclass(frozen=True)
class Keyed:
    """Typed in from paper, by this account. A sheet is older than what its person answered by themselves, unless whoever keys it in says that it
    is `newer`."""

    account_id: int
    newer: bool = False


def submit(
    *, booking_id: int, stage: Stage, version_id: int, given: Texts, quoting: Quoting, now: datetime, key: str | None = None,
    keyed: Keyed | None = None, by_manager: str | None = None, in_person: bool = True,
) -> Response:
    """Keep the answers. They take the place of earlier ones, which are kept; the same again changes nothing, and neither does a form
    (`key`) that was sent before. Who is not there `in_person`, as others have the same link, changes nothing that was sent.

    Raises:
        Refused: it is too early or too late, or an answer cannot be, or this is asked anonymously, or another manager has answered.
    """
    with transaction() as session:
        asked = of_session.asked(booking_id)
        if asked is None:
            raise Refused("You have no place on this session, so there is nothing to ask.")
        booking = asked.booking
        booking_services.hold(session, booking.course_session_id)
        before = _sent_before(session, key)
        if before is not None:
            return before
        version = wording(version_id, stage, booking.course_session.course_id)
        if questionnaires.mode_of(booking.course_session_id, booking.course_session.course_id, stage) is Mode.ANONYMOUS:
            raise Refused("These questions are asked anonymously now. Open the link again.")
        times = booking.course_session
        check_open(stage, times.starts_at, times.ends_at, asked.outcome, now, questionnaires.weeks_told(version, times.id), paper=keyed is not None)
        promised = stage is Stage.FOLLOW_UP and asking.promise(booking_id) is not None
        answers = as_rows(read_all(version.questions, as_given(given), promised=promised))
        earlier = _counts_now(session, booking, stage)
        if earlier is not None and not in_person:
            return earlier
        if earlier is not None and earlier.by_manager != by_manager:
            raise Refused(BY_ANOTHER_MANAGER)
        if keyed:
            quoting = narrower(quoting, _own_consent(session, booking_id, stage))
        newer = earlier if earlier is not None and earlier.keyed_by_id is None and keyed is not None and not keyed.newer else None
        if newer is None:
            session.execute(sa.delete(AnswerDraft).where(AnswerDraft.booking_id == booking_id, AnswerDraft.stage == stage))
            if earlier is not None and _same(earlier, answers, quoting):
                return earlier
            if earlier is not None:
                earlier.current = False
                session.flush()
        response = Response(
            version_id=version_id, course_session_id=booking.course_session_id, stage=stage, respondent=booking.ref, booking_id=booking.id,
            submitted_at=newer.submitted_at - JUST_BEFORE if newer else now, may_quote=quoting, current=newer is None,
            answers=answers, attempt=digest(key) if key else None, keyed_by_id=keyed.account_id if keyed else None, by_manager=by_manager,
        )
        session.add(response)
        void(concerns=f"booking:{booking.id}:{stage.value}", reason=ANSWERED, now=now)
    return response


def _counts_now(session: Session, booking: Booking, stage: Stage) -> Response | None:
    """The answer of this place that counts."""
    return session.scalar(
        sa.select(Response).where(
            Response.course_session_id == booking.course_session_id, Response.respondent == booking.ref, Response.stage == stage, Response.current,
        ).options(selectinload(Response.answers))
    )


def _own_consent(session: Session, booking_id: int, stage: Stage) -> Quoting:
    """What the person said last by themselves about being quoted; all, where they have not."""
    return session.scalar(sa.select(Response.may_quote).where(
        Response.booking_id == booking_id, Response.stage == stage, Response.keyed_by_id.is_(None),
    ).order_by(Response.submitted_at.desc(), Response.id.desc()).limit(1)) or Quoting.WITH_ROLE


def save_draft(
    *, booking_id: int, stage: Stage, version_id: int, key: str, given: Texts, now: datetime, by_manager: str | None = None
) -> None:
    """Keep what was answered so far, so that it can be gone on with elsewhere. It counts for nothing, and of what is anonymous nothing is kept."""
    with transaction() as session:
        if _sent_before(session, key) is not None or _mode(session, booking_id, stage) is Mode.ANONYMOUS:
            return
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        facts: dict[str, Any] = {"version_id": version_id, "key": key, "given": as_given(given), "saved_at": now,
                                 "by_manager": by_manager}
        session.execute(insert(AnswerDraft).values(booking_id=booking_id, stage=stage, **facts)
                        .on_conflict_do_update(index_elements=["booking_id", "stage"], set_=facts))


def _mode(session: Session, booking_id: int, stage: Stage) -> Mode:
    """How private the answers of this place are."""
    of = session.execute(sa.select(CourseSession.id, CourseSession.course_id).join(Booking, Booking.course_session_id == CourseSession.id).where(
        Booking.id == booking_id)).one()
    return questionnaires.mode_of(of.id, of.course_id, stage)


def follow_manager(before: str, after: str) -> None:
    """A manager whose address changed is the same person: their links, what they have begun and what they sent stay theirs. Only inside a
    transaction."""
    was, is_now = (links.manager_mark(office().link_key, address) for address in (before, after))
    session = db.session()
    for table in (Response, AnswerDraft):
        session.execute(sa.update(table).where(table.by_manager == was).values(by_manager=is_now).execution_options(synchronize_session=False))
    rename_subjects(purpose=links.IN_LETTERS, part=was, to=is_now)


def forget_drafts(*, now: datetime) -> int:
    """Delete drafts that nobody went on with. How many."""
    with transaction() as session:
        return session.execute(sa.delete(AnswerDraft).where(AnswerDraft.saved_at <= now - DRAFTS_KEPT)
                               .execution_options(synchronize_session=False)).rowcount


def wording(version_id: int, stage: Stage, course_id: int) -> QuestionnaireVersion:
    """The version that somebody answers: in use, or in use when they began.

    Raises:
        Refused: it is none of this stage and course.
    """
    version = questionnaires.once_asked(version_id, stage, course_id)
    if version is None:
        raise Refused("These questions are not asked any more. Open the link again.")
    return version


def as_rows(found: Sequence[tuple[Any, Answered]]) -> list[Answer]:
    """The answers as rows."""
    return [Answer(question_id=question.id, number=value.number, text=value.text, choices=list(value.choices)) for question, value in found]


def _sent_before(session: Session, key: str | None) -> Response | None:
    return session.scalar(sa.select(Response).where(Response.attempt == digest(key))) if key else None


def _same(earlier: Response, answers: list[Answer], quoting: Quoting) -> bool:
    def facts(rows: list[Answer]) -> set[tuple[int, int | None, str | None, tuple[int, ...]]]:
        return {(row.question_id, row.number, row.text, tuple(row.choices or ())) for row in rows}

    return earlier.may_quote is quoting and facts(earlier.answers) == facts(answers)
