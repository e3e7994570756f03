"""A session in somebody's calendar, as iCalendar text (RFC 5545, 5546): one entry a part, with London's clock in both directions.

Written here rather than by a library: the libraries at hand give Europe/London a wrong hour in spring, or end it in some years' time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.icalendar import folded
from app.core.london import london

LONDON_CLOCK = (
    "BEGIN:VTIMEZONE", "TZID:Europe/London",
    "BEGIN:DAYLIGHT", "TZNAME:BST", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "DTSTART:19810329T010000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT",
    "BEGIN:STANDARD", "TZNAME:GMT", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0000", "DTSTART:19961027T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
    "END:VTIMEZONE",
)

BREAK = re.compile(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Whatever some program takes for the end of a line."""


@dataclass(frozen=True)
class Entry:
    """One part of a session in the calendar of one person. `sequence` rises with each change; `uid` never changes. `language` is that of what the
    product says in it (`about`), as mail and HTML name it; a title and a place stand as somebody typed them."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    where: str
    about: str
    address: str
    language: str = "en-GB"


def entries(
    ref: str, title: str, parts: Sequence[tuple[datetime, datetime]], *, sequence: int, where: str, about: str, address: str, site: str,
    part: str = "part {} of {}", language: str = "en-GB",
) -> list[Entry]:
    """One entry a part, which says which it is in the words of `part`. The same `ref` gives the same entry wherever it is read: in a letter, or
    in a feed of the `site`."""
    host = site.partition("://")[2].split(":")[0].split("/")[0]
    return [
        Entry(f"{ref}-{number}@{host}", sequence, f"{title} ({part.format(number, len(parts))})" if len(parts) > 1 else title, starts_at, ends_at,
              where, about, address, language)
        for number, (starts_at, ends_at) in enumerate(parts, start=1)
    ]


def booking_of(uid: str) -> str:
    """The reference of the booking whose entry this is; empty when it is none of ours."""
    ref, dash, number = uid.partition("@")[0].rpartition("-")
    return ref if dash and number.isascii() and number.isdigit() else ""


def sequence(changes: int, times_version: int, place_version: int, *, taken_out: bool = False) -> int:
    """The sequence of a booking's entries. Calendars keep the highest, so it is made of counters that are kept and only rise: how often the booking
    changed, and its session's time and place; whatever a clock says. That an entry is taken out comes after the entry as it was."""
    return 2 * (changes + times_version + place_version) + taken_out


def request(entry: Entry, *, organiser: str, attendee: str, made_at: datetime) -> str:
    """An invitation that puts the entry into a calendar, or brings the one that is there up to date."""
    people = [f"ORGANIZER:mailto:{organiser}", f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{attendee}"]
    return _calendar("REQUEST", [_event(entry, made_at, "CONFIRMED", people)])


def cancel(entry: Entry, *, organiser: str, attendee: str, made_at: datetime) -> str:
    """Takes the entry out of a calendar again."""
    people = [f"ORGANIZER:mailto:{organiser}", f"ATTENDEE:mailto:{attendee}"]
    return _calendar("CANCEL", [_event(entry, made_at, "CANCELLED", people)])


def feed(entries: list[Entry], *, name: str, made_at: datetime) -> str:
    """Entries that a calendar program fetches by itself."""
    return _calendar("PUBLISH", [_event(entry, made_at, "CONFIRMED", []) for entry in entries], name)


def _calendar(method: str, events: list[list[str]], name: str = "") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Uplift//Training//EN", "CALSCALE:GREGORIAN", f"METHOD:{method}"]
    lines += [f"X-WR-CALNAME:{_text(name)}", f"NAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"] if name else []
    lines += [*LONDON_CLOCK, *(line for event in events for line in event), "END:VCALENDAR"]
    return "\r\n".join(map(folded, lines)) + "\r\n"


def _event(entry: Entry, made_at: datetime, status: str, people: list[str]) -> list[str]:
    return [
        "BEGIN:VEVENT", f"UID:{entry.uid}", f"SEQUENCE:{entry.sequence}", f"DTSTAMP:{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID=Europe/London:{london(entry.starts_at):%Y%m%dT%H%M%S}", f"DTEND;TZID=Europe/London:{london(entry.ends_at):%Y%m%dT%H%M%S}",
        f"SUMMARY:{_text(entry.title)}", f"LOCATION:{_text(entry.where)}",
        f"DESCRIPTION;LANGUAGE={entry.language}:{_text(entry.about)}", f"URL:{entry.address}",
        f"STATUS:{status}", "TRANSP:OPAQUE", *people, "END:VEVENT",
    ]


def _text(value: str) -> str:
    """A text as iCalendar writes it: what has a meaning of its own is escaped."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return BREAK.sub("\\\\n", escaped)
