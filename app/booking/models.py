"""Bookings with everything that ever happened to them, and what a partnership decides about places."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Agency, Partnership, Person
from app.booking.rules.charges import ChargeKind
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice, NoticeUnit, WhenUnanswered
from app.booking.rules.states import LIVE, Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.rules.waiting import WaitingAct
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import Base, choice_of
from app.core.tokens import reference

_live = sa.text("status IN ({})".format(", ".join(f"'{status.value}'" for status in LIVE)))


class Booking(Base):
    """One person on one session. Agency, job title and area are those of the day of booking, so that reports stay true.

    `booked_at` is when the person asked for the place, or joined the waiting list; it never changes, and the list is kept in its order
    after `priority`. It is empty for somebody who walked in.
    `due_at` is when the next thing happens by itself unless somebody acts: an offer or a request ends, the undo of a return ends (the place
    is held until then), or a place goes on of which nobody said that they still come.
    `changes` counts how often it came to stand elsewhere; entries in calendars go by it.
    `turnout` is what the register says, written by attendance, so that prerequisites and missed sessions can be counted here.
    """

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index("uq_booking_live", "course_session_id", "person_id", unique=True, sqlite_where=_live, postgresql_where=_live),
        sa.Index("ix_booking_course_session_id_status", "course_session_id", "status", "due_at"),
        sa.Index("ix_booking_due_at", "due_at", sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True, default=reference)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    status: Mapped[BookingStatus] = mapped_column(choice_of(BookingStatus))
    booked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    job_title: Mapped[str | None]
    partnership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partnership.id"))
    manager_email: Mapped[str | None]
    notice: Mapped[Notice | None] = mapped_column(choice_of(Notice))
    turnout: Mapped[Turnout | None] = mapped_column(choice_of(Turnout))
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    whenever: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    lapses: Mapped[int] = mapped_column(default=0, server_default="0")
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    booked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    agreed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking_group.id"), index=True)
    terms_id: Mapped[int | None] = mapped_column(sa.ForeignKey("terms.id"))
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    course_session: Mapped[CourseSession] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    booked_by: Mapped[Person | None] = relationship(foreign_keys=[booked_by_id])
    agency: Mapped[Agency | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    previous: Mapped["Booking | None"] = relationship(remote_side=[id])
    need: Mapped["BookingNeed | None"] = relationship(viewonly=True)
    terms: Mapped["Terms | None"] = relationship()
    group: Mapped["BookingGroup | None"] = relationship()

    @property
    def booked_unasked(self) -> bool:
        """Whether somebody else booked it, and its person has not said yes."""
        return self.booked_by_id is not None and self.agreed_at is None and self.booked_by_id != self.person_id


class BookingEvent(Base):
    """One change of a booking: when, what, by whom, from what to what, why and by which rule. Never changed afterwards.

    `by` is a name, or what acts by itself; `by_id` is which person it was, where it was one and that is known.
    """

    __tablename__ = "booking_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    act: Mapped[Act] = mapped_column(choice_of(Act))
    before: Mapped[BookingStatus | None] = mapped_column(choice_of(BookingStatus, name="before"))
    after: Mapped[BookingStatus] = mapped_column(choice_of(BookingStatus, name="after"))
    reason: Mapped[str | None]
    rule: Mapped[str | None]


class SessionEvent(Base):
    """What happened to a session itself, as a sentence; `stood` is where it stood before it was called off. Never changed afterwards."""

    __tablename__ = "session_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    what: Mapped[str]
    stood: Mapped[SessionStatus | None] = mapped_column(choice_of(SessionStatus, name="stood"))


class BookingNeed(Base):
    """What somebody needs on the day, in their own words; kept apart, seen by the trainer and the coordinator, and deleted after it."""

    __tablename__ = "booking_need"

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    dietary: Mapped[str | None]
    access: Mapped[str | None]
    delete_at: Mapped[datetime] = mapped_column(index=True)


class BookingGroup(Base):
    """People who were booked in one act. Those who want to come together get in together or wait together."""

    __tablename__ = "booking_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    together: Mapped[bool]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class HeldPlaces(Base):
    """Places without names that an agency lead holds, named later, and released on a date. `places` counts those still without a name."""

    __tablename__ = "held_places"
    __table_args__ = (sa.CheckConstraint("places >= 0", name="places_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True, default=reference)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    places: Mapped[int]
    at: Mapped[datetime]
    releases_at: Mapped[datetime] = mapped_column(index=True)
    course_session: Mapped[CourseSession] = relationship()
    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship()


class SessionQuota(Base):
    """How many of a session's places one agency or sector may have, or has kept for it, until it is released."""

    __tablename__ = "session_quota"
    __table_args__ = (sa.CheckConstraint("places > 0", name="places_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"), index=True)
    kind: Mapped[QuotaKind] = mapped_column(choice_of(QuotaKind))
    places: Mapped[int]
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    sector: Mapped[str | None]
    releases_at: Mapped[datetime | None] = mapped_column(index=True)
    released: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    agency: Mapped[Agency | None] = relationship()


