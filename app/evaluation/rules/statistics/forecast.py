"""How many people of a coming session will come, from how often people did not come before, and how many extra places that allows.

It counts people; it gives no single person a score that anyone is shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from app.evaluation.rules.statistics import no_show_odds, no_shows, places

LEAST_PARAMETER = 1e-3
"""Nobody is told that all, or none, are sure to come."""
ONLINE = "online"
ROOM = "room"
PRIOR_RATE = 0.25
"""Without a history: a starting assumption, and labelled so."""
FIXED_M = 20.0
"""How firmly a group is held to the average while there is too little to learn it from."""
LEAST_GROUPS, LEAST_BOOKINGS = 5, 200
LEAST_HISTORY = 20
MOST_SESSION_M = 200.0
NEAR_CERTAIN = 0.001
"""No chance is nearer to 0 or 1 than this."""


@dataclass(frozen=True)
class Booked:
    """A place that somebody had at the deadline: booked how many weeks ahead, times not come before, and whether they stayed away."""

    weeks: float
    before: int = 0
    absent: bool = False


@dataclass(frozen=True)
class PastSession:
    """A session with a completed register. `cut_off` is the day on which its forecast was, or would have been, made."""

    session: str
    held_on: date
    cut_off: date
    format: str
    course: str
    booked: tuple[Booked, ...]
    capacity: int | None = None

    @cached_property
    def by_band(self) -> dict[str, tuple[int, int]]:
        """(booked, did not come) by lead-time band."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.booked:
            n, y = found.get(lead_band(one.weeks), (0, 0))
            found[lead_band(one.weeks)] = (n + 1, y + one.absent)
        return found

    @cached_property
    def outcome(self) -> tuple[int, int]:
        """(booked, did not come)."""
        return len(self.booked), sum(one.absent for one in self.booked)


@dataclass(frozen=True)
class ComingSession:
    """A session to come: who has a place, how many there is room for (none: no limit), and how many are waiting."""

    format: str
    course: str
    booked: tuple[Booked, ...]
    capacity: int | None = None
    waiting: int = 0


class Model(Protocol):
    """What was learnt from past sessions."""

    def chance(self, form: str, course: str, booked: Booked) -> float:
        """The chance that somebody with this place does not come."""
        ...

    def concentration(self, form: str) -> float:
        """How alike sessions of this format are; the larger, the more."""
        ...


Learner = Callable[[Sequence[PastSession]], Model]


def lead_band(weeks: float) -> str:
    """Booked up to 2 weeks ahead, up to 6, or earlier."""
    return "0-2" if weeks < 3 else "3-6" if weeks < 7 else "7+"


class Tallies:
    """(booked, did not come) by key."""

    def __init__(self) -> None:
        self.by_key: dict[object, tuple[int, int]] = {}

    def add(self, key: object, booked: int, absent: int) -> None:
        """Count them."""
        n, y = self.by_key.get(key, (0, 0))
        self.by_key[key] = (n + booked, y + absent)

    def of(self, key: object) -> tuple[int, int]:
        """How many of this key, none if it never occurred."""
        return self.by_key.get(key, (0, 0))

    def concentration(self) -> float:
        """How alike the groups are; fixed while there are under 5 groups or 200 bookings."""
        groups = [pair for pair in self.by_key.values() if pair[0]]
        if len(groups) < LEAST_GROUPS or sum(n for n, _y in groups) < LEAST_BOOKINGS:
            return FIXED_M
        alike: no_shows.Alike = {}
        for pair in groups:
            alike[pair] = alike.get(pair, 0) + 1
        found = no_shows.fit(alike)
        return found.m if found else FIXED_M


@dataclass(frozen=True)
class Shrinkage:
    """Rates drawn from the course's lead-time band to the course, to the format, to all."""

    overall: float
    assumed: bool
    """Whether the overall rate still rests on the starting assumption."""
    tallies: Tallies
    course_m: float
    session_m: dict[str, float]

    def chance(self, form: str, course: str, booked: Booked) -> float:
        """The chance that somebody with this place does not come."""
        levels = ((form,), (form, course), (form, course, lead_band(booked.weeks)))
        rate = self.overall
        for key, m in zip(levels, (FIXED_M, self.course_m, FIXED_M), strict=True):
            n, y = self.tallies.of(key)
            rate = (y + m * rate) / (n + m)
        return kept_from_certain(rate)

    def concentration(self, form: str) -> float:
        """How alike sessions of this format are."""
        return self.session_m.get(form, FIXED_M)


def kept_from_certain(rate: float) -> float:
    """The chance, a little away from 0 and 1."""
    return min(max(rate, NEAR_CERTAIN), 1 - NEAR_CERTAIN)


def learn(history: Sequence[PastSession]) -> Shrinkage:
    """The rates and concentrations of past sessions."""
    tallies, courses = Tallies(), Tallies()
    for session in history:
        for key in ((), (session.format,), (session.format, session.course)):
            tallies.add(key, *session.outcome)
        for band, outcome in session.by_band.items():
            tallies.add((session.format, session.course, band), *outcome)
        courses.add(session.course, *session.outcome)
    n, y = tallies.of(())
    assumed = n < LEAST_HISTORY
    overall = (y + PRIOR_RATE * FIXED_M) / (n + FIXED_M) if assumed else y / n
    return Shrinkage(overall, assumed, tallies, courses.concentration(), session_concentrations(history))


