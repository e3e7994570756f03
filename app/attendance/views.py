"""Pages of attendance."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("attendance", __name__, template_folder="templates")


@blueprint.route("/my-sessions")
@anyone
def my_sessions() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="my_sessions", sentence="")


@blueprint.route("/registers/<ref>")
@anyone
def register(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="register", sentence="")
