"""What the question whether people still come did to missed sessions."""

from datetime import time, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking.forms.ledger import DatesForm
from app.booking.queries import confirming
from app.booking.views import blueprint
from app.core import clock

LOOKED_BACK = timedelta(days=365)


@blueprint.route("/desk/no-shows/still-coming")
@access(Role.COORDINATOR)
def confirming_measured() -> ResponseReturnValue:
    """Who was asked came or missed, beside who was not asked; the last twelve months unless other days are chosen."""
    today = clock.london_date(clock.now())
    form = DatesForm(request.args)
    form.validate()
    first, last = form.first.data or today - LOOKED_BACK, form.last.data or today
    form.first.data, form.last.data = first, last
    found = confirming.measured(clock.from_london(first, time()), clock.from_london(last + timedelta(days=1), time()))
    return render_template("booking/still_coming.html", form=form, first=first, last=last, found=found)
