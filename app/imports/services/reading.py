"""Reads the rows of a file, one at a time, and says what cannot be read: bytes, quotation marks, headers."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.problems import Problem, Wrong
from app.imports.rules import headers
from app.imports.rules.files import File

Report = Callable[[Problem], None]
MOST_CHARACTERS = 5_000_000  # of one value: enough to say how long a text is that is far too long
BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """Nothing of the file can be used; why has been reported."""


def rows(path: Path, file: File, report: Report, seen: Callable[[int], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row of the file as (line on which it begins, value of each column that could be read); what could not is reported.

    `seen` is told, row by row, how many bytes of the file have been read.

    Raises:
        Unreadable: the file is not there, is no text, or its first row is not its header.
    """
    csv.field_size_limit(MOST_CHARACTERS)
    try:
        with path.open("rb") as opened:
            lines = _Lines(opened, file.name, report)
            reader = csv.reader(lines, strict=True)
            columns = _header(reader, file, report)
            for row in _body(reader, columns, file, report):
                seen(lines.bytes)
                yield row
    except FileNotFoundError:
        report(Problem(file.name, 1, "header", f"the file is missing; a file with only its first row will do: {file.header}"))
        raise Unreadable from None
    except OSError as error:
        report(Problem(file.name, 1, "header", f"the file cannot be opened ({error.strerror}); check what it is and who may read it"))
        raise Unreadable from None


class _Lines:
    """The lines of a file as text. A byte that is not UTF-8 is reported with its line, and the reading goes on."""

    def __init__(self, opened: Any, name: str, report: Report) -> None:
        self.opened, self.name, self.report, self.number = opened, name, report, 0
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.opened:
            self.number += 1
            self.bytes += len(line)
            raw = line.removeprefix(BOM) if self.number == 1 else line
            yield self._text(raw)

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = f"0x{raw[error.start]:02x}"
            hint = "" if b"\x00" not in raw[:8] and raw[:2] not in (b"\xff\xfe", b"\xfe\xff") else " (it looks like UTF-16)"
            self.report(Problem(
                self.name, self.number, "text",
                f"the byte {byte} at position {error.start + 1} is not UTF-8{hint}; save the file again as CSV in UTF-8",
            ))
            return raw.decode("utf-8", errors="replace")


def _header(reader: Any, file: File, report: Report) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        report(Problem(file.name, 1, "header", f"{_quotes(error)}; the first row must be {file.header}"))
        raise Unreadable from None
    wrong = headers.fault(file, header)
    if wrong:
        report(Problem(file.name, 1, *wrong))
        raise Unreadable
    return header


def _body(reader: Any, columns: list[str], file: File, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    readers = [(name, file.columns[name]) for name in columns]
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report(Problem(file.name, line, "row", f"{_quotes(error)}; what follows was not read"))
            return
        if not values or not any(value.strip() for value in values):
            continue
        if len(values) != len(columns):
            report(Problem(file.name, line, "row", _count(values, len(columns))))
            continue
        yield line, _values(values, readers, file.name, line, report)


def _values(values: list[str], readers: list[tuple[str, Any]], name: str, line: int, report: Report) -> dict[str, Any]:
    read = {}
    for (column, reader), value in zip(readers, values, strict=True):
        try:
            read[column] = reader(value.strip())
        except Wrong as wrong:
            report(Problem(name, line, column, str(wrong)))
    return read


def _count(values: list[str], columns: int) -> str:
    sentence = f"it has {len(values)} {'value' if len(values) == 1 else 'values'} where {columns} are needed"
    if len(values) > columns:
        return f"{sentence}; put a value that has commas between quotation marks"
    return f"{sentence}; an empty value needs its comma too"


def _quotes(error: csv.Error) -> str:
    if "larger than field limit" in str(error):
        return f"a value has more than {MOST_CHARACTERS:,} characters; is a quotation mark not closed?"
    if "unexpected end of data" in str(error):
        return "a quotation mark is opened and never closed"
    if "new-line" in str(error):
        return "a line ends in a way that cannot be read; save the file again as CSV in UTF-8"
    return 'a quotation mark stands where it cannot; write "" for each one inside a value'
