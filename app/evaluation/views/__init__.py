"""Pages on which people answer, and on which trainers read the answers."""

from flask import Blueprint

blueprint = Blueprint("evaluation", __name__, template_folder="../templates")

from app.evaluation.views import (  # noqa: E402  (they add their pages to the blueprint)
    answering,  # noqa: F401
    building,  # noqa: F401
    collecting,  # noqa: F401
    no_shows,  # noqa: F401
    paper,  # noqa: F401
    programme,  # noqa: F401
    reading,  # noqa: F401
    worries,  # noqa: F401
)
