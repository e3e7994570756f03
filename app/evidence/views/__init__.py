"""Pages of the evidence: examples of practice, agencies' indicators, promises of reports."""

from flask import Blueprint

blueprint = Blueprint("evidence", __name__, template_folder="../templates")

from app.evidence.views import deciding, examples, indicators, promises  # noqa: E402, F401  (they add their pages to the blueprint)
