"""What must be true of questionnaires and answers in every database."""

import sqlalchemy as sa

from app.booking.models import Booking
from app.core.invariants import Invariant
from app.evaluation.models import Answer, Question, Response

SCALE = (1, 5)

INVARIANTS = (
    Invariant(
        "one-current-response", "Nobody has two responses that count at one stage of one session.",
        sa.select(Response.course_session_id, Response.stage, sa.func.min(Response.id)).where(Response.current)
        .group_by(Response.course_session_id, Response.stage, Response.respondent).having(sa.func.count() > 1),
    ),
    Invariant(
        "answers-to-what-was-asked", "Each answer belongs to a question of the wording that was answered.",
        sa.select(Answer.response_id, Answer.question_id).join(Question, Question.id == Answer.question_id)
        .join(Response, Response.id == Answer.response_id).where(Question.version_id != Response.version_id),
    ),
    Invariant(
        "one-thing-an-answer", "An answer is a number on its scale, or words; never both, never neither.",
        sa.select(Answer.response_id, Answer.question_id).where(sa.or_(
            sa.and_(Answer.number.is_(None), Answer.text.is_(None)), sa.and_(Answer.number.is_not(None), Answer.text.is_not(None)),
            ~Answer.number.between(*SCALE),
        )),
    ),
    Invariant(
        "responses-of-the-session", "A response that knows its booking belongs to that booking's session.",
        sa.select(Response.id).join(Booking, Booking.id == Response.booking_id).where(Booking.course_session_id != Response.course_session_id),
    ),
)
