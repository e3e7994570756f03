"""What happened to a session, in the words of its history."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.booking.rules.places import Quota, QuotaKind, said
from app.core.london import london

NOTHING = "nothing"


def _places(number: int) -> str:
    return f"{number} place" if number == 1 else f"{number} places"


def capacity_changed(before: int, after: int) -> str:
    """Another number of places."""
    return f"{_places(after)} instead of {before}"


def extra_places(places: int, risk: int | None, reason: str) -> str:
    """More places than there are."""
    stated = f" at a risk of {risk} in 100" if risk is not None else ""
    return f"{'1 extra place' if places == 1 else f'{places} extra places'}{stated}: {reason}"


def extra_taken_back(places: int) -> str:
    """They cannot be had any more."""
    return f"{'1 extra place was' if places == 1 else f'{places} extra places were'} taken back"


def quota_set(quota: Quota) -> str:
    """A limit, or places kept."""
    until = f", until {said(quota.releases_at)}" if quota.releases_at else ""
    if quota.kind is QuotaKind.MOST:
        return f"At most {_places(quota.places)} for {_whom(quota)}{until}"
    return f"{_places(quota.places)} kept for {_whom(quota)}{until}"


def _whom(quota: Quota) -> str:
    return "the coordinator" if quota.agency_id is None and quota.sector is None else quota.name


def quota_ended(quota: Quota) -> str:
    """It is over, by hand or by its day."""
    if quota.kind is QuotaKind.MOST:
        return f"The limit of {_places(quota.places)} for {_whom(quota)} ended"
    return f"{_places(quota.places)} kept for {_whom(quota)} went on to others"


def kept_used(who: str, left: int) -> str:
    """Somebody got a place that was kept for the coordinator."""
    return f"{who} got a place that was kept for the coordinator. {_places(left)} {'is' if left == 1 else 'are'} still kept"


def exception_made(who: str, reason: str) -> str:
    """Somebody to whom the course is not open may come to it."""
    return f"An exception for {who}, to whom the course is not open: {reason}"


def held(places: int, agency: str, releases_at: datetime) -> str:
    """Places without names."""
    return f"{_places(places)} without a name held for {agency}, until {said(releases_at)}"


def held_released(places: int, agency: str) -> str:
    """They went on without a name."""
    return f"{_places(places)} without a name for {agency} went on"


def group_apart(who: str, number: int) -> str:
    """A group no longer waits to come together."""
    return f"{number} people whom {who} booked no longer wait for each other"


def rules_changed(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """The rules of booking that differ, each as it is now and as it was; empty when none does."""
    return ". ".join(f"{WORDS[name]}: {_value(after[name])}, before: {_value(before[name])}" for name in WORDS
                     if name in after and before[name] != after[name])


WORDS = {
    "opens_at": "Booking opens", "closes_at": "Booking closes", "minimum": "Smallest number of people", "decide_on": "Day of decision",
    "tentative": "Not sure yet", "confirm_days": "Days before at which people are asked whether they still come",
}


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return said(value)
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return NOTHING if value is None else str(value)


def times_changed(before: Sequence[tuple[datetime, datetime]], after: Sequence[tuple[datetime, datetime]]) -> str:
    """Another time, part by part."""
    return f"New time: {_spans(after)}, before: {_spans(before)}"


def _spans(parts: Sequence[tuple[datetime, datetime]]) -> str:
    return " and ".join(f"{said(starts_at)} to {london(ends_at):%H:%M}" for starts_at, ends_at in parts)


def trainer_changed(before: str, after: str) -> str:
    """Somebody else gives it; nobody is nobody yet."""
    return f"Trainer: {after or 'nobody yet'}, before: {before or 'nobody yet'}"


PLACE_CHANGED = "Another place, joining link or format"
ELSEWHERE_TOO, LINK_TOO = "it is held at another place as well", "it has another address to join as well"
"""What the same act changed besides the time, as the history of a booking has it."""


def changed_too(before: str, after: str) -> str | None:
    """Whether a session with another time has another place or another address to join as well, by where it was and is shown to be."""
    if before == after:
        return None
    links = all(shown.lower().startswith(("http://", "https://")) for shown in (before, after))
    return LINK_TOO if links else ELSEWHERE_TOO


def rest_cancelled(gone: Sequence[tuple[datetime, datetime]], places: int, people: int, reason: str) -> str:
    """What was left of it when it was under way was called off: which parts, what was lost as capacity and as bookings, and why."""
    bookings = "1 booking" if people == 1 else f"{people} bookings"
    return f"The rest was cancelled: {_spans(gone)}. {_places(places)} and {bookings} were lost for it: {reason}"


PUBLISHED = "Put on the programme"
UNDONE = "The cancellation was undone"


def cancelled(reason: str) -> str:
    """Called off."""
    return f"The session was cancelled: {reason}"
