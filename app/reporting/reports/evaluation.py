"""What people said after their course, and how their own rating of what they know changed."""

from collections.abc import Callable, Sequence
from typing import Any

from app.evaluation.rules.stages import AGREEMENT_CODES, STATEMENTS
from app.evaluation.rules.statistics.paired import paired
from app.evaluation.rules.statistics.sessions import clustered, shown_interval
from app.reporting.reports import follow_up
from app.reporting.reports.breakdowns import People
from app.reporting.reports.gathering import SaidInPeriod
from app.reporting.rules import disclosure
from app.reporting.rules.counting import ATTENDANCES, Area, total
from app.reporting.rules.publishing import ALL, Answers

RATINGS = ("1", "2", "3", "4", "5")
FROM_DIRECTIONS = (
    "up", "same", "down", "net_improvement", "net_ci_bonett_price", "prob_improvement", "up_share", "up_wilson", "up_clopper_pearson",
    "up_jeffreys", "sign_p",
)
"""The fields that follow from how many went up, stayed and went down."""
ROUNDED = ("mean_before", "mean_after", "mean_change")
WITHOUT_BOTH = ("n_only_after", "n_neither", "n_rows")
"""Who rated only after, or never: with one of them the others follow from the attendances and the pairs."""
INTERVAL = "mean_change_ci"
"""The interval to show: the wider of Student's and the one that allows for sessions."""
ENOUGH_FOR_A_MEAN = 80
"""From so many pairs a mean with one decimal fits many tables, and tells no single rating."""

ALIKE = "everybody answered the same, which would tell what each of them answered"

Counts = dict[Area, dict[str, int]]


def evaluation(said: SaidInPeriod, people: People, attendances: int | None, told: Answers = ALL) -> dict[str, Any]:
    """The `evaluation` part of the annual figures, out of these attendances; empty where these answers are not told."""
    if not told.after:
        people.withheld["evaluation"] = told.why
        return _withheld(attendances)
    areas, came = people.areas, total(people.by_session.values())
    responses = said.responses
    asked: dict[str, Counts] = {code: {area: dict.fromkeys(AGREEMENT_CODES.values(), 0) for area in areas} for code in STATEMENTS}
    knowledge: Counts = {area: dict.fromkeys(RATINGS, 0) for area in areas}
    for area, code, number, count in said.numbers:
        if code == "knowledge":
            knowledge[area][str(number)] += count
        elif code in asked:
            asked[code][area][AGREEMENT_CODES[number]] += count
    silent = {area: max(0, came.of(ATTENDANCES, [area]) - responses.get(area, 0)) for area in areas}
    if people.publication and not all_safe(people, lambda area: [responses.get(area, 0), silent[area]]):
        people.withheld["evaluation"] = "too few people answered, or all but a few did"
        return _withheld(attendances)
    rated = {area: sum(counts.values()) for area, counts in knowledge.items()}
    change = _change(said, people, attendances, {area: (came.of(ATTENDANCES, [area]), responses.get(area, 0), rated[area]) for area in areas})
    return {
        "responses": sum(responses.get(area, 0) for area in people.shown),
        "of": attendances,
        "statements": {code: categories(counts, people, f"evaluation.statements.{code}", responses) for code, counts in asked.items()},
        "knowledge": {
            "after": categories(knowledge, people, "evaluation.knowledge.after", responses), "change": change,
            "follow_up": follow_up.follow_up(said.ratings, people, change, unseen=said.kept_unseen) if told.later else follow_up.NOTHING,
        },
    }


def _withheld(attendances: int | None) -> dict[str, Any]:
    """The same part with every number empty."""
    nothing = {**paired([[0] * 5 for _ in range(5)]), **_more(0, [], attendances, None)}
    return {
        "responses": None, "of": attendances,
        "statements": {code: dict.fromkeys([*AGREEMENT_CODES.values(), "answered"]) for code in STATEMENTS},
        "knowledge": {
            "after": dict.fromkeys([*RATINGS, "answered"]),
            "change": {name: [None, None] if isinstance(value, list) and name != "transition" else None for name, value in nothing.items()},
            "follow_up": follow_up.NOTHING,
        },
    }


def all_safe(people: People, counts: Callable[[Area], Sequence[int]]) -> bool:
    """Whether these counts, added up over each part, may be printed; one below 0, where more answered than are on registers, like one above."""
    return all(
        disclosure.safe(abs(sum(column))) for part in people.parts for column in zip(*(counts(area) for area in part), strict=True)
    )


def _added(counts: Counts, areas: Sequence[Area]) -> dict[str, int]:
    return {name: sum(counts[area][name] for area in areas) for name in next(iter(counts.values()))}


def categories(counts: Counts, people: People, key: str, responses: dict[Area, int]) -> dict[str, int | None]:
    """How many gave each answer, and how many answered."""
    found: dict[str, int | None] = {**_added(counts, people.shown)}
    found["answered"] = sum(count or 0 for count in found.values())
    if not people.publication:
        return found
    if not all_safe(people, lambda area: [sum(counts[area].values()), responses.get(area, 0) - sum(counts[area].values())]):
        people.withheld[key] = "too few people answered, or all but a few did"
        return dict.fromkeys(found)
    if any(disclosure.all_alike(_added(counts, part).values()) for part in (*people.whole, *people.parts)):
        people.withheld[key] = ALIKE
        return dict.fromkeys(found) | {"answered": found["answered"]}
    small = disclosure.withheld_categories([_added(counts, people.areas)])
    if people.of_one_area:
        small = disclosure.withheld_categories([_added(counts, part) for part in people.parts], small)
    if small:
        people.withheld[f"{key}: {', '.join(sorted(small))}"] = "some of the numbers are small, and the rest would give them away"
    return {name: None if name in small else count for name, count in found.items()}


