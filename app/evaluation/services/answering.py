"""Keeping what somebody answered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.booking import services as booking_services
from app.core.db import transaction
from app.core.errors import Refused
from app.evaluation.models import Answer, QuestionnaireVersion, Response
from app.evaluation.queries import of_session
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.rules.windows import check_open


def submit(
    *, booking_id: int, stage: Stage, version_id: int, given: dict[str, str], quoting: Quoting, now: datetime
) -> Response:
    """Keep the answers (`given`: text by question). They take the place of earlier ones, which are kept; the same again changes nothing.

    Raises:
        Refused: it is too early or too late, or an answer cannot be.
    """
    with transaction() as session:
        asked = of_session.asked(booking_id)
        if asked is None:
            raise Refused("You have no place on this session, so there is nothing to ask.")
        booking = asked.booking
        times = booking.course_session
        check_open(stage, times.starts_at, times.ends_at, asked.outcome, now)
        booking_services.hold(session, booking.course_session_id)
        version = session.get_one(QuestionnaireVersion, version_id)
        answers = []
        for question in version.questions:
            value = QUESTION_TYPES[question.kind].read(given.get(question.code, ""))
            if value is not None:
                answers.append(Answer(question_id=question.id, number=value if isinstance(value, int) else None,
                                      text=value if isinstance(value, str) else None))
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
            submitted_at=now, may_quote=quoting, current=True, answers=answers,
        )
        session.add(response)
    return response


def _same(earlier: Response, answers: list[Answer], quoting: Quoting) -> bool:
    def facts(rows: list[Answer]) -> set[tuple[int, int | None, str | None]]:
        return {(row.question_id, row.number, row.text) for row in rows}

    return earlier.may_quote is quoting and facts(earlier.answers) == facts(answers)
