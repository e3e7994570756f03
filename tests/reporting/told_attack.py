"""Random examples of practice, and what linear programming makes of the counts of them together with the quotes that are printed beside them."""

from collections import Counter
from datetime import date, timedelta
from itertools import product

from app.evidence.queries import ApprovedQuote
from app.evidence.rules.words import STRONGEST_FIRST, Direction, Strength, Theme
from app.reporting.reports.practice import Told

KINDS = [(strength.value, direction.value) for strength, direction in product(Strength, Direction)]


def told(rng):
    """Some examples, of which most may be quoted."""
    strengths, directions = rng.sample(list(Strength), rng.randint(1, 4)), rng.sample(list(Direction), rng.randint(1, 3))
    counts, quotes = Counter(), []
    agree = rng.choice((0.4, 0.8, 1))
    for number in range(rng.choice((0, 3, 8, 25, 60))):
        kind = rng.choice(strengths), rng.choice(directions)
        counts[kind] += 1
        if rng.random() < agree:
            quotes.append(ApprovedQuote(number, f"Words {number}.", "Practitioner", Theme.TOOLS, *kind, date(2025, 1, 1) + timedelta(days=rng.randrange(300))))
    return Told(dict(counts), sorted(quotes, key=lambda quote: (STRONGEST_FIRST.index(quote.strength), quote.told_on)), ())


def recovered(found, reports, puzzle):
    """Small numbers that come out: of each strength and direction how many there are and how many of them are not quoted, and of all."""
    for report in reports:
        practice = report["practice"]
        _say(puzzle, range(2), lambda _strength, _direction: True, practice["examples"])
        for strength, count in practice["strengths"].items():
            _say(puzzle, range(2), lambda one, _direction, strength=strength: one == strength, count)
        for direction, count in practice["directions"].items():
            _say(puzzle, range(2), lambda _strength, one, direction=direction: one == direction, count)
        beside = Counter((quote["strength"], quote["direction"]) for quote in practice["quotes"])
        fields = {field for quote in practice["quotes"] for field in ("strength", "direction") if quote[field] is not None}
        _say(puzzle, (1,), lambda _strength, _direction: True, len(practice["quotes"]))
        for at, field in enumerate(("strength", "direction")):
            for value in {kind[at] for kind in KINDS} if field in fields else ():
                _say(puzzle, (1,), lambda *kind, at=at, value=value: kind[at] == value, sum(n for kind, n in beside.items() if kind[at] == value))
    puzzle.solve()
    quoted = Counter((quote.strength.value, quote.direction.value) for quote in found.quotes)
    true = {(*kind, 1): quoted[kind] for kind in KINDS}
    true |= {(strength.value, direction.value, 0): found.counts.get((strength, direction), 0) - quoted[strength.value, direction.value]
             for strength, direction in product(Strength, Direction)}
    assert puzzle.allows(true)
    return [target for target in _targets(true) if puzzle.exposed(*target)]


def unknowns():
    """Of each strength and direction how many are quoted, and how many are not."""
    return [(*kind, quoted) for kind in KINDS for quoted in range(2)]


def _say(puzzle, quoted, which, count):
    if count is not None:
        puzzle.says([(*kind, one) for kind in KINDS if which(*kind) for one in quoted], count)


def _targets(true):
    ways = [lambda _kind: True, *(lambda kind, value=value: value in kind for value in {value for kind in KINDS for value in kind})]
    for way, quoted in product(ways, ((0, 1), (0,))):
        names = [(*kind, one) for kind in KINDS if way(kind) for one in quoted]
        count = sum(true[name] for name in names)
        if 1 <= count <= 4:
            yield names, count
