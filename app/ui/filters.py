"""How moments, numbers and counts are written on every page: London time, British English, commas in thousands."""

from datetime import date, datetime, time, timedelta

from app.core import clock


def _clock_time(moment: datetime) -> str:
    at = clock.london(moment)
    if (at.hour, at.minute) == (12, 0):
        return "midday"
    if (at.hour, at.minute) == (0, 0):
        return "midnight"
    hour = at.hour % 12 or 12
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"


def time_of_day(moment: datetime) -> str:
    """ "9:30am", "midday". """
    return _clock_time(moment)


def time_span(starts_at: datetime, ends_at: datetime) -> str:
    """ "9:30am to 12:30pm". """
    return f"{_clock_time(starts_at)} to {_clock_time(ends_at)}"


def _day(value: datetime | date) -> date:
    return clock.london_date(value) if isinstance(value, datetime) else value


def full_date(value: datetime | date) -> str:
    """ "Thursday 3 December 2026". """
    day = _day(value)
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_date(value: datetime | date) -> str:
    """ "3 December 2026". """
    day = _day(value)
    return f"{day.day} {day:%B %Y}"


def day_month(value: datetime | date) -> str:
    """ "Thu 3 Dec", for dense tables. """
    day = _day(value)
    return f"{day:%a} {day.day} {day:%b}"


def leaf(value: datetime | date) -> tuple[str, int, str]:
    """ ("Thu", 3, "Dec"), as on a calendar's leaf. """
    day = _day(value)
    return f"{day:%a}", day.day, f"{day:%b}"


def moment(value: datetime) -> str:
    """ "9:42am on 3 December 2026". """
    return f"{_clock_time(value)} on {short_date(value)}"


def until(value: datetime) -> str:
    """ "11:59pm on Monday 30 November": the last minute before a moment at midnight, the moment itself else; with the year if it is not this one. """
    if clock.london(value).time() == time():
        value -= timedelta(minutes=1)
    year = "" if _day(value).year == clock.london(clock.now()).year else f" {_day(value).year}"
    return f"{_clock_time(value)} on {_day(value):%A} {_day(value).day} {_day(value):%B}{year}"


def when(session_parts: list, *, weekday: bool = True) -> str:
    """A session's parts in one line: "Thursday 3 December 2026, 9:30am to 12:30pm", several joined by "and"."""
    write = full_date if weekday else short_date
    return " and ".join(f"{write(part.starts_at)}, {time_span(part.starts_at, part.ends_at)}" for part in session_parts)


def number(value: int) -> str:
    """ "1,422". """
    return f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """ "1 place", "5 places"; `many` is `one` with an s unless it is given. """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def ordinal(value: int) -> str:
    """ "1st", "2nd", "11th". """
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }".replace(" ", "")


def duration(minutes: int) -> str:
    """ "2 hours 30 minutes". """
    hours, rest = divmod(int(timedelta(minutes=minutes).total_seconds()) // 60, 60)
    words = ([count(hours, "hour")] if hours else []) + ([count(rest, "minute")] if rest or not hours else [])
    return " ".join(words)


def host_and_path(address: str) -> str:
    """A web address as a reader needs it: without its scheme."""
    return address.partition("://")[2].rstrip("/") or address


def lower_first(text: str) -> str:
    """The text as it stands inside a sentence."""
    return text[:1].lower() + text[1:]


FILTERS = {
    "lower_first": lower_first,
    "host_and_path": host_and_path,
    "time_of_day": time_of_day, "full_date": full_date, "short_date": short_date, "day_month": day_month,
    "london_day": _day, "leaf": leaf, "moment": moment, "until": until, "when": when, "number": number, "count": count, "ordinal": ordinal,
    "duration": duration,
}
