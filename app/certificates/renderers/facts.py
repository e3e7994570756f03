"""What is printed of a certificate or a record, as plain data in the words of the pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.certificates.models import Certificate
from app.certificates.rules.record import Entry, Year, hours
from app.ui.filters import count, duration, full_date, host_and_path, short_date

HEADER = ("year", "date", "course", "level", "hours", "minutes", "length_minutes", "certificate", "check_at")


def days_shown(days: Sequence[date]) -> str:
    """ "Thursday 3 December 2026 and Thursday 10 December 2026". """
    return " and ".join(full_date(day) for day in days)


def certificate_days(certificate: Certificate) -> str:
    """The days of a certificate in words."""
    return days_shown([date.fromisoformat(day) for day in certificate.days])


def certificate_lines(certificate: Certificate) -> list[tuple[str, str]]:
    """What a certificate says below name and course, line by line: on paper and on the page that checks it."""
    return [
        ("Date" if len(certificate.days) == 1 else "Dates", certificate_days(certificate)), ("Time", duration(certificate.minutes)),
        ("Partnership", certificate.partnership), ("Certificate", certificate.serial), ("Issued", short_date(certificate.issued_at)),
    ]


def of_certificate(certificate: Certificate, *, organisation: str, check_at: str) -> dict[str, Any]:
    """A certificate to be printed; `check_at` is the address that shows whether it stands."""
    return {
        "name": certificate.name, "course": certificate.course, "lines": certificate_lines(certificate), "code": certificate.code,
        "organisation": organisation, "check_at": check_at, "check_shown": host_and_path(check_at).rpartition("/")[0],
    }


def of_record(years: Sequence[Year], *, name: str, organisation: str, year: int | None, today: date) -> dict[str, Any]:
    """A record to be printed, of one year or of all."""
    return {
        "name": name, "organisation": organisation, "made_on": short_date(today), "of_year": f" for {year}" if year else "",
        "years": [
            {"number": one.number, "total": total(one), "rows": [
                [entry.title, ", ".join(short_date(day) for day in entry.days), time_shown(entry), entry.serial or "-"] for entry in one.entries
            ]} for one in years
        ],
    }


def total(year: Year) -> str:
    """A year in one sentence."""
    said = f"{duration(year.minutes)} on {count(len(year.entries), 'session')}"
    if year.not_noted:
        said += f", of which {count(year.not_noted, 'was', 'were')} attended in part for a time that nobody noted"
    return f"{said}."


def time_shown(entry: Entry) -> str:
    """ "1 hour of 3 hours", "3 hours", or that nobody noted it. """
    if entry.minutes is None:
        return "in part, not noted"
    return duration(entry.minutes) + (f" of {duration(entry.of)}" if entry.minutes < entry.of else "")


def rows(years: Sequence[Year], *, address: str) -> list[tuple[object, ...]]:
    """The record for a spreadsheet; `address` is where certificates are checked."""
    return [
        (year.number, ", ".join(day.isoformat() for day in entry.days), entry.title, entry.level, hours(entry.minutes), entry.minutes, entry.of,
         entry.serial, f"{address}/{entry.code}" if entry.code else None)
        for year in years for entry in year.entries
    ]
