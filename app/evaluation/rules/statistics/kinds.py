"""The analyses that anyone can ask for by name: what each reads, and what it makes of it. A new one is a line in KINDS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.evaluation.rules.statistics import columns, follow_up, looking_back, paired, sessions, shares, unpaired
from app.evaluation.rules.statistics.columns import Column
from app.evaluation.rules.statistics.fields import Field, FieldCheck, whole
from app.evaluation.rules.statistics.reading import Check, RowCounts

Answer = dict[str, Any]
"""Plain numbers, texts, lists and dictionaries by the field names of the analysis; what is undefined is None, an undefined interval
[None, None]. `reasons` says why, by field."""


@dataclass(frozen=True)
class Rows:
    """An analysis of the rows of a CSV file. It is given how many rows have the same values, in the order of the columns that are kept."""

    name: str
    columns: tuple[Column, ...]
    analyse: Callable[[RowCounts], Answer]
    check: Check | None = None


@dataclass(frozen=True)
class Parameters:
    """An analysis of the parameters in a JSON object. It is given them by name."""

    name: str
    fields: tuple[Field, ...]
    analyse: Callable[..., Answer]
    check: FieldCheck | None = None


PERSON = Column("person", columns.anything, kept=False)
BEFORE = Column("before", columns.rating)
AFTER = Column("after", columns.rating)
CHANGE = Column("change", columns.change)

KINDS: tuple[Rows | Parameters, ...] = (
    Rows("paired", (PERSON, BEFORE, AFTER), paired.of_rows),
    Rows("unpaired", (Column("group", columns.one_of("before", "after")), Column("rating", columns.rating)), unpaired.of_rows),
    Rows("followup", (PERSON, BEFORE, AFTER, Column("followup", columns.rating)), follow_up.follow_up),
    Rows("then", (PERSON, BEFORE, Column("then", columns.rating), AFTER), looking_back.looking_back),
    Rows("cluster", (Column("session", columns.name), CHANGE), sessions.of_rows),
    Parameters("proportion", (Field("x", whole(0, 10**12)), Field("n", whole(0, 10**12))), shares.proportion, shares.check_part),
)


def named(name: str) -> Rows | Parameters:
    """The analysis of this name.

    Raises:
        KeyError: there is none.
    """
    return {kind.name: kind for kind in KINDS}[name]
