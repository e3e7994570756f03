"""Bookings, and everything that ever happened to them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Agency, Partnership, Person
from app.booking.rules import LIVE, BookingStatus
from app.catalogue.models import CourseSession
from app.core.db import Base, choice_of
from app.core.tokens import reference

_live = sa.text("status IN ({})".format(", ".join(f"'{status.value}'" for status in LIVE)))


class Booking(Base):
    """One person on one session. Agency, job title and area are those of the day of booking, so that reports stay true.

    `booked_at` is when the person asked for the place, or joined the waiting list, which is kept in that order;
    it is empty for somebody who walked in.
    """

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index("uq_booking_live", "course_session_id", "person_id", unique=True, sqlite_where=_live, postgresql_where=_live),
        sa.Index("ix_booking_course_session_id_status", "course_session_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True, default=reference)
    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    status: Mapped[BookingStatus] = mapped_column(choice_of(BookingStatus))
    booked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    job_title: Mapped[str | None]
    partnership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partnership.id"))
    course_session: Mapped[CourseSession] = relationship()
    person: Mapped[Person] = relationship()
    agency: Mapped[Agency | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()


class BookingEvent(Base):
    """One change of a booking: when, by whom, from what to what, and why. Never changed afterwards."""

    __tablename__ = "booking_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    before: Mapped[BookingStatus | None] = mapped_column(choice_of(BookingStatus, name="before"))
    after: Mapped[BookingStatus] = mapped_column(choice_of(BookingStatus, name="after"))
    reason: Mapped[str | None]
