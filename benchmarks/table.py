"""The rows of the table: a figure, the limit it is held to, and whether it keeps it."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One figure beside its limit. `of` says what it was held against, or what else the reader should know."""

    what: str
    figure: str
    limit: str
    ratio: float | None
    ok: bool
    of: str = ""


def at_least(what: str, figure: float, limit: float, unit: str, of: str = "") -> Row:
    """A figure that should be large; its ratio is figure to limit."""
    return Row(what, written(figure, unit), f">= {written(limit, unit)}", figure / limit, figure >= limit, of)


def at_most(what: str, figure: float, limit: float, unit: str, of: str = "") -> Row:
    """A figure that should be small; its ratio is limit to figure."""
    return Row(what, written(figure, unit), f"<= {written(limit, unit)}", limit / figure if figure else None, figure <= limit, of)


def exactly(what: str, figure: str, limit: str, of: str = "") -> Row:
    """Something that must be so."""
    return Row(what, figure, limit, None, figure == limit, of)


def failed(what: str, why: str) -> Row:
    """A figure that could not be taken."""
    return Row(what, "none", "", None, False, why)


def written(value: float, unit: str) -> str:
    """A number as people read it; the unit "%" takes a share of one."""
    if unit == "%":
        return f"{value * 100:.0f} %"
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"


def middle(values: list[float]) -> float:
    """The median."""
    return median(values)


def heading() -> str:
    """The line over the rows."""
    return f"{'what':<44} {'figure':>14} {'limit':>14} {'ratio':>6}  {'':<6} held against"


def line(row: Row) -> str:
    """One row of the table."""
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.what:<44} {row.figure:>14} {row.limit:>14} {ratio:>6}  {'ok' if row.ok else 'NOT OK':<6} {row.of}".rstrip()