def _change(said: SaidInPeriod, people: People, attendances: int | None, besides: dict[Area, tuple[int, int, int]]) -> dict[str, Any]:
    """The paired fields, of the same people before and after; the interval to show; and how far the silent could move the share who rose.

    `besides` are, of each area, the attendances, who answered afterwards, and whose rating is counted among those after: what is printed of them,
    less what is printed here, is of some people too (decision 9).
    """
    tables, only = _tables(said, people.areas)
    fields = _fields(tables, only, people.shown, attendances)
    fields |= _more(fields["up"], said.ratings, attendances, people)
    if not people.publication:
        return fields
    rests = {area: _rests(besides[area], _size(tables[area]), *only[area]) for area in people.areas}
    if not all_safe(people, lambda area: (_size(tables[area]), *only[area], rests[area][0])):
        people.withheld["evaluation.knowledge.change"] = "too few people answered before, after or both"
        return {name: [None, None] if isinstance(value, list) and name != "transition" else None for name, value in fields.items()}
    shown = _restrained(fields, tables, people)
    if not all_safe(people, lambda area: rests[area][1:]):
        people.withheld["evaluation.knowledge.change: rated only after, neither"] = "few answered afterwards without rating what they know"
        shown |= dict.fromkeys(WITHOUT_BOTH)
    return shown


def _rests(besides: tuple[int, int, int], pairs: int, only_before: int, only_after: int) -> tuple[int, int, int]:
    """Who came and rated themselves neither time; who answered afterwards without a rating; and the ratings after that are counted only here."""
    came, answered, rated = besides
    return came - pairs - only_before - only_after, answered - pairs - only_after, rated - pairs - only_after


def _more(up: int, ratings: Sequence[Any], attendances: int | None, people: People | None) -> dict[str, Any]:
    """`sessions` with anybody in the change, `mean_change_ci`, and the bounds of the share who rose (Horowitz & Manski 2000)."""
    by_session: dict[int, dict[int, int]] = {}
    for session, area, before, after, _later, count in ratings:
        if people is not None and area in people.shown and before is not None and after is not None:
            changes = by_session.setdefault(session, {})
            changes[after - before] = changes.get(after - before, 0) + count
    everyone = clustered(by_session)
    of = max(attendances or 0, everyone.n)
    return {
        "sessions": len(everyone.sessions), INTERVAL: list(shown_interval(everyone)),
        "bound_low": up / of if of and attendances is not None else None,
        "bound_high": (up + of - everyone.n) / of if of and attendances is not None else None,
    }


def _restrained(fields: dict[str, Any], tables: dict[Area, Any], people: People) -> dict[str, Any]:
    """Only fields from which no small number can be worked out."""
    alike = any(disclosure.all_alike(map(sum, zip(*(_directions(tables[area]) for area in part), strict=True)))
                for part in (*people.whole, *people.parts))
    if not alike and all_safe(people, lambda area: [count for row in tables[area] for count in row]):
        return fields | {INTERVAL: _to_places(fields[INTERVAL], 2)}
    kept = {name for name in fields if name.startswith("n_") and name != "n_room_to_improve"} | {"sessions"}
    if not alike and all_safe(people, lambda area: _directions(tables[area])) and fields["n_pairs"] >= 10:
        kept |= {*FROM_DIRECTIONS, "bound_low", "bound_high"}
    if fields["at5_after"] == 0:
        kept |= {"at5_after", "at5_after_wilson"}
    people.withheld["evaluation.knowledge.change"] = ALIKE if alike else "small numbers of people could be worked out from what is left empty"
    shown = {name: value if name in kept else ([None, None] if isinstance(value, list) else None) for name, value in fields.items()}
    shown["transition"] = None
    if fields["n_pairs"] >= ENOUGH_FOR_A_MEAN:
        shown |= {name: round(fields[name], 1) for name in ROUNDED} | {INTERVAL: _to_places(fields[INTERVAL], 1)}
    return shown


def _to_places(interval: Sequence[float | None], places: int) -> list[float | None]:
    return [None if bound is None else round(bound, places) for bound in interval]


def _tables(said: SaidInPeriod, areas: Sequence[Area]) -> tuple[dict[Area, list[list[int]]], dict[Area, tuple[int, int]]]:
    """The 5x5 table of each area, and how many answered only before and only after."""
    tables = {area: [[0] * 5 for _ in range(5)] for area in areas}
    only_before, only_after = dict.fromkeys(areas, 0), dict.fromkeys(areas, 0)
    for _session, area, before, after, _later, count in said.ratings:
        if before is not None and after is not None:
            tables[area][before - 1][after - 1] += count
        elif before is not None:
            only_before[area] += count
        elif after is not None:
            only_after[area] += count
    return tables, {area: (only_before[area], only_after[area]) for area in areas}


def _fields(
    tables: dict[Area, list[list[int]]], only: dict[Area, tuple[int, int]], shown: Sequence[Area], attendances: int | None
) -> dict[str, Any]:
    table = [[sum(tables[area][before][after] for area in shown) for after in range(5)] for before in range(5)]
    only_before, only_after = (sum(only[area][which] for area in shown) for which in (0, 1))
    answered = _size(table) + only_before + only_after
    return paired(table, only_before=only_before, only_after=only_after, neither=max(0, (attendances or 0) - answered))


def _size(table: list[list[int]]) -> int:
    return sum(map(sum, table))


def _directions(table: list[list[int]]) -> tuple[int, int, int]:
    """(up, same, down)."""
    cells = [(after - before, table[before][after]) for before in range(5) for after in range(5)]
    return (
        sum(count for change, count in cells if change > 0), sum(count for change, count in cells if change == 0),
        sum(count for change, count in cells if change < 0),
    )
