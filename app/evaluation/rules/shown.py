"""Which answers to a session a reader sees: never so that two looks, however far apart, differ by one to four people.

Who gives a session sees its first five answers as soon as there are five. Whatever comes in at last must be five people or more, so while the
questions are open the latest five are kept back, and of six to nine in all the first five are shown and the others never: the pages of the
course count them. Who reads those pages too, in which a session stands whole, sees the first five when ten are there, and all when no more can
come; also of sessions that they give themselves, as all the pages of one person together must not differ by a few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.windows import PAPER_LATER

TWICE = 2 * FEWEST


@dataclass(frozen=True)
class Sent:
    """A response: whose it is (their code), when it was sent, whether no later one of the same person took its place, and whether it was given
    anonymously: then the order in which they came is not known, and those that are counted came in fives."""

    response: int
    respondent: str
    at: datetime
    current: bool
    anonymous: bool = False


@dataclass(frozen=True)
class Look:
    """Who looks, and when: whether they read the pages of courses besides (`team`), whether the questions are closed (`over`), and whether
    nothing can come on paper any more (`settled`)."""

    team: bool
    over: bool
    settled: bool

    def count(self, people: int, in_time: int) -> int:
        """How many of so many people are shown, the earliest first; `in_time` of them had answered when the questions closed."""
        if self.team:
            return _all_or_none(people) if self.settled else _without_the_latest(people)
        if not self.over:
            return FEWEST if FEWEST <= people < TWICE else _without_the_latest(people)
        first = in_time if in_time >= TWICE else in_time // FEWEST * FEWEST
        return first + (people - first) // FEWEST * FEWEST

    def count_anonymous(self, people: int, *, alone: bool) -> int:
        """The same of anonymous answers, which come in fives by themselves while they stand `alone`, and of which nobody can tell the first five
        from the others."""
        if not alone and not self.settled:
            return 0
        if self.team and not self.settled:
            return people if people >= TWICE else 0
        return 0 if not self.team and FEWEST < people < TWICE else _all_or_none(people)


    def count_pairs(self, there: int, pairs: int, in_time: int, *, anonymous: bool) -> int:
        """How many of the people who answered both times are shown in their change: of so many `pairs` in all, of whom so many are `there`, as
        their answers afterwards are shown. Which anonymous pair came last nobody knows, so they wait for the end."""
        if anonymous:
            return _all_or_none(pairs) if self.settled else 0
        most = min(self.count(pairs, in_time), there)
        if self.team and self.settled:
            return most
        first = in_time if self.over and not self.team and in_time >= TWICE else 0
        return first + (most - first) // FEWEST * FEWEST


def _without_the_latest(people: int) -> int:
    return max(0, people // FEWEST - 1) * FEWEST


def _all_or_none(people: int) -> int:
    return people if people >= FEWEST else 0


@dataclass(frozen=True)
class Shown:
    """The responses that are shown, as they were at `until` (none: as they are now); the responses of everybody as they are now, in the order in
    which people came, and how many of them had come when the questions closed; and whether they came anonymously."""

    responses: list[int]
    until: datetime | None
    everybody: list[int]
    in_time: int
    anonymous: bool = False

    @property
    def people(self) -> int:
        """How many answered in all."""
        return len(self.everybody)


def look(closes: datetime, now: datetime, *, team: bool) -> Look:
    """A look at a stage that closes then."""
    return Look(team, now >= closes, now >= closes + PAPER_LATER)


def shown(sent: Sequence[Sent], closes: datetime, now: datetime, *, team: bool = False) -> Shown:
    """What is shown of these responses, which stand in the order in which they were sent. What somebody changes is shown with the next who are
    added, or never."""
    at = look(closes, now, team=team)
    there = {one.respondent for one in sent if one.current}
    first: dict[str, datetime] = {}
    for one in sent:
        if one.respondent in there:
            first.setdefault(one.respondent, one.at)
    people = sorted(first, key=lambda respondent: first[respondent])
    if any(one.anonymous for one in sent):
        kept = at.count_anonymous(len(people), alone=all(one.anonymous for one in sent))
        everybody = [one.response for one in sent if one.current]
        return Shown(everybody if kept else [], None, everybody, len(people), anonymous=True)
    now_current = {one.respondent: one.response for one in sent if one.current}
    everybody = [now_current[respondent] for respondent in people]
    in_time = sum(moment < closes for moment in first.values())
    count = at.count(len(people), in_time)
    if not count:
        return Shown([], None, everybody, in_time)
    if at.settled and at.team:
        return Shown(everybody, None, everybody, in_time)
    latest = first[people[count - 1]]
    until = max(latest, closes) if at.over and not at.team and count >= in_time >= TWICE else latest
    newest = {one.respondent: one.response for one in sent if one.at <= until}
    return Shown([newest[respondent] for respondent in people[:count]], until, everybody, in_time)
