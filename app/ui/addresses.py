"""Addresses of the page that is open, with something changed: only what the page knows is carried on, whatever was typed there."""

from collections.abc import Callable

from flask import request, url_for


def same_page(*names: str, without: tuple[str, str] | None = None, page: int | None = None) -> str:
    """This page with the arguments of these names, without one of them, or at another page of its list."""
    arguments: dict[str, list[str]] = {}
    for name in names:
        kept = [value for value in request.args.getlist(name) if value and (name, value) != without]
        if kept:
            arguments[name] = kept
    if page is not None:
        arguments["page"] = [str(page)]
    return url_for(str(request.endpoint), **{**(request.view_args or {}), **arguments})


def pages(*names: str) -> Callable[[int], str]:
    """The address of each page of the list on this page, by its number."""
    return lambda number: same_page(*names, page=number)
