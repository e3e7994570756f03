"""What a coordinator is told of no-shows to come: a range for each session, how good such ranges have been, and extra places to decide on.

It is about sessions. Where so few are booked that it would be about single people, nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.statistics import backtest
from app.evaluation.rules.statistics.backtest import NEAR, Goodness
from app.evaluation.rules.statistics.forecast import Advice, ComingSession, Forecast, PastSession, Shrinkage, extra_places, forecast, learn

JUDGED = 60
"""So many of the latest sessions are forecast again and compared with who came."""
LEAST_JUDGED = 8


@dataclass(frozen=True)
class Learnt:
    """What past sessions taught, and how good forecasts from them were, which is worked out when somebody asks."""

    model: Shrinkage
    booked: int
    absent: int
    sessions: int
    by_format: dict[str, int]
    history: Sequence[PastSession]

    @cached_property
    def goodness(self) -> Goodness:
        """The latest sessions forecast again from what was known before each, beside what happened."""
        return backtest.goodness(backtest.backtest(self.history, latest=JUDGED))

    @property
    def assumed(self) -> bool:
        """Whether it still rests on the starting assumption."""
        return self.model.assumed

    @property
    def judged(self) -> bool:
        """Whether enough sessions could be compared to say how good it is."""
        return self.goodness.sessions >= LEAST_JUDGED

    @property
    def better_than_the_rate(self) -> bool:
        """Whether it beat saying the overall rate of everybody."""
        return (self.goodness.skill or 0.0) > 0

    @property
    def near(self) -> int:
        """Within how many people a forecast counts as near."""
        return NEAR


def learnt(history: Sequence[PastSession]) -> Learnt:
    """Learn from past sessions."""
    booked, absent = (sum(one.outcome[k] for one in history) for k in (0, 1))
    by_format: dict[str, int] = {}
    for one in history:
        by_format[one.format] = by_format.get(one.format, 0) + 1
    return Learnt(learn(history), booked, absent, len(history), by_format, history)


@dataclass(frozen=True)
class Outlook:
    """What to expect of a session, and extra places somebody may decide to offer; neither where too few are booked."""

    forecast: Forecast | None
    advice: Advice | None

    @property
    def choices(self) -> list[tuple[int, int, float, float]]:
        """(places taken, chances in 100 of too many, people likely without a seat, places likely empty): of all places, and of each more."""
        if self.advice is None:
            return []
        return [(row["places_offered"], in_100(row["p_over"]), row["expected_turned_away"], row["expected_empty"]) for row in self.advice.rows]


def expectation(known: Learnt, session: ComingSession) -> Forecast:
    """What to expect of a session to come, for whoever looks after it."""
    return forecast(known.model, session)


def outlook(known: Learnt, session: ComingSession) -> Outlook:
    """What to expect of a session to come."""
    if len(session.booked) < FEWEST:
        return Outlook(None, None)
    advice = extra_places(known.model, session, known.by_format.get(session.format, 0))
    return Outlook(expectation(known, session), advice)


def in_100(chance: float) -> int:
    """A chance in whole hundredths; a small one is never said to be none."""
    return max(1, round(100 * chance)) if chance > 0 else 0
