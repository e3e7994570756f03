"""Pages of the programme: briefings for everybody, and what coordinators keep."""

from flask import Blueprint

blueprint = Blueprint("catalogue", __name__, template_folder="../templates")

from app.catalogue.views import courses, public, records  # noqa: E402, F401  (they add their pages to the blueprint)
