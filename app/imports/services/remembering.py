"""What files said last, so that a line that says the same again leaves alone what was changed here since.

Kept is a short digest of each value, salted with its row: enough to see that a file says something else, and nothing that could be read.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2s
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.imports.models import ImportedRow

Values = dict[str, Any]
Groups = Sequence[Sequence[str]]
AT_ONCE = 500


class Remembered:
    """What files said of rows of one table, by their ids. Names in one group (the times of a session) are news together or not at all."""

    def __init__(self, session: Session, table: str, numbers: Iterable[int], groups: Groups = ()) -> None:
        self.session, self.table, self.groups = session, table, groups
        self.said: dict[int, dict[str, str]] = {}
        wanted = sorted(numbers)
        for at in range(0, len(wanted), AT_ONCE):
            self.said.update(dict(session.execute(sa.select(ImportedRow.row_id, ImportedRow.said).where(
                ImportedRow.table == table, ImportedRow.row_id.in_(wanted[at:at + AT_ONCE]))).all()))

    def news(self, number: int, values: Values) -> set[str]:
        """The names of the values that the files did not say before; all, where they never spoke of this row."""
        before = self.said.get(number, {})
        new = {name for name, value in values.items() if before.get(name) != self._digest(number, name, value)}
        return new.union(*(group for group in self.groups if new.intersection(group))) & set(values)

    def keep(self, rows: Mapping[int, Values]) -> None:
        """Remember what the files say of these rows now."""
        said = {number: self.said.get(number, {}) | {name: self._digest(number, name, value) for name, value in values.items()}
                for number, values in rows.items()}
        new = [{"of_table": self.table, "row_id": number, "said": now} for number, now in said.items() if number not in self.said]
        differ = [{"the_id": number, "now": now} for number, now in said.items() if self.said.get(number, now) != now]
        table = ImportedRow.__table__
        if new:
            self.session.connection().execute(sa.insert(table), new)
        if differ:
            self.session.connection().execute(sa.update(table).where(
                table.c.of_table == self.table, table.c.row_id == sa.bindparam("the_id")).values(said=sa.bindparam("now")), differ)

    def _digest(self, number: int, name: str, value: object) -> str:
        text = json.dumps([self.table, number, name, value], default=str)
        return blake2s(text.encode(), digest_size=8).hexdigest()
