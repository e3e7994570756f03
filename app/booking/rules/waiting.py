"""The waiting list: in which order people stand, who gets a place that came free, and why somebody did not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

MOST_LAPSES = 2
FIRST, NORMAL = -1, 0
"""Who was displaced from a session that we cancelled stands before the others."""
ANY_DATE = "any date of the course will do"
"""Why a place is offered to somebody who is not on the list of the session."""
FROM_LIST = "a session made from the waiting list"
"""Why a place on it is offered, or the next place on its list given, to somebody who waits for the course."""
SERVED = "has a place on another date of the course"
"""Why somebody whom only that put on a list leaves it when a place there comes free."""
ASKED_FIRST = "they have a place on another date of the course, so they are asked first"
"""Why somebody who said "yes, whenever" is offered a place all the same."""
ASKED_AS_SERVED = "they have had another date of the course since, so they are asked first"
"""Why too, where that date has begun and nobody has marked that they were not there."""
ASKED_AS_BUSY = "they have something else at that time, so they are asked first"
"""The third reason for that."""
NEW_TIME = "the session has another time, and a yes is to a time"
"""Why somebody who said "yes, whenever" has to say it again."""
WHERE_THEY_STOOD = "said no to the place into which another turned their wait, so they wait where they stood"
"""Why somebody joins a list who asked before."""
NOT_TOLD = "our letter about it did not leave in time"
"""Why an offer is made anew, or goes back, although its time is over."""
UNREACHABLE = "the manager cannot be reached"
"""Why a request goes on to the coordinator, whom no letter to the manager can hold up."""
NOT_ASKED = "the manager is asked anew, as our letter did not leave in time"
"""Why a request does not end although its time is over."""


class WaitingAct(Enum):
    """What happens to somebody's wait for a course."""

    ANY_DATE = "any_date"
    TELL_ME = "tell_me"
    PLACED = "placed"
    AGAIN = "again"
    LEAVE = "leave"

    @property
    def words(self) -> str:
        """As its history says it."""
        return {
            "any_date": "Waits for the course: any date will do", "tell_me": "Waits to be told when the course runs again",
            "placed": "Has a place, so the wait is over", "again": "Waits again, as before: the place was given up",
            "leave": "No longer waits for the course",
        }[self.value]


@dataclass(frozen=True)
class Waiting:
    """Somebody on a list. `joined_at` is when they asked and never changes. `needs` is how many must get in together.

    `in_time` says that an offer could still be made to them; later nobody is booked either who does not look for it. `room` is set for a group
    that can never come together: so many of it could.
    """

    booking_id: int
    priority: int
    joined_at: datetime
    eligible: bool = True
    needs: int = 1
    in_time: bool = True
    room: int | None = None


def in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """By priority, then by when they joined, then by the order of the database."""
    return sorted(waiting, key=lambda one: (one.priority, one.joined_at, one.booking_id))


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and who stands before them without being able to take the place, each with the reason that is kept."""

    chosen: Waiting | None
    passed: tuple[tuple[Waiting, str], ...] = ()


def next_turn(waiting: Sequence[Waiting], free_for: Callable[[Waiting], int]) -> Turn:
    """The first on the list who can have a free place. `free_for` says how many of the free places somebody could have.

    A group that must get in together waits until as many places are free as it needs; those behind are not held up.
    """
    passed: list[tuple[Waiting, str]] = []
    for one in in_order(waiting):
        free = free_for(one)
        if one.eligible and one.in_time and free >= one.needs:
            return Turn(one, tuple(passed))
        passed.append((one, why_not_offered(one, free)))
    return Turn(None, tuple(passed))


def why_not_offered(one: Waiting, free: int) -> str:
    """Why a free place is not offered to somebody, as their history and the coordinator's page say it."""
    if not one.eligible:
        return "the course is not open to them at present"
    if not one.in_time:
        return "the session starts too soon to ask them"
    if one.room is not None:
        return f"their group of {one.needs} wants to come together and never can: there is room for {one.room or 'none'} of them"
    if free <= 0:
        return "the free places are kept for other agencies"
    return f"their group of {one.needs} wants to come together and {free} {'place is' if free == 1 else 'places are'} free"


def left_in_time(asked_at: datetime, ends_at: datetime, left_at: datetime | None) -> bool:
    """Whether the letter with a question left us with half of the time left in which it is to be answered: only then does silence mean anything."""
    return left_at is not None and left_at <= half_way(asked_at, ends_at)


def half_way(asked_at: datetime, ends_at: datetime) -> datetime:
    """By when such a letter has to leave."""
    return asked_at + (ends_at - asked_at) / 2


def can_rejoin(lapses: int) -> bool:
    """Whether a lapsed offer still leads back to the old place on the list: once."""
    return lapses < MOST_LAPSES
