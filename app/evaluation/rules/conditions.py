"""After which answers a question is asked: certain options of an earlier one, or a number in answer to it (kept as “>=3”)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, le
from typing import Any

from app.core.errors import Refused
from app.evaluation.rules.question_types import RATHER_NOT

NUMBER = "number"
"""The kind of question on whose number another may depend."""


@dataclass(frozen=True)
class Comparison:
    """How a number is compared: as the builder offers it, as people read it, and whether it holds."""

    offered: str
    read: str
    holds: Callable[[int, int], bool]


COMPARISONS = {
    ">=": Comparison("at least", "{} or more", ge), "<=": Comparison("at most", "{} or fewer", le), "=": Comparison("exactly", "exactly {}", eq),
}
_COMPARED = re.compile(r"(>=|<=|=)([0-9]{1,9})")
_WHOLE = re.compile(r"[0-9]{1,9}")


def compared(value: str) -> tuple[str, int] | None:
    """Comparison and number of a condition; none where it is an option."""
    found = _COMPARED.fullmatch(value)
    return (found[1], int(found[2])) if found else None


def met(values: Sequence[str], given: Sequence[str]) -> bool:
    """Whether one of these values was answered, or a number that compares so. Who would rather not say has answered nothing, whatever was ticked
    besides."""
    if RATHER_NOT in given:
        return False
    if set(values) & set(given):
        return True
    text = given[0].strip() if given else ""
    return bool(_WHOLE.fullmatch(text)) and any(_holds(value, int(text)) for value in values)


def _holds(value: str, number: int) -> bool:
    found = compared(value)
    return found is not None and COMPARISONS[found[0]].holds(number, found[1])


def in_words(values: Sequence[str], labels: Mapping[int, str]) -> str:
    """The answers after which a question is asked: “Yes” or “Partly”; 3 or more."""
    said = []
    for value in values:
        found = compared(value)
        said.append(COMPARISONS[found[0]].read.format(f"{found[1]:,}") if found else f"“{labels.get(int(value)) or value}”")
    return " or ".join(said)


def check_number(values: Sequence[str], other: Any) -> None:
    """Refuse a number that nobody can answer to `other`.

    Raises:
        Refused: it lies outside what may be answered there.
    """
    if other.kind != NUMBER:
        return
    low, high = (int(bound) for bound in other.options)
    if not any(_holds(value, min(max(found[1], low), high)) for value in values if (found := compared(value))):
        raise Refused(f"“{other.wording}” is answered with a number from {low:,} to {high:,}, so after {in_words(values, {})} nobody would be "
                      "asked. Choose another number.")
