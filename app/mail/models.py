"""Letters and what became of them, the wording that coordinators gave them, links in letters, and addresses that mail does not reach.

`person_id` is a number without a key: this room stands below people, and a letter is a record that may outlive whom it went to.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, choice_of
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Language

WAITING = sa.text("next_try_at IS NOT NULL")


class Letter(Base):
    """One letter to one address. `about` says what it is about and is there once; subject and bodies stay as they were written, as does
    `language`, that of the wording they came from.

    `next_try_at` is when a worker has to look at it (none: never again), in the time that the worker acts in; `lease_until` is by the
    database's own clock. `doubts` counts the times it may have arrived although no answer came. `outdated_at` is when what it says stopped
    being true, whether it had left or not, and `outdated` why.
    """

    __tablename__ = "letter"
    __table_args__ = (
        sa.Index("ix_letter_waiting", "next_try_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        sa.Index("ix_letter_status_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    wording_number: Mapped[int]
    language: Mapped[Language] = mapped_column(choice_of(Language), default=Language.ENGLISH, server_default="en")
    calendar: Mapped[str | None]
    calendar_method: Mapped[str | None]
    written_at: Mapped[datetime]
    due_at: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    status: Mapped[LetterStatus] = mapped_column(choice_of(LetterStatus))
    words: Mapped[str]
    next_try_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    begun_at: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    tries: Mapped[int]
    doubts: Mapped[int]
    sender: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    outdated_at: Mapped[datetime | None]
    outdated: Mapped[str | None]
    again_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    again_by: Mapped[str | None]
    again_reason: Mapped[str | None]
    events: Mapped[list["LetterEvent"]] = relationship(order_by="LetterEvent.id", viewonly=True)
    concerns: Mapped[list["LetterConcern"]] = relationship(order_by="LetterConcern.subject", viewonly=True)

    @hybrid_property
    def withdrawn_in_doubt(self) -> bool:
        """Whether it was withdrawn when it may have arrived already: its answer was lost, or it was leaving and nobody knows how that went."""
        return self.status is LetterStatus.VOID and (self.doubts > 0 or self.begun_at is not None)

    @withdrawn_in_doubt.inplace.expression
    @classmethod
    def _withdrawn_in_doubt(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.status == LetterStatus.VOID, sa.or_(cls.doubts > 0, cls.begun_at.is_not(None)))

    @property
    def shown(self) -> LetterStatus:
        """Where it is as staff read it: that it was withdrawn calls nothing back that may have arrived."""
        return LetterStatus.AMBIGUOUS if self.withdrawn_in_doubt else self.status


class LetterConcern(Base):
    """One thing that a letter is about, such as "booking:42" or "session:7", so that its page can show the letter."""

    __tablename__ = "letter_concern"

    subject: Mapped[str] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True, index=True)


class LetterEvent(Base):
    """Something out of the ordinary in the life of a letter: put off, held, in doubt, failed, withdrawn, sent again."""

    __tablename__ = "letter_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    status: Mapped[LetterStatus] = mapped_column(choice_of(LetterStatus))
    words: Mapped[str]


class WordingVersion(Base):
    """What a coordinator saved as the wording of a kind in a language; the highest number is in force.

    Number 0 is the shipped wording, which is in English. One in another language that has no text ended those before it.
    """

    __tablename__ = "wording_version"
    __table_args__ = (sa.UniqueConstraint("kind", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    language: Mapped[Language] = mapped_column(choice_of(Language), default=Language.ENGLISH, server_default="en")
    number: Mapped[int]
    subject: Mapped[str]
    body: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]
    note: Mapped[str]


class Link(Base):
    """A link in a letter: what it may be used for, about what, by whom, until when. Its secret is kept as its digest only."""

    __tablename__ = "link"
    __table_args__ = (sa.Index("ix_link_subject_purpose", "subject", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    subject: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended: Mapped[str | None]


class UndeliverableAddress(Base):
    """An address from which a letter came back: later letters to it are held until somebody says that it works."""

    __tablename__ = "undeliverable_address"

    address: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    words: Mapped[str]
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id", ondelete="SET NULL"), index=True)
