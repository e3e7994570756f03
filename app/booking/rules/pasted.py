"""A list of people as somebody pastes it: one a line, address, first name, last name, job. Every fault is found, each with its line."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.addresses import work_address
from app.core.errors import Refused

MOST = 100
LONGEST = 300
COLUMNS = ("address", "first name", "last name", "job")


@dataclass(frozen=True)
class Line:
    """One person of the list. Only the address is always there; `number` counts the lines from 1."""

    number: int
    email: str
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line, and what would be right. Without a number it is about no line of the list."""

    number: int | None
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.number}: {self.sentence}" if self.number else self.sentence


class FaultyList(Refused):
    """A list that was refused as a whole, with everything that is wrong with it in the order of its lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.number is not None, fault.number or 0))
        super().__init__(" ".join(map(str, self.faults)))


def read(text: str) -> tuple[list[Line], list[Fault]]:
    """The people of a list and its faults. Columns are parted by tabs (as copied from a spreadsheet), semicolons or commas; empty lines count
    but name nobody."""
    lines: list[Line] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, typed in enumerate(text.splitlines(), start=1):
        if not typed.strip():
            continue
        try:
            line = _line(number, typed)
            if line.email in first:
                raise Refused(f"{line.email} stands on line {first[line.email]} already. Take one of the two out.")
        except Refused as no:
            faults.append(Fault(number, str(no)))
        else:
            first[line.email] = number
            lines.append(line)
    if len(lines) + len(faults) > MOST:
        return [], [Fault(None, f"There are {len(lines) + len(faults)} lines. Name at most {MOST} people at once, the others after them.")]
    return lines, faults


def _line(number: int, typed: str) -> Line:
    cells = _cells(typed)
    if len(cells) > len(COLUMNS):
        raise Refused(f"there are {len(cells)} columns. Write {', '.join(COLUMNS)}.")
    if any(len(cell) > LONGEST for cell in cells):
        raise Refused(f"something is longer than {LONGEST} characters. Shorten it.")
    address = cells[0]
    try:
        email = work_address(address)
    except Refused:
        raise Refused(f"“{address[:60]}” is not an address. Begin with one like name@organisation.org.uk.") from None
    return Line(number, email, *cells[1:])


def _cells(typed: str) -> list[str]:
    parted_by = next((mark for mark in "\t;" if mark in typed), ",")
    try:
        (row,) = csv.reader([typed], delimiter=parted_by, skipinitialspace=True, strict=True)
    except csv.Error:
        row = typed.split(parted_by)
    cells = [" ".join(cell.split()) for cell in row]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells
