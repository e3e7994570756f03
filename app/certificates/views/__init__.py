"""Pages of certificates: checking one by its code, one's own, and the record of one's hours."""

from flask import Blueprint

blueprint = Blueprint("certificates", __name__, template_folder="../templates")

from app.certificates.views import checking, own  # noqa: E402, F401  (they add their pages to the blueprint)