class CapacityOverride(Base):
    """Places over capacity that somebody put their name to: for one booking with the reason, or offered at a stated risk (in 100).

    No place at all (0) is a booking over its agency's limit only, as the session itself had room, or one that the session has room for since.
    """

    __tablename__ = "capacity_override"
    __table_args__ = (sa.CheckConstraint("places >= 0", name="places_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), unique=True)
    places: Mapped[int]
    risk: Mapped[int | None]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class CourseInterest(Base):
    """Somebody who waits for a course: told when it runs again, or, if any date will do, offered a place on the next."""

    __tablename__ = "course_interest"
    __table_args__ = (
        sa.Index("uq_course_interest_live", "course_id", "person_id", unique=True,
                 sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    any_date: Mapped[bool]
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()
    person: Mapped[Person] = relationship()


class CourseInterestEvent(Base):
    """One change of how somebody waits for a course; `booking_id` is the place by which the wait ended, or began again. Never changed afterwards."""

    __tablename__ = "course_interest_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    interest_id: Mapped[int] = mapped_column(sa.ForeignKey("course_interest.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    act: Mapped[WaitingAct] = mapped_column(choice_of(WaitingAct))
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="SET NULL"), index=True)
    interest: Mapped[CourseInterest] = relationship()


class EligibilityException(Base):
    """A coordinator lets somebody book a course that is not open to them, and says why."""

    __tablename__ = "eligibility_exception"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class BookingPolicy(Base):
    """What a partnership asks of people from a day on; the one without a partnership holds where none of its own does."""

    __tablename__ = "booking_policy"
    __table_args__ = (sa.UniqueConstraint("partnership_id", "starts_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partnership.id"))
    starts_on: Mapped[date]
    notice: Mapped[int]
    notice_unit: Mapped[NoticeUnit] = mapped_column(choice_of(NoticeUnit))
    offer_hours: Mapped[int]
    near_offer_hours: Mapped[int]
    near_hours: Mapped[int]
    no_offers_hours: Mapped[int]
    undo_minutes: Mapped[int]
    approval_days: Mapped[int]
    when_unanswered: Mapped[WhenUnanswered] = mapped_column(choice_of(WhenUnanswered))
    strikes_note: Mapped[int]
    strikes_ask: Mapped[int]
    strike_months: Mapped[int]
    charges: Mapped[bool]
    late_pence: Mapped[int]
    no_show_pence: Mapped[int]
    external_pence: Mapped[int]
    external_sectors: Mapped[list[str]] = mapped_column(sa.JSON)
    tell_manager: Mapped[bool]
    reminder_days: Mapped[list[int]] = mapped_column(sa.JSON)
    joining_days: Mapped[int]
    partnership: Mapped[Partnership | None] = relationship()


class Terms(Base):
    """A version of the terms that people agree to when they book; never changed, only followed by the next."""

    __tablename__ = "terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    starts_at: Mapped[datetime]
    by: Mapped[str]


class Charge(Base):
    """A line of the ledger, in pence: a charge, or (negative) a waiver of one. Lines are added, never changed but for `exported_at`.

    For one session a person has at most one charge of a kind that is not waived; they are written under the lock of the session.
    """

    __tablename__ = "charge"
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    kind: Mapped[ChargeKind] = mapped_column(choice_of(ChargeKind))
    pence: Mapped[int]
    waives_id: Mapped[int | None] = mapped_column(sa.ForeignKey("charge.id"), unique=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    exported_at: Mapped[datetime | None]
    booking: Mapped[Booking] = relationship()


class StrikeWaiver(Base):
    """A missed session that does not count against anybody, and why; that it was missed stays on record."""

    __tablename__ = "strike_waiver"

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class ReminderLook(Base):
    """When somebody looks again whether a reminder of a session is due, and what was true at the last look; who sees something else looks at once.

    Without a row, or with another version of the places, another start or other settings of the course, the session is looked at as well.
    """

    __tablename__ = "reminder_look"

    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"), primary_key=True)
    look_at: Mapped[datetime]
    places_version: Mapped[int]
    starts_at: Mapped[datetime]
    settings: Mapped[str]


class ListLook(Base):
    """What was seen of those who wait for a session with free places when its list was last looked at: who sees the same, and the same version of
    its places, need not look again."""

    __tablename__ = "list_look"

    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"), primary_key=True)
    seen: Mapped[str]
    places_version: Mapped[int]


class Attempt(Base):
    """A form that was sent: its key, kept as a digest, and what came of it. Written in the transaction of the act, so that a form sent
    twice, or again after a lost answer, gives the same answer and does nothing twice."""

    __tablename__ = "attempt"

    key_digest: Mapped[str] = mapped_column(primary_key=True)
    asked_digest: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
