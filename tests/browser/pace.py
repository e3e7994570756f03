"""How long somebody needs for a questionnaire, worked out from what is on its screens: the same on every machine."""

import re

WORDS_A_SECOND = 240 / 60
"""Silent reading of plain English by adults: 238 words a minute (Brysbaert 2019, a review of 190 studies)."""
SECONDS_A_TAP = 1.5
SECONDS_A_PAGE = 0.5
TYPED_WORDS_A_SECOND = 36 / 60
"""Typing on a phone: 36 words a minute (Palin and others 2019, 37,000 people)."""


def seconds(*, words: int, taps: int, pages: int, typed: int) -> float:
    """The time for so many words read and typed, taps, and pages that load."""
    return words / WORDS_A_SECOND + taps * SECONDS_A_TAP + pages * SECONDS_A_PAGE + typed / TYPED_WORDS_A_SECOND


class Pace:
    """Counts what somebody reads, taps and types until they have sent it. A sentence that stood on an earlier screen is not read again, nor
    is one of which only a number is another, such as the number of the question."""

    def __init__(self, page):
        self.page, self.read = page, set()
        self.words = self.taps = self.pages = self.typed = 0

    def look(self):
        """Read the screen that is there."""
        self.pages += 1
        for sentence in re.split(r"[.?!:]\s|\n", self.page.locator("main").inner_text()):
            words = re.findall(r"\w+(?:['’\-]\w+)*", sentence)
            same = " ".join(word for word in words if not word.isdigit())
            if same not in self.read:
                self.read.add(same)
                self.words += len(words)

    def tap(self, target):
        """Tap something."""
        self.taps += 1
        target.click()

    def type(self, target, text):
        """Tap a field and write in it."""
        self.tap(target)
        self.typed += len(text.split())
        target.fill(text)

    @property
    def took(self):
        """Seconds so far."""
        return seconds(words=self.words, taps=self.taps, pages=self.pages, typed=self.typed)
