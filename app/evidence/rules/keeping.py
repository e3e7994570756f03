"""How long what was written is kept, and how long a consent lasts."""

from calendar import monthrange
from datetime import date

ORIGINAL_MONTHS = 12
"""Months after it was told: then the text with names and places in it is deleted. The wording to print stays."""
CONSENT_MONTHS = 30
"""Months after it was told: new reports do not use it any more. Printed ones keep it."""


def months_later(day: date, months: int) -> date:
    """The same day so many months on, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def original_until(told_on: date) -> date:
    """The day on which the original text is deleted."""
    return months_later(told_on, ORIGINAL_MONTHS)


def consent_until(told_on: date) -> date:
    """The last day on which a new report may use it."""
    return months_later(told_on, CONSENT_MONTHS)
