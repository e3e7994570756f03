"""People, agencies and partnerships, as the coordinator and administrator keep them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role

desk = Blueprint("accounts_desk", __name__, template_folder="../templates")


@desk.route("/desk/people")
@access(Role.COORDINATOR, Role.ADMINISTRATOR)
def people() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="People", sentence="")


@desk.route("/desk/people/<int:person_id>")
@access(Role.COORDINATOR, Role.ADMINISTRATOR)
def person(person_id: int) -> ResponseReturnValue:
    return render_template("ui/error.html", heading="Person", sentence="")


@desk.route("/desk/agencies")
@access(Role.COORDINATOR, Role.ADMINISTRATOR)
def agencies() -> ResponseReturnValue:
    return render_template("ui/error.html", heading="Agencies", sentence="")
