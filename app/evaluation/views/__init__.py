"""Pages on which people answer, and on which trainers read the answers."""

from flask import Blueprint

blueprint = Blueprint("evaluation", __name__, template_folder="../templates")

from app.evaluation.views import answering, building, collecting, reading, worries  # noqa: E402, F401  (they add their pages to the blueprint)
