"""Pages of home."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("home", __name__, template_folder="templates")


@blueprint.route("/")
@anyone
def front_page() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="front_page", sentence="")


@blueprint.route("/start")
@anyone
def after_sign_in() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="after_sign_in", sentence="")


@blueprint.route("/my-training")
@anyone
def my_training() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="my_training", sentence="")


@blueprint.route("/desk")
@anyone
def desk() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="desk", sentence="")


@blueprint.route("/help")
@anyone
def help() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="help", sentence="")


@blueprint.route("/privacy")
@anyone
def privacy() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="privacy", sentence="")


@blueprint.route("/accessibility")
@anyone
def accessibility() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="accessibility", sentence="")
