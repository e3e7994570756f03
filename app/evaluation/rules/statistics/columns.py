"""What may stand in one cell of a file that is analysed. Each reader takes trimmed text and gives the value, or says what to write instead."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Value = int | str | None
Reader = Callable[[str], Value]

LONGEST_NAME = 200
OR_NOTHING = ", or nothing for no answer"
_WHOLE = re.compile(r"([+-]?\d{1,12})(\.0+)?", re.ASCII)


class Wrong(ValueError):
    """A value cannot be taken. The message says what it is and what would be right."""


@dataclass(frozen=True)
class Column:
    """A column that a file must have. One that is not kept (a person) is looked over and left out of what is counted."""

    name: str
    read: Reader
    kept: bool = True


def whole(least: int, most: int, *, called: str = "a number") -> Reader:
    """A whole number in this range, or none where the cell is empty: not answered."""

    def read(text: str) -> int | None:
        if not text:
            return None
        found = _WHOLE.fullmatch(text)
        if found is None or not least <= int(found[1]) <= most:
            raise Wrong(f"{shown(text)} is not {called}. Write a whole number from {least:,} to {most:,}{OR_NOTHING}")
        return int(found[1])

    return read


def required(reader: Reader) -> Reader:
    """The same, where a value must be there."""

    def read(text: str) -> Value:
        if not text:
            raise Wrong("there is nothing in it. Write a value")
        try:
            return reader(text)
        except Wrong as wrong:
            raise Wrong(str(wrong).removesuffix(OR_NOTHING)) from None

    return read


def words(text: str) -> str:
    """A name of something: a session, a course, a group."""
    if len(text) > LONGEST_NAME:
        raise Wrong(f"{shown(text)} has {len(text):,} characters. Use at most {LONGEST_NAME}")
    return text


def one_of(*choices: str) -> Reader:
    """One of these words, however large its letters are."""

    def read(text: str) -> str:
        if text.lower() not in choices:
            raise Wrong(f"{shown(text)} is not one of: {', '.join(choices)}. Write one of them")
        return text.lower()

    return required(read)


def anything(text: str) -> None:
    """Something that is not used, such as who it was."""


rating = whole(1, 5, called="a rating")
change = whole(-4, 4, called="a change between two ratings")
count = required(whole(0, 10**9, called="a count"))
name = required(words)


def shown(text: str, most: int = 60) -> str:
    """The text in quotation marks, cut where it would bury the sentence, with nothing in it that could confuse a terminal."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "'" + "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in cut) + "'"
