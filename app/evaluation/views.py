"""Pages of evaluation."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("evaluation", __name__, template_folder="templates")


@blueprint.route("/bookings/<ref>/questions/<stage>")
@anyone
def questionnaire(ref: str, stage: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="questionnaire", sentence="")


@blueprint.route("/answer/<token>")
@anyone
def from_link(token: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="from_link", sentence="")


@blueprint.route("/my-sessions/<ref>/answers")
@anyone
def answers(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="answers", sentence="")
