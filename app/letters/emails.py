"""How every letter says days, times and numbers, in each language: in English as the pages do."""

from collections.abc import Sequence
from datetime import date, datetime

from app.core.clock import london_date
from app.mail.rules import welsh
from app.mail.rules.languages import Address, Both, both
from app.mail.rules.writing import ADDRESS
from app.ui import filters


def when(parts: Sequence) -> Both:  # type: ignore[type-arg]
    """A session's parts in one line: "Thursday 3 December 2026, 9:30am to 12:30pm"."""
    return Both(filters.when(list(parts)), welsh.when([(part.starts_at, part.ends_at) for part in parts]))


def moment(value: datetime) -> Both:
    """ "9:42am on 3 December 2026". """
    return Both(filters.moment(value), welsh.moment(value))


def short_date(value: datetime) -> Both:
    """ "3 December 2026". """
    return Both(filters.short_date(value), welsh.short_date(value))


def day_month(day: date) -> Both:
    """ "Monday 5 October". """
    return Both(f"{day:%A} {day.day} {day:%B}", welsh.day_month(day))


def ahead(starts_at: datetime, left: int) -> Both:
    """When that is, so many days ahead: "Today", "Tomorrow", "On Monday 5 October"."""
    on = day_month(london_date(starts_at))
    near = {0: Both("Today", "Heddiw"), 1: Both("Tomorrow", "Yfory")}.get(left)
    return near or both("On {}", "D{}", on)  # "on Monday" is "ddydd Llun"


def counted(value: int, one: str, welsh_one: str) -> Both:
    """ "5 places", "5 lle": Welsh counts with the singular. """
    return Both(filters.count(value, one), f"{value:,} {welsh_one}")


def reason(given: str | Both) -> Both:
    """A reason; what somebody typed stands as it is, in whichever language."""
    return both("The reason: {}", "Y rheswm: {}", given)


PLACES = {one.english: one for one in (Both("Online", "Ar-lein"), Both("Place not known yet", "Nid yw’r lle’n hysbys eto"))}


def place(shown: str) -> str | Both:
    """Where a session is: its address to join as a link, the name of a place as it stands, or that it is online, or not known yet."""
    if ADDRESS.fullmatch(shown):
        return Address(shown)
    return PLACES.get(shown, shown)
