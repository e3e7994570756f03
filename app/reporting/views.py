"""Pages of reporting."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("reporting", __name__, template_folder="templates")


@blueprint.route("/reports/annual")
@anyone
def annual() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="annual", sentence="")
