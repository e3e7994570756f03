"""How iCalendar breaks its lines (RFC 5545, 3.1), and for whom an entry is."""

import re

FOLD, END = re.compile(r"\r?\n[ \t]"), re.compile(r"\r\n?|\n")


def unfolded(text: str) -> list[str]:
    """The lines as they were before they were broken. `splitlines` would end one at other signs too (U+2028, U+0085), which are part of a value."""
    return END.split(FOLD.sub("", text).rstrip("\r\n"))


def folded(line: str) -> str:
    """Lines have 75 octets at most; a longer one goes on in the next, which begins with a space."""
    if len(line) <= 75 and line.isascii():
        return line
    parts: list[str] = []
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > (75 if not parts else 74):
            parts.append(part.decode())
            part = b""
        part += octets
    return "\r\n ".join([*parts, part.decode()])


def for_attendee(text: str, before: str, after: str) -> str:
    """The same calendar for somebody whose address is another one now: their program answers for whom it was invited as."""
    was, is_now = f":mailto:{before}", f":mailto:{after}"
    lines = [line.removesuffix(was) + is_now if line.startswith("ATTENDEE") and line.endswith(was) else line for line in unfolded(text)]
    return "\r\n".join(map(folded, lines)) + "\r\n"
