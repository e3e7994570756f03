"""The two names of a certificate: a serial number, which tells it apart, and a code, which proves that somebody has seen it."""

import re

from app.core.tokens import ALPHABET

CODE_LETTERS = 16
"""31 letters to the power of 16, or 79 bits: nobody comes upon a code by trying."""
OTHER = re.compile(f"[^{ALPHABET}]")


def serial(number: str, issue: int) -> str:
    """ "2026-000123"; from the second issue for the same attendance on "2026-000123-2". """
    return number if issue == 1 else f"{number}-{issue}"


def number_of(year: int, row: int) -> str:
    """The number of the first certificate for an attendance."""
    return f"{year}-{row:06}"


def code_typed(text: str) -> str:
    """A code as it is kept, from what somebody typed: capitals, spaces and hyphens do not matter. Empty for what can be none."""
    letters = OTHER.sub("", text.strip().lower())
    if len(letters) != CODE_LETTERS or re.search(r"[^a-z0-9\s-]", text.strip().lower()):
        return ""
    return "-".join(letters[at:at + 4] for at in range(0, CODE_LETTERS, 4))
