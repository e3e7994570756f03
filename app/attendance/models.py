"""Registers and the marks in them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account, Agency, Partnership
from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.core.db import Base, choice_of


class Register(Base):
    """One session's register. `finished_at` says that every mark is in; `version` counts its changes."""

    __tablename__ = "register"

    course_session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    finished_at: Mapped[datetime | None]
    finished_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    finished_by: Mapped[Account | None] = relationship()


class Attendance(Base):
    """One person's mark. Agency, job title and area are those of the day of the session, so that reports stay true."""

    __tablename__ = "attendance"
    __table_args__ = (sa.CheckConstraint("minutes > 0", name="minutes_positive"),)

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(choice_of(Outcome))
    minutes: Mapped[int | None]
    reason: Mapped[str | None]
    marked_at: Mapped[datetime]
    marked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    job_title: Mapped[str | None]
    partnership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partnership.id"))
    booking: Mapped[Booking] = relationship()
    marked_by: Mapped[Account | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
