"""When a question measures the same as an earlier one: answers are kept by the place of an option, so each place must mean what it meant."""

from collections.abc import Iterable, Mapping, Sequence

from app.core.errors import Refused
from app.evaluation.rules.question_types import QUESTION_TYPES, QuestionType
from app.evaluation.rules.stages import Stage

SOMETHING_NEW = "let the question measure something new"


def check_kind(kind: str, stage: Stage, others: Iterable[str]) -> None:
    """Refuse a question that nobody would ever be asked, or whose answer would never come back. `others` are the kinds of the other questions.

    Raises:
        Refused: it is asked at another stage, or is there already.
    """
    if kind == "one_thing_done" and stage is not Stage.FOLLOW_UP:
        raise Refused("Whether people did their one thing is asked some weeks later, of those who named one. Add it there.")
    if kind in ("one_thing", "one_thing_done") and kind in others:
        raise Refused("Another question of this version asks for that already, and only one thing comes back to people.")


def kinds_at(stage: Stage, there: Sequence[str]) -> list[QuestionType]:
    """The kinds that can be added to these at this stage."""
    found = []
    for kind in QUESTION_TYPES.values():
        try:
            check_kind(kind.kind, stage, there)
        except Refused:
            continue
        found.append(kind)
    return found


def check_places(kind: str, before: Sequence[str], now: Sequence[str], *, reworded: bool) -> None:
    """Refuse options under which the answers to earlier ones would be counted wrongly. `reworded`: the builder says that only the words changed.

    Raises:
        Refused: one stands at another place than before, or another stands at its place.
    """
    old, new = _labels(kind, before), _labels(kind, now)
    for place, label in old.items():
        if label and new.get(place) != label and any(new[at] == label and old.get(at) != label for at in new):
            raise Refused(f"“{_shown(kind, before, place)}” stood at {place} among the options and stands elsewhere now. Answers are kept by their "
                          f"place, so earlier ones would be counted under other words. Put the options in the order of before, or {SOMETHING_NEW}.")
    changed = next((place for place, label in old.items() if new.get(place) != label), None)
    if changed is not None and not reworded:
        raise Refused(f"Among the options “{_shown(kind, now, changed)}” takes the place of “{_shown(kind, before, changed)}”, so earlier answers "
                      f"would be counted under it. Where each means what it meant, tick “Only the wording changed”; else {SOMETHING_NEW}.")


def moved(values: Sequence[str], kind: str, before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The places on which another question depends, after the options were put in another order; one that got other words keeps its place.

    Raises:
        Refused: an option on which it depends is gone.
    """
    old, new = _labels(kind, before), _labels(kind, now)
    found = []
    for value in values:
        label = old.get(int(value)) if value.isascii() and value.isdigit() else None
        if not label or new.get(int(value)) == label:
            found.append(value)
            continue
        place = next((at for at, words in new.items() if words == label), None)
        if place is None and len(old) == len(new) and new[int(value)] not in old.values():
            place = int(value)
        if place is None:
            raise Refused(f"A later question is asked only of those who answered “{_shown(kind, before, int(value))}”, which is not among the "
                          "options any more. Change that question first.")
        found.append(str(place))
    return found


def _labels(kind: str, options: Sequence[str]) -> Mapping[int, str]:
    return {place: " ".join(words.casefold().split()) for place, words in QUESTION_TYPES[kind].labels(options).items()}


def _shown(kind: str, options: Sequence[str], place: int) -> str:
    return QUESTION_TYPES[kind].labels(options).get(place, "")
