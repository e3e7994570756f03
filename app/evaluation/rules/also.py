"""What was answered to the questions that have no figure of their own: how many gave each answer, from five people on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.showing import ENOUGH, FEWEST
from app.evaluation.rules.stages import STATEMENTS

TOLD_ELSEWHERE = ("knowledge", *STATEMENTS)
Given = tuple[str, str, str, Sequence[str], int | None, Sequence[int]]
"""Code, kind, wording and options of a question, and what one person chose: a number, or several."""


@dataclass
class Also:
    """A question with its answers: how many chose each number, in the order of its options, out of `base` people."""

    wording: str
    labels: dict[int, str]
    averaged: bool
    counts: dict[int, int] = field(default_factory=dict)
    base: int = 0

    def add(self, chosen: Iterable[int], people: int = 1) -> None:
        """Count people who chose just these."""
        self.base += people
        for number in chosen:
            self.counts[number] = self.counts.get(number, 0) + people

    @property
    def rows(self) -> list[tuple[str, int]]:
        """(answer in words, people)."""
        numbers = self.labels or dict.fromkeys(sorted(self.counts), "")
        return [(f"{number} {label}".strip() if self.averaged or not label else label, self.counts.get(number, 0))
                for number, label in numbers.items()]

    @property
    def drawn(self) -> bool:
        """Whether there are enough people for bars, and few enough of those."""
        return self.base >= ENOUGH and bool(self.labels) and not self.averaged

    @property
    def mean(self) -> float | None:
        """The average of a scale, from ten people on."""
        if not self.averaged or self.base < ENOUGH:
            return None
        return sum(number * count for number, count in self.counts.items()) / self.base


def also(given: Iterable[Given]) -> list[Also]:
    """The questions that five or more people answered, in the order in which they are first met."""
    found: dict[str, Also] = {}
    for code, kind, wording, options, number, choices in given:
        asked = QUESTION_TYPES[kind]
        if code in TOLD_ELSEWHERE or asked.free or (number is None and not choices):
            continue
        one = found.setdefault(code, Also(wording, asked.labels(options), averaged=bool(asked.anchors)))
        one.add([number] if number is not None else choices)
    return [one for one in found.values() if one.base >= FEWEST]
