"""Many tests at once: what is still worth looking at when a few would stand out by chance alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FALSE_IN_A_HUNDRED = 5
"""Of those that are flagged, about so many in a hundred may be false."""


def holm(chances: Sequence[float]) -> list[float]:
    """Each p so adjusted that the chance of even one false finding stays below it (Holm 1979); in the order given."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    adjusted, largest = [0.0] * len(chances), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(chances) - place) * chances[index]))
        adjusted[index] = largest
    return adjusted


def benjamini_hochberg(chances: Sequence[float | None]) -> list[float | None]:
    """Each p so adjusted that the share of false findings stays below it (Benjamini & Hochberg 1995); in the order given.

    Those without a p (None) are no tests: they stay None and make the others no weaker.
    """
    known = sorted((min(1.0, max(0.0, chance)), index) for index, chance in enumerate(chances) if chance is not None)
    adjusted: list[float | None] = [None] * len(chances)
    least = 1.0
    for place in range(len(known), 0, -1):
        chance, index = known[place - 1]
        least = min(least, chance * len(known) / place)
        adjusted[index] = least
    return adjusted


@dataclass(frozen=True)
class Flagged:
    """Which of those that could be tested stand out, at a rate of false findings."""

    names: tuple[str, ...]
    tested: int
    false_in_a_hundred: int


def flagged(chances: Iterable[tuple[str, float | None]], false_in_a_hundred: int = FALSE_IN_A_HUNDRED) -> Flagged:
    """The names whose adjusted p is at most the rate, in the order given."""
    pairs = list(chances)
    adjusted = benjamini_hochberg([chance for _name, chance in pairs])
    names = tuple(
        name for (name, _chance), p in zip(pairs, adjusted, strict=True) if p is not None and p <= false_in_a_hundred / 100 + 1e-12
    )
    return Flagged(names, sum(chance is not None for _name, chance in pairs), false_in_a_hundred)
