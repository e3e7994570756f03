"""Who gets a place: the standing of a session, what is kept for whom, and the decision with its sentence."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from app.booking.rules.policy import quiet_from
from app.catalogue.rules import SessionStatus
from app.core.errors import Refused
from app.core.london import london


class QuotaKind(Enum):
    """A limit for a group, or places kept for it."""

    MOST = "most"
    KEPT = "kept"

    @property
    def label(self) -> str:
        """As a page says it."""
        return {"most": "At most", "kept": "Kept for them"}[self.value]


@dataclass(frozen=True)
class Working:
    """Where somebody works, as quotas see it: the agency with all that it is part of, and its sector."""

    agencies: frozenset[int] = frozenset()
    sector: str | None = None


@dataclass(frozen=True)
class Quota:
    """Places of an agency (`agency_id`), of a sector, or kept back for the coordinator (neither), until they are released.

    `used` counts the places that the group holds now; of places that are kept those within capacity, as who was booked over it uses none of
    them. `number` is its own, where it is kept.
    """

    kind: QuotaKind
    places: int
    name: str
    agency_id: int | None = None
    sector: str | None = None
    releases_at: datetime | None = None
    used: int = 0
    number: int = 0

    def covers(self, working: Working) -> bool:
        """Whether somebody who works there belongs to the group."""
        if self.agency_id is not None:
            return self.agency_id in working.agencies
        return self.sector is not None and self.sector == working.sector

    @property
    def of_coordinator(self) -> bool:
        """Whether the places are kept back for the coordinator."""
        return self.kind is QuotaKind.KEPT and self.agency_id is None and self.sector is None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force still."""
        return self.releases_at is None or now < self.releases_at


@dataclass(frozen=True)
class Standing:
    """A session's places at one moment, counted while nobody else may change them.

    `taken` counts every place that is held: booked, offered, asked for, kept for an undo, held without a name. `extra` are the places
    over capacity that somebody put their name to; `last_joined_at` is when the last of those who wait joined.
    """

    status: SessionStatus
    starts_at: datetime
    capacity: int
    taken: int
    waiting: int = 0
    extra: int = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    quotas: Sequence[Quota] = ()
    last_joined_at: datetime | None = None

    @property
    def limit(self) -> int:
        """How many places may be held."""
        return self.capacity + self.extra

    @property
    def places_left(self) -> int:
        """Places that nobody holds, never below none."""
        return max(0, self.limit - self.taken)


def used_of(quota: Quota, held: Iterable[tuple[Working, int, int]]) -> Quota:
    """The quota with what is used of it. `held` are places, where those work who have them, and how many of them are over capacity by name."""
    kept = quota.kind is QuotaKind.KEPT
    return replace(quota, used=sum(places - (over if kept else 0) for working, places, over in held if quota.covers(working)))


def places_free_for(standing: Standing, working: Working, now: datetime | None, *, coordinator: bool = False) -> int:
    """How many of the free places somebody who works there could have: quotas of others are kept from them, their own limits them.

    Without a moment every quota counts that is not released yet.
    """
    limits = [quota.places - quota.used for quota in _in_force(standing, now) if quota.kind is QuotaKind.MOST and quota.covers(working)]
    return max(0, min([not_kept_from(standing, working, now, coordinator=coordinator), *limits]))


def not_kept_from(standing: Standing, working: Working, now: datetime | None, *, coordinator: bool = False) -> int:
    """How many of the free places are kept for no group but one to which somebody who works there belongs."""
    of_others = sum(
        max(0, quota.places - quota.used) for quota in _in_force(standing, now)
        if quota.kind is QuotaKind.KEPT and not quota.covers(working) and not (coordinator and quota.of_coordinator))
    return max(0, standing.places_left - of_others)


def _in_force(standing: Standing, now: datetime | None) -> list[Quota]:
    return [quota for quota in standing.quotas if now is None or quota.holds(now)]


def how_many_get_in(standing: Standing, members: Sequence[Working], now: datetime | None) -> int:
    """How many of those who want to come together could have a free place, one after the other; of one alone, how many they could have."""
    if len(members) == 1:
        return places_free_for(standing, members[0], now)
    found = 0
    for working in members:
        if not places_free_for(standing, working, now):
            return found
        standing, found = with_one_more(standing, working), found + 1
    return found


def room_ever(standing: Standing, members: Sequence[Working], extra: int) -> int:
    """How many of those who want to come together could be let in if nobody else came; `extra` are the places offered over capacity.

    Limits and kept places that are released on a day are in nobody's way for ever.
    """
    lasting = tuple(replace(quota, used=0) for quota in standing.quotas if quota.releases_at is None)
    return how_many_get_in(replace(standing, taken=0, extra=extra, quotas=lasting), members, None)


def least_capacity_for(standing: Standing, members: Sequence[Working], extra: int) -> int | None:
    """With how many places all who want to come together could be let in if nobody else came; none where no number is enough."""
    most = sum(quota.places for quota in standing.quotas) + len(members)
    found = bisect_left(range(most + 1), True, key=lambda capacity: room_ever(replace(standing, capacity=capacity), members, extra) >= len(members))
    return found if found <= most else None


