"""Questionnaires with their versions and questions, what people answered, and worries that somebody raised while answering."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account, Person
from app.booking.models import Booking
from app.catalogue.models import Course, CourseSession
from app.core.db import Base, choice_of
from app.core.tokens import reference
from app.evaluation.rules.stages import Mode, Quoting, Stage, VersionState
from app.evaluation.rules.worries import About, ContactAct

_standard, _own = sa.text("course_id IS NULL"), sa.text("course_id IS NOT NULL")
_in_use, _draft = sa.text("state = 'in_use'"), sa.text("state = 'draft'")


class Questionnaire(Base):
    """What is asked at one stage: the standard set, or (with `course_id`) a course's own. `weeks` says how long after the session, where it
    is asked later. Its wording lives in versions, so that old answers keep the question they answered."""

    __tablename__ = "questionnaire"
    __table_args__ = (
        sa.Index("uq_questionnaire_standard", "stage", unique=True, sqlite_where=_standard, postgresql_where=_standard),
        sa.Index("uq_questionnaire_course", "course_id", "stage", unique=True, sqlite_where=_own, postgresql_where=_own),
        sa.CheckConstraint("weeks BETWEEN 6 AND 26", name="weeks_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice_of(Stage))
    title: Mapped[str]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    mode: Mapped[Mode] = mapped_column(choice_of(Mode), default=Mode.CONFIDENTIAL, server_default=Mode.CONFIDENTIAL.value)
    weeks: Mapped[int] = mapped_column(default=12, server_default="12")
    course: Mapped[Course | None] = relationship()
    versions: Mapped[list["QuestionnaireVersion"]] = relationship(order_by="QuestionnaireVersion.number", back_populates="questionnaire")


class QuestionnaireVersion(Base):
    """One wording of a questionnaire. A draft may be changed; one in use, or that was, never is."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (
        sa.UniqueConstraint("questionnaire_id", "number"),
        sa.Index("uq_questionnaire_version_in_use", "questionnaire_id", unique=True, sqlite_where=_in_use, postgresql_where=_in_use),
        sa.Index("uq_questionnaire_version_draft", "questionnaire_id", unique=True, sqlite_where=_draft, postgresql_where=_draft),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(choice_of(VersionState), default=VersionState.DRAFT, server_default=VersionState.DRAFT.value)
    created_at: Mapped[datetime]
    used_since: Mapped[datetime | None]
    used_by: Mapped[str | None]
    questionnaire: Mapped[Questionnaire] = relationship(back_populates="versions")
    questions: Mapped[list["Question"]] = relationship(order_by="Question.position", cascade="all, delete-orphan", back_populates="version")


class Question(Base):
    """One question. `code` says what it measures (`knowledge`, `engaging` …), the same in every version; `kind` names its question type.

    `options` is what the kind needs: anchors, options or bounds. `quotable` asks whether the words may be quoted. With `shown_if_code` it is
    asked only of those who gave one of `shown_if_values` to that question, or a number that compares so (`rules/conditions.py`).
    """

    __tablename__ = "question"
    __table_args__ = (sa.UniqueConstraint("version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire_version.id"))
    code: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    position: Mapped[int]
    wording: Mapped[str]
    help: Mapped[str] = mapped_column(default="", server_default="")
    section: Mapped[str] = mapped_column(default="", server_default="")
    required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    options: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    quotable: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    shown_if_code: Mapped[str | None]
    shown_if_values: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    version: Mapped[QuestionnaireVersion] = relationship(back_populates="questions")


class Response(Base):
    """One person's answers at one stage of one session, under a code that pairs the stages (`respondent`).

    A later response of the same person and stage takes the place of the earlier one, which is kept with `current` false.
    `attempt` is the digest of the form's key: a form that is sent fifty times is one response. `keyed_by_id` typed it in from paper.
    `by_manager` is the mark of the manager who gave it (`rules.links.manager_mark`), so that another one neither reads nor replaces it.
    An `anonymous` one knows no booking; its id is random and its `submitted_at` is the session's, so that neither tells anything; it is
    not `current` until five are, or nobody can answer any more.
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
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    attempt: Mapped[str | None] = mapped_column(unique=True)
    keyed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    by_manager: Mapped[str | None]
    course_session: Mapped[CourseSession] = relationship()
    booking: Mapped[Booking | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(cascade="all, delete-orphan")


class Answer(Base):
    """One answer: a number for ratings, statements and single options, text for words, `choices` for several options, and for by when
    somebody will do what `text` says. A question left open has no row."""

    __tablename__ = "answer"
    __table_args__ = (sa.Index("ix_answer_response_id_question_id_number", "response_id", "question_id", "number"),)

    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), primary_key=True)
    number: Mapped[int | None]
    text: Mapped[str | None]
    choices: Mapped[list[int]] = mapped_column(sa.JSON, default=list, server_default="[]")
    question: Mapped[Question] = relationship()


class AnswerDraft(Base):
    """What somebody has answered so far and not sent, so that they can go on elsewhere; never counted, deleted after 14 days.

    Only of confidential questionnaires. `given` is what the form holds, by the question's code; `by_manager` as of a response.
    """

    __tablename__ = "answer_draft"

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice_of(Stage), primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire_version.id"), index=True)
    key: Mapped[str]
    given: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    saved_at: Mapped[datetime] = mapped_column(index=True)
    by_manager: Mapped[str | None]


class AnonymousTicket(Base):
    """That one of the people of a session has answered anonymously. The digest follows from their booking by a key that is not in the
    database, and the rows are written anew in random order with each answer: see `services/anonymous.py`."""

    __tablename__ = "anonymous_ticket"

    digest: Mapped[str] = mapped_column(primary_key=True)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), index=True)
    stage: Mapped[Stage] = mapped_column(choice_of(Stage))


class AskedAfter(Base):
    """After how many weeks a later stage is asked of the people of a session, from the day on which they are: what they were told then holds,
    whatever the questionnaire says since."""

    __tablename__ = "asked_after"

    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice_of(Stage), primary_key=True)
    weeks: Mapped[int]


class Worry(Base):
    """Something that somebody is worried about, or needs support with, said beside a questionnaire. Only the safeguarding contact reads it;
    no report and no analysis knows this table."""

    __tablename__ = "worry"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True, default=reference)
    about: Mapped[About] = mapped_column(choice_of(About))
    text: Mapped[str]
    contact: Mapped[str]
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="SET NULL"), index=True)
    raised_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    note: Mapped[str] = mapped_column(default="", server_default="")
    course_session: Mapped[CourseSession] = relationship()
    booking: Mapped[Booking | None] = relationship()
    done_by: Mapped[Account | None] = relationship()


class SafeguardingContact(Base):
    """Somebody who reads worries and acts on them: those that were raised since `reads_from`."""

    __tablename__ = "safeguarding_contact"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    reads_from: Mapped[datetime]
    named_at: Mapped[datetime]
    named_by: Mapped[str]
    person: Mapped[Person] = relationship()


class SafeguardingContactEvent(Base):
    """What was done about who reads worries, by whom. Never changed."""

    __tablename__ = "safeguarding_contact_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    act: Mapped[ContactAct] = mapped_column(choice_of(ContactAct))
    at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
