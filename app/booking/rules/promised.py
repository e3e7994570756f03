"""What is promised to groups on a session: limits that are passed, and kept places that are not there for those they are kept for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.places import Quota, QuotaKind


@dataclass(frozen=True)
class Broken:
    """A limit that is passed, or kept places that others hold: by how many places, in words, and what would put it right."""

    quota: Quota
    places: int
    sentence: str
    way_out: str


def broken_quotas(quotas: Sequence[Quota], free: int, now: datetime, by_name: Mapping[int, int] | None = None) -> dict[int, Broken]:
    """What is broken of a session's quotas, by their place in the row. `free` are the places that nobody holds,
    less than none when too many are held.

    `by_name` says of how many places of a group a coordinator decided by name that they are over its limit: they break nothing.
    """
    found: dict[int, Broken] = {}
    for place, quota in enumerate(quotas):
        if not quota.holds(now):
            continue
        over = quota.used - (by_name or {}).get(place, 0) - quota.places
        if quota.kind is QuotaKind.MOST and over > 0:
            found[place] = Broken(quota, over, f"{quota.name} may have at most {places_said(quota.places)} there and would hold {quota.used}",
                                  "change the limit on its page first")
        if quota.kind is QuotaKind.KEPT and quota.used < quota.places:
            free -= quota.places - quota.used
            if free < 0:
                found[place] = Broken(quota, -free, f"of {places_said(quota.places)} kept there for {quota.name}, others would have some",
                                      "release kept places on its page first")
    return found


def places_said(number: int) -> str:
    """So many places, in words."""
    return "1 place" if number == 1 else f"{number} places"
