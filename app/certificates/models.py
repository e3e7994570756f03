"""Certificates with what was printed on them, and who has opened the questions that a certificate may wait for."""

from datetime import datetime
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.booking.models import Booking
from app.certificates.rules.serials import serial
from app.core.db import Base, choice_of

_stands = sa.text("ended_at IS NULL")


class CertificateEnd(Enum):
    """Why a certificate no longer stands: the person has a newer one, or they did not earn it after all."""

    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Certificate(Base):
    """One certificate of one attendance, with the facts as they were printed; only its end is ever written afterwards.

    `number` is the same for all certificates of an attendance, which `issue` counts. `days` are the days of the session, `minutes` those
    that the person was there. `code` is what the certificate is checked with: only somebody who has it finds the page.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", "issue"),
        sa.UniqueConstraint("number", "issue"),
        sa.Index("uq_certificate_stands", "booking_id", unique=True, sqlite_where=_stands, postgresql_where=_stands),
        sa.CheckConstraint("minutes > 0", name="minutes_positive"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="end_with_its_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"))
    number: Mapped[str]
    issue: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    course: Mapped[str]
    partnership: Mapped[str]
    days: Mapped[list[str]] = mapped_column(sa.JSON)
    minutes: Mapped[int]
    issued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[CertificateEnd | None] = mapped_column(choice_of(CertificateEnd))
    reason: Mapped[str | None]
    booking: Mapped[Booking] = relationship()

    @property
    def serial(self) -> str:
        """The serial number as it is printed."""
        return serial(self.number, self.issue)

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.ended_at is None


class QuestionsOpened(Base):
    """Somebody opened the questions after a session, from the page of their certificate. Whether they answered is not kept here."""

    __tablename__ = "questions_opened"

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
