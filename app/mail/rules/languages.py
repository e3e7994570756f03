"""The languages in which letters are written: English, which every kind of letter has, and Welsh where a coordinator keeps a wording in it."""

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
