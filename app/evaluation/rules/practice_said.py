"""What the answers about practice come to in a sentence: of whole numbers on pages, of rounded or withheld ones (None) in reports."""

from collections.abc import Callable, Mapping
from math import floor

from app.evaluation.rules.showing import ENOUGH, FEWEST
from app.evaluation.rules.statistics.shares import wilson

Count = int | None


def did_it(yes: Count, partly: Count, no_chance: Count, answered: int) -> str:
    """How many did the one thing that they had named, of those who had a chance to."""
    if yes is None or partly is None or no_chance is None:
        return (f"How many of the {answered:,} who were asked did the one thing that they had named is withheld, because some of the numbers are "
                "small.")
    able, did = answered - no_chance, yes + partly
    if able < FEWEST:
        return f"Fewer than {FEWEST} had a chance to do the one thing that they had named."
    return (f"Of {able:,} who had named one thing to do and had a chance to do it, {yes:,} did it and {partly:,} did it in part{_range(did, able)}. "
            f"{f'{no_chance:,} had no chance to. ' if no_chance else ''}It is what they say themselves.")


def have_seen(more_than_once: Count, once: Count, cannot_say: Count, answered: int) -> str:
    """How many managers have seen what was taught in use, of those who could say."""
    if more_than_once is None or once is None or cannot_say is None:
        return f"{answered:,} managers answered; how many have seen it used is withheld, because some of the numbers are small."
    able, saw = answered - cannot_say, more_than_once + once
    if able < FEWEST:
        return f"Fewer than {FEWEST} managers could say."
    return (f"Of {able:,} managers who could say, {saw:,} have seen what the course taught used, {more_than_once:,} of them more than once"
            f"{_range(saw, able)}.{f' {cannot_say:,} could not say.' if cannot_say else ''}")


SAID: Mapping[str, Callable[[Count, Count, Count, int], str]] = {"one_thing_done": did_it, "seen": have_seen}
"""The sentence of each such question, from how many gave its first, second and fourth answer, and how many answered."""
ANSWERS = 4
"""So many answers each of them has: yes, a second yes, no, and one that says neither."""


def _range(count: int, of: int) -> str:
    """The likely range of a share, from ten people on; none where numbers were rounded so that there is no share."""
    if not 0 <= count <= of or of < ENOUGH:
        return ""
    low, high = (floor(100 * (bound or 0.0) + 0.5) for bound in wilson(count, of))
    return f"; likely range {low} to {high} in 100"
