"""Keeping what somebody answered: what they have begun as a draft, what they sent as their response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from app.booking import services as booking_services
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import transaction
from app.core.errors import Refused
from app.core.tokens import digest
from app.evaluation.models import Answer, AnswerDraft, QuestionnaireVersion, Response
from app.evaluation.queries import asking, of_session, questionnaires
from app.evaluation.rules.asking import as_given, read_all
from app.evaluation.rules.question_types import Answered
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.rules.windows import DRAFTS_KEPT, check_open
from app.mail.services import void

Texts = Mapping[str, str | Sequence[str]]
"""What was answered, by the question's code, as a form sends it."""
ANSWERED = "The questions have been answered."


@dataclass(frozen=True)
class Keyed:
    """Typed in from paper, by this account."""

    account_id: int


def submit(
    *, booking_id: int, stage: Stage, version_id: int, given: Texts, quoting: Quoting, now: datetime, key: str | None = None,
    keyed: Keyed | None = None,
) -> Response:
    """Keep the answers. They take the place of earlier ones, which are kept; the same again changes nothing, and neither does a form
    (`key`) that was sent before.

    Raises:
        Refused: it is too early or too late, or an answer cannot be, or this is asked anonymously.
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
        check_open(stage, times.starts_at, times.ends_at, asked.outcome, now, version.questionnaire.weeks, paper=keyed is not None)
        promised = stage is Stage.FOLLOW_UP and asking.promise(booking_id) is not None
        answers = as_rows(read_all(version.questions, as_given(given), promised=promised))
        session.execute(sa.delete(AnswerDraft).where(AnswerDraft.booking_id == booking_id, AnswerDraft.stage == stage))
        earlier = session.scalar(
            sa.select(Response).where(
                Response.course_session_id == booking.course_session_id, Response.respondent == booking.ref, Response.stage == stage,
                Response.current,
            ).options(selectinload(Response.answers))
        )
        if earlier is not None:
            if _same(earlier, answers, quoting):
                return earlier
            earlier.current = False
            session.flush()
        response = Response(
            version_id=version_id, course_session_id=booking.course_session_id, stage=stage, respondent=booking.ref, booking_id=booking.id,
            submitted_at=now, may_quote=quoting, current=True, answers=answers, attempt=digest(key) if key else None,
            keyed_by_id=keyed.account_id if keyed else None,
        )
        session.add(response)
        void(concerns=f"booking:{booking.id}:{stage.value}", reason=ANSWERED, now=now)
    return response


def save_draft(*, booking_id: int, stage: Stage, version_id: int, key: str, given: Texts, now: datetime) -> None:
    """Keep what was answered so far, so that it can be gone on with elsewhere. It counts for nothing, and of what is anonymous nothing is kept."""
    with transaction() as session:
        if _sent_before(session, key) is not None or _mode(session, booking_id, stage) is Mode.ANONYMOUS:
            return
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        facts: dict[str, Any] = {"version_id": version_id, "key": key, "given": as_given(given), "saved_at": now}
        session.execute(insert(AnswerDraft).values(booking_id=booking_id, stage=stage, **facts)
                        .on_conflict_do_update(index_elements=["booking_id", "stage"], set_=facts))


def _mode(session: Session, booking_id: int, stage: Stage) -> Mode:
    """How private the answers of this place are."""
    of = session.execute(sa.select(CourseSession.id, CourseSession.course_id).join(Booking, Booking.course_session_id == CourseSession.id).where(
        Booking.id == booking_id)).one()
    return questionnaires.mode_of(of.id, of.course_id, stage)


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
