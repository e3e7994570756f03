"""Texts without the characters that no document can hold, and that nobody sees: what is pasted from elsewhere brings them along."""

import re
from typing import Any

_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
"""Other programs' line breaks: the vertical tab is the soft one of Word and PowerPoint."""
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def readable(text: str) -> str:
    """The text with every line break as one of ours, and without other control characters."""
    return text if text.isprintable() else _UNSEEN.sub("", _BREAKS.sub("\n", text))


def all_readable(value: Any) -> Any:
    """The same for every text in plain data."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {all_readable(name): all_readable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(all_readable, value))
    return value