def session_concentrations(history: Sequence[PastSession]) -> dict[str, float]:
    """By format how alike its sessions are, at most 200: wider than what chance alone gives, since a session has its own bad day."""
    by_format: dict[str, Tallies] = {}
    for session in history:
        by_format.setdefault(session.format, Tallies()).add(session.session, *session.outcome)
    return {form: min(tallies.concentration(), MOST_SESSION_M) for form, tallies in by_format.items()}


@dataclass(frozen=True)
class Regression:
    """The same chances by logistic regression."""

    odds: no_show_odds.Odds
    session_m: dict[str, float]

    def chance(self, form: str, course: str, booked: Booked) -> float:
        """The chance that somebody with this place does not come."""
        return kept_from_certain(self.odds.chance((form == ONLINE, booked.weeks, booked.before)))

    def concentration(self, form: str) -> float:
        """How alike sessions of this format are."""
        return self.session_m.get(form, FIXED_M)


def learn_odds(history: Sequence[PastSession], least_bookings: int = 500, least_absent: int = 50) -> Model:
    """The regression; shrinkage while there are under 500 bookings or 50 who did not come."""
    bookings: dict[tuple[no_show_odds.Features, bool], int] = {}
    for session in history:
        for booked in session.booked:
            key = ((session.format == ONLINE, booked.weeks, booked.before), booked.absent)
            bookings[key] = bookings.get(key, 0) + 1
    if sum(bookings.values()) < least_bookings or sum(n for (_f, absent), n in bookings.items() if absent) < least_absent:
        return learn(history)
    odds = no_show_odds.fit_odds(bookings)
    return Regression(odds, session_concentrations(history)) if odds else learn(history)


def mean_chance(model: Model, form: str, course: str, booked: Iterable[Booked]) -> float:
    """The average chance of not coming of those with a place; of a typical booking where nobody has one yet."""
    chances = [model.chance(form, course, one) for one in booked] or [model.chance(form, course, Booked(weeks=4))]
    return sum(chances) / len(chances)


def attendance(model: Model, form: str, rate: float, offered: int) -> places.Attendance:
    """How likely each number of people is to come of those offered a place."""
    m = model.concentration(form)
    return places.beta_binomial(offered, max((1 - rate) * m, LEAST_PARAMETER), max(rate * m, LEAST_PARAMETER))


@dataclass(frozen=True)
class Forecast:
    """What to expect of a session: with `low` to `high`, eight times in ten."""

    booked: int
    rate: float
    expected: float
    low: int
    high: int
    p_over: float | None
    """The chance of more people than there is room for; none where there is no limit."""


def forecast(model: Model, session: ComingSession) -> Forecast:
    """What to expect of a session with those who have a place now."""
    rate = mean_chance(model, session.format, session.course, session.booked)
    found = attendance(model, session.format, rate, len(session.booked))
    over = None if session.capacity is None else found.over(session.capacity)
    return Forecast(len(session.booked), rate, found.expected, *found.range80, over)


@dataclass(frozen=True)
class PlacesPolicy:
    """At what risk extra places may be advised: the chance of too many people in a room and online, and how much at most."""

    risk_room: float = 0.05
    risk_online: float = 0.20
    most_extra: float = 0.25
    least_sessions: int = 8

    def risk(self, form: str) -> float:
        """The accepted chance of too many people."""
        return self.risk_online if form == ONLINE else self.risk_room


@dataclass(frozen=True)
class Advice:
    """How many extra places a person may decide to offer, with what to expect at the capacity, at that number and at one more.

    `extra` is none, and `why` says so, where there is too little to go by.
    """

    extra: int | None
    why: str
    rows: tuple[dict[str, Any], ...] = ()


def extra_places(model: Model, session: ComingSession, sessions_seen: int, policy: PlacesPolicy | None = None) -> Advice:
    """Extra places at the accepted risk, at most a quarter of the room and those waiting. Not for a limit set by law.

    `sessions_seen` is how many past sessions of the format there are.
    """
    policy = policy or PlacesPolicy()
    if session.capacity is None:
        return Advice(None, "This session has no limit of places.")
    if sessions_seen < policy.least_sessions:
        return Advice(None, f"There are {sessions_seen} past sessions of this format; {policy.least_sessions} are needed for advice.")
    rate, m = mean_chance(model, session.format, session.course, session.booked), model.concentration(session.format)
    room = session.capacity
    most = places.most_places(room, (1 - rate) * m, rate * m, policy.risk(session.format))
    allowed = min(int(policy.most_extra * room), session.waiting)
    extra = allowed if most is None else min(most - room, allowed)
    numbers = sorted({room, room + extra, room + extra + 1})
    rows = tuple(places.places_row(attendance(model, session.format, rate, offered), room) for offered in numbers)
    return Advice(extra, "", rows)
