"""Pages of letters: outbox and wording at the desk, the way in by a link, the way back for letters that could not be delivered."""

from flask import Blueprint

from app.letters.views import coming_in, outbox, wording

blueprint = Blueprint("letters", __name__, template_folder="../templates")
for module in (outbox, wording, coming_in):
    module.open_on(blueprint)

__all__ = ["blueprint"]
