"""The analyses that anyone can ask for by name: what each reads, and what it makes of it. A new one is a line in KINDS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.evaluation.rules.statistics import (
    columns,
    courses,
    follow_up,
    looking_back,
    no_show_odds,
    no_shows,
    nonresponse,
    paired,
    places,
    sessions,
    shares,
    unpaired,
)
from app.evaluation.rules.statistics.columns import Column
from app.evaluation.rules.statistics.fields import Field, FieldCheck, list_of, number, whole
from app.evaluation.rules.statistics.reading import Check, RowCounts
from app.evaluation.rules.statistics.suppression import publishing

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
ATTENDED, RESPONDED, IMPROVED = (Column(name, columns.count) for name in ("attended", "responded", "improved"))
FORMAT = Column("format", columns.one_of("online", "room"))
LEAD_WEEKS = Column("lead_weeks", columns.required(no_show_odds.read_weeks))
ZERO_OR_ONE = columns.required(columns.whole(0, 1, called="0 (came) or 1 (did not come)"))
CAPACITY = Field("capacity", whole(0, 10**6))

KINDS: tuple[Rows | Parameters, ...] = (
    Rows("paired", (PERSON, BEFORE, AFTER), paired.of_rows),
    Rows("unpaired", (Column("group", columns.one_of("before", "after")), Column("rating", columns.rating)), unpaired.of_rows),
    Rows("followup", (PERSON, BEFORE, AFTER, Column("followup", columns.rating)), follow_up.follow_up),
    Rows("then", (PERSON, BEFORE, Column("then", columns.rating), AFTER), looking_back.looking_back),
    Rows("cluster", (Column("session", columns.name), CHANGE), sessions.of_rows),
    Rows("courses", (Column("course", columns.name), CHANGE), courses.of_rows),
    Rows("nonresponse", (Column("stratum", columns.name), ATTENDED, RESPONDED, IMPROVED), nonresponse.of_rows, nonresponse.check_row),
    Rows("dna_eb", (Column("group", columns.name), Column("booked", columns.count), Column("dna", columns.count)),
         no_shows.of_rows, no_shows.check_row),
    Rows("dna_logistic", (FORMAT, LEAD_WEEKS, Column("prev", columns.count), Column("dna", ZERO_OR_ONE)), no_show_odds.of_rows),
    Parameters("overbooking", (CAPACITY, Field("a_attend", number(0, 1e9)), Field("b_dna", number(0, 1e9)), Field("alpha", number(0, 1))),
               places.overbooking, places.check_parameters),
    Parameters("poisson_binomial", (Field("p_attend", list_of(number(0, 1))), CAPACITY), places.of_people),
    Parameters("suppression", (Field("counts", list_of(list_of(whole(0, 10**7)))), Field("threshold", whole(1, 10**6))),
               publishing.suppressed, publishing.check_table),
    Parameters("proportion", (Field("x", whole(0, 10**12)), Field("n", whole(0, 10**12))), shares.proportion, shares.check_part),
)


def named(name: str) -> Rows | Parameters:
    """The analysis of this name.

    Raises:
        KeyError: there is none.
    """
    return {kind.name: kind for kind in KINDS}[name]