def check_ever_room(standing: Standing, members: Sequence[Working], extra: int) -> None:
    """That a group which wants to come together could be let in if nobody else came; `extra` are the places offered over capacity.

    Raises:
        Refused: so many places never come free for them, so their wait would have no end.
    """
    room = room_ever(standing, members, extra)
    if room >= len(members):
        return
    most = standing.capacity + extra
    there = f"has {most} {'place' if most == 1 else 'places'}" if room == most else f"has {room} of its {most} places for your group"
    raise Refused(
        f"This session {there}, so {len(members)} people can never come to it together. Name {room} people or fewer, choose a larger date, or "
        "choose “As they come”: then some have places and the others wait."
    )


class Answer(Enum):
    """What somebody who asks gets."""

    PLACE = "place"
    LIST = "list"


def answer_to(standing: Standing, working: Working, now: datetime, *, no_offers_hours: int = 2, could_be_offered: bool = False) -> Answer:
    """A place, or the waiting list. Nobody overtakes those who wait (`could_be_offered`: one of them could have a free place).

    In the last hours, when no offer can be made any more, a free place goes to whoever asks.

    Raises:
        Refused: the session is cancelled, has started, or is not open for booking.
    """
    check_open(standing, now)
    if not places_free_for(standing, working, now):
        return Answer.LIST
    late = now >= quiet_from(standing.starts_at, no_offers_hours)
    return Answer.LIST if could_be_offered and not late else Answer.PLACE


def check_open(standing: Standing, now: datetime) -> None:
    """Whether a session can be booked, or its list joined, now.

    Raises:
        Refused: with the rule and the way round it.
    """
    if standing.status is SessionStatus.CANCELLED:
        raise Refused("This session was cancelled, so it cannot be booked. Look for another date of the course.")
    if now >= standing.starts_at:
        raise Refused("This session has started, so it can no longer be booked. Look for another date of the course.")
    if standing.status is not SessionStatus.SCHEDULED:
        raise Refused("This session is not open for booking yet.")
    if standing.opens_at is not None and now < standing.opens_at:
        raise Refused(f"Booking opens at {said(standing.opens_at)}. Come back then.")
    if standing.closes_at is not None and now >= standing.closes_at:
        raise Refused(f"Booking closed at {said(standing.closes_at)}. The training team can still book you in: write to them.")


def without_window(standing: Standing) -> Standing:
    """The standing for a coordinator, who books people in before booking opens and after it has closed too."""
    return replace(standing, opens_at=None, closes_at=None)


def why_not_free(standing: Standing, working: Working, now: datetime) -> str:
    """Why somebody who works there cannot have a place at once, as a sentence; empty when they can."""
    if places_free_for(standing, working, now):
        return ""
    if not standing.places_left:
        return "All places are taken."
    for quota in standing.quotas:
        if quota.holds(now) and quota.kind is QuotaKind.MOST and quota.covers(working) and quota.used >= quota.places:
            has = f"{quota.name} has its {quota.places} {'place' if quota.places == 1 else 'places'}"
            if quota.releases_at is None:
                return f"{has}. Join the list: when one of them is given back, it is offered to the first who waits."
            return f"{has} until {said(quota.releases_at)}. Join the list: from then on free places are offered to those who wait."
    return "The places that are left are kept for others."


def kept_still(standing: Standing, now: datetime) -> int:
    """How many places are kept for groups that have not used them yet."""
    return sum(max(0, quota.places - quota.used) for quota in standing.quotas if quota.kind is QuotaKind.KEPT and quota.holds(now))


def free_for_anybody(standing: Standing, now: datetime) -> int:
    """How many of the free places are kept for no group."""
    return max(0, standing.places_left - kept_still(standing, now))


def check_capacity(capacity: int, standing: Standing, now: datetime) -> None:
    """Places that are promised stay: a smaller number is refused with the choice laid out. More than now is never too few for kept places.

    Raises:
        Refused: more places are held, or held and kept, than there would be.
    """
    if capacity < 1:
        raise Refused("A session has at least one place. To call it off, cancel it.")
    if capacity + standing.extra < standing.taken:
        least = standing.taken - standing.extra
        raise Refused(
            f"{standing.taken} places are promised, so there must be at least {least}. "
            f"Choose: keep {least} or more, or move or give back bookings first."
        )
    kept = kept_still(standing, now)
    if capacity < standing.capacity and capacity + standing.extra < standing.taken + kept:
        least = min(standing.capacity, standing.taken + kept - standing.extra)
        raise Refused(
            f"{standing.taken} {'place is' if standing.taken == 1 else 'places are'} promised and {kept} more kept for groups, so there must be "
            f"at least {least}. Choose: keep {least} or more, or release kept places first."
        )


def said(moment: datetime) -> str:
    """A moment in London as a sentence says it: "9am on 4 January 2027"."""
    at = london(moment)
    hour = f"{at.hour % 12 or 12}{f':{at.minute:02}' if at.minute else ''}{'am' if at.hour < 12 else 'pm'}"
    return f"{hour} on {at.day} {at:%B %Y}"


def fitted_in(standing: Standing, working: Working) -> Standing:
    """The standing when somebody who works there, and was booked over capacity, has one of its places."""
    quotas = tuple(replace(quota, used=quota.used + 1) if quota.kind is QuotaKind.KEPT and quota.covers(working) else quota
                   for quota in standing.quotas)
    return replace(standing, extra=standing.extra - 1, quotas=quotas)


def with_one_more(standing: Standing, working: Working, places: int = 1) -> Standing:
    """The standing when somebody who works there holds so many places more."""
    quotas = tuple(replace(quota, used=quota.used + places) if quota.covers(working) else quota for quota in standing.quotas)
    return replace(standing, taken=standing.taken + places, waiting=standing.waiting, quotas=quotas)
