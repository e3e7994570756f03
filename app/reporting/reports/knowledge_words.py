"""The annual report on knowledge in words: what changed with its range, what was kept, and what cannot be said of it."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from app.evaluation.rules.showing import CARE, CEILING, FEWEST
from app.evaluation.rules.stages import KNOWLEDGE
from app.evaluation.rules.statistics.distributions import Z95
from app.reporting.reports.document import Block, Chart, Heading, Sentence, Table
from app.reporting.rules.disclosure import ENOUGH
from app.reporting.rules.wording import many, number, percent, rounded

Found = dict[str, Any]


def change(found: Found) -> Iterator[Block]:
    """What changed in people's own rating of what they know."""
    yield Heading("What changed in knowledge", "change")
    answers = found["evaluation"]
    if not found["answers_told"]["after"]:
        yield Sentence(found["answers_told"]["why"])
        return
    changed, after = answers["knowledge"]["change"], answers["knowledge"]["after"]
    yield _leading(changed)
    if changed["mean_before"] is not None and (changed["n_pairs"] or 0) >= ENOUGH:
        yield Sentence(f"On average from {rounded(changed['mean_before'])} to {rounded(changed['mean_after'])} on a scale of 1 to 5"
                       f"{_range(changed)}. This says nothing about whether the course was the cause.")
    if _directions_known(changed):
        yield _moved(changed)
    if changed["transition"] and (changed["n_pairs"] or 0) >= FEWEST and not any(None in row for row in changed["transition"]):
        yield _before_and_after(changed)
    if after["answered"] and after["5"] is not None:
        yield Sentence(_at_the_top(after))
    if after["answered"]:
        yield Table("What people rated afterwards", ["Rating", "People"],
                    [[f"{rating} {KNOWLEDGE[rating]}", number(after[str(rating)])] for rating in KNOWLEDGE], ["Answered", number(after["answered"])])


def _leading(changed: Found) -> Sentence:
    if not changed["n_pairs"]:
        return Sentence("Nobody's ratings before and after a course can be compared" +
                        (" without giving small numbers away." if changed["n_pairs"] is None else " in this period."))
    if changed["n_pairs"] < FEWEST:
        return Sentence("Fewer than 5 people rated what they know both before and after a course.")
    if changed["up"] is None:
        return Sentence(f"{many(changed['n_pairs'], 'pair')} of ratings before and after were given; how many went up is withheld, because the "
                        "numbers are small, or all alike.", leading=True)
    if changed["same"] == changed["n_pairs"]:
        return Sentence(f"All {number(changed['n_pairs'])} ratings were the same before and after.", leading=True)
    first, last = ("lower", "higher") if (changed["down"] or 0) > changed["up"] else ("higher", "lower")
    counts = {"higher": changed["up"], "lower": changed["down"]}
    return Sentence(f"{number(counts[first])} of {number(changed['n_pairs'])} ratings {_was(counts[first])} {first} after the course than before "
                    f"it, {number(changed['same'])} the same and {number(counts[last])} {last}.", leading=True)


def _range(changed: Found) -> str:
    low, high = changed["mean_change_ci"]
    if low is None:
        return ""
    sessions = f", allowing for {many(changed['sessions'], 'session')} that differ" if (changed["sessions"] or 0) > 1 else ""
    direction = "up" if changed["mean_change"] >= 0 else "down"
    return f": {direction} by {rounded(abs(changed['mean_change']))}, likely range {_signed(low)} to {_signed(high)}{sessions}"


def _signed(value: float) -> str:
    """A number that may be below nothing, as it is read."""
    text = rounded(abs(value))
    return f"-{text}" if value < 0 and float(text) else text


def _directions_known(changed: Found) -> bool:
    return None not in (changed["up"], changed["same"], changed["down"]) and (changed["n_pairs"] or 0) >= ENOUGH


def _moved(changed: Found) -> Chart:
    n = changed["n_pairs"]
    rows = [("Higher", changed["up"]), ("The same", changed["same"]), ("Lower", changed["down"])]
    return Chart(
        "How ratings moved", "Bars: " + "; ".join(f"{label.lower()} {count} of {n}" for label, count in rows), ["People"],
        [(label, (count,), f"{number(count)} of {number(n)}") for label, count in rows],
    )


def _before_and_after(changed: Found) -> Table:
    table = changed["transition"]
    before, after = [sum(row) for row in table], [sum(row[rating] for row in table) for rating in range(5)]
    return Table(
        "The same people's ratings before and after", ["Rating", "Before", "After"],
        [[f"{rating} {KNOWLEDGE[rating]}", number(before[rating - 1]), number(after[rating - 1])] for rating in KNOWLEDGE],
        ["People", number(changed["n_pairs"]), number(changed["n_pairs"])],
    )


