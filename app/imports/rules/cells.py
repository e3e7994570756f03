"""How one value of a file is read. Each reader takes trimmed text and gives the value, or raises Wrong with what to write instead."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, TypeVar

from app.core.addresses import work_address
from app.core.errors import Refused
from app.core.london import LONDON, YEARS
from app.core.problems import Wrong, shown

Reader = Callable[[str], Any]
TextReader = Callable[[str], str]
Kind = TypeVar("Kind", bound=Enum)
Day = TypeVar("Day", bound=date)

LONG_TEXT = 10_000
SHORT_TEXT = 300
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:00)?", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_NOT_IN_CODES = re.compile(r"[\s/\\;|?#%]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def optional(reader: Reader) -> Reader:
    """The same, where an empty value means "not known" and is read as none."""

    def read(value: str) -> Any:
        return reader(value) if value else None

    return read


def required(reader: Reader) -> Reader:
    """The same, where a value must be there."""

    def read(value: str) -> Any:
        if not value:
            raise Wrong("is empty; it must have a value")
        return reader(value)

    return read


def text(most: int = SHORT_TEXT) -> TextReader:
    """Words, at most so many characters, without control characters."""

    def read(value: str) -> str:
        if len(value) > most:
            raise Wrong(f"{shown(value)} has {len(value):,} characters; at most {most:,} can be kept")
        if _CONTROL.search(value):
            raise Wrong(f"{shown(value)} has a control character in it; delete it")
        return value

    return read


def code(value: str) -> str:
    """A short name for references and addresses: no spaces, no slashes, at most 100 characters."""
    if len(value) > 100 or _NOT_IN_CODES.search(value) or _CONTROL.search(value) or value.startswith("."):
        raise Wrong(f"{shown(value)} cannot be a code; use letters, digits and - _ . up to 100 of them, without spaces")
    return value


def codes(value: str) -> tuple[str, ...]:
    """Codes with `;` between them, each once, in their order."""
    parts = [part.strip() for part in value.split(";")]
    return tuple(dict.fromkeys(code(part) for part in parts if part))


def texts(value: str) -> tuple[str, ...]:
    """Texts with `|` between them."""
    read = text(SHORT_TEXT * 2)
    return tuple(read(part.strip()) for part in value.split("|") if part.strip())


def email(value: str) -> str:
    """An e-mail address, in small letters."""
    try:
        return work_address(value)
    except Refused:
        raise Wrong(f"{shown(value)} is not an e-mail address; write it like name@organisation.org.uk") from None


def address(value: str) -> str:
    """An e-mail address that is looked up and not judged here."""
    return text()(value).lower()


def day(value: str) -> date:
    """A day as `YYYY-MM-DD`."""
    wrong = Wrong(f"{shown(value)} is not a date; write it like 2024-02-28")
    if not _DAY.fullmatch(value):
        raise wrong
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise wrong from None
    return _in_years(found, value)


def moment(value: str) -> datetime:
    """A local time in London as `YYYY-MM-DDTHH:MM`; given in UTC. The first of the two when the clocks go back."""
    wrong = Wrong(f"{shown(value)} is not a date and time; write it like 2024-02-28T09:30")
    if not _MOMENT.fullmatch(value):
        raise wrong
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        raise wrong from None
    _in_years(local, value)
    found = local.replace(tzinfo=LONDON).astimezone(UTC)
    if found.astimezone(LONDON).replace(tzinfo=None) != local:
        raise Wrong(f"{shown(value)} never happened in London, where the clocks went forward; write a time an hour later")
    return found


def month(value: str) -> date:
    """A month as `YYYY-MM`; given as its first day."""
    if not _MONTH.fullmatch(value) or not 1 <= int(value[5:]) <= 12:
        raise Wrong(f"{shown(value)} is not a month; write it like 2024-02")
    return _in_years(date(int(value[:4]) or 1, int(value[5:]), 1), value)


def whole(least: int, most: int) -> Reader:
    """A whole number in these limits."""

    def read(value: str) -> int:
        if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
            raise Wrong(f"{shown(value)} is not right; write a whole number from {least:,} to {most:,}")
        return int(value)

    return read


def choice(kind: type[Kind]) -> Reader:
    """One of the values of an enum."""
    known = {str(member.value): member for member in kind}
    return one_of(known)


def one_of(known: dict[str, Any]) -> Reader:
    """One of these words, whatever capitals it has."""
    words = ", ".join(known)

    def read(value: str) -> Any:
        found = known.get(value) or known.get(value.lower())
        if found is None:
            raise Wrong(f"{shown(value)} is not one of the choices; write one of {words}")
        return found

    return read


def web_address(value: str) -> str:
    """An address that begins with https:// or http://."""
    if not re.match(r"https?://[^\s/]+", value, re.I) or re.search(r"\s", value):
        raise Wrong(f"{shown(value)} is not a web address; write it like https://briefings.example/neglect")
    return text(2000)(value)


def _in_years(found: Day, value: str) -> Day:
    if found.year not in YEARS:
        raise Wrong(f"{shown(value)} is in a year that cannot be meant; years from {YEARS.start} to {YEARS.stop - 1} are taken")
    return found
