"""The languages in which letters are written: English, which every kind of letter has, and Welsh where a coordinator keeps a wording in it.

What a letter holds besides its wording (a button, a date, a sentence that depends on the case) is given in both, and is taken in the letter's.
"""

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


NOTHING = Both("")


def both(english: str, welsh: str, *parts: str | Both) -> Both:
    """A sentence in each language, with these parts in place of its {}: each in the sentence's language, where it has it."""
    return Both(english.format(*(part.english if isinstance(part, Both) else part for part in parts)),
                welsh.format(*((part.welsh or part.english) if isinstance(part, Both) else part for part in parts)))


Kept = str | Mapping[str, str]
"""A text as a letter keeps it: as it stands (a name, an address, what somebody typed), or by the code of each language that it has."""


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
    return {one.value: "".join(in_language(part, one) for part in parts) for one in Language if not any(lacks(part, one) for part in parts)}


def each(kept: Kept, change: Callable[[str], str]) -> Kept:
    """The text with this done to it in each language."""
    return change(kept) if isinstance(kept, str) else {code: change(text) for code, text in kept.items()}
