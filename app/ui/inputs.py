"""What no database or document can hold never reaches a view: numbers that no row has and days that no calendar has are refused, control characters
are taken out of whatever is typed or stands in an address."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map

from app.core.london import YEARS
from app.core.texts import readable

LARGEST = 2**31 - 1
"""The highest number that a row can have on PostgreSQL."""


def row_number(text: object) -> int:
    """The number of a row, as a form or an address gives it.

    Raises:
        ValueError: it is no number, or one that no row can have.
    """
    number = int(str(text))
    if not 0 <= number <= LARGEST:
        raise ValueError("no row has this number")
    return number


def number_if_any(text: object) -> int | None:
    """The same; none where it is no number that a row can have."""
    try:
        return row_number(text)
    except ValueError:
        return None


def day(text: str) -> date:
    """A day, as an address gives it.

    Raises:
        ValueError: it is none, or lies in a year that cannot be meant.
    """
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError("no day in this year can be meant")
    return found


def moment(text: str) -> datetime:
    """A moment with its time zone, as an address gives it.

    Raises:
        ValueError: it is none, has no time zone, or lies in a year that cannot be meant.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in YEARS:
        raise ValueError("no moment of ours")
    return found


def time_if_any(text: str) -> time | None:
    """A time of day as people write it: 9:30, 13.45, 2pm; none where it is no time."""
    for pattern in ("%H:%M", "%H.%M", "%I:%M%p", "%I%p", "%I.%M%p", "%H"):
        try:
            return datetime.strptime(text.strip().replace(" ", "").upper(), pattern).time()  # noqa: DTZ007  (a time of day has no zone)
        except ValueError:
            continue
    return None


class RowNumber(IntegerConverter):
    """A number in an address: one that no row can have leads nowhere, like one that no row has."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = LARGEST, signed: bool = False) -> None:
        super().__init__(map, fixed_digits, min, max, signed)


class _Typed(ImmutableMultiDict[str, Any]):
    """The fields of a form or of an address; files are left as they are."""

    def __init__(self, given: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(name, readable(value) if isinstance(value, str) else value) for name, value in given])


class CleanRequest(Request):
    """A request whose texts have no control characters but tabs and line breaks."""

    parameter_storage_class = _Typed


def register(app: Flask) -> None:
    """Put all this before every page."""
    app.request_class = CleanRequest
    app.url_map.converters["int"] = RowNumber
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if "\x00" in request.path:
        abort(400)
