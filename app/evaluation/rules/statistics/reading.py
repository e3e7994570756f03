"""Reads the rows of a file into counts of rows that are alike, or says in one sentence which line and column is wrong.

However many rows there are, what is held is one count for each different row; and only the first of those that are alike is looked into.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from app.core.errors import Refused
from app.evaluation.rules.statistics.columns import Column, Value, Wrong, shown

Row = tuple[Value, ...]
RowCounts = dict[Row, int]
"""How many rows have these values, in the order of the columns that are kept."""

Check = Callable[[Row], None]
"""Raises Wrong, its message beginning with "column NAME: ", where the values of a row do not go together."""


def read_rows(lines: Iterable[str], columns: Sequence[Column], *, file: str, check: Check | None = None) -> RowCounts:
    """The rows of a CSV file with a header, by how often each occurs. Columns may come in any order; blank lines are passed over.

    Raises:
        Refused: the header is another, a row has too few or too many cells, or a value cannot be taken; with file, line and column.
    """
    rows = _numbered(lines, file)
    _line, header = next(rows, (1, []))
    places = _places([cell.strip() for cell in header], [column.name for column in columns], file)
    kept = [(column, place) for column, place in zip(columns, places, strict=True) if column.kept]
    where = [place for _column, place in kept]
    alike: dict[tuple[str, ...], int] = {}
    values: dict[tuple[str, ...], Row] = {}
    for line, cells in rows:
        if len(cells) != len(columns):
            values_there = "1 value" if len(cells) == 1 else f"{len(cells)} values"
            raise Refused(f"{file}, line {line}: {values_there} where there must be {len(columns)}. Put a comma between every two.")
        key = tuple([cells[place] for place in where])
        if key in alike:
            alike[key] += 1
            continue
        values[key] = _row(key, [column for column, _place in kept], check, f"{file}, line {line}")
        alike[key] = 1
    found: Counter[Row] = Counter()
    for key, count in alike.items():  # "3" and " 3" are alike only once they are read
        found[values[key]] += count
    return dict(found)


def changes(rows: RowCounts, earlier: int, later: int) -> dict[int, int]:
    """How many changed by -4 … 4 from the rating in one place of a row to that in another, of those who gave both."""
    found = dict.fromkeys(range(-4, 5), 0)
    for row, count in rows.items():
        first, second = row[earlier], row[later]
        if isinstance(first, int) and isinstance(second, int):
            found[second - first] += count
    return found


def _numbered(lines: Iterable[str], file: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    reader = csv.reader(lines, strict=True)
    begins = 1
    try:
        for cells in reader:
            if cells or begins == 1:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"{file}, line {reader.line_num}: this is not CSV ({error}). Save it again as CSV with commas.") from None


def _places(names: list[str], wanted: list[str], file: str) -> list[int]:
    """Where in a row each of the columns stands."""
    if sorted(names) == sorted(wanted):
        return [names.index(name) for name in wanted]
    expected = f"{file}, line 1: the columns must be {','.join(wanted)}"
    missing = [name for name in wanted if name not in names]
    extra = [name for name in names if name not in wanted]
    if not any(names):
        raise Refused(f"{expected}, and the first line is empty. Write the header there.")
    if missing:
        raise Refused(f"{expected}, and column {missing[0]} is not there: it begins with {shown(','.join(names))}. Correct the header.")
    if extra:
        raise Refused(f"{expected}, and there is another column {shown(extra[0])}. Leave it out.")
    raise Refused(f"{expected}, and one of them is there more than once. Leave one out.")


def _row(cells: Sequence[str], columns: Sequence[Column], check: Check | None, place: str) -> Row:
    found = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            found.append(column.read(cell.strip()))
        except Wrong as wrong:
            raise Refused(f"{place}, column {column.name}: {wrong}.") from None
    row = tuple(found)
    try:
        if check is not None:
            check(row)
    except Wrong as wrong:
        raise Refused(f"{place}, {wrong}.") from None
    return row
