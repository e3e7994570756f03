"""What people and managers answered months later about practice, as blocks of a report."""

from collections.abc import Iterator
from typing import Any

from app.evaluation.rules.practice_said import did_it, have_seen
from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.standard import USED as WORDED
from app.reporting.reports.answer_blocks import answer_blocks
from app.reporting.reports.document import Block, Sentence, Table
from app.reporting.reports.practice_answers import DONE, SEEN, USED
from app.reporting.rules.wording import many, number

Found = dict[str, Any]
DONE_WORDS = ("Yes", "Partly", "Not yet", "No chance to")
SEEN_WORDS = ("Yes, more than once", "Yes, once", "Not yet", "Cannot say")


def answers_blocks(answers: Found) -> Iterator[Block]:
    """First what people say they did, then what their managers have seen; nothing where nobody answered."""
    later, manager = answers["follow_up"], answers["manager"]
    if later["responses"] != 0:
        yield from _people(later)
    if manager["responses"] != 0:
        yield from _managers(manager["seen"])


def _people(later: Found) -> Iterator[Block]:
    if later["responses"] is None:
        yield Sentence("What people answered months later about their practice is withheld, because the numbers are small.")
        return
    if later["responses"] < FEWEST:
        yield Sentence("Fewer than 5 people answered months later.")
        return
    done, used = later["one_thing_done"], later["used"]
    about = "" if done["answered"] == 0 and used["answered"] == 0 else " what became of it"
    yield Sentence(f"{many(later['responses'], 'person', 'people')} answered months later{about or ', but nothing about their practice'}.")
    if done["answered"] is not None and done["answered"] >= FEWEST:
        yield Sentence(did_it(done["yes"], done["partly"], done["no_chance"], done["answered"]), leading=True)
        yield from answer_blocks("Did they do the one thing that they had named?", _rows(done, DONE, DONE_WORDS), done["answered"])
    if used["answered"] is not None and used["answered"] >= FEWEST:
        yield Table("What people say they have done differently (several could be chosen)", ["What", "People"],
                    [[words, number(used[name])] for name, words in zip(USED, WORDED, strict=True)], ["Answered", number(used["answered"])])


def _managers(seen: Found) -> Iterator[Block]:
    if seen["answered"] is None:
        yield Sentence("What managers have seen is withheld, because the numbers are small.")
    elif seen["answered"] < FEWEST:
        yield Sentence("Fewer than 5 managers answered.")
    else:
        yield Sentence(have_seen(seen["more_than_once"], seen["once"], seen["cannot_say"], seen["answered"]), leading=True)
        yield from answer_blocks("Have managers seen it used?", _rows(seen, SEEN, SEEN_WORDS), seen["answered"])


def _rows(counts: Found, names: tuple[str, ...], words: tuple[str, ...]) -> list[tuple[str, int | None]]:
    return [(label, counts[name]) for name, label in zip(names, words, strict=True)]
