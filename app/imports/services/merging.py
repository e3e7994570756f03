"""How rows of a file meet rows of a table: what is new is added, what differs is changed, the rest is left as it was."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db import Base, new_ids
from app.imports.services.remembering import Groups, Remembered


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
    """The ids of everything in a table by its key, and what became of the rows of the file: `rows` holds each as it stands now."""

    ids: dict[Any, int]
    rows: dict[Any, dict[str, Any]]
    added: set[Any]
    changed: set[Any]
    same: set[Any]

    def counts(self, also_changed: Collection[int] = ()) -> Counts:
        """How many rows; one whose links changed (its id is in `also_changed`) was changed too."""
        moved = sum(self.ids[key] in also_changed for key in self.same)
        return Counts(len(self.added), len(self.changed) + moved, len(self.same) - moved)


def merge(
    session: Session, model: type[Base], key: str, rows: dict[Any, dict[str, Any]], *, only_new: dict[str, Any] | None = None, together: Groups = ()
) -> Merged:
    """Bring `rows` (key → values) into a small table with an `id`. A value that the last files said too stays as it is here.

    `only_new` holds values that are given to new rows and never changed afterwards; the names of a group in `together` are changed together.
    """
    table: sa.Table = model.__table__  # type: ignore[assignment]
    names = sorted({name for values in rows.values() for name in values})
    there = {row[key]: dict(row) for row in session.execute(sa.select(*(table.c[name] for name in {"id", key, *names}))).mappings()}
    remembered = Remembered(session, table.name, [row["id"] for value, row in there.items() if value in rows], together)
    wanted = {value: as_wanted(remembered, there.get(value), values) for value, values in rows.items()}
    new = [{key: value, **values, **(only_new or {})} for value, values in wanted.items() if value not in there]
    changed = {value for value, values in wanted.items() if value in there and any(there[value][name] != values[name] for name in names)}
    changes = [{"id": there[value]["id"], **wanted[value]} for value in changed]
    for row, number in zip(new, new_ids(session, table, len(new)), strict=True):
        row["id"] = number
        there[row[key]] = row
    insert(session, table, new)
    update(session, table, changes)
    added = {row[key] for row in new}
    ids = {value: row["id"] for value, row in there.items()}
    remembered.keep({ids[value]: values for value, values in rows.items()})
    return Merged(ids, wanted, added, changed, set(rows) - added - changed)


def as_wanted(remembered: Remembered, there: dict[str, Any] | None, values: dict[str, Any]) -> dict[str, Any]:
    """A row as it is to be: what the file says newly, and what is there besides. `there` holds its `id` and the values that it has."""
    if there is None:
        return values
    news = remembered.news(there["id"], values)
    return {name: value if name in news else there[name] for name, value in values.items()}


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
    """Make a table of pairs hold, for each first id, just these second ids, where the last files did not say the same; the first ids for which
    something changed."""
    if not wanted:
        return set()
    first, second = list(table.primary_key.columns)
    there: dict[int, set[int]] = {number: set() for number in wanted}
    for one, other in session.execute(sa.select(first, second)):
        if one in there:
            there[one].add(other)
    said = {number: {second.name: sorted(set(others))} for number, others in wanted.items()}
    remembered = Remembered(session, table.name, wanted)
    differ = {number for number, values in said.items() if remembered.news(number, values) and there[number] != set(values[second.name])}
    if differ:
        session.execute(sa.delete(table).where(first.in_(differ)))
        insert(session, table, [{first.name: one, second.name: other} for one in sorted(differ) for other in said[one][second.name]])
    remembered.keep(said)
    return differ
