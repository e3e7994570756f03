"""A value in a file that cannot be taken, said so that the person who made the file finds it and knows what to write."""

from dataclasses import dataclass

SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right: where it stands, and what is wrong with it. `line` is the one on which the row begins."""

    file: str
    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.sentence}"


class Wrong(Exception):
    """A value cannot be taken. The message says what it is and what would be right."""


def shown(value: str) -> str:
    """The value in quotation marks, cut where it would bury the sentence, with nothing that could confuse a terminal."""
    cut = value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
    printable = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in cut)
    return f"'{printable}'"
