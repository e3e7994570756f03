"""What letters did: how many places came back soon after each kind, and how many of them were filled again."""

import re
from datetime import date, time

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking.queries import followed
from app.booking.views import blueprint
from app.core import clock

MONTHS = 24
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@blueprint.route("/desk/letters/followed")
@access(Role.COORDINATOR)
def letters_followed() -> ResponseReturnValue:
    """A month's letters by kind and course. Opening a letter is not tracked, so nothing is said about it."""
    now = clock.now()
    today = clock.london_date(now)
    months = [_back(today, number) for number in range(MONTHS)]
    asked = MONTH.fullmatch(request.args.get("month", ""))
    first = next((month for month in months if asked and f"{month:%Y-%m}" == asked.group(0)), months[0])
    starts_at, ends_at = (clock.from_london(day, time(0)) for day in (first, _back(first, -1)))
    over_all, each = followed.of_month(starts_at, ends_at)
    return render_template("booking/letters_followed.html", months=months, first=first, over_all=over_all, each=each)


def _back(day: date, months: int) -> date:
    """The first of the month so many months before the day's."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
