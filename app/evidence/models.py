"""Examples of practice with what happened to them, agencies' indicators by month, and what reports promised to show later."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Agency, Person
from app.catalogue.models import Course, Priority
from app.core.db import Base, choice_of
from app.evaluation.models import Question, Response
from app.evaluation.rules.stages import Quoting
from app.evidence.rules.promises import PromiseStatus
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.evidence.rules.words import Direction, Source, Strength, Theme


class Example(Base):
    """An example of practice on its way into a report.

    `original` is what was written, with names and places in it: only coordinators and the second person read it, and it is deleted on
    `delete_original_on`. `wording` is what may be printed, once somebody else than `writer_id`, who wrote it, has approved it; `version`
    counts its changes. `agreed_until` is the last day on which a new report may use it. An example taken from an answer keeps which
    response and question it came from. `attempt` is the digest of the form's key in which it was typed: a form sent again is one example.
    """

    __tablename__ = "example"
    __table_args__ = (
        sa.UniqueConstraint("response_id", "question_id"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> writer_id", name="approved_by_another"),
        sa.CheckConstraint("second_id IS NULL OR second_id <> writer_id", name="second_is_another"),
        sa.CheckConstraint("status <> 'approved' OR (approved_by_id IS NOT NULL AND wording <> '')", name="approved_by_somebody"),
        sa.CheckConstraint("status <> 'waiting' OR second_id IS NOT NULL", name="waiting_for_somebody"),
        sa.Index("ix_example_status_told_on", "status", "told_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(choice_of(Source))
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"))
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    priority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("priority.id"), index=True)
    told_on: Mapped[date]
    original: Mapped[str | None]
    delete_original_on: Mapped[date]
    wording: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    role: Mapped[str | None]
    theme: Mapped[Theme] = mapped_column(choice_of(Theme))
    strength: Mapped[Strength] = mapped_column(choice_of(Strength))
    direction: Mapped[Direction] = mapped_column(choice_of(Direction))
    consent: Mapped[Quoting] = mapped_column(choice_of(Quoting))
    agreed_until: Mapped[date]
    status: Mapped[ExampleStatus] = mapped_column(choice_of(ExampleStatus))
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    writer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    second_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    approved_at: Mapped[datetime | None]
    attempt: Mapped[str | None] = mapped_column(unique=True)
    course: Mapped[Course | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    priority: Mapped[Priority | None] = relationship()
    response: Mapped[Response | None] = relationship()
    question: Mapped[Question | None] = relationship()
    added_by: Mapped[Person] = relationship(foreign_keys=[added_by_id])
    writer: Mapped[Person] = relationship(foreign_keys=[writer_id])
    second: Mapped[Person | None] = relationship(foreign_keys=[second_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    events: Mapped[list["ExampleEvent"]] = relationship(order_by="ExampleEvent.id")
    uses: Mapped[list["ExampleUse"]] = relationship(order_by="ExampleUse.used_on, ExampleUse.id")


class ExampleEvent(Base):
    """One thing that happened to an example, by whom (none: by itself), and why. Never changed."""

    __tablename__ = "example_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    example_id: Mapped[int] = mapped_column(sa.ForeignKey("example.id"), index=True)
    act: Mapped[ExampleAct] = mapped_column(choice_of(ExampleAct))
    before: Mapped[ExampleStatus | None] = mapped_column(choice_of(ExampleStatus, name="before"))
    after: Mapped[ExampleStatus] = mapped_column(choice_of(ExampleStatus, name="after"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    reason: Mapped[str | None]
    by: Mapped[Person | None] = relationship()


class ExampleUse(Base):
    """Where an example was printed, with the words that were printed: they stay when the consent goes."""

    __tablename__ = "example_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    example_id: Mapped[int] = mapped_column(sa.ForeignKey("example.id"), index=True)
    printed_in: Mapped[str]
    used_on: Mapped[date]
    wording: Mapped[str]


class Indicator(Base):
    """Something that an agency counts month by month: `counted` of `base_of`, such as "referrals accepted first time" of "referrals made".

    `story` is how training may have contributed, `others` what else could explain a change.
    """

    __tablename__ = "indicator"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    counted: Mapped[str]
    base_of: Mapped[str]
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    priority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("priority.id"), index=True)
    story: Mapped[str] = mapped_column(default="")
    others: Mapped[str] = mapped_column(default="")
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    agency: Mapped[Agency | None] = relationship()
    priority: Mapped[Priority | None] = relationship()
    months: Mapped[list["IndicatorMonth"]] = relationship(order_by="IndicatorMonth.month")


class IndicatorMonth(Base):
    """The count of a month and its base, by whom and when it was last said."""

    __tablename__ = "indicator_month"
    __table_args__ = (sa.CheckConstraint("count >= 0 AND count <= base", name="part_of_base"),)

    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
    base: Mapped[int]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class Promise(Base):
    """What a report promised to show later. It stays in sight until it is shown (`shown_in` has where), or given up with a reason."""

    __tablename__ = "promise"
    __table_args__ = (
        sa.CheckConstraint("status <> 'shown' OR shown_in IS NOT NULL", name="shown_somewhere"),
        sa.CheckConstraint("status <> 'given_up' OR reason IS NOT NULL", name="given_up_why"),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_or_open"),
        sa.Index("ix_promise_status_due_on", "status", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    promised_in: Mapped[str]
    promised_on: Mapped[date]
    due_on: Mapped[date]
    owner: Mapped[str]
    priority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("priority.id"), index=True)
    status: Mapped[PromiseStatus] = mapped_column(choice_of(PromiseStatus))
    shown_in: Mapped[str | None]
    reason: Mapped[str | None]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None]
    priority: Mapped[Priority | None] = relationship()
    added_by: Mapped[Person] = relationship(foreign_keys=[added_by_id])
    ended_by: Mapped[Person | None] = relationship(foreign_keys=[ended_by_id])
