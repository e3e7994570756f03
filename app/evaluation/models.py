"""Questionnaires with their versions and questions, and what people answered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import Base, choice_of
from app.evaluation.rules.stages import Quoting, Stage


class Questionnaire(Base):
    """What is asked at one stage. Its wording lives in versions, so that old answers keep the question they answered."""

    __tablename__ = "questionnaire"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice_of(Stage), unique=True)
    title: Mapped[str]
    versions: Mapped[list["QuestionnaireVersion"]] = relationship(order_by="QuestionnaireVersion.number")


class QuestionnaireVersion(Base):
    """One wording of a questionnaire; the highest number is the one in use."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (sa.UniqueConstraint("questionnaire_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"))
    number: Mapped[int]
    created_at: Mapped[datetime]
    questionnaire: Mapped[Questionnaire] = relationship(back_populates="versions")
    questions: Mapped[list["Question"]] = relationship(order_by="Question.position")


class Question(Base):
    """One question. `code` says what it measures (`knowledge`, `engaging` …), the same in every version; `kind` names its question type."""

    __tablename__ = "question"
    __table_args__ = (sa.UniqueConstraint("version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire_version.id"))
    code: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    position: Mapped[int]
    wording: Mapped[str]


class Response(Base):
    """One person's answers at one stage of one session, under a code that pairs the stages (`respondent`).

    A later response of the same person and stage takes the place of the earlier one, which is kept with `current` false.
    """

    __tablename__ = "response"
    __table_args__ = (
        sa.Index(
            "uq_response_current", "course_session_id", "respondent", "stage", unique=True,
            sqlite_where=sa.text("current"), postgresql_where=sa.text("current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire_version.id"))
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"))
    stage: Mapped[Stage] = mapped_column(choice_of(Stage))
    respondent: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    submitted_at: Mapped[datetime]
    may_quote: Mapped[Quoting] = mapped_column(choice_of(Quoting))
    current: Mapped[bool] = mapped_column(default=True)
    course_session: Mapped[CourseSession] = relationship()
    booking: Mapped[Booking | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(cascade="all, delete-orphan")


class Answer(Base):
    """One answer: a number for ratings and statements, text for a comment. A question left open has no row."""

    __tablename__ = "answer"
    __table_args__ = (sa.Index("ix_answer_response_id_question_id_number", "response_id", "question_id", "number"),)

    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), primary_key=True)
    number: Mapped[int | None]
    text: Mapped[str | None]
    question: Mapped[Question] = relationship()
