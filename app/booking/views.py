"""Pages of booking."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("booking", __name__, template_folder="templates")


@blueprint.route("/courses")
@anyone
def catalogue() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="catalogue", sentence="")


@blueprint.route("/courses/<code>")
@anyone
def course(code: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="course", sentence="")


@blueprint.route("/sessions/<ref>")
@anyone
def session(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="session", sentence="")


@blueprint.route("/sessions/<ref>/book")
@anyone
def book(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="book", sentence="")


@blueprint.route("/bookings/<ref>")
@anyone
def booking(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="booking", sentence="")


@blueprint.route("/bookings/<ref>/give-back")
@anyone
def give_back(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="give_back", sentence="")


@blueprint.route("/desk/sessions")
@anyone
def desk_sessions() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="desk_sessions", sentence="")


@blueprint.route("/desk/sessions/<ref>")
@anyone
def desk_session(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="desk_session", sentence="")


@blueprint.route("/desk/sessions/<ref>/cancel")
@anyone
def cancel_session(ref: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="cancel_session", sentence="")
