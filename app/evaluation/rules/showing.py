"""What of a change is shown for how many people, and which reservations go with it: none that does not apply."""

from dataclasses import dataclass
from typing import Any

FEWEST = 5
"""Below it nothing is shown: somebody could be picked out."""
ENOUGH = 10
"""Below it there are counts and a sentence, and no average, chart, share or range."""
CARE = 30
"""Below it a group is small, and said to be."""
CEILING = 0.15
"""From this share on with the highest rating before, the average understates (Terwee 2007)."""
FEW_ANSWERED, SOME_ANSWERED = 0.3, 0.6
FEW_SESSIONS = 5
STILL_THERE = -0.5
"""What people gained counts as held when the range of what was lost since lies above it, in points."""


@dataclass(frozen=True)
class Spoken:
    """How many people moved, in the order in which it is said: the larger of rise and fall first."""

    n: int
    first: int
    same: int
    last: int
    falls_first: bool

    @property
    def nobody_moved(self) -> bool:
        """Whether everybody rated themselves as before."""
        return self.n > 0 and self.same == self.n

    @property
    def shows_counts(self) -> bool:
        """Whether there are enough people for a sentence."""
        return self.n >= FEWEST

    @property
    def shows_more(self) -> bool:
        """Whether there are enough people for averages, charts and ranges."""
        return self.n >= ENOUGH

    @property
    def with_care(self) -> bool:
        """Whether it is a small group of which more than counts is shown."""
        return ENOUGH <= self.n < CARE


def spoken(change: dict[str, Any]) -> Spoken:
    """The counts of a paired change as they are said."""
    up, same, down = change["up"], change["same"], change["down"]
    falls = down > up
    return Spoken(change["n_pairs"], down if falls else up, same, up if falls else down, falls)


def ceiling(change: dict[str, Any]) -> bool:
    """Whether so many had the highest rating before that the average understates what the others gained."""
    return bool(change["n_pairs"]) and change["at5_before"] / change["n_pairs"] >= CEILING


def caveats(change: dict[str, Any], *, sessions: int, came: int, answered: int, shift: bool = False) -> list[str]:
    """What has to be kept in mind with these figures. `came` and `answered` count people; `shift` says that starting points were judged anew."""
    found = ["These are people’s own ratings, not a test of what they know, and they do not say what caused them."]
    if sessions == 1:
        found.append("It is one session, so it says nothing about other sessions.")
    elif 1 < sessions < FEW_SESSIONS:
        found.append(f"There are only {sessions} sessions, so the range is wide: sessions differ.")
    found += _silent(came, answered)
    if change["n_pairs"] >= FEWEST and ceiling(change):
        found.append(f"{change['at5_before']} of {change['n_pairs']} already rated themselves 5 before, so the average understates "
                     "what the others gained.")
    if change["n_pairs"] >= FEWEST and change["n_only_after"] > change["n_pairs"]:
        found.append("More people answered only afterwards than both times; those are not in the change.")
    if shift:
        found.append("Asked to look back, people judged their starting point differently. Part of the change may be that.")
    return found


def _silent(came: int, answered: int) -> list[str]:
    silent = came - answered
    if silent <= 0 or not came:
        return []
    told = f"{silent} of the {came} who came did not answer, and may think differently."
    share = answered / came
    if share < FEW_ANSWERED:
        return [f"{told} Few answered, so this may not speak for all."]
    return [f"{told} It is a partial picture."] if share < SOME_ANSWERED else [told]
