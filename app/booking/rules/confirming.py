"""What the question whether people still come did: how many of those who were asked came, beside those who were not asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from app.booking.rules.turnout import Turnout


class Asked(Enum):
    """How somebody with a place at the start had been asked."""

    SAID_YES = "said_yes"
    NO_ANSWER = "no_answer"
    LATER = "later"
    NOT_ASKED = "not_asked"

    @property
    def label(self) -> str:
        """As a page says it."""
        return LABELS[self]


LABELS = {
    Asked.SAID_YES: "Asked, and said yes", Asked.NO_ANSWER: "Asked, did not answer, and kept the place as our letter had not arrived",
    Asked.LATER: "Booked when the question was due already, on a session that asks", Asked.NOT_ASKED: "On a session that does not ask",
}


@dataclass(frozen=True)
class Effect:
    """Of those who had a place at the start and are marked as having come or missed it: how many, by how they had been asked."""

    asked: Asked
    came: int
    missed: int

    @property
    def people(self) -> int:
        """All of them; excused people are in neither."""
        return self.came + self.missed

    @property
    def missed_in_100(self) -> int | None:
        """How many of 100 missed it, rounded half up; none where there is nobody."""
        if not self.people:
            return None
        return int((Decimal(100) * self.missed / self.people).quantize(Decimal(1), ROUND_HALF_UP))


def effects(counts: Iterable[tuple[Asked, Turnout, int]]) -> list[Effect]:
    """One line for each way of having been asked, in a fixed order, with what the registers say."""
    found = {(asked, turnout): number for asked, turnout, number in counts}
    return [Effect(asked, found.get((asked, Turnout.CAME), 0), found.get((asked, Turnout.MISSED), 0)) for asked in Asked]
