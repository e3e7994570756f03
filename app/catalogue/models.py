"""What is on offer: priorities, courses, their dated sessions, trainers, briefings, and contributions to partners' training."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Agency, Partnership, Person
from app.catalogue.rules import Approval, ContributionKind, Format, SessionStatus
from app.core.db import Base, choice_of

course_priority = sa.Table(
    "course_priority",
    Base.metadata,
    sa.Column("course_id", sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("priority_id", sa.ForeignKey("priority.id", ondelete="CASCADE"), primary_key=True, index=True),
)

briefing_priority = sa.Table(
    "briefing_priority",
    Base.metadata,
    sa.Column("briefing_id", sa.ForeignKey("briefing.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("priority_id", sa.ForeignKey("priority.id", ondelete="CASCADE"), primary_key=True, index=True),
)

course_agency = sa.Table(
    "course_agency",
    Base.metadata,
    sa.Column("course_id", sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("agency_id", sa.ForeignKey("agency.id", ondelete="CASCADE"), primary_key=True, index=True),
)

course_prerequisite = sa.Table(
    "course_prerequisite",
    Base.metadata,
    sa.Column("course_id", sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("required_id", sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Priority(Base):
    """What a partnership has set itself for a time; courses and briefings are tagged with it."""

    __tablename__ = "priority"

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(sa.ForeignKey("partnership.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    partnership: Mapped[Partnership] = relationship()


class Course(Base):
    """A catalogue item: what people will be able to do after it, for whom it is, who has to agree, how long it takes.

    `least_level`, `for_sectors`, `for_jobs`, `for_agencies` and `prerequisites` say for whom it is; empty is everybody.
    `reminder_days` and `joining_days` say how many days before people are reminded and told how to join; none is as the policy has it.
    A certificate needs so many of 100 minutes (`certificate_percent`), and with `certificate_after_questions` that the questions after the
    course were opened.
    """

    __tablename__ = "course"
    __table_args__ = (sa.CheckConstraint("certificate_percent BETWEEN 1 AND 100", name="certificate_percent_is_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    level: Mapped[int | None]
    format: Mapped[Format] = mapped_column(choice_of(Format))
    duration_minutes: Mapped[int]
    learning_outcomes: Mapped[list[str]] = mapped_column(sa.JSON)
    materials: Mapped[list[str]] = mapped_column(sa.JSON)
    published: Mapped[bool]
    approval: Mapped[Approval] = mapped_column(choice_of(Approval), default=Approval.NOBODY, server_default=Approval.NOBODY.value)
    least_level: Mapped[int | None]
    for_sectors: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    for_jobs: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    reminder_days: Mapped[list[int] | None] = mapped_column(sa.JSON)
    joining_days: Mapped[int | None]
    certificate_percent: Mapped[int] = mapped_column(default=100, server_default="100")
    certificate_after_questions: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    priorities: Mapped[list[Priority]] = relationship(secondary=course_priority, order_by="Priority.name")
    for_agencies: Mapped[list[Agency]] = relationship(secondary=course_agency, order_by="Agency.name")
    prerequisites: Mapped[list["Course"]] = relationship(
        secondary=course_prerequisite, primaryjoin=id == course_prerequisite.c.course_id,
        secondaryjoin=id == course_prerequisite.c.required_id, order_by="Course.title",
    )


class Trainer(Base):
    """A person who gives sessions."""

    __tablename__ = "trainer"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    person: Mapped[Person] = relationship()


class CourseSession(Base):
    """A dated run of a course. `starts_at` and `ends_at` are its first part's start and its last part's end.

    `last_day` is the day in London on which it ends: a session belongs to the period that holds that day.
    `places_version` counts the changes of its places: writing it is how an act takes the session's lock.
    `times_version` counts its changes of time, `place_version` those of place or link. With `confirm_days` people are asked so many days
    before whether they still come, and a place of which nobody says so goes on half way from the question to the start.
    `minimum` raises an alarm on `decide_on`; nothing is cancelled by itself. With `list_rests` an import that told nobody left places free
    for which people wait: the next act on the session's places offers them. `untold` it brought the date, and who asked to be told was not.
    """

    __tablename__ = "course_session"
    __table_args__ = (
        sa.CheckConstraint("capacity > 0", name="capacity_positive"),
        sa.CheckConstraint("minimum > 0", name="minimum_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.Index("ix_course_session_status_starts_at", "status", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    last_day: Mapped[date] = mapped_column(index=True)
    format: Mapped[Format] = mapped_column(choice_of(Format))
    venue_or_link: Mapped[str | None]
    capacity: Mapped[int]
    trainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("trainer.person_id"), index=True)
    status: Mapped[SessionStatus] = mapped_column(choice_of(SessionStatus))
    cancel_reason: Mapped[str | None]
    cancelled_on: Mapped[date | None]
    cancelled_at: Mapped[datetime | None]
    places_version: Mapped[int] = mapped_column(default=0, server_default="0")
    times_version: Mapped[int] = mapped_column(default=0, server_default="0")
    place_version: Mapped[int] = mapped_column(default=0, server_default="0")
    times_changed_at: Mapped[datetime | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    minimum: Mapped[int | None]
    decide_on: Mapped[date | None]
    tentative: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    confirm_days: Mapped[int | None]
    list_rests: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    untold: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    course: Mapped[Course] = relationship()
    trainer: Mapped[Trainer | None] = relationship()
    parts: Mapped[list["SessionPart"]] = relationship(cascade="all, delete-orphan", order_by="SessionPart.starts_at")

    @property
    def title(self) -> str:
        """The course's title."""
        return self.course.title

    @property
    def level(self) -> int | None:
        """The course's level."""
        return self.course.level

    @property
    def minutes(self) -> int:
        """How long its parts take together."""
        return sum(int((part.ends_at - part.starts_at).total_seconds()) // 60 for part in self.parts)


class SessionPart(Base):
    """One sitting of a session, such as the second of two afternoons."""

    __tablename__ = "session_part"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Briefing(Base):
    """A short text to read at any time, on another platform that counts its views."""

    __tablename__ = "briefing"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    url: Mapped[str]
    priorities: Mapped[list[Priority]] = relationship(secondary=briefing_priority, order_by="Priority.name")


class BriefingViews(Base):
    """How often a briefing was opened in a month, as its platform counted. Views are not people."""

    __tablename__ = "briefing_views"
    __table_args__ = (sa.CheckConstraint("views >= 0", name="views_not_negative"),)

    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]


class Contribution(Base):
    """People reached without a booking here: a conference, a workshop, a partner's own course. A headcount, not names."""

    __tablename__ = "contribution"
    __table_args__ = (sa.CheckConstraint("contacts >= 0", name="contacts_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    held_on: Mapped[date] = mapped_column(index=True)
    title: Mapped[str]
    kind: Mapped[ContributionKind] = mapped_column(choice_of(ContributionKind))
    format: Mapped[Format] = mapped_column(choice_of(Format))
    host_agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    contacts: Mapped[int]
    host_agency: Mapped[Agency | None] = relationship()
