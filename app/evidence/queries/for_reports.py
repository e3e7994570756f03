"""What a report may take from the evidence. Nothing reaches a report past this door: only what a second person approved."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from app.core.db import db
from app.core.pages import Page
from app.core.periods import Period
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example
from app.evidence.queries import standing
from app.evidence.queries.access import Scope
from app.evidence.rules.states import ExampleStatus
from app.evidence.rules.words import STRONGEST_FIRST, Direction, Strength, Theme, signed

SIZE = 20


@dataclass(frozen=True)
class ApprovedQuote:
    """A wording that may be printed, and how it is signed."""

    example_id: int
    wording: str
    signed: str
    theme: Theme
    strength: Strength
    direction: Direction
    told_on: date


@dataclass(frozen=True)
class Printable:
    """What may be read by everybody who reads reports: the words and what is printed beneath them, with the year of the report."""

    wording: str
    signed: str
    theme: Theme
    year: int


def _standing(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Example.status == ExampleStatus.APPROVED, Example.approved_by_id.is_not(None), Example.approved_by_id != Example.writer_id,
        Example.agreed_until >= today, standing.STANDS,
    )


def _approved(period: Period, today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_standing(today), Example.told_on.between(period.first, period.last))


def approved_quotes(period: Period, *, today: date) -> list[ApprovedQuote]:
    """The only door for reports: wordings told in the period that a second person approved, and whose consent stands on the day. What was made of
    an answer stands while that answer does: with the words from which it was made, signed as its writer agrees to now.

    The strongest come first; unfavourable ones stand among the others, in the order in which they were told.
    """
    columns = (Example.id, Example.wording, Example.consent, standing.CONSENT_NOW, Example.role, Example.theme, Example.strength, Example.direction,
               Example.told_on)
    rows = db.session.execute(
        sa.select(*columns).where(*_approved(period, today), Example.consent != Quoting.NO).order_by(Example.told_on, Example.id)
    ).all()
    quotes = [
        ApprovedQuote(number, wording, signed(standing.signed_as(consent, now), role), theme, strength, direction, told_on)
        for number, wording, consent, now, role, theme, strength, direction, told_on in rows
    ]
    return sorted(quotes, key=lambda quote: STRONGEST_FIRST.index(quote.strength))


def printable(scope: Scope, theme: Theme | None, page: int | None, *, today: date) -> tuple[Page, list[Printable]]:
    """A page of what reports may print of the examples in this scope, the latest told first."""
    conditions = [*_standing(today), Example.consent != Quoting.NO, scope.printable, *([Example.theme == theme] if theme else [])]
    total = db.session.scalar(sa.select(sa.func.count(Example.id)).where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(
        sa.select(Example.wording, Example.consent, standing.CONSENT_NOW, Example.role, Example.theme, Example.told_on).where(*conditions)
        .order_by(Example.told_on.desc(), Example.id.desc()).offset(at.offset).limit(SIZE)
    )
    return at, [Printable(wording, signed(standing.signed_as(consent, now), role), of, told_on.year)
                for wording, consent, now, role, of, told_on in rows]


def approved_counts(period: Period, *, today: date) -> dict[tuple[Strength, Direction], int]:
    """How many approved examples there are of each strength, for and against; those that must not be quoted are counted too."""
    return {(strength, direction): count for strength, direction, count in db.session.execute(
        sa.select(Example.strength, Example.direction, sa.func.count()).where(*_approved(period, today))
        .group_by(Example.strength, Example.direction)
    )}
