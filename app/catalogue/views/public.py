"""Briefings, to read at any time."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone
from app.catalogue import queries
from app.catalogue.views import blueprint
from app.ui.addresses import pages


@blueprint.route("/briefings")
@anyone
def briefings() -> ResponseReturnValue:
    """All briefings, each a link to where it is read."""
    page, rows = queries.briefings(request.args.get("page", type=int))
    return render_template("catalogue/briefings.html", page=page, rows=rows, page_link=pages())
