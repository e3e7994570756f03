"""The languages in which letters are written: English, which every kind of letter has, and Welsh where a coordinator keeps a wording in it.

What a letter holds besides its wording (a button, a date, a sentence that depends on the case) is given in both, and is taken in the letter's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    """A language of letters, by its ISO 639-1 code."""

    ENGLISH = "en"
    WELSH = "cy"

    @property
    def tag(self) -> str:
        """As HTML and mail headers name it (BCP 47)."""
        return "en-GB" if self is Language.ENGLISH else self.value

    @property
    def label(self) -> str:
        """As a page says it, in its own name too."""
        return "English" if self is Language.ENGLISH else "Welsh (Cymraeg)"


@dataclass(frozen=True)
class Both:
    """A text in English and in Welsh. One that has no Welsh stands in a Welsh letter in English, and is marked so."""

    english: str
    welsh: str | None = None

    def by_language(self) -> dict[str, str]:
        """The text by the code of each language that it has: how it is kept."""
        return {"en": self.english} | ({} if self.welsh is None else {"cy": self.welsh})

    def said(self, language: Language) -> str:
        """The text in this language; in English where it is not in this one."""
        return in_language(self.by_language(), language)


NOTHING = Both("")


class Address(str):
    """A web address that the product gives for a placeholder: in a letter it is a link. Any other text that is given never is."""

    __slots__ = ()


INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ue000-\ue004]")
BARE = "\ue005"
"""What keeps a text that was given from being read as a link, a list or a quotation; it is gone once the letter is written out."""
_BREAK = re.compile("[^\\S\n]*[\n\x85\u2028\u2029]\\s*")
_LOOKS_LIKE_ADDRESS = re.compile("(?<=http)(?=s?://)")
_LOOKS_LIKE_LINE = re.compile(r"^([^\S\n]*)(?=[->])", re.M)


def bare(given: str) -> str:
    """The text as somebody gave it, so that no part of it becomes a link, an item of a list or a quotation; an `Address` as it stands."""
    text = INVISIBLE.sub("", given.replace(BARE, ""))
    return text if isinstance(given, Address) else _LOOKS_LIKE_LINE.sub(f"\\1{BARE}", _LOOKS_LIKE_ADDRESS.sub(BARE, text))


def in_one_line(text: str) -> str:
    """The text without the breaks of its lines."""
    return _BREAK.sub(" ", text).strip()


def of_one_line(text: str) -> bool:
    """Whether this line of a text is one of a box or of a list: what is put into it must not break it."""
    return text.startswith((">", "-"))


def both(english: str, welsh: str, *parts: str | Both) -> Both:
    """A sentence in each language, with these parts in place of its {}: each in the sentence's language, where it has it.

    A part that is no more than text stays text, whatever stands in it; a link, a list or a quotation is made by the sentence alone.
    """
    return Both(_put(english, [part.english if isinstance(part, Both) else bare(part) for part in parts]),
                _put(welsh, [(part.welsh or part.english) if isinstance(part, Both) else bare(part) for part in parts]))


def _put(sentence: str, parts: Sequence[str]) -> str:
    left, lines = iter(parts), []
    for line in sentence.split("\n"):
        mine = [next(left) for _ in range(line.count("{}"))]
        lines.append(line.format(*(map(in_one_line, mine) if of_one_line(line) else mine)))
    return "\n".join(lines)


def listed(lines: Sequence[str | Both]) -> Both:
    """A list with these lines, one item each."""
    items = "\n".join(["- {}"] * len(lines))
    return both(items, items, *lines)


Kept = str | Mapping[str, str]
"""A text as a letter keeps it: as somebody gave it (a name, a place, what they typed), or, if the product made it, by the code of each language
that it has."""


def given(kept: Kept) -> str | Both:
    """The text as it was given before a letter kept it."""
    return kept if isinstance(kept, str) else Both(kept["en"], kept.get("cy"))


def in_language(kept: Kept, language: Language) -> str:
    """The text in this language; in English where it is not in this one."""
    return kept if isinstance(kept, str) else kept.get(language.value, kept["en"])


def lacks(kept: Kept, language: Language) -> bool:
    """Whether the text is one in English that is not there in this language."""
    return not isinstance(kept, str) and language.value not in kept


def joined(parts: Sequence[Kept]) -> Kept:
    """Several texts one after the other, in each language that all of them have."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return {one.value: "".join(bare(part) if isinstance(part, str) else in_language(part, one) for part in parts)
            for one in Language if not any(lacks(part, one) for part in parts)}


def each(kept: Kept, change: Callable[[str], str]) -> Kept:
    """The text with this done to it in each language."""
    return change(kept) if isinstance(kept, str) else {code: change(text) for code, text in kept.items()}
