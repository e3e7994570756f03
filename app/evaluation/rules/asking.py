"""Which questions somebody is asked, given what they have answered: screen by screen, without script."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, Protocol

from app.core.errors import Refused
from app.evaluation.rules.conditions import check_number, in_words, met
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT, Answered
from app.evaluation.rules.stages import Quoting, narrower

Given = Mapping[str, Sequence[str]]
"""What a form holds, by the question's code."""
SENT_BACK = "We send it back to you in a few months and ask how it went."


class Asked(Protocol):
    """A question, as far as these rules need to know it."""

    code: Any
    kind: Any
    options: Any
    required: Any
    quotable: Any
    shown_if_code: Any
    shown_if_values: Any


def as_given(given: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """The same with a list for each question, as forms and drafts keep it."""
    return {code: [value] if isinstance(value, str) else list(value) for code, value in given.items()}


def is_shown(question: Asked, given: Given, *, promised: bool) -> bool:
    """Whether this question is asked. `promised` says that the person named one thing they would do."""
    if question.kind == "one_thing_done" and not promised:
        return False
    if question.shown_if_code is None:
        return True
    return met(question.shown_if_values, given.get(question.shown_if_code, ()))


def shown(questions: Sequence[Any], given: Given, *, promised: bool) -> list[Any]:
    """The questions that are asked, in their order. One whose condition is not asked itself is not asked either."""
    found: list[Any] = []
    for question in questions:
        there = {one.code for one in found}
        if is_shown(question, {code: values for code, values in given.items() if code in there}, promised=promised):
            found.append(question)
    return found


def explained(question: Any, *, sent_back: bool) -> str:
    """What stands below a question: the words of its builder, and under one thing to do, where that is so, that it comes back. Older versions say
    so in their own words; where it is not so, they are left out."""
    if question.kind != "one_thing":
        return str(question.help)
    words = str(question.help).replace(SENT_BACK, "").strip()
    return f"{words} {SENT_BACK}".strip() if sent_back else words


def read(question: Asked, given: Given) -> Answered:
    """What was answered to one question.

    Raises:
        Refused: it cannot be, or is missing.
    """
    return QUESTION_TYPES[question.kind].read(given.get(question.code, ()), question.options, required=question.required)


def read_all(questions: Sequence[Any], given: Given, *, promised: bool) -> list[tuple[Any, Answered]]:
    """What was answered to all that is asked; what is not asked any more is left out.

    Raises:
        Refused: something cannot be, or is missing. The sentence names the question.
    """
    found = []
    for question in shown(questions, given, promised=promised):
        try:
            value = read(question, given)
        except Refused as no:
            raise Refused(f"{question.wording}: {no}") from None
        if not value.nothing:
            found.append((question, value))
    return found


def consent_field(code: str) -> str:
    """Where a form holds whether the words under this question may be quoted."""
    return f"quote-{code}"


def consent_under(code: str, given: Given) -> Quoting:
    """What was answered to whether the words under this question may be quoted; no, where nothing was."""
    value = (given.get(consent_field(code)) or [""])[0]
    return Quoting(value) if value in {one.value for one in Quoting} else Quoting.NO


def consent(asked: Sequence[Asked], given: Given) -> Quoting:
    """Whether we may quote from these answers: the least that was said under any of their texts, so that no text is quoted beside a no."""
    said = [consent_under(one.code, given) for one in asked if one.quotable and _written(given.get(one.code, ()))]
    return reduce(narrower, said) if said else Quoting.NO


def _written(values: Sequence[str]) -> bool:
    return RATHER_NOT not in values[1:] and any(value.strip() for value in values[:1])


def condition(question: Asked, questions: Sequence[Any]) -> str:
    """In words, after which answers a question is asked: “Not yet” to “Have you used it?”, 3 or more to “How many?”; empty when it is asked of
    everybody."""
    other = next((one for one in questions if one.code == question.shown_if_code), None)
    if other is None:
        return ""
    return f"{in_words(question.shown_if_values, QUESTION_TYPES[other.kind].labels(other.options))} to “{other.wording}”"


def order_is_possible(questions: Sequence[Asked]) -> None:
    """A question may only depend on one that comes before it, and on an answer that can be given to it.

    Raises:
        Refused: one depends on a later one, on one that is not there, or on a number that nobody can answer.
    """
    before: dict[str, Asked] = {}
    for question in questions:
        if question.shown_if_code is not None and question.shown_if_code not in before:
            raise Refused(f"“{getattr(question, 'wording', question.code)}” is asked only after a certain answer to another question, which has to "
                          "stand before it.")
        if question.shown_if_code is not None:
            check_number(question.shown_if_values, before[question.shown_if_code])
        before[str(question.code)] = question
