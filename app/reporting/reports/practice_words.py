"""What people and managers answered months later about practice, in words."""

from collections.abc import Iterator
from typing import Any

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.standard import USED as WORDED
from app.evaluation.rules.statistics.shares import wilson
from app.reporting.reports.document import Block, Chart, Sentence, Table
from app.reporting.reports.practice_answers import DONE, SEEN, USED
from app.reporting.rules.disclosure import ENOUGH
from app.reporting.rules.wording import many, number, percent

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
    yield Sentence(f"{many(later['responses'], 'person', 'people')} answered months later what became of it. It is what they say themselves.")
    done, used = later["one_thing_done"], later["used"]
    if done["answered"] is not None and done["answered"] >= FEWEST:
        yield _one_thing(done)
        yield from _chart("Did they do the one thing that they had named?", done, DONE, DONE_WORDS)
    if used["answered"] is not None and used["answered"] >= FEWEST:
        yield Table("What people have done differently (several could be chosen)", ["What", "People"],
                    [[words, number(used[name])] for name, words in zip(USED, WORDED, strict=True)], ["Answered", number(used["answered"])])


def _one_thing(done: Found) -> Sentence:
    if None in (done["yes"], done["partly"], done["no_chance"]):
        return Sentence(f"How many of the {number(done['answered'])} who were asked did the one thing that they had named is withheld, because "
                        "some of the numbers are small.")
    chance, did = done["answered"] - done["no_chance"], done["yes"] + done["partly"]
    return Sentence(f"Of {number(chance)} who had named one thing to do and had a chance to do it, {number(done['yes'])} did it and "
                    f"{number(done['partly'])} did it in part{_range(did, chance)}. {number(done['no_chance'])} had no chance to.", leading=True)


def _managers(seen: Found) -> Iterator[Block]:
    if seen["answered"] is None:
        yield Sentence("What managers have seen is withheld, because the numbers are small.")
    elif seen["answered"] < FEWEST:
        yield Sentence("Fewer than 5 managers answered.")
    elif None in (seen["more_than_once"], seen["once"], seen["cannot_say"]):
        yield Sentence(f"{many(seen['answered'], 'manager')} answered; how many have seen it used is withheld, because some of the numbers are "
                       "small.")
    else:
        able, saw = seen["answered"] - seen["cannot_say"], seen["more_than_once"] + seen["once"]
        yield Sentence(f"Of {many(able, 'manager')} who could say, {number(saw)} have seen what the course taught used, "
                       f"{number(seen['more_than_once'])} of them more than once{_range(saw, able)}. {number(seen['cannot_say'])} could not say.",
                       leading=True)
        yield from _chart("Have managers seen it used?", seen, SEEN, SEEN_WORDS)


def _range(count: int, of: int) -> str:
    if not 0 <= count <= of or of < ENOUGH:
        return ""
    low, high = (percent(round((bound or 0.0) * 10**6), 10**6) for bound in wilson(count, of))
    return f"; likely range {low} to {high} in 100"


def _chart(title: str, counts: Found, names: tuple[str, ...], words: tuple[str, ...]) -> Iterator[Block]:
    """Bars of the answers, where each may be shown."""
    rows = [(label, counts[name]) for name, label in zip(names, words, strict=True)]
    if any(count is None for _label, count in rows):
        yield Table(title, ["Answer", "People"], [[label, number(count)] for label, count in rows], ["Answered", number(counts["answered"])])
        return
    n = counts["answered"]
    yield Chart(title, "Bars: " + "; ".join(f"{label.lower()} {count} of {n}" for label, count in rows), ["People"],
                [(label, (count,), f"{number(count)} of {number(n)}") for label, count in rows])
