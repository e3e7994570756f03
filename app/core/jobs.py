"""What the timetable remembers of each job, so that any number of worker processes do its work once.

Whether a job is due goes by the time that the worker acts in; who holds it, and until when, by the database's own clock.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import leases
from app.core.db import Base, db, transaction

HEARTBEAT = "heartbeat"
LETTERS = "letters"
IMPORT = "import"
"""What people do and no worker; its last run tells that a file may have changed anything."""
SILENT_AFTER = timedelta(minutes=2)


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


@dataclass(frozen=True)
class Run:
    """How one run of a job went."""

    started_at: datetime
    ended_at: datetime
    milliseconds: int
    words: str
    failed: bool = False


def make_known(names: Collection[str], now: datetime) -> None:
    """Remember these jobs from now on; those that are known stay as they are."""
    with transaction() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        rows = [{"name": name, "next_run_at": now, "failures_in_a_row": 0, "last_words": ""} for name in names]
        session.execute(insert(JobRun).on_conflict_do_nothing(index_elements=["name"]), rows)


def due(every: Mapping[str, timedelta], now: datetime) -> dict[str, datetime]:
    """The jobs that are due and that nobody runs, with the moment each was due at; one statement.

    A next run that lies further ahead than the job's pause was set by a clock that has been put back since: that job is due too.
    """
    free = sa.or_(JobRun.lease_until.is_(None), JobRun.lease_until < leases.now())
    rows = db.session.execute(sa.select(JobRun.name, JobRun.next_run_at).where(JobRun.name.in_(every), free)).all()
    return {name: at for name, at in rows if at <= now or at > now + every[name]}


def take(name: str, holder: str, lease: timedelta, *, due_at: datetime | None = None) -> bool:
    """Take the job for so long; no when another process has it, or has done it since it was due at `due_at`."""
    statement = sa.update(JobRun).where(JobRun.name == name, sa.or_(JobRun.lease_until.is_(None), JobRun.lease_until < leases.now()))
    if due_at is not None:
        statement = statement.where(JobRun.next_run_at == due_at)
    with transaction() as session:
        statement = statement.values({"lease_until": leases.ends_in(lease), "held_by": holder}).returning(JobRun.name)
        return session.scalar(statement.execution_options(synchronize_session=False)) is not None


def keep(holders: Collection[str], lease: timedelta) -> None:
    """Hold on to the jobs that these are still running."""
    with transaction() as session:
        session.execute(sa.update(JobRun).where(JobRun.held_by.in_(holders)).values(lease_until=leases.ends_in(lease))
                        .execution_options(synchronize_session=False))


def let_go(name: str, holder: str, run: Run | None, *, next_run_at: datetime | None = None) -> None:
    """Give the job back with how it went; without `run` nothing is remembered, without `next_run_at` it is due when it was."""
    values: dict[str, object] = {"lease_until": None, "held_by": None}
    if run is not None:
        values |= {
            "last_started_at": run.started_at, "last_ended_at": run.ended_at, "last_milliseconds": run.milliseconds, "last_words": run.words,
            "failures_in_a_row": JobRun.failures_in_a_row + 1 if run.failed else 0,
        }
    if next_run_at is not None:
        values["next_run_at"] = next_run_at
    with transaction() as session:
        session.execute(sa.update(JobRun).where(JobRun.name == name, JobRun.held_by == holder).values(values)
                        .execution_options(synchronize_session=False))


def note(name: str, run: Run, *, next_run_at: datetime) -> None:
    """Remember a run of something that many processes may do at once, such as sending letters."""
    with transaction() as session:
        session.execute(sa.update(JobRun).where(JobRun.name == name).values(
            last_started_at=run.started_at, last_ended_at=run.ended_at, last_milliseconds=run.milliseconds, last_words=run.words,
            failures_in_a_row=JobRun.failures_in_a_row + 1 if run.failed else 0, next_run_at=next_run_at,
        ).execution_options(synchronize_session=False))


def known() -> list[JobRun]:
    """All jobs that were ever known, by name."""
    return list(db.session.scalars(sa.select(JobRun).order_by(JobRun.name)))


def last_heard(now: datetime) -> dict[str, datetime]:
    """When a worker was last heard of, and when letters were last looked after; a job that never ran is not among them. One statement."""
    rows = db.session.execute(sa.select(JobRun.name, JobRun.last_ended_at).where(JobRun.name.in_((HEARTBEAT, LETTERS))))
    return {name: at for name, at in rows if at is not None}


def silent_since(now: datetime, name: str = HEARTBEAT) -> datetime | None:
    """Since when no worker has been heard of, if that is longer than two minutes; none while all is well.

    `name` may be `LETTERS`, for the sending of letters alone. A database in which no worker ever ran says so with its first known moment.
    """
    row = db.session.execute(sa.select(JobRun.last_ended_at, JobRun.next_run_at).where(JobRun.name == name)).one_or_none()
    if row is None:
        return None
    last: datetime = row.last_ended_at or row.next_run_at
    return last if now - last > SILENT_AFTER else None
