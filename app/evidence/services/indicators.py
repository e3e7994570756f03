"""Agencies' indicators: what is counted, its months typed or from a file, and the story beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import Refused
from app.evidence.models import Indicator, IndicatorMonth
from app.evidence.rules.claims import check_modest
from app.evidence.rules.months_file import Month


@dataclass(frozen=True)
class Facts:
    """What an indicator counts, whose it is, and what may explain it."""

    title: str
    counted: str
    base_of: str
    agency_id: int | None
    priority_id: int | None
    story: str
    others: str


@dataclass(frozen=True)
class Taken:
    """What became of months that were given."""

    added: int
    changed: int
    as_they_were: int

    @property
    def sentence(self) -> str:
        """As the page says it."""
        rows = self.added + self.changed + self.as_they_were
        if not rows:
            return "Nothing to do: the file has no months."
        if not self.added and not self.changed:
            return f"Nothing to do: all {rows} months are here already." if rows > 1 else "Nothing to do: this month is here already."
        return f"The months are in: {self.added} added, {self.changed} changed, {self.as_they_were} as they were."


def save(*, indicator_id: int | None, facts: Facts, by_id: int) -> Indicator:
    """Add an indicator, or change what it is about.

    Raises:
        Refused: its story claims more than a chart can show.
    """
    check_modest(facts.story)
    with transaction() as session:
        indicator = session.get_one(Indicator, indicator_id) if indicator_id else Indicator(added_by_id=by_id)
        for name, value in vars(facts).items():
            setattr(indicator, name, value.strip() if isinstance(value, str) else value)
        session.add(indicator)
        session.flush()
    return indicator


def take_months(*, indicator_id: int, months: Sequence[Month], by_id: int, now: datetime) -> Taken:
    """Keep these months, all or none; what is there for one of them is replaced. The same again changes nothing."""
    with transaction() as session:
        session.get_one(Indicator, indicator_id, with_for_update=True)
        results = [_taken(session, indicator_id, month, by_id, now) for month in months]
    return Taken(results.count("added"), results.count("changed"), results.count("same"))


def _taken(session: Session, indicator_id: int, month: Month, by_id: int, now: datetime) -> str:
    if not 0 <= month.count <= month.base:
        raise Refused("A part is no larger than its whole. Correct the count or the base.")
    kept = session.get(IndicatorMonth, (indicator_id, month.month))
    if kept is None:
        session.add(IndicatorMonth(indicator_id=indicator_id, month=month.month, count=month.count, base=month.base, by_id=by_id, at=now))
        return "added"
    if (kept.count, kept.base) == (month.count, month.base):
        return "same"
    kept.count, kept.base, kept.by_id, kept.at = month.count, month.base, by_id, now
    return "changed"
