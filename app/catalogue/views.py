"""Pages of catalogue."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone

blueprint = Blueprint("catalogue", __name__, template_folder="templates")


@blueprint.route("/briefings")
@anyone
def briefings() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="briefings", sentence="")


@blueprint.route("/desk/courses")
@anyone
def desk_courses() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="desk_courses", sentence="")


@blueprint.route("/desk/courses/new")
@anyone
def new_course() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="new_course", sentence="")


@blueprint.route("/desk/courses/<code>")
@anyone
def edit_course(code: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="edit_course", sentence="")


@blueprint.route("/desk/courses/<code>/sessions/new")
@anyone
def new_session(code: str) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="new_session", sentence="")
