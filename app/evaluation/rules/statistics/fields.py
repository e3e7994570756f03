"""What may stand in a JSON file of parameters: each field is read by name, and a wrong one is said in one sentence."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from app.core.errors import Refused
from app.evaluation.rules.statistics.columns import Wrong

FieldCheck = Callable[[dict[str, Any]], None]
"""Raises Wrong, its message beginning with "field NAME: ", where the values do not go together."""


@dataclass(frozen=True)
class Field:
    """A field that a file must have; `read` gives its value or raises Wrong with what to write instead."""

    name: str
    read: Callable[[Any], Any]


def read_fields(text: str, fields: Sequence[Field], *, file: str, check: FieldCheck | None = None) -> dict[str, Any]:
    """The parameters in a JSON object, by name.

    Raises:
        Refused: it is not a JSON object, a field is missing or another one is there, or a value cannot be taken.
    """
    given = _object(text, file)
    names = ", ".join(field.name for field in fields)
    for field in fields:
        if field.name not in given:
            raise Refused(f"{file}: the fields must be {names}, and {field.name} is not there. Add it.")
    for name in given:
        if name not in [field.name for field in fields]:
            raise Refused(f"{file}: the fields must be {names}, and there is another one, {json.dumps(name)[:60]}. Leave it out.")
    found = {}
    for field in fields:
        try:
            found[field.name] = field.read(given[field.name])
        except Wrong as wrong:
            raise Refused(f"{file}, field {field.name}: {wrong}.") from None
    try:
        if check is not None:
            check(found)
    except Wrong as wrong:
        raise Refused(f"{file}, {wrong}.") from None
    return found


def _object(text: str, file: str) -> dict[str, Any]:
    try:
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Refused(f"{file}, line {error.lineno}, column {error.colno}: this is not JSON ({error.msg}). Correct it.") from None
    except Wrong as wrong:
        raise Refused(f"{file}: {wrong}.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or brackets within brackets without end
        raise Refused(f"{file}: this JSON cannot be read. Write one object with plain numbers.") from None
    if not isinstance(given, dict):
        raise Refused(f"{file}: there must be one JSON object, such as {{\"x\": 3, \"n\": 10}}. Write one.")
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Wrong("a field is there more than once. Leave one out")
    return found


def _no_constant(word: str) -> NoReturn:
    raise Wrong(f"{word} is not a number of JSON. Write a number")


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A whole number in this range."""

    def read(value: Any) -> int:
        exact = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not exact or not least <= value <= most:
            raise Wrong(f"{json.dumps(value)[:60]} cannot be taken. Write a whole number from {least:,} to {most:,}")
        return int(value)

    return read


def number(least: float, most: float) -> Callable[[Any], float]:
    """A number in this range."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most or not isfinite(value):
            raise Wrong(f"{json.dumps(value)[:60]} cannot be taken. Write a number from {least:,} to {most:,}")
        return float(value)

    return read


def list_of(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    """A list, each of which is read like this; it may be empty."""

    def read_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(f"{json.dumps(value)[:60]} is not a list. Write a list in square brackets")
        return [read(one) for one in value]

    return read_all