def _at_the_top(after: Found) -> str:
    count, answered = after["5"], after["answered"]
    if count or answered < FEWEST:
        return f"{number(count)} of {number(answered)} rated themselves 5 of 5, “{KNOWLEDGE[5]}”, afterwards."
    return (f"None of {number(answered)} rated themselves 5 of 5, “{KNOWLEDGE[5]}”, afterwards; the true share could still be up to "
            f"{_up_to(answered)} in 100.")


def _up_to(answered: int) -> int:
    """Wilson's upper bound of none of so many, z^2 / (n + z^2), in whole hundredths upwards: it could be so many, not fewer."""
    return ceil(100 * Z95**2 / (answered + Z95**2))


def kept(found: Found) -> Iterator[Block]:
    """What of the gains was there months later; nothing at all where nobody was asked."""
    later = found["evaluation"]["knowledge"]["follow_up"]
    if later["n_all_three"] == 0 or not found["answers_told"]["after"]:
        return
    yield Heading("What was kept months later", "kept")
    if not found["answers_told"]["later"]:
        yield Sentence(found["answers_told"]["why"])
        return
    if later["improved_at_end"] is None:
        yield Sentence("What was kept months later is withheld, because the numbers are small, or all alike.")
        return
    if None in (later["kept"], later["partly"], later["lost"]):
        yield Sentence(f"{many(later['improved_at_end'], 'person', 'people')} who had gone up answered again months later; how many kept it is "
                       "withheld, because the numbers are small, or all alike.")
        return
    n = later["improved_at_end"]
    if n < FEWEST:
        yield Sentence("Fewer than 5 people who had gone up answered again months later.")
        return
    yield Sentence(f"Of {number(n)} who had gone up and answered again, {number(later['kept'])} kept it, {number(later['partly'])} kept a part, "
                   f"{number(later['lost'])} were back where they began{_likely(later)}.", leading=True)
    rows = [("Kept it", later["kept"]), ("Kept a part", later["partly"]), ("Back where they began", later["lost"])]
    yield Chart("What was kept months later", "Bars: " + "; ".join(f"{label.lower()} {count} of {n}" for label, count in rows), ["People"],
                [(label, (count,), f"{number(count)} of {number(n)}") for label, count in rows])


def _likely(later: Found) -> str:
    low, high = later["kept_wilson"]
    if low is None or later["improved_at_end"] < ENOUGH:
        return ""
    return f"; kept: likely range {percent(round(low * 10**6), 10**6)} to {percent(round(high * 10**6), 10**6)} in 100"


def cannot_say(answers: Found) -> list[str]:
    """What the answers leave open: each sentence only where it applies."""
    changed, later = answers["knowledge"]["change"], answers["knowledge"]["follow_up"]
    items = []
    if answers["of"] and answers["responses"] is not None and answers["of"] > answers["responses"]:
        items.append(f"What those think who did not answer: {number(answers['of'] - answers['responses'])} of {number(answers['of'])} attendances.")
    if changed["bound_low"] != changed["bound_high"] and (changed["n_pairs"] or 0) >= ENOUGH:
        low, high = (percent(round(changed[name] * 10**6), 10**6) for name in ("bound_low", "bound_high"))
        items.append(f"How many of all went up: if none of those whose change is not known had, {low} in 100; if all of them had, {high} in 100.")
    if changed["n_pairs"] and changed["n_pairs"] < CARE:
        items.append("Much of a group so small: fewer than 30 answered both times.")
    if changed["n_pairs"] and (changed["at5_before"] or 0) / changed["n_pairs"] >= CEILING:
        items.append(f"What those gained who rated themselves 5 before: {number(changed['at5_before'])} of {number(changed['n_pairs'])}.")
    if changed["n_pairs"] and later["n_all_three"] == 0:
        items.append("Whether it lasted: nobody answered again months later.")
    return [*items, "What people know: they rated themselves, and nobody tested it."]


def thresholds() -> str:
    """The numbers from which something is said, as they stand beneath the report."""
    return (f"Counts are shown from {FEWEST} people, averages, shares and ranges from {ENOUGH}; fewer than {CARE} are a small group; a ceiling is "
            f"said from {round(100 * CEILING)} in 100 with the highest rating before.")


def _was(count: int | None) -> str:
    return "was" if count == 1 else "were"
