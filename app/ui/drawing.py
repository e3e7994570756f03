"""Pieces of pages that follow from plain values alone: the same values always give the same piece, so it is drawn once.

Nothing is kept instead of asking: the values are read for each page, and a piece is only ever used for the very same ones.
"""

from collections.abc import Callable, Hashable, Mapping

from flask import current_app, render_template, request, session
from flask_login import current_user
from markupsafe import Markup

MOST_KEPT = {"components": 200, "pieces": 1000, "pages": 100}


def drawn(name: str, macro: Callable[..., Markup], *values: Hashable) -> Markup:
    """What the macro makes of these values. They must be all that it looks at, and plain: an object of the database would hide its changes."""
    return Markup(once("pieces", (name, request.script_root, values), lambda: macro(*values)))


def drawn_page(template: str, values: Hashable, context: Callable[[], Mapping[str, object]]) -> str:
    """A page that says the same to everybody who is not signed in, as long as the address and these values are the same."""
    if current_user.is_authenticated or session.get("_flashes"):
        return render_template(template, **context())
    return once("pages", (template, request.script_root, request.full_path, values), lambda: render_template(template, **context()))


def once(what: str, key: Hashable, draw: Callable[[], str]) -> str:
    """What `draw` makes, kept with the app under this key; `what` is a kind of `MOST_KEPT`, of which so many are kept."""
    kept: dict[Hashable, str] = current_app.extensions.setdefault("drawn", {}).setdefault(what, {})
    piece = kept.get(key)
    if piece is None:
        if len(kept) >= MOST_KEPT[what]:
            kept.clear()
        piece = kept[key] = draw()
    return piece
