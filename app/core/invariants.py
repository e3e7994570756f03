"""What must be true of every database of ours, as data; and what of it holds for each table whatever it keeps.

An invariant gives the rows that break it, by their ids or references: nothing that says who somebody is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.db import Base, UtcDateTime
from app.core.jobs import JobRun

NOW = sa.bindparam("now", type_=UtcDateTime())
"""The moment of the check, for queries that need it."""

IN_TWO_DAYS = sa.bindparam("in_two_days", type_=UtcDateTime())
"""Two days after it, for what may be otherwise shortly before a session."""

Rows = Sequence[Sequence[Any]]
Select = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True)
class Invariant:
    """`sentence` says what holds; `broken_by` gives the rows that break it: a query, or a function of the connection and the moment."""

    name: str
    sentence: str
    broken_by: Select | Callable[[Connection, datetime], Rows]

    def rows(self, connection: Connection, now: datetime) -> Rows:
        """The rows that break it; none when it holds."""
        if callable(self.broken_by):
            return self.broken_by(connection, now)
        return connection.execute(self.broken_by, {"now": now, "in_two_days": now + timedelta(days=2)}).all()


AFTER_THE_RUN = timedelta(hours=1)
"""What was due so long before a job looked was there to be found, whatever the clocks of two machines say."""
BY_CHANCE = range(1, 10)
"""So many runs in a row may fail while a database is away; then it is no accident any more."""


def left_undone(job: str, due_before: Callable[[datetime], Select]) -> Callable[[Connection, datetime], Rows]:
    """What was due well before this job last looked for it, and is there still. While no worker runs, and until the first run after that has ended,
    nothing is said: that nobody looks is for the page of health to say."""
    looked = sa.select(JobRun.last_started_at).where(
        JobRun.name == job, JobRun.last_started_at <= NOW, JobRun.failures_in_a_row.not_in(BY_CHANCE))

    def rows(connection: Connection, now: datetime) -> Rows:
        at = connection.scalar(looked, {"now": now})
        return [] if at is None else connection.execute(due_before(at - AFTER_THE_RUN)).all()

    return rows


def _unsound(connection: Connection, _now: datetime) -> Rows:
    """What the database itself finds wrong with its pages, indexes and constraints."""
    if connection.dialect.name == "sqlite":
        return [row for row in connection.exec_driver_sql("PRAGMA integrity_check").all() if row[0] != "ok"]
    return connection.exec_driver_sql(
        "SELECT 'index', indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready) "
        "UNION ALL SELECT 'constraint', conname::text FROM pg_constraint WHERE NOT convalidated"
    ).all()


def _orphans(connection: Connection, _now: datetime) -> Rows:
    """(table, columns, value) of rows that point at nothing, looked for one by one: the database's own checks may have been off."""
    found: list[Sequence[Any]] = []
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            (element,) = key.elements
            there = element.column.table.alias()
            found += [
                (table.name, element.parent.name, value) for value in connection.scalars(
                    sa.select(element.parent).distinct().outerjoin_from(table, there, element.parent == there.c[element.column.name])
                    .where(element.parent.is_not(None), there.c[element.column.name].is_(None))
                )
            ]
    return found


def _ends_before_it_starts(connection: Connection, _now: datetime) -> Rows:
    """(table, its key) of rows whose end comes before their start; what has moments must also take some time."""
    found: list[Sequence[Any]] = []
    for table in Base.metadata.sorted_tables:
        for suffix, wrong in (("at", sa.Column.__le__), ("on", sa.Column.__lt__)):
            if {f"starts_{suffix}", f"ends_{suffix}"} <= set(table.c.keys()):
                query = sa.select(*table.primary_key).where(wrong(table.c[f"ends_{suffix}"], table.c[f"starts_{suffix}"]))
                found += [(table.name, *row) for row in connection.execute(query)]
    return found


def _odd_moments(connection: Connection, _now: datetime) -> Rows:
    """(table, column, its key) of moments that SQLite, which takes any text, does not keep as we write them; PostgreSQL has a type."""
    if connection.dialect.name != "sqlite":
        return []
    found: list[Sequence[Any]] = []
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if isinstance(column.type, UtcDateTime):
                text = sa.type_coerce(column, sa.Text)
                query = sa.select(*table.primary_key).where(column.is_not(None), text.op("NOT GLOB")("????-??-?? ??:??:??.??????"))
                found += [(table.name, column.name, *row) for row in connection.execute(query)]
    return found


INVARIANTS = (
    Invariant("sound", "The database finds no fault in its own pages, indexes and constraints.", _unsound),
    Invariant("no-orphans", "Every row that points at another points at one that is there.", _orphans),
    Invariant("ends-after-start", "Nothing ends before it starts.", _ends_before_it_starts),
    Invariant("moments", "Every moment is kept in UTC, in one form.", _odd_moments),
)
