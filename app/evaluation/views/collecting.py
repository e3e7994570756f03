"""The code for the last slide, with which people get to the questions."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.evaluation.queries import questionnaires
from app.evaluation.rules.stages import Mode, Stage
from app.evaluation.views import blueprint
from app.evaluation.views.codes import drawn_code, slide_address
from app.evaluation.views.own import own_session


@blueprint.route("/my-sessions/<ref>/code")
@access(Role.TRAINER, Role.COORDINATOR)
def code(ref: str) -> ResponseReturnValue:
    """A code to scan, and its short address, for the last slide."""
    session = own_session(ref)
    address = slide_address(session)
    mode = questionnaires.mode_of(session.id, session.course_id, Stage.AFTER)
    return render_template("evaluation/code.html", session=session, address=address, drawn=drawn_code(address), anonymous=mode is Mode.ANONYMOUS)
