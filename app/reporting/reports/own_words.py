"""The questions that coordinators added to the standard ones, as blocks of a report."""

from collections.abc import Iterator
from typing import Any

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.stages import NAMES
from app.reporting.reports.answer_blocks import answer_blocks
from app.reporting.reports.document import Block, Heading, Sentence
from app.reporting.reports.own_questions import questions_of
from app.reporting.rules.disclosure import ENOUGH
from app.reporting.rules.wording import many, number, rounded


def own_blocks(found: dict[str, Any]) -> Iterator[Block]:
    """The section; nothing where no course asked more than the standard questions."""
    questions = list(questions_of(found["own_questions"]))
    held_back = sum(key.startswith("own_questions.") and ":" not in key for key in found["withheld"])
    if not found["answers_told"]["after"] or not (questions or held_back):
        return
    yield Heading("What courses asked besides", "own")
    if questions:
        yield Sentence("Questions that were added to the standard ones, as their people answered them, in all partnerships together.", note=True)
    for stage, one in questions:
        yield from _question(NAMES[stage], one)
    if held_back:
        yield Sentence(f"{many(held_back, 'question').capitalize()} of this kind {'is' if held_back == 1 else 'are'} withheld, because few people "
                       "answered, or all but a few did, or only some were asked.", note=True)


def _question(stage: str, one: dict[str, Any]) -> Iterator[Block]:
    answered = one["answered"]
    where = _where([course["title"] for course in one["courses"]], left_out=one["courses_left_out"])
    if answered is not None and answered < FEWEST:
        yield Sentence(f"{one['question']} {stage}, {where}: fewer than {FEWEST} answered.")
        return
    average = f", on average {rounded(one['mean'])}" if one["mean"] is not None else ""
    yield Sentence(f"{stage}, {where}: {number(answered)} answered{average}.{' Several answers could be chosen.' if one['several'] else ''}")
    rows = [(row["answer"], row["people"]) for row in one["answers"]]
    yield from answer_blocks(one["question"], rows, answered, bars=answered is not None and answered >= ENOUGH)


def _where(titles: list[str], *, left_out: bool) -> str:
    named = " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)
    return f"{named}{' (without courses in which few did)' if left_out else ''}"
