"""How letters that are written become rows: each once, with the links that it holds and what it concerns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import db, send
from app.mail.models import Letter, LetterConcern, Link
from app.mail.rules.links import LinkTo
from app.mail.services.links import end_replaced, keep_links, link_row

_letter, _concern, _link = Letter.__table__, LetterConcern.__table__, Link.__table__
_CONCERN = sa.insert(_concern).returning(_concern.c.letter_id)  # with RETURNING, many rows are one statement
_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_IN_A_LINK = ("digest", "purpose", "subject", "person_id", "made_at", "expires_at")


@dataclass(frozen=True)
class Written:
    """A letter as it will be kept: its row, its links, each with its secret and for whom it is, and what it concerns."""

    row: dict[str, object]
    links: Sequence[tuple[LinkTo, str, int | None]]
    concerns: Sequence[str]

    @property
    def about(self) -> str:
        """The key under which it is kept, once."""
        return str(self.row["about"])


def keep_letters(letters: Sequence[Written], *, now: datetime) -> dict[str, int]:
    """Keep those that are not there yet; their ids, by what they are about."""
    if not letters:
        return {}
    if len(letters) == 1 and db.engine.dialect.name == "postgresql":
        return _keep_one(letters[0], now)
    ids = dict(send(_once(db.engine.dialect.name), [one.row for one in letters]).all())
    there = [one for one in letters if one.about in ids]
    keep_links([link for one in there for link in one.links], now=now)
    _keep_concerns({ids[one.about]: one.concerns for one in there})
    return ids


def keep_concerns(letter_id: int, concerns: Iterable[str]) -> None:
    """Say what a letter that is there concerns."""
    _keep_concerns({letter_id: concerns})


def _keep_concerns(concerns: Mapping[int, Iterable[str]]) -> None:
    rows = [{"subject": subject, "letter_id": number} for number, subjects in concerns.items() for subject in dict.fromkeys(subjects)]
    if rows:
        send(_CONCERN, rows)


@cache
def _once(dialect: str) -> Any:
    return _INSERT[dialect](_letter).on_conflict_do_nothing(index_elements=["about"]).returning(_letter.c.about, _letter.c.id)


def _keep_one(letter: Written, now: datetime) -> dict[str, int]:
    """One letter with all that hangs on it is one statement: most acts write one, while they hold the lock of a session."""
    end_replaced(letter.links, now=now)
    rows = [link_row(*link, now=now) for link in letter.links]
    given = {f"letter_{name}": value for name, value in letter.row.items()}
    given |= {f"link_{name}": [row[name] for row in rows] for name in _IN_A_LINK}
    return dict(send(_whole(tuple(letter.row)), given | {"concerns": list(dict.fromkeys(letter.concerns))}).all())


@cache
def _whole(columns: tuple[str, ...]) -> sa.Select[tuple[str, int]]:
    """The statement that writes a letter of these columns, its links and its concerns, or nothing when it is there."""
    values = {name: sa.bindparam(f"letter_{name}", type_=_letter.c[name].type) for name in columns}
    new = _once("postgresql").values(values).cte("new")
    subject = sa.func.unnest(_array("concerns", _concern.c.subject)).table_valued("subject", name="concerning").render_derived()
    concerned = sa.insert(_concern).from_select(["subject", "letter_id"], sa.select(subject.c.subject, new.c.id).join_from(new, subject, sa.true()))
    link = sa.func.unnest(*(_array(f"link_{name}", _link.c[name]) for name in _IN_A_LINK)).table_valued(*_IN_A_LINK, name="held").render_derived()
    linked = sa.insert(_link).from_select(list(_IN_A_LINK), sa.select(*(link.c[name] for name in _IN_A_LINK)).join_from(new, link, sa.true()))
    return sa.select(new.c.about, new.c.id).add_cte(concerned.cte("concerned"), linked.cte("linked"))


def _array(name: str, of: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=postgresql.ARRAY(of.type))
