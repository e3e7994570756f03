"""What the timetable remembers of each job, so that any number of worker processes do its work once."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class JobRun(Base):
    """One job: when it is due next, who runs it until when (by the database's clock), and how its last run went."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    held_by: Mapped[str | None]
    last_started_at: Mapped[datetime | None]
    last_ended_at: Mapped[datetime | None]
    last_milliseconds: Mapped[int | None]
    failures_in_a_row: Mapped[int]
    last_words: Mapped[str]
