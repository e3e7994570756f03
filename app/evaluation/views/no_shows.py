"""No-shows ahead: what to expect of the coming sessions, how good that has been, and which extra places somebody may decide to offer."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.evaluation.queries import no_shows
from app.evaluation.rules import no_shows_ahead as rules
from app.evaluation.rules.statistics.forecast import PlacesPolicy
from app.evaluation.views import blueprint


@blueprint.route("/desk/no-shows-ahead")
@access(Role.COORDINATOR)
def no_shows_ahead() -> ResponseReturnValue:
    """A range for each coming session, never a word on a person."""
    now = clock.now()
    known = no_shows.known(now)
    sessions = [(one, rules.outlook(known, one.coming)) for one in no_shows.ahead(now)]
    return render_template("evaluation/no_shows_ahead.html", known=known, sessions=sessions, policy=PlacesPolicy(), most=no_shows.MOST_COMING)
