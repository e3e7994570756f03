"""Calendar entries, read back by a library that is not ours: the right hour around every clock change, and text as it was written."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.booking.rules import calendars
from app.booking.rules.calendars import Entry
from app.core.icalendar import for_attendee
from app.core.london import from_london, london

NOW = datetime(2026, 1, 5, 8, 0, 7, tzinfo=UTC)
PEOPLE = {"organiser": "training@example.org", "attendee": "ann@example.org", "made_at": NOW}
CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29),
           date(2029, 3, 25), date(2029, 10, 28), date(2030, 3, 31), date(2030, 10, 27)]
AROUND = [change + timedelta(days=days) for change in CHANGES for days in range(-10, 10)]


def entry(**more):
    starts_at = more.pop("starts_at", from_london(date(2026, 6, 10), time(9, 30)))
    facts = {"uid": "k4-1@training.example", "sequence": 0, "title": "Neglect", "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=3),
             "where": "Town Hall", "about": "Bring a pen.", "address": "https://training.example/bookings/k4"}
    return Entry(**{**facts, **more})


def read(text):
    """The one event of a calendar, as the library reads it."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


def own_clock(text):
    """London's time by the rules that the text itself carries, without the zone that this machine knows."""
    (zone,) = Calendar.from_ical(text).walk("VTIMEZONE")
    return zone.to_tz(lookup_tzid=False)


@pytest.mark.parametrize("day", AROUND, ids=str)
def test_the_hour_is_right_on_twenty_days_around_each_clock_change(day):
    starts_at = from_london(day, time(9, 30))
    text = calendars.request(entry(starts_at=starts_at), **PEOPLE)
    event = read(text)
    assert event.start.astimezone(UTC) == starts_at and event.end.astimezone(UTC) == starts_at + timedelta(hours=3)
    assert (event.start.hour, event.start.minute) == (9, 30)


def test_the_clock_that_the_text_carries_is_londons_on_every_day_of_five_years():
    clock = own_clock(calendars.request(entry(), **PEOPLE))
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(5 * 365)]
    wrong = [day for day in days if datetime.combine(day, time(12), clock).utcoffset() != london(from_london(day, time(12))).utcoffset()]
    assert wrong == []


def test_the_right_hour_depends_on_the_rules_in_the_text(monkeypatch):
    """The switch: with a summer time that never comes the text's own clock is wrong, so the test above can fail."""
    monkeypatch.setattr(calendars, "LONDON_CLOCK", tuple(line.replace("+0100", "+0000") for line in calendars.LONDON_CLOCK))
    clock = own_clock(calendars.request(entry(), **PEOPLE))
    assert datetime(2026, 7, 1, 12, tzinfo=clock).utcoffset() == timedelta(0)


def test_an_invitation_says_what_a_calendar_needs():
    calendar = Calendar.from_ical(calendars.request(entry(sequence=4), **PEOPLE))
    event = read(calendar.to_ical())
    assert (calendar["METHOD"], calendar["VERSION"], event["SEQUENCE"], event["STATUS"]) == ("REQUEST", "2.0", 4, "CONFIRMED")
    assert (event["UID"], event["SUMMARY"], event["LOCATION"]) == ("k4-1@training.example", "Neglect", "Town Hall")
    assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:training@example.org", "mailto:ann@example.org")
    assert event["DTSTAMP"].dt == NOW


def test_a_cancellation_names_the_same_entry_with_a_higher_sequence():
    calendar = Calendar.from_ical(calendars.cancel(entry(sequence=5), **PEOPLE))
    event = read(calendar.to_ical())
    assert (calendar["METHOD"], event["STATUS"], event["UID"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", "k4-1@training.example", 5)


def test_a_feed_has_a_name_and_every_entry():
    calendar = Calendar.from_ical(calendars.feed([entry(uid="a"), entry(uid="b")], name="My training; all, of it", made_at=NOW))
    assert calendar["METHOD"] == "PUBLISH" and calendar["NAME"] == r"My training\; all\, of it"
    assert [event["UID"] for event in calendar.walk("VEVENT")] == ["a", "b"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")) | st.sampled_from("\n;,\\:é€😀 "), max_size=200)


@given(TEXTS, TEXTS)
def test_any_text_comes_back_as_it_was_written(title, about):
    event = read(calendars.request(entry(title=title, about=about), **PEOPLE))
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (title, about)


@given(TEXTS)
def test_lines_have_75_octets_at_most_and_no_text_makes_a_line_of_its_own(title):
    lines = calendars.request(entry(title=title), **PEOPLE).removesuffix("\r\n").split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert all(re.match(r"[A-Z-]+[;:]| ", line) for line in lines)
    assert sum(line.startswith(("BEGIN:VEVENT", "ATTENDEE")) for line in lines) == 2


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\v", "\f", "\r\n", "\x1e"])
def test_what_some_program_takes_for_the_end_of_a_line_is_a_break_in_the_text(sign):
    text = calendars.request(entry(title=f"Café{sign}Part"), **PEOPLE)
    assert str(read(text)["SUMMARY"]) == "Café\nPart" and len(text.splitlines()) == text.count("\r\n")
    before = text.replace("Café\\nPart", f"Café{sign}Part") if sign != "\r\n" else text  # as it was written by an earlier version
    assert for_attendee(before, "ann@example.org", "eve@example.org").replace("eve@", "ann@") == before


def test_a_carriage_return_cannot_smuggle_in_a_line():
    text = calendars.request(entry(where="Hall\r\nATTENDEE:mailto:x@example.org", title="a\rb"), **PEOPLE)
    assert str(read(text)["LOCATION"]) == "Hall\nATTENDEE:mailto:x@example.org"
    assert not re.search(r"\r(?!\n)|(?<!\r)\n", text)
