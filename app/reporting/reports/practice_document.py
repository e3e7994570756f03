"""The examples of practice and the promises of the annual report in words."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.evidence.rules.words import STRONGEST_FIRST, Direction, Strength, Theme
from app.reporting.reports.document import Block, Heading, Quote, Sentence, Table
from app.reporting.rules.wording import many

SPEAKS = {Direction.FOR: "spoke for the training", Direction.AGAINST: "spoke against it", Direction.BOTH: "both"}
SIGNED_AS = {Direction.FOR: "", Direction.AGAINST: ". Speaks against the training", Direction.BOTH: ". Speaks for and against the training"}


def practice_blocks(found: dict[str, Any]) -> Iterator[Block]:
    """The section: how many examples of which strength, for and against, then the quotes, then what is promised."""
    practice = found["practice"]
    yield Heading("What it changed in practice", "practice")
    if practice["examples"] == 0:
        yield Sentence("No example of practice from this period has been approved, so nothing can be said about practice.")
    elif practice["examples"] is None:
        yield Sentence("Fewer than 5 examples of practice were approved by a second person, so they are not counted here.")
    else:
        yield Sentence(f"{many(practice['examples'], 'example')} of practice told to us and approved by a second person. Strongest first: "
                       f"{_listed(practice['strengths'], {one.value: one.counted for one in STRONGEST_FIRST})}.", leading=True)
        yield Sentence(f"For and against: {_listed(practice['directions'], {one.value: words for one, words in SPEAKS.items()})}. "
                       "They are what people told us or what was looked at; they do not show that training was the reason.")
    for quote in practice["quotes"]:
        yield Quote(quote["wording"], f"{Theme(quote['theme']).label}. {quote['signed']}, {Strength(quote['strength']).counted}"
                                      f"{SIGNED_AS[Direction(quote['direction'])]}")
    if practice["promises"]:
        yield Table("Promised evidence that is still to come", ["What was promised", "In", "By when", "Who sees to it"],
                    [[one["what"], one["promised_in"], _day(one["due_on"]), one["owner"]] for one in practice["promises"]])


def _listed(counts: dict[str, int | None], words: dict[str, str]) -> str:
    return ", ".join(f"{_number(counts[name])} {said}" for name, said in words.items())


def _number(count: int | None) -> str:
    return "a withheld number" if count is None else "none" if count == 0 else f"{count:,}"


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
