"""Which answers to a session its trainer sees: five more at a time, as they were then, so that no single one comes in, or changes, alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.windows import PAPER_LATER


@dataclass(frozen=True)
class Sent:
    """A response: whose it is (their code), when it was sent, and whether no later one of the same person took its place."""

    response: int
    respondent: str
    at: datetime
    current: bool


@dataclass(frozen=True)
class Shown:
    """The responses that are shown, as they were at `until`; none when they are shown as they are now."""

    responses: list[int]
    until: datetime | None


def shown(sent: Sequence[Sent], closes: datetime, now: datetime) -> Shown:
    """What is shown of these responses, which stand in the order in which they were sent.

    While a stage is open people are added in fives; when it closes all who have answered by then are. What is keyed in from paper afterwards
    is added in fives again, and what is left of that once no more can come. What somebody changes is shown with the next who are added.
    """
    there = {one.respondent for one in sent if one.current}
    first: dict[str, datetime] = {}
    for one in sent:
        if one.respondent in there:
            first.setdefault(one.respondent, one.at)
    people = sorted(first, key=lambda respondent: first[respondent])
    in_time = sum(at < closes for at in first.values())
    if now >= closes + PAPER_LATER:
        return Shown([one.response for one in sent if one.current] if len(people) >= FEWEST else [], None)
    settled = in_time if now >= closes and in_time >= FEWEST else 0
    count = settled + (len(people) - settled) // FEWEST * FEWEST
    if not count:
        return Shown([], None)
    until = max(first[people[count - 1]], closes) if settled else first[people[count - 1]]
    latest = {one.respondent: one.response for one in sent if one.at <= until}
    return Shown([latest[respondent] for respondent in people[:count]], until)
