"""Who gives which session, and when. Nobody can be at two at the same time, so that is pointed out; a coordinator may know better."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from app.booking.rules.rearranging import Parts


@dataclass(frozen=True)
class Given:
    """A session that somebody is to give."""

    trainer_id: int | None
    title: str
    parts: Parts


@dataclass(frozen=True)
class Handover:
    """Another trainer gives a session: who reads that it is theirs to give, and who that it is theirs no longer; empty where nobody does."""

    now: str = ""
    before: str = ""

    @property
    def told(self) -> int:
        """How many people are written to."""
        return bool(self.now) + bool(self.before)

    @property
    def lines(self) -> list[str]:
        """Who is told what."""
        return [*([f"{self.now} is told that this session is theirs to give."] if self.now else []),
                *([f"{self.before} is told that it is theirs no longer."] if self.before else [])]


def at_the_same_time(one: Parts, other: Parts) -> bool:
    """Whether two sessions overlap."""
    return any(starts < other_ends and other_starts < ends for starts, ends in one for other_starts, other_ends in other)


def besides(number: int, given: Mapping[int, Given]) -> list[int]:
    """The other sessions that the trainer of this one gives at the same time."""
    one = given[number]
    if one.trainer_id is None:
        return []
    return [other for other, its in given.items()
            if other != number and its.trainer_id == one.trainer_id and at_the_same_time(one.parts, its.parts)]


def busy(parts: Parts, given: Mapping[int, Given]) -> set[int]:
    """Who gives something at these times already."""
    return {one.trainer_id for one in given.values() if one.trainer_id is not None and at_the_same_time(parts, one.parts)}


def afterwards(
    given: Mapping[int, Given], *, gone: Collection[int], others: Mapping[int, int], moved: Mapping[int, Parts]
) -> dict[int, Given]:
    """The same once some sessions are called off, some are given by others, and some are moved."""
    found = {number: one for number, one in given.items() if number not in gone}
    for number, trainer_id in others.items():
        found[number] = replace(found[number], trainer_id=trainer_id)
    for number, parts in moved.items():
        found[number] = replace(found[number], parts=parts)
    return found
