"""Days and times in Welsh, as letters say them: London's wall clock, as `app.ui.filters` says them in English."""

from collections.abc import Sequence
from datetime import date, datetime

from app.core.london import london, london_date

DAYS = ("Llun", "Mawrth", "Mercher", "Iau", "Gwener", "Sadwrn", "Sul")
MONTHS = ("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr")


def time_of_day(moment: datetime) -> str:
    """ "9:30am", "hanner dydd". """
    at = london(moment)
    if (at.hour, at.minute) in ((0, 0), (12, 0)):
        return "hanner dydd" if at.hour else "hanner nos"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def day_month(day: date) -> str:
    """ "dydd Iau 3 Rhagfyr". """
    return f"dydd {DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def short_date(moment: datetime) -> str:
    """ "3 Rhagfyr 2026". """
    day = london_date(moment)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment(value: datetime) -> str:
    """ "9:42am ar 3 Rhagfyr 2026". """
    return f"{time_of_day(value)} ar {short_date(value)}"


def when(spans: Sequence[tuple[datetime, datetime]]) -> str:
    """From when until when, in one line: "Dydd Iau 3 Rhagfyr 2026, 9:30am i 12:30pm", several joined by "a"."""
    said = [f"{day_month(london_date(start))} {london_date(start).year}, {time_of_day(start)} i {time_of_day(end)}" for start, end in spans]
    line = " a ".join(said)
    return line[:1].upper() + line[1:]
