"""Why nobody is offered a place: the answer that the coordinator's page gives about a session's list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.booking.rules.places import Standing, kept_still
from app.booking.rules.waiting import Turn, Waiting, next_turn, why_not_offered
from app.catalogue.rules import SessionStatus


def why_no_offer(
    standing: Standing, waiting: Sequence[Waiting], free_for: Callable[[Waiting], int], names: Mapping[int, str], now: datetime
) -> str:
    """The reason in one or two sentences; `names` are those who wait, by their booking.

    `free_for` says how many of the free places somebody on the list could have.
    """
    free = standing.places_left
    if standing.status is not SessionStatus.SCHEDULED or now >= standing.starts_at:
        return "Nothing is offered: the session is not open for booking."
    if not waiting:
        return f"Nobody waits. {_who_gets(free, kept_still(standing, now), 'whoever asks')}" if free else "Nobody waits, and no place is free."
    if not free:
        held = f"No place is free: {standing.taken} of {standing.limit} are held. The next that comes free is offered to the first who can have it."
        return " ".join([held, *(f"{names[one.booking_id]}: {why_not_offered(one, 0)}." for one in waiting if one.room is not None)])
    if not any(one.in_time for one in waiting):
        asks = "whoever asks first, those who wait included"
        return f"The session starts too soon for offers. {_who_gets(free, kept_still(standing, now), asks)}"
    return _turn(next_turn(waiting, free_for), free, names)


def _who_gets(free: int, kept: int, asks: str) -> str:
    """How many places are free for whoever asks, and how many of them are kept for groups or for the coordinator."""
    left = free - min(kept, free)
    if not left:
        return f"{_places(free)} free, but {'it is' if free == 1 else 'all of them are'} kept for others."
    return f"{_places(left)} free for {asks}{f', and {free - left} more kept for others' if left < free else ''}."


def _turn(turn: Turn, free: int, names: Mapping[int, str]) -> str:
    passed = "; ".join(f"{names[one.booking_id]}: {why}" for one, why in turn.passed)
    if turn.chosen is None:
        return f"{_places(free)} free, and nobody on the list can have {'it' if free == 1 else 'them'}. {passed}."
    before = f" Passed over: {passed}." if passed else ""
    return f"{_places(free)} free. {names[turn.chosen.booking_id]} is next and is offered it the next time the list moves.{before}"


def _places(free: int) -> str:
    return f"{free} place is" if free == 1 else f"{free} places are"
