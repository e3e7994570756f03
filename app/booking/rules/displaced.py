"""What becomes of people whose session is called off: who gets a place held on another date, who waits there first, who is only told."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from app.booking.rules.places import Standing, Working, places_free_for, with_one_more
from app.booking.rules.states import HOLDING, BookingStatus

DISPLACED, GOES_AHEAD = "the other session was cancelled", "the other session goes ahead"
"""Why somebody stands first on another date's list, and why no longer."""


def stand(bookings: Iterable[tuple[int, BookingStatus]]) -> str:
    """Who stands where, as a page carries it: how many bookings there are, and a digest of which and in which state."""
    told = sorted(f"{number}:{status.value}" for number, status in bookings)
    return f"{len(told)}.{hashlib.sha256(','.join(told).encode()).hexdigest()[:20]}"


def stood_before(shown: str) -> int:
    """How many bookings there were; 0 when what the page carries is of no use."""
    count = shown.partition(".")[0]
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0


class Fate(Enum):
    """What somebody with a live booking on a session that is cancelled, or moved, is told; the most that concerns them first."""

    HELD = "held"
    WAITS_FIRST = "waits_first"
    THERE_ALREADY = "there_already"
    NO_DATE = "no_date"
    ASKED = "asked"
    LIST_CLOSED = "list_closed"
    WAITS_ON = "waits_on"


def had_place(status: BookingStatus, *, instead: bool) -> bool:
    """Whether somebody had a place that we take away: booked or asked for; or when what they have here (a place that is held for them, or the
    front of the list) is what they have `instead` of one that was called off before."""
    if instead and status in (BookingStatus.OFFERED, BookingStatus.WAITING):
        return True
    return status in HOLDING and status is not BookingStatus.OFFERED


@dataclass(frozen=True)
class OnSession:
    """Somebody with a live booking; whether they had a place as `had_place` says, and whether they wait for one."""

    person_id: int
    had_place: bool
    working: Working
    waits: bool = False


@dataclass(frozen=True)
class OtherDate:
    """Another date of the course. `there` are those with a place or an offer on it, `waiting` those on its list.

    `held_until` is none when it is too near to hold a place.
    """

    standing: Standing
    there: frozenset[int]
    held_until: datetime | None
    waiting: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CalledOff:
    """A session to be called off, those on it in the order in which they booked, and the other date that is offered."""

    session_id: int
    people: Sequence[OnSession]
    other_id: int | None = None


def fates(called_off: Sequence[CalledOff], others: Mapping[int, OtherDate], now: datetime) -> dict[int, list[tuple[int, Fate]]]:
    """By session, what each person on it is told; places are shared out in this order, as the act does it."""
    dates = dict(others)
    found: dict[int, list[tuple[int, Fate]]] = {}
    for one in called_off:
        told: list[tuple[int, Fate]] = []
        for person in one.people:
            fate = Fate.LIST_CLOSED
            if person.had_place:
                fate, dates = (Fate.NO_DATE, dates) if one.other_id is None else _offer(person, one.other_id, dates, now)
            told.append((person.person_id, fate))
        found[one.session_id] = told
    return found


def told_of_new_time(people: Iterable[OnSession]) -> list[tuple[int, Fate]]:
    """What each person on a session is told that is moved: who has a place, or is held one, is asked whether they can still come."""
    return [(person.person_id, Fate.WAITS_ON if person.waits else Fate.ASKED) for person in people]


def _offer(person: OnSession, other_id: int, dates: dict[int, OtherDate], now: datetime) -> tuple[Fate, dict[int, OtherDate]]:
    date = dates[other_id]
    if person.person_id in date.there:
        return Fate.THERE_ALREADY, dates
    if person.person_id in date.waiting:
        return Fate.WAITS_FIRST, dates
    free = date.held_until is not None and places_free_for(date.standing, person.working, now) > 0
    standing = with_one_more(date.standing, person.working) if free else date.standing
    mine = frozenset({person.person_id})
    after = replace(date, standing=standing, there=date.there | mine if free else date.there, waiting=date.waiting if free else date.waiting | mine)
    return (Fate.HELD if free else Fate.WAITS_FIRST), {**dates, other_id: after}


def room_on(other_id: int, one: CalledOff, others: Mapping[int, OtherDate], now: datetime) -> int:
    """How many places are free on another date for those who had one: fewer than there are when limits and kept places leave some of them out."""
    standing = others[other_id].standing
    if not standing.quotas:
        return standing.places_left
    told = [fate for _person, fate in fates([replace(one, other_id=other_id)], others, now)[one.session_id]]
    return told.count(Fate.HELD) if Fate.WAITS_FIRST in told else standing.places_left


def told_once(by_session: Mapping[int, Sequence[tuple[int, Fate]]]) -> dict[Fate, int]:
    """How many people are told what; somebody on two of the sessions counts once, with what concerns them most."""
    order = list(Fate)
    most: dict[int, Fate] = {}
    for told in by_session.values():
        for person_id, fate in told:
            kept = most.get(person_id)
            if kept is None or order.index(fate) < order.index(kept):
                most[person_id] = fate
    return {fate: count for fate in Fate if (count := sum(one is fate for one in most.values()))}
