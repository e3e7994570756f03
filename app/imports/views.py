"""Pages of imports."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("imports", __name__, template_folder="templates")


@blueprint.route("/desk/imports")
@anyone
def imports() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="imports", sentence="")


@blueprint.route("/desk/imports/<ref>")
@anyone
def show(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="show", sentence="")
