"""How many of those with a place will come, and so how many places can be offered at a stated risk of too many people.

Sessions differ, so attendance is beta-binomial: a (came) and b (did not) say both the share and how much sessions differ.
"""

from dataclasses import dataclass
from typing import Any

from app.evaluation.rules.statistics import distributions
from app.evaluation.rules.statistics.columns import Wrong

MOST_EXTRA = 1_000_000
"""Where the risk stays within alpha for so many places beyond the capacity, there is no largest number of places."""

ROUNDING = 1e-12
ROUNDING_OF_SMALL = 1e-9
"""Where the risk that is allowed is small itself, so much of it: nobody who allows none is offered a place more."""
UNLIMITED = f"the risk stays within alpha even with {MOST_EXTRA:,} extra places"


@dataclass(frozen=True)
class Attendance:
    """How likely each number of people is to come, from 0 to all who have a place."""

    chances: Any

    @property
    def offered(self) -> int:
        """How many have a place."""
        return len(self.chances) - 1

    @property
    def expected(self) -> float:
        """How many come on average."""
        return float((self.chances * distributions.arrays().arange(self.offered + 1)).sum())

    def at_least(self, share: float) -> int:
        """The smallest number that so large a share of the chance is at or below."""
        np = distributions.arrays()
        return min(self.offered, int(np.searchsorted(np.cumsum(self.chances), share - ROUNDING)))

    @property
    def range80(self) -> tuple[int, int]:
        """Between what attendance lies eight times in ten."""
        return self.at_least(0.1), self.at_least(0.9)

    def over(self, room: int) -> float:
        """The chance that more come than there is room for."""
        return float(self.chances[room + 1:].sum())

    def empty(self, room: int) -> float:
        """How many places stay empty on average."""
        np = distributions.arrays()
        return float((self.chances * np.maximum(room - np.arange(self.offered + 1), 0)).sum())

    def turned_away(self, room: int) -> float:
        """How many people find no room on average."""
        np = distributions.arrays()
        return float((self.chances * np.maximum(np.arange(self.offered + 1) - room, 0)).sum())


def beta_binomial(offered: int, came: float, stayed_away: float) -> Attendance:
    """Attendance where sessions differ; the two parameters are those of the share who come. Where one is 0 all come, or
    nobody does; both must not be.

    Each chance follows from its neighbour, P(k + 1) / P(k) = (n - k)(a + k) / ((k + 1)(b + n - k - 1)), from the likeliest outwards,
    so that nothing is lost where the parameters are large.
    """
    np = distributions.arrays()
    a, b = came, stayed_away
    if offered and not (a and b):
        sure = np.zeros(offered + 1)
        sure[offered if a else 0] = 1.0
        return Attendance(sure)
    k = np.arange(offered, dtype=float)
    steps = np.log((offered - k) * (a + k)) - np.log((k + 1) * (b + (offered - 1 - k)))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(logs - logs.max())
    return Attendance(chances / chances.sum())


def poisson_binomial(chances: list[float]) -> Attendance:
    """Attendance of people with a chance each, independent of each other: the product of their generating functions, by halves."""
    np = distributions.arrays()
    parts = [np.array([1 - p, p]) for p in chances] or [np.ones(1)]
    while len(parts) > 1:
        parts = [_product(*parts[i:i + 2]) for i in range(0, len(parts), 2)]
    return Attendance(parts[0])


def _product(one: Any, other: Any | None = None) -> Any:
    np = distributions.arrays()
    if other is None:
        return one
    if min(len(one), len(other)) < 2048:
        return np.convolve(one, other)
    size = len(one) + len(other) - 1
    width = 1 << (size - 1).bit_length()
    return np.clip(np.fft.irfft(np.fft.rfft(one, width) * np.fft.rfft(other, width), width)[:size], 0.0, None)


def most_places(room: int, came: float, stayed_away: float, alpha: float) -> int | None:
    """The largest number of places at which more than `room` come with a chance of at most alpha; none where there is no end to it.

    The chance rises with every place, so the number is found by halving.
    """

    allowed = alpha + min(ROUNDING, alpha * ROUNDING_OF_SMALL)

    def risk(offered: int) -> float:
        return beta_binomial(offered, came, stayed_away).over(room)

    safe, step = room, 1
    while risk(safe + step) <= allowed:
        safe, step = safe + step, 2 * step
        if safe - room > MOST_EXTRA:
            return None
    unsafe = safe + step
    while unsafe - safe > 1:
        middle = (safe + unsafe) // 2
        safe, unsafe = (middle, unsafe) if risk(middle) <= allowed else (safe, middle)
    return safe


def overbooking(capacity: int, a_attend: float, b_dna: float, alpha: float) -> dict[str, Any]:
    """How many places can be offered for so many seats, and what to expect at the capacity, at that number and at one more."""
    best = most_places(capacity, a_attend, b_dna, alpha)
    numbers = sorted({capacity, best, best + 1}) if best is not None else [capacity]
    return {
        "max_places": best, "extra": best - capacity if best is not None else None,
        "rows": [places_row(beta_binomial(offered, a_attend, b_dna), capacity) for offered in numbers],
        "reasons": {} if best is not None else dict.fromkeys(("max_places", "extra"), UNLIMITED),
    }


def places_row(attendance: Attendance, capacity: int) -> dict[str, Any]:
    """What to expect if so many places are offered."""
    return {
        "places_offered": attendance.offered, "interval80": list(attendance.range80), "p_over": attendance.over(capacity),
        "expected_attendance": attendance.expected, "expected_empty": attendance.empty(capacity),
        "expected_turned_away": attendance.turned_away(capacity),
    }


def of_people(p_attend: list[float], capacity: int) -> dict[str, Any]:
    """What to expect of people whose chances are known and independent."""
    attendance = poisson_binomial(p_attend)
    return {
        "pmf": [float(chance) for chance in attendance.chances], "p_over": attendance.over(capacity),
        "expected_attendance": sum(p_attend), "expected_empty": attendance.empty(capacity),
        "expected_turned_away": attendance.turned_away(capacity), "reasons": {},
    }


def check_parameters(given: dict[str, Any]) -> None:
    """Somebody must have come or not come before.

    Raises:
        Wrong: both parameters are 0.
    """
    if not given["a_attend"] and not given["b_dna"]:
        raise Wrong("field a_attend: it is 0, and so is b_dna, which says nothing about who comes. Write one that is larger")
