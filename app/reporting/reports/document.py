"""A report as blocks of plain data, written once from the figures: pages, Word and CSV show the same words and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heading:
    """The beginning of a section; `key` names it in addresses."""

    text: str
    key: str


@dataclass(frozen=True)
class Sentence:
    """A paragraph; the leading ones say the most."""

    text: str
    leading: bool = False
    note: bool = False


@dataclass(frozen=True)
class Figure:
    """A number with its base and what it counts; `rows` names the rows behind it, for those who may see them."""

    number: str
    of: str
    what: str
    note: str = ""
    rows: str = ""


@dataclass(frozen=True)
class Figures:
    """Several figures side by side."""

    figures: Sequence[Figure]


@dataclass(frozen=True)
class Table:
    """A table: the first cell of each row is its heading; `total` is the last row, set apart."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """Bars on one scale, in parts: `rows` are (label, the numbers of its parts, the same in words). Its table stands with it."""

    title: str
    alternative: str
    parts: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int], str]]

    @property
    def longest(self) -> int:
        """The largest sum of a row, at least 1."""
        return max([1, *(sum(numbers) for _label, numbers, _words in self.rows)])

    @property
    def table(self) -> Table:
        """The same as a table."""
        return Table(self.title, ["", *self.parts], [[label, *(f"{number:,}" for number in numbers)] for label, numbers, _words in self.rows])


@dataclass(frozen=True)
class Funnel:
    """Marks beside the limits of chance: `points` are (label, people, value, limits of 95 in 100, outside which limits or ""), `limits` are (people,
    low and high of 95 in 100, low and high of 99.8). Its table stands with it."""

    title: str
    alternative: str
    middle: float
    limits: Sequence[Sequence[float | None]]
    points: Sequence[tuple[str, int, float, Sequence[float], str]]

    @property
    def table(self) -> Table:
        """The same as a table."""
        return Table(self.title, ["Course", "Answered both times", "Higher less lower", "By chance between", "Note"], [
            [label, f"{n:,}", f"{value:.2f}", f"{low:.2f} to {high:.2f}", "outside the lines" if outside else ""]
            for label, n, value, (low, high), outside in self.points])


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Points:
    """A list of short statements."""

    items: Sequence[str]


@dataclass(frozen=True)
class Quote:
    """What somebody said, as it may be printed, and how it is signed."""

    text: str
    who: str


Block = Heading | Sentence | Figures | Table | Chart | Funnel | Terms | Points | Quote


@dataclass(frozen=True)
class Document:
    """The whole report. `whose` and `dates` stand on every page."""

    title: str
    whose: str
    dates: str
    blocks: Sequence[Block] = field(default_factory=list)

    @property
    def charts(self) -> list[Chart]:
        """Its charts, in order."""
        return [block for block in self.blocks if isinstance(block, Chart)]

    @property
    def drawn(self) -> list[Chart | Funnel]:
        """What is drawn as a picture, in order."""
        return [block for block in self.blocks if isinstance(block, Chart | Funnel)]

    @property
    def headings(self) -> list[Heading]:
        """Its sections, in order."""
        return [block for block in self.blocks if isinstance(block, Heading)]
