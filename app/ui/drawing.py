"""Pieces of pages that follow from plain values alone: the same values always give the same piece, so it is drawn once."""

from collections.abc import Callable, Hashable

from flask import request
from markupsafe import Markup

MOST_KEPT = 1000
_kept: dict[Hashable, Markup] = {}


def drawn(name: str, macro: Callable[..., Markup], *values: Hashable) -> Markup:
    """What the macro makes of these values. They must be all that it looks at, and plain: an object of the database would hide its changes."""
    key = name, request.script_root, values
    piece = _kept.get(key)
    if piece is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        piece = _kept[key] = macro(*values)
    return piece
