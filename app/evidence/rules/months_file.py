"""Reads the months of an indicator from a CSV file: all of them, or every value that needs a change with its line and column."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.problems import Problem, Wrong, shown

COLUMNS = ("month", "count", "base")
HEADER = ",".join(COLUMNS)
MOST_ROWS = 600
MOST = 10_000_000
YEARS = range(1990, 2101)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True)
class Month:
    """So many cases of so many in a month, named by its first day."""

    month: date
    count: int
    base: int


class BadMonths(Exception):
    """The file cannot be taken as it is. `problems` has every value that needs a change, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = list(problems)


def read_month(value: str) -> date:
    """A month written `YYYY-MM`, as its first day.

    Raises:
        ValueError: it is none; the message says how to write it.
    """
    if not _MONTH.fullmatch(value) or not 1 <= int(value[5:]) <= 12:
        raise ValueError(f"{shown(value)} is not a month; write it like 2026-02")
    if int(value[:4]) not in YEARS:
        raise ValueError(f"{shown(value)} is in a year that cannot be meant; years from {YEARS.start} to {YEARS.stop - 1} are taken")
    return date(int(value[:4]), int(value[5:]), 1)


def read_months(name: str, content: bytes, *, this_month: date) -> list[Month]:
    """The months of the file called `name`; none may be later than `this_month`.

    Raises:
        BadMonths: with everything that needs a change.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        byte = f"0x{content[error.start]:02x}"
        raise BadMonths([Problem(name, line, "text", f"the byte {byte} is not UTF-8; save the file again as CSV in UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[Problem] = []
    found: dict[date, tuple[int, Month]] = {}
    try:
        order = _header(name, next(reader, []))
        for line, values in _lines(reader):
            month = _row(name, line, values, order, this_month, problems)
            if month is None:
                continue
            if month.month in found:
                problems.append(Problem(name, line, "month", f"'{month.month:%Y-%m}' is on line {found[month.month][0]} already; keep one of them"))
            found.setdefault(month.month, (line, month))
            if len(found) > MOST_ROWS:
                raise BadMonths([Problem(name, line, "row", f"there are more than {MOST_ROWS} months; take the oldest out")])
    except csv.Error:
        problems.append(Problem(name, reader.line_num, "row", "a quotation mark is opened and never closed, or stands where it cannot"))
    if problems:
        raise BadMonths(problems)
    return [month for _line, month in found.values()]


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            values = next(reader)
        except StopIteration:
            return
        if any(value.strip() for value in values):
            yield line, [value.strip() for value in values]


def _header(name: str, given: list[str]) -> list[int]:
    """Where each column stands."""
    header = [value.strip().lower() for value in given]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise BadMonths([Problem(name, 1, "header", "the columns are separated by something else; save the file again with commas between them")])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise BadMonths([Problem(name, 1, missing[0], f"this column is missing; the first row must be {HEADER}")])
    unknown = [column for place, column in enumerate(header) if column not in COLUMNS or header.index(column) != place]
    if unknown:
        raise BadMonths([Problem(name, 1, shown(unknown[0]), f"this column is not known, or there twice; the first row must be {HEADER}")])
    return [header.index(column) for column in COLUMNS]


def _row(name: str, line: int, values: list[str], order: list[int], this_month: date, problems: list[Problem]) -> Month | None:
    if len(values) != len(COLUMNS):
        there = f"it has {len(values)} value{'' if len(values) == 1 else 's'} where {len(COLUMNS)} are needed"
        problems.append(Problem(name, line, "row", f"{there}; write numbers without commas in them"))
        return None
    month_text, count_text, base_text = (values[place] for place in order)
    before = len(problems)
    month, count, base = date.min, 0, 0
    try:
        month = read_month(month_text)
        if month > this_month:
            problems.append(Problem(name, line, "month", f"{shown(month_text)} is still to come; leave the row out"))
    except ValueError as wrong:
        problems.append(Problem(name, line, "month", str(wrong)))
    for column, text in (("count", count_text), ("base", base_text)):
        try:
            number = _whole(text)
        except Wrong as wrong:
            problems.append(Problem(name, line, column, str(wrong)))
        else:
            count, base = (number, base) if column == "count" else (count, number)
    if len(problems) == before and count > base:
        problems.append(Problem(name, line, "count", f"'{count}' is more than its base, '{base}'; a part is no larger than its whole"))
    return Month(month, count, base) if len(problems) == before else None


def _whole(text: str) -> int:
    if not text:
        raise Wrong("is empty; write 0 if there was none")
    if not _WHOLE.fullmatch(text) or int(text) > MOST:
        raise Wrong(f"{shown(text)} is not right; write a whole number from 0 to {MOST:,}")
    return int(text)
