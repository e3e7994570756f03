"""Pages of letters: outbox and wording at the desk, the way in by a link, the way back for letters that could not be delivered."""

from flask import Blueprint

blueprint = Blueprint("letters", __name__, template_folder="../templates")

from app.letters.views import coming_in, outbox, wording  # noqa: E402, F401  (they add their pages to the blueprint)
