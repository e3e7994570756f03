"""How rows of a file meet rows of a table: what is new is added, what differs is changed, the rest is left as it was."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db import Base, new_ids


@dataclass
class Counts:
    """What became of the rows of one file."""

    added: int = 0
    changed: int = 0
    as_they_were: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.added + self.changed + self.as_they_were


@dataclass
class Merged:
    """The ids of everything in a table by its key, and what became of the rows of the file."""

    ids: dict[Any, int]
    added: set[Any]
    changed: set[Any]
    same: set[Any]

    def counts(self, also_changed: Collection[int] = ()) -> Counts:
        """How many rows; one whose links changed (its id is in `also_changed`) was changed too."""
        moved = sum(self.ids[key] in also_changed for key in self.same)
        return Counts(len(self.added), len(self.changed) + moved, len(self.same) - moved)


def merge(
    session: Session, model: type[Base], key: str, rows: dict[Any, dict[str, Any]], *, only_new: dict[str, Any] | None = None
) -> Merged:
    """Bring `rows` (key → values) into a small table with an `id`.

    `only_new` holds values that are given to new rows and never changed afterwards.
    """
    table: sa.Table = model.__table__  # type: ignore[assignment]
    names = sorted({name for values in rows.values() for name in values})
    there = {row[key]: dict(row) for row in session.execute(sa.select(*(table.c[name] for name in {"id", key, *names}))).mappings()}
    new = [{key: value, **values, **(only_new or {})} for value, values in rows.items() if value not in there]
    changed = {value for value, values in rows.items() if value in there and any(there[value][name] != values[name] for name in names)}
    changes = [{"id": there[value]["id"], **rows[value]} for value in changed]
    for row, number in zip(new, new_ids(session, table, len(new)), strict=True):
        row["id"] = number
        there[row[key]] = row
    insert(session, table, new)
    update(session, table, changes)
    added = {row[key] for row in new}
    return Merged({value: row["id"] for value, row in there.items()}, added, changed, set(rows) - added - changed)


def insert(session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Add the rows, if there are any."""
    if rows:
        session.connection().execute(sa.insert(table), rows)


def update(session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Change rows that have an `id` and the new values, the same columns in each."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    setting = {table.c[name]: sa.bindparam(f"new_{name}") for name in names}
    given = [{"the_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    session.connection().execute(_update(table).values(setting), given)


def _update(table: sa.Table) -> sa.Update:
    return sa.update(table).where(table.c.id == sa.bindparam("the_id"))


def link(session: Session, table: sa.Table, wanted: dict[int, Iterable[int]]) -> set[int]:
    """Make a table of pairs hold, for each first id, just these second ids; the first ids for which something changed."""
    if not wanted:
        return set()
    first, second = list(table.primary_key.columns)
    there: dict[int, set[int]] = {number: set() for number in wanted}
    for one, other in session.execute(sa.select(first, second)):
        if one in there:
            there[one].add(other)
    differ = {number for number, others in wanted.items() if there[number] != set(others)}
    if differ:
        session.execute(sa.delete(table).where(first.in_(differ)))
        insert(session, table, [{first.name: one, second.name: other} for one in sorted(differ) for other in sorted(set(wanted[one]))])
    return differ
