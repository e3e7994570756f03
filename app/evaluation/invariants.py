"""What must be true of questionnaires and answers in every database."""

import sqlalchemy as sa

from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.invariants import Invariant
from app.evaluation.models import Answer, AnswerDraft, Question, Questionnaire, QuestionnaireVersion, Response, SafeguardingContact, Worry
from app.evaluation.queries.questionnaires import answered_anonymously, answered_confidentially
from app.evaluation.queries.worries import CAN_SIGN_IN
from app.evaluation.rules.stages import Mode

FIVE = ("scale_5", "then_test", "agree")
NOTHING = sa.cast(Answer.choices, sa.Text) == "[]"

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
        "one-thing-an-answer", "An answer is a number on its scale, or words, or chosen options; never a number and words, never nothing.",
        sa.select(Answer.response_id, Answer.question_id).join(Question, Question.id == Answer.question_id).where(sa.or_(
            sa.and_(Answer.number.is_(None), Answer.text.is_(None), NOTHING), sa.and_(Answer.number.is_not(None), Answer.text.is_not(None)),
            sa.and_(Question.kind.in_(FIVE), ~Answer.number.between(1, 5)), sa.and_(Question.kind == "scale_10", ~Answer.number.between(0, 10)),
        )),
    ),
    Invariant(
        "responses-of-the-session", "A response that knows its booking belongs to that booking's session.",
        sa.select(Response.id).join(Booking, Booking.id == Response.booking_id).where(Booking.course_session_id != Response.course_session_id),
    ),
    Invariant(
        "anonymous-know-nobody", "An anonymous response has no booking, no form and nobody who keyed it in, and no time but its session's.",
        sa.select(Response.id).join(CourseSession, CourseSession.id == Response.course_session_id).where(Response.anonymous, sa.or_(
            Response.booking_id.is_not(None), Response.attempt.is_not(None), Response.keyed_by_id.is_not(None), Response.by_manager.is_not(None),
            Response.submitted_at.not_in((CourseSession.starts_at, CourseSession.ends_at)),
        )),
    ),
    Invariant(
        "one-mode-a-session", "Where somebody has answered a stage of a session anonymously, no answer to it counts that is kept with whose it is.",
        sa.select(Response.course_session_id, Response.stage, sa.func.min(Response.id))
        .where(Response.current, ~Response.anonymous, answered_anonymously(Response.course_session_id, Response.stage))
        .group_by(Response.course_session_id, Response.stage),
    ),
    Invariant(
        "open-worries-are-read", "Where a safeguarding contact can sign in, each open worry has one who reads it.",
        sa.select(Worry.id).where(Worry.done_at.is_(None), sa.exists().where(SafeguardingContact.person_id.is_not(None), CAN_SIGN_IN),
                                  ~sa.exists().where(SafeguardingContact.reads_from <= Worry.raised_at, CAN_SIGN_IN)),
    ),
    Invariant(
        "no-drafts-of-anonymous", "Nothing that somebody has begun to answer anonymously is kept.",
        sa.select(AnswerDraft.booking_id).join(QuestionnaireVersion, QuestionnaireVersion.id == AnswerDraft.version_id)
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id).join(Booking, Booking.id == AnswerDraft.booking_id)
        .where(sa.or_(
            answered_anonymously(Booking.course_session_id, AnswerDraft.stage),
            sa.and_(Questionnaire.mode == Mode.ANONYMOUS, ~answered_confidentially(Booking.course_session_id, AnswerDraft.stage)),
        )),
    ),
)
