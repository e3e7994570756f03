"""The examples of practice and the promises of the annual report in words."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.evidence.rules.words import STRONGEST_FIRST, Direction, Strength, Theme
from app.reporting.reports.document import Block, Heading, Points, Quote, Sentence
from app.reporting.reports.practice_words import answers_blocks
from app.reporting.rules.wording import many

SPEAKS = {Direction.FOR: "spoke for the training", Direction.AGAINST: "spoke against it", Direction.BOTH: "spoke for both"}
SIGNED_AS = {Direction.FOR: "", Direction.AGAINST: ". Speaks against the training", Direction.BOTH: ". Speaks for and against the training"}


def practice_blocks(found: dict[str, Any]) -> Iterator[Block]:
    """The section: what people and managers answered, how many examples of which strength, for and against, the quotes, what is promised."""
    practice = found["practice"]
    yield Heading("What it changed in practice", "practice")
    if found["answers_told"]["later"]:
        yield from answers_blocks(practice["answers"])
    if practice["examples"] == 0:
        yield Sentence("No example of practice from this period has been approved, so nothing can be said about practice.")
    elif practice["examples"] is None:
        yield Sentence("How many examples of practice were approved by a second person is not printed, because the numbers are small.")
    else:
        yield Sentence(f"{many(practice['examples'], 'example')} of practice told to us and approved by a second person. Strongest first: "
                       f"{_listed(practice['strengths'], {one.value: one.counted for one in STRONGEST_FIRST}, practice['examples'])}.", leading=True)
        yield Sentence(f"{_for_and_against(practice)} They are what people told us or what was looked at; they do not show that training was the "
                       "reason.")
    for quote in practice["quotes"]:
        yield Quote(quote["wording"], _beneath(quote))
    if any(quote["strength"] is None or quote["direction"] is None for quote in practice["quotes"]):
        yield Sentence("How strong each of these is, or whether it speaks for or against the training, is not printed beside it: counted, that would "
                       "give away numbers that are small.")
    if practice["promises"]:
        yield Sentence("Promised evidence that is still to come:")
        yield Points([f"{one['what'].rstrip('.')}. Promised in {one['promised_in']}, by {_day(one['due_on'])}: {one['owner']}."
                      for one in practice["promises"]])


def _beneath(quote: dict[str, Any]) -> str:
    """How a quote is signed; how strong it is and for what it speaks only where that is not withheld."""
    strength = f", {Strength(quote['strength']).counted}" if quote["strength"] else ""
    return f"{Theme(quote['theme']).label}. {quote['signed']}{strength}{SIGNED_AS[Direction(quote['direction'])] if quote['direction'] else ''}"


def _for_and_against(practice: dict[str, Any]) -> str:
    if all(count is None for count in practice["directions"].values() if count != 0):
        return "How many speak for and how many against the training is not counted, as the numbers are small."
    said = _listed(practice["directions"], {one.value: words for one, words in SPEAKS.items()}, practice["examples"])
    return f"{said[0].upper()}{said[1:]}."


def _listed(counts: dict[str, int | None], words: dict[str, str], total: int) -> str:
    """Each number with its words; those that are withheld are put together, so that nobody can be picked out."""
    together = [words[name] for name in words if counts[name] is None]
    parts = [f"{'none' if counts[name] == 0 else format(counts[name], ',')} {words[name]}" for name in words if counts[name] is not None]
    if together:
        rest = total - sum(count or 0 for count in counts.values())
        parts.append(f"{rest:,} {', '.join(together[:-1])} or {together[-1]}, put together as the numbers are small")
    return ", ".join(parts)


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
